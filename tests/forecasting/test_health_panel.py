"""The panel of a customer: how well it is, why, and what it is worth."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.health.lifetime import chances_of
from forecasting.health.policy import Policy, band_of
from forecasting.health_pages.weeks import WEEKS, monday_of, weeks_of
from forecasting.health_pages.why import reasons_of
from forecasting.health_pages.words import band_kind
from forecasting.models import AccountHealth
from tests.factories.facts import NOON
from tests.factories.outlooks import a_lifetime_value
from tests.forecasting.healthy import Customers

WEEK_DAYS = timedelta(weeks=1)
BETTER = ["negative", "warning", "positive"]


@pytest.fixture
def team() -> Customers:
    return Customers()


def panel(team: Customers, who: str, account: Any) -> Any:
    headers = {"HX-Request": "true", "HX-Target": "panel-forecasting-health-panel"}
    return team.client(who).get(f"/o/acme/health/accounts/{account.pk}/", headers=headers)


@pytest.mark.django_db
def test_it_says_score_chance_parts_reasons_and_worth(team: Customers) -> None:
    row = team.customer("Long & Sons", score=45, change=-12)
    assert row.run is not None
    row.run.report = {
        **row.run.report,
        "health": {"usual": 0.12, "start": 73.6},
        "horizon_days": 180,
    }
    row.run.save()
    team.before(row, 4, score=57)
    a_lifetime_value(account=row.account)
    answer = panel(team, "rep", row.account)
    text = " ".join(answer.content.decode().split())
    assert "<html" not in text
    for said in (
        "−12 in 4 weeks",
        "20–40%",
        "12% of all customers",
        "within 180 days",
        "$40k to $150k",
        "$37.5k a year × 2.4 of the next 3 years",
        "Deals won</strong>: 12",
        "Cases within 90 days</strong>: 5; 30% of such customers left",
        "nothing known",
        "At risk</span>",
    ):
        assert said in text, said
    found = answer.context["panel"]
    assert [(one.title, one.score, one.kind) for one in found.parts][-1] == ("People", None, "")
    assert [one.kind for one in found.parts][:2] == ["negative", "negative"]
    labels, values = zip(*found.way.rows, strict=True)
    assert (labels[0], values[0]) == ("A usual customer", "74")
    assert (labels[-1], values[-1]) == ("This customer", "45")
    assert sum(found.way.data[0]["x"][:-1]) == 45
    assert found.chart.rows == [("2 Feb 2026", 57, "To watch"), ("2 Mar 2026", 45, "At risk")]


@pytest.mark.django_db
def test_of_a_chance_that_no_day_belongs_to_no_days_are_said(team: Customers) -> None:
    row = team.customer()
    assert row.run is not None
    for horizon, is_said in ((180, True), (0, False)):
        row.run.report = {**row.run.report, "health": {"usual": 0.12}, "horizon_days": horizon}
        row.run.save()
        text = panel(team, "rep", row.account).content.decode()
        assert "12% of all customers" in text
        assert ("days; 12%" in text) is is_said
        assert bool(chances_of(AccountHealth.objects.all())) is is_said


@pytest.mark.django_db
def test_it_stands_first_on_the_page_of_the_account_and_alone_without_script(
    team: Customers,
) -> None:
    row = team.customer()
    client = team.client("rep")
    page = client.get(f"/o/acme/accounts/{row.account.pk}/").content.decode()
    assert page.index(f"/o/acme/health/accounts/{row.account.pk}/") < page.index(
        "/o/acme/sell/accounts/"
    )
    assert b"<html" in client.get(f"/o/acme/health/accounts/{row.account.pk}/").content


@pytest.mark.django_db
def test_who_is_no_customer_and_what_is_not_known_is_said(team: Customers) -> None:
    account = team.account()
    assert "No customer is scored yet" in panel(team, "rep", account).content.decode()
    by_hand: dict[str, Any] = dict.fromkeys(("probability", "low", "high", "at_risk"))
    row = team.customer(source="composite", **by_hand)
    assert "It is not scored" in panel(team, "rep", account).content.decode()
    text = panel(team, "rep", row.account).content.decode()
    assert "No chance is known: it is weighted by hand." in text
    assert "there is no purchase to tell it by" in text
    assert panel(team, "rep", team.account("outside")).status_code == 404


@given(st.sets(st.integers(0, 99), min_size=2, max_size=2))
def test_of_two_scores_the_better_never_looks_worse(borders: set[int]) -> None:
    policy = Policy(bands={"red": min(borders), "yellow": max(borders)})
    looks = [BETTER.index(band_kind(band_of(score, policy))) for score in range(101)]
    assert looks == sorted(looks)
    assert looks.count(0) == min(borders) + 1


@given(
    st.lists(st.tuples(st.integers(-3, 30), st.integers(0, 23), st.integers(0, 100)), max_size=40)
)
def test_each_week_has_one_bar_of_its_last_word(
    told: list[tuple[int, int, int]],
) -> None:
    from_when = [(NOON.replace(hour=hours) - weeks * WEEK_DAYS, s) for weeks, hours, s in told]
    said = [(at, score, "red") for at, score in from_when]
    weeks = weeks_of(said, until=NOON)
    assert len(weeks) == WEEKS
    assert weeks[-1].monday == monday_of(NOON)
    for week in weeks:
        own = sorted(one for one in said if monday_of(one[0]) == week.monday and one[0] <= NOON)
        assert week.score == (own[-1][1] if own else None)


def test_the_strongest_reason_stands_first_and_what_counts_nothing_is_none() -> None:
    raw = [{"title": name, "points": points} for name, points in (("a", 1), ("b", -8), ("c", 0))]
    assert [(one.title, one.width) for one in reasons_of(raw)] == [("b", 100), ("a", 12)]
    assert reasons_of([]) == []
