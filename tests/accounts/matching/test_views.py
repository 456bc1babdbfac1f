from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.matching.joining import match_group
from accounts.models import Match
from revenue.jobs.models import Job
from revenue.users.models import Org, User
from revenue.users.roles import Role
from tests.factories.facts import an_account
from tests.factories.people import MembershipFactory, OrgFactory, OrgGroupFactory, UserFactory

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def orgs() -> list[Org]:
    group = OrgGroupFactory()
    found = [OrgFactory(group=group), OrgFactory(group=group)]
    for org in found:
        an_account(org=org, name="Redwood Dental Care", city="Portland")
    match_group(group=group, at=NOON)
    return found


def admin(*orgs: Org) -> User:
    user = UserFactory()
    for org in orgs:
        MembershipFactory(user=user, org=org, role=Role.ADMIN)
    return user


def page(client: Client, user: User, org: Org, state: str = "doubtful") -> str:
    client.force_login(user)
    response = client.get(reverse("accounts:match-list", args=[org.slug]), {"state": state})
    assert response.status_code == 200
    return response.content.decode()


def test_a_pair_waits_with_its_reasons(client: Client, orgs: list[Org]) -> None:
    html = page(client, admin(*orgs), orgs[0])
    assert html.count("Redwood Dental Care") >= 2
    assert "same name apart from the legal form" in html
    assert "To decide (1)" in html


def test_a_decision_takes_it_out_of_the_queue_and_wakes_a_worker(
    client: Client, orgs: list[Org], django_capture_on_commit_callbacks: object
) -> None:
    user = admin(*orgs)
    page(client, user, orgs[0])
    address = reverse("accounts:match-decide", args=[orgs[0].slug, Match.objects.get().pk])
    response = client.post(address, {"answer": "same"}, headers={"HX-Request": "true"})
    assert "are one customer" in response.content.decode()
    match = Match.objects.get()
    assert (match.state, match.decided_by) == ("joined", user)
    assert Job.objects.get().arguments == {"group_id": match.group_id}
    assert "Joined (1)" in page(client, user, orgs[1], state="joined")
    client.post(address, {"answer": "undo"})
    assert "Kept apart (1)" in page(client, user, orgs[1], state="apart")


def test_an_answer_is_taken_back_where_it_was_given(client: Client, orgs: list[Org]) -> None:
    user = admin(*orgs)
    client.force_login(user)
    before = Match.objects.values().get()
    address = reverse("accounts:match-decide", args=[orgs[0].slug, before["id"]])
    headers = {"HX-Request": "true"}
    told = client.post(address, {"answer": "different"}, headers=headers).content.decode()
    assert "Kept apart: Redwood Dental Care" in told
    assert "To decide (0)" in told
    assert 'value="reopen"' in told
    told = client.post(address, {"answer": "reopen"}, headers=headers).content.decode()
    assert "same name apart from the legal form" in told
    assert "Same customer" in told
    assert "Kept apart (0)" in told
    assert Match.objects.values().get() == before


def test_both_sides_are_compared_fact_by_fact(client: Client, orgs: list[Org]) -> None:
    html = page(client, admin(*orgs), orgs[0])
    assert html.count("Portland") == 2
    assert 'class="is-equal"' in html
    assert "against: " not in html


def test_an_answer_that_is_none_changes_nothing(client: Client, orgs: list[Org]) -> None:
    client.force_login(admin(*orgs))
    address = reverse("accounts:match-decide", args=[orgs[0].slug, Match.objects.get().pk])
    assert client.post(address, {"answer": "perhaps"}).status_code == 400
    assert Match.objects.get().state == "doubtful"


def test_who_runs_one_side_alone_sees_nothing_of_the_other(client: Client, orgs: list[Org]) -> None:
    html = page(client, admin(orgs[0]), orgs[0])
    assert "Redwood" not in html
    assert "To decide (0)" in html
    address = reverse("accounts:match-decide", args=[orgs[0].slug, Match.objects.get().pk])
    assert client.post(address, {"answer": "same"}).status_code == 404


def test_an_org_without_a_group_says_what_is_missing(client: Client) -> None:
    org = OrgFactory()
    assert "This org stands alone" in page(client, admin(org), org)


def test_pages_follow_each_other_without_loss(client: Client, orgs: list[Org]) -> None:
    for number in range(60):
        for org in orgs:
            an_account(org=org, name=f"Zebra{number:02} Works{number:02} Alpha{number:02}")
    group = orgs[0].group
    assert group is not None
    match_group(group=group, at=NOON)
    client.force_login(admin(*orgs))
    address = reverse("accounts:match-list", args=[orgs[0].slug])
    seen: set[str] = set()
    while address:
        html = client.get(address).content.decode()
        seen |= {part.split('"')[0] for part in html.split('id="match-')[1:]}
        further = html.partition('class="button" href="')[2].partition('"')[0]
        address = further.replace("&amp;", "&")
    assert seen == {str(pk) for pk in Match.objects.values_list("pk", flat=True)}
