from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from revenue.jobs import audit_export
from revenue.jobs.models import Job
from revenue.users.models import AuditEvent, Membership, Org
from revenue.users.roles import Role
from tests.factories.jobs import a_job, a_member, an_org

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def org() -> Org:
    found: Org = an_org(slug="acme")
    return found


def client_of(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def admin(org: Org) -> Client:
    return client_of(a_member(org=org, role=Role.ADMIN))


def url(name: str, job: Job | None = None) -> str:
    return reverse(f"jobs:{name}", args=["acme"] if job is None else ["acme", job.pk])


def test_the_list_asks_as_much_for_forty_jobs_as_for_two(
    admin: Client, org: Org, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(40):
        starter = a_member(org=org).user
        a_job(org=org, started_by=starter, title=f"Job number {number}")
    with django_assert_max_num_queries(9):
        answer = admin.get(url("job-list"))
    assert "Job number 39" in answer.text
    assert "Jobs, last 30 days" in answer.text


def test_the_list_filters(admin: Client, org: Org) -> None:
    a_job(org=org, title="Waits")
    a_job(org=org, title="Is done", succeeded=True)
    answer = admin.get(
        url("job-list"), {"state": "succeeded"}, headers={**HTMX, "HX-Target": "jobs"}
    )
    assert "Is done" in answer.text
    assert "Waits" not in answer.text
    assert "<html" not in answer.text


def test_a_running_job_is_polled_and_a_finished_one_is_not(admin: Client, org: Org) -> None:
    job = a_job(org=org, running=True, done=3, total=12, step="Row 3")
    page = admin.get(url("job-show", job))
    assert f'hx-get="{url("job-show", job)}"' in page.text
    assert 'value="3" max="12"' in page.text
    fragment = admin.get(url("job-show", job), headers={**HTMX, "HX-Target": "job"})
    assert fragment.text.lstrip().startswith('<div class="stack')
    done = a_job(org=org, succeeded=True)
    assert "hx-trigger" not in admin.get(url("job-show", done)).text.split('id="job"')[1]


def test_the_reason_is_for_admins_and_the_trace_for_superusers(admin: Client, org: Org) -> None:
    rep = a_member(org=org, role=Role.REP)
    job = a_job(
        org=org,
        started_by=rep.user,
        succeeded=True,
        state="failed",
        error="The file had no rows.",
        traceback="Traceback: line 7",
    )
    theirs = client_of(rep).get(url("job-show", job)).text
    assert "The file had no rows." not in theirs
    assert "An administrator can see why" in theirs
    told = admin.get(url("job-show", job)).text
    assert "The file had no rows." in told
    assert "Traceback: line 7" not in told
    superuser = a_member(org=org, role=Role.ADMIN, user__is_superuser=True)
    assert "Traceback: line 7" in client_of(superuser).get(url("job-show", job)).text


def test_what_one_may_not_see_is_not_there(org: Org) -> None:
    rep, other = (client_of(a_member(org=org, role=Role.REP)) for _ in range(2))
    owner = a_member(org=org, role=Role.REP)
    job = a_job(org=org, started_by=owner.user)
    elsewhere = a_job(org=an_org(), started_by=owner.user)
    for client in (rep, other):
        assert client.get(url("job-show", job)).status_code == 404
        assert client.post(url("job-cancel", job)).status_code == 404
        assert client.get(url("job-download", job)).status_code == 404
    assert client_of(owner).get(url("job-show", elsewhere)).status_code == 404
    assert client_of(owner).get(url("job-show", job)).status_code == 200
    assert rep.get(url("job-list")).status_code == 403
    assert rep.post(url("check-start")).status_code == 403
    assert rep.post(url("audit-export-start")).status_code == 403


def test_an_admin_starts_a_check_on_a_queue(admin: Client) -> None:
    answer = admin.post(url("check-start"), {"queue": "training"})
    job = Job.objects.get()
    assert (job.queue, job.state) == ("training", "queued")
    assert answer.headers["Location"] == url("job-show", job)
    assert admin.post(url("check-start"), {"queue": "slow"}).headers["Location"] == url("job-list")
    assert Job.objects.count() == 1


def test_a_second_click_starts_no_second_export(admin: Client) -> None:
    first, second = (admin.post(url("audit-export-start")) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert Job.objects.count() == 1


def test_cancelling_with_and_without_script(admin: Client, org: Org) -> None:
    job = a_job(org=org)
    answer = admin.post(url("job-cancel", job))
    assert answer.headers["Location"] == url("job-show", job)
    running = a_job(org=org, running=True)
    fragment = admin.post(url("job-cancel", running), headers={**HTMX, "HX-Target": "job-progress"})
    assert fragment.headers["HX-Retarget"] == "#job"
    assert "Stopping after the step" in fragment.text
    states = Job.objects.order_by("created_at", "pk").values_list("pk", "state")
    assert dict(states) == {job.pk: "cancelled", running.pk: "running"}
    assert admin.get(url("job-cancel", running)).status_code == 405


def test_taking_an_export_is_recorded(
    admin: Client, org: Org, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    facts = {"file": "x.csv", "rows": 2, "bytes": 9}
    job = a_job(org=org, succeeded=True, result=facts)
    audit_export.folder().mkdir()
    audit_export.file_of(job.pk).write_bytes(b"a,b\r\n1,2\r\n")
    assert "Download 2 rows" in admin.get(url("job-show", job)).text
    answer = admin.get(url("job-download", job))
    assert b"".join(answer.streaming_content) == b"a,b\r\n1,2\r\n"  # type: ignore[attr-defined]
    assert (
        answer.headers["Content-Disposition"] == 'attachment; filename="audit-acme-2026-03-02.csv"'
    )
    event = AuditEvent.objects.get(action=AuditEvent.Action.EXPORT_TAKEN)
    assert (event.org, event.subject_id, event.detail["rows"]) == (org, str(job.pk), 2)
    audit_export.file_of(job.pk).unlink()
    assert admin.get(url("job-download", job)).status_code == 404
    assert "The file was removed" in admin.get(url("job-show", job)).text
    assert AuditEvent.objects.filter(action=AuditEvent.Action.EXPORT_TAKEN).count() == 1


def test_mine_shows_what_i_have_running(org: Org) -> None:
    rep = a_member(org=org, role=Role.REP)
    client = client_of(rep)
    assert "Nothing of yours is running" in client.get(url("job-mine")).text
    a_job(org=org, started_by=rep.user, title="My own", running=True)
    a_job(org=org, title="Of others", running=True)
    fragment = client.get(url("job-mine"), headers={**HTMX, "HX-Target": "my-jobs"})
    assert "My own" in fragment.text
    assert "Of others" not in fragment.text
    assert "<html" not in fragment.text
    assert "hx-trigger" in fragment.text


def test_the_check_s_result_is_a_table(admin: Client, org: Org) -> None:
    checks = [{"name": "Database", "value": "0.4 ms", "ok": True}]
    job = a_job(org=org, succeeded=True, result={"checks": checks})
    assert "0.4 ms" in admin.get(url("job-show", job)).text


def test_django_s_admin_lists_jobs_without_asking_per_row(
    org: Org, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    superuser = a_member(org=org, role=Role.ADMIN, user__is_superuser=True)
    for _ in range(20):
        a_job(org=org, started_by=a_member(org=org).user)
    client = client_of(superuser)
    with django_assert_max_num_queries(14):
        answer = client.get(reverse("admin:jobs_job_changelist"), follow=True)
    assert answer.status_code == 200
