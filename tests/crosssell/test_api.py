"""The API of suggestions: the same rows as the page, and the same decisions."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from crosssell.models import Recommendation
from tests.crosssell.team import Team
from tests.factories.facts import NOON

pytestmark = pytest.mark.django_db
LIST = "/api/v1/orgs/acme/recommendations"


@pytest.fixture
def team() -> Team:
    return Team()


def client_of(team: Team, who: str) -> APIClient:
    client = APIClient()
    client.force_authenticate(team.members[who].user)
    return client


def rows(team: Team, who: str, query: str = "") -> list[dict[str, Any]]:
    answer = client_of(team, who).get(f"{LIST}{query}")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_each_is_told_what_the_page_shows_and_nothing_held_out(team: Team) -> None:
    team.suggestion("mine", probability=0.25)
    team.suggestion("held", is_held_out=True)
    team.suggestion("theirs", "outside")
    (row,) = rows(team, "rep")
    assert (row["product_name"], row["probability"], row["value"]) == ("mine", 0.25, "250.0000")
    assert row["reasons"][0] == {
        "title": "Bought together",
        "words": "often follows it",
        "points": 0.4,
    }
    assert {one["product_name"] for one in rows(team, "integrator")} == {"mine", "theirs"}


def test_filters_narrow_together_and_a_misspelt_one_is_refused(team: Team) -> None:
    row = team.suggestion("one", kind="bundle", value=Decimal(900))
    team.suggestion("two", state="dismissed", suggested_at=NOON - timedelta(days=9))
    for query in (
        "kind=bundle",
        "is_open=true",
        "least_value=500",
        f"account={row.account_ref}&owner=u-rep",
        f"product={row.product_ref}",
        "suggested_since=2026-03-01T00:00:00Z",
    ):
        assert [one["product_name"] for one in rows(team, "rep", f"?{query}")] == ["one"], query
    assert [one["state"] for one in rows(team, "rep", "?is_open=false")] == ["dismissed"]
    assert [one["state"] for one in rows(team, "rep", "?state=dismissed")] == ["dismissed"]
    answer = client_of(team, "rep").get(f"{LIST}?knd=bundle")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "knd"


def test_pages_follow_each_other_by_cursor(team: Team) -> None:
    for number in range(3):
        team.suggestion(f"p{number}")
    client, url, seen = client_of(team, "rep"), f"{LIST}?page_size=1&order=-probability", []
    while url:
        page = client.get(url).json()
        seen += [row["product_name"] for row in page["results"]]
        url = page["next"]
    assert sorted(seen) == ["p0", "p1", "p2"]


def test_it_is_accepted_dismissed_and_taken_back(team: Team) -> None:
    row = team.suggestion("one")
    client = client_of(team, "rep")
    assert client.post(f"{LIST}/{row.pk}/accept").json()["state"] == "accepted"
    again = client.post(f"{LIST}/{row.pk}/accept")
    assert (again.status_code, again.json()["detail"][:21]) == (409, "It is accepted alread")
    no_words = client.post(f"{LIST}/{row.pk}/dismiss", {"why": "other"}, format="json")
    assert no_words.status_code == 409
    said = {"why": "need", "words": "sold the plant"}
    found = client.post(f"{LIST}/{row.pk}/dismiss", said, format="json").json()
    assert (found["state"], found["reason"]) == ("dismissed", "No need for it: sold the plant")
    assert client.post(f"{LIST}/{row.pk}/undo").json()["state"] == "accepted"
    bad = client.post(f"{LIST}/{row.pk}/dismiss", {"why": "boredom"}, format="json")
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (400, "why")


def test_those_who_do_not_sell_or_do_not_read_it_do_not_decide(team: Team) -> None:
    row = team.suggestion("one")
    for who, status in (("admin", 403), ("integrator", 403), ("outside", 404)):
        client = client_of(team, who)
        for verb in ("accept", "undo"):
            assert client.post(f"{LIST}/{row.pk}/{verb}").status_code == status
    assert client_of(team, "outside").get(f"{LIST}/{row.pk}").status_code == 404
    assert Recommendation.objects.get().past == []


def test_one_names_the_lookalikes_that_its_reader_may_see(team: Team) -> None:
    mine, hidden = team.account(name="Mine Too"), team.account("outside", name="Hidden")
    alike = [
        {"org": team.org.pk, "ref": each.external_id, "likeness": 0.5} for each in (mine, hidden)
    ]
    row = team.suggestion("one", lookalikes=alike)
    found = client_of(team, "rep").get(f"{LIST}/{row.pk}").json()["lookalikes"]
    assert found == [{"name": "Mine Too", "org_name": "", "likeness": 0.5}]
    assert "lookalikes" not in rows(team, "rep")[0]


def test_a_row_more_costs_no_query_more(team: Team, django_assert_max_num_queries: Any) -> None:
    for number in range(6):
        team.suggestion(f"p{number}")
    client = client_of(team, "manager")
    client.get(LIST)
    with django_assert_max_num_queries(14):
        assert len(client.get(LIST).json()["results"]) == 6


def test_a_kind_that_nobody_suggests_is_answered_plainly(team: Team) -> None:
    answer = team.client("rep").get("/api/v1/orgs/acme/recommendations?kind=gift")
    assert answer.status_code == 400
    assert "Nothing is suggested of the kind" in answer.content.decode()


def test_renewals_are_listed_by_their_kind(team: Team) -> None:
    team.suggestion("Core", kind="renewal")
    team.suggestion("Care", kind="bundle")
    assert [row["product_name"] for row in rows(team, "rep", "?kind=renewal")] == ["Core"]
