import pytest
from rest_framework.test import APIClient

from revenue.jobs.models import Job
from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.factories.jobs import a_job, a_member, an_org

pytestmark = pytest.mark.django_db

JOBS = "/api/v1/orgs/acme/jobs"


@pytest.fixture
def org() -> Org:
    return an_org(slug="acme")


@pytest.fixture
def admin(org: Org) -> Membership:
    return a_member(org=org, role=Role.ADMIN)


def client_of(member: Membership) -> APIClient:
    client = APIClient()
    client.force_authenticate(member.user)
    return client


def test_a_list_of_what_one_may_see(org: Org, admin: Membership) -> None:
    rep = a_member(org=org, role=Role.REP)
    own = a_job(org=org, started_by=rep.user)
    a_job(org=org, succeeded=True)
    a_job(org=an_org())
    assert len(client_of(admin).get(JOBS).data["results"]) == 2
    assert [row["id"] for row in client_of(rep).get(JOBS).data["results"]] == [str(own.pk)]
    done = client_of(admin).get(JOBS, {"state": "succeeded"}).data["results"]
    assert [row["state"] for row in done] == ["succeeded"]
    assert client_of(admin).get(JOBS, {"stat": "x"}).status_code == 400


def test_secrets_of_the_row_are_not_told(org: Org, admin: Membership) -> None:
    rep = a_member(org=org, role=Role.REP)
    job = a_job(
        org=org,
        started_by=rep.user,
        succeeded=True,
        state="failed",
        error="Why it failed.",
        traceback="Traceback",
        arguments={"x": 1},
    )
    told = client_of(admin).get(f"{JOBS}/{job.pk}").data
    assert told["error"] == "Why it failed."
    assert not {"traceback", "arguments", "checkpoint"} & set(told)
    assert client_of(rep).get(f"{JOBS}/{job.pk}").data["error"] == ""


def test_what_one_may_not_see_is_not_there(org: Org) -> None:
    rep = client_of(a_member(org=org, role=Role.REP))
    job = a_job(org=org)
    assert rep.get(f"{JOBS}/{job.pk}").status_code == 404
    assert rep.post(f"{JOBS}/{job.pk}/cancel").status_code == 404
    assert rep.post(f"{JOBS}/check", {}).status_code == 403
    assert client_of(a_member()).get(JOBS).status_code == 404


def test_an_admin_starts_a_check_and_cancels_it(admin: Membership) -> None:
    client = client_of(admin)
    answer = client.post(f"{JOBS}/check", {"queue": "bulk"})
    assert (answer.status_code, answer.data["state"], answer.data["queue"]) == (
        202,
        "queued",
        "bulk",
    )
    for _ in range(2):
        again = client.post(f"{JOBS}/{answer.data['id']}/cancel")
        assert (again.status_code, again.data["state"]) == (200, "cancelled")
    assert Job.objects.get().started_by == admin.user
    assert client.post(f"{JOBS}/check", {"queue": "slow"}).status_code == 400
