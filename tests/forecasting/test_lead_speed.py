"""How soon leads are answered: the rules by arrays, and the page for each who may read it."""

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from forecasting.lead_pages.speed import (
    Leads,
    brackets_of,
    groups_of,
    quantile,
    rate_within,
    speed_of,
    weeks_of,
)
from forecasting.lead_pages.speed_page import SpeedPage
from forecasting.lead_pages.words import hours_said, minutes_said, took_said
from forecasting.leads.answering import answers
from forecasting.models import LeadPolicy
from revenue.ml.arrays import floats
from tests.factories.facts import a_contact, an_activity
from tests.factories.outlooks import a_lead_override
from tests.forecasting.lead_team import NOW, LeadTeam

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NONE = float("nan")
HOURS = st.lists(
    st.tuples(
        st.one_of(st.just(NONE), st.floats(0, 500)),
        st.floats(0, 1000),
    ).map(lambda pair: (pair[0], pair[1] if math.isnan(pair[0]) else max(pair))),
    min_size=1,
    max_size=40,
)


def some(*hours: float, waited: Any = 2_500.0, **further: Any) -> Leads:
    many = len(hours)
    usual: dict[str, Any] = {
        "hours": floats(hours),
        "waited": np.broadcast_to(floats(waited), many),
        "came": np.array(["2026-03-02"] * many, dtype="datetime64[D]"),
        "source": np.array(["Web"] * many, dtype=object),
        "owner": np.array(["u"] * many, dtype=object),
        "converted": np.zeros(many, dtype=bool),
    }
    return Leads(**usual | further)


def test_half_and_nine_in_ten_of_leads_that_are_all_answered() -> None:
    leads = some(*range(1, 11))
    assert (quantile(leads, 0.5), quantile(leads, 0.9)) == (5.0, 9.0)


def test_who_waits_counts_for_as_long_as_they_wait() -> None:
    # Of four, one after 1 h; one waits since 2 h; one after 3 h, of two: half of three quarters.
    leads = some(1, NONE, 3, NONE, waited=[9, 2, 9, 9])
    assert quantile(leads, 0.25) == 1.0
    assert quantile(leads, 0.6) == 3.0
    assert quantile(leads, 0.9) is None
    assert quantile(some(NONE, NONE), 0.5) is None
    assert hours_said(None) == "Not known"


def test_a_share_counts_those_alone_whose_time_is_over() -> None:
    leads = some(0.5, 5, NONE, NONE, waited=[9, 9, 9, 0.2])
    rate = rate_within(leads, 1)
    assert (rate.won, rate.closed) == (1, 3)
    assert rate_within(leads, 0.1).closed == 4


def test_young_leads_that_were_answered_weigh_no_more_than_those_that_wait() -> None:
    young = [0.1, 0.2, 0.3, *[NONE] * 7]
    assert rate_within(some(*young, waited=0.5), 24).closed == 0
    rate = rate_within(some(*young, 2, 30, waited=[*[0.5] * 10, 40, 40]), 24)
    assert (rate.won, rate.closed) == (1, 2)


@given(HOURS)
def test_shares_grow_with_time_and_quantiles_with_shares(pairs: list[tuple[float, float]]) -> None:
    leads = some(*(hours for hours, _ in pairs), waited=[waited for _, waited in pairs])
    speed = speed_of(leads, goal_hours=1)
    assert speed.answered == sum(not math.isnan(hours) for hours, _ in pairs)
    for rate in (*speed.within, speed.in_time):
        low, high = rate.interval
        assert 0 <= low <= (rate.value or 0) <= high + 1e-12 or rate.value is None
        assert rate.won <= rate.closed <= len(leads)
    if speed.median is not None and speed.p90 is not None:
        assert speed.median <= speed.p90
    if speed.p90 is not None:
        assert speed.median is not None


def test_groups_stand_by_size_and_few_are_told_to_be_few() -> None:
    owner = np.array(["slow"] * 60 + ["fast"] * 40 + ["new"] * 3, dtype=object)
    leads = some(*[30.0] * 60, *[0.2] * 40, *[0.1] * 3, owner=owner)
    whole = speed_of(leads, goal_hours=1)
    groups = groups_of(leads, leads.owner, goal_hours=1)
    assert [one.name for one in groups] == ["slow", "fast", "new"]
    assert [one.verdict(whole.in_time) for one in groups] == ["slower", "faster", ""]
    assert [one.is_few for one in groups] == [False, False, True]


def test_two_that_chance_may_tell_apart_are_not_told_apart() -> None:
    owner = np.array(["one"] * 30 + ["two"] * 30, dtype=object)
    leads = some(*[0.5] * 15, *[9.0] * 15, *[0.5] * 17, *[9.0] * 13, owner=owner)
    whole = speed_of(leads, goal_hours=1)
    assert {one.verdict(whole.in_time) for one in groups_of(leads, owner, goal_hours=1)} == {""}


def test_weeks_begin_on_monday_and_none_is_left_out() -> None:
    came = np.array(["2026-03-01", "2026-03-02", "2026-03-18"], dtype="datetime64[D]")
    weeks = weeks_of(some(0.5, 2, NONE, came=came), goal_hours=1)
    assert [one.monday for one in weeks] == [date(2026, 2, 23) + n * 7 * DAY for n in range(4)]
    assert [one.leads for one in weeks] == [1, 1, 0, 1]
    assert weeks_of(some(), goal_hours=1) == []


def test_brackets_hold_every_lead_once_with_what_became_of_it() -> None:
    hours = (0.01, 0.5, 0.9, 20, 50, 400, NONE)
    converted = np.array([True, True, False, True, False, True, False])
    found = {one.name: one.converted for one in brackets_of(some(*hours, converted=converted))}
    assert [(rate.won, rate.closed) for rate in found.values()] == [
        (1, 1), (1, 2), (1, 1), (0, 1), (1, 1), (0, 1),
    ]  # fmt: skip
    assert next(iter(found)) == "Within 5 min"
    assert list(found)[-1] == "Not answered"


def test_only_leads_that_had_their_days_tell_of_conversion() -> None:
    leads = some(1, 1, 1, waited=[24 * 10, 24 * 100, 24 * 400])
    assert len(leads.younger_than(30)) == 1
    assert len(leads.with_time_over(30)) == 1
    assert len(leads.with_time_over(365)) == 2


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(45, "45 min"), (60, "1 h"), (90, "1 h 30 min"), (1440, "1 day"), (2880, "2 days")],
)
def test_a_goal_is_said_as_people_say_it(minutes: int, said: str) -> None:
    assert minutes_said(minutes) == said


def test_how_long_is_said_roughly() -> None:
    said = [took_said(one) for one in (HOUR / 90, HOUR / 2, 5.5 * HOUR, 47 * HOUR, 50 * HOUR)]
    assert said == ["under a minute", "30 min", "5 h", "47 h", "2 days"]


@pytest.fixture
def team(db: None) -> LeadTeam:
    return LeadTeam()


def speed(team: LeadTeam, who: str, query: str = "") -> Any:
    return team.page(who, f"lead-speed/{query}").context["page"]


def test_each_reads_the_speed_of_their_own_leads(team: LeadTeam) -> None:
    for who, after in (("rep", HOUR / 2), ("other", 3 * HOUR), ("outside", 5 * HOUR)):
        team.answer(team.lead(who), after=after)
    assert speed(team, "rep").whole.leads == 1
    assert speed(team, "rep").by_owner == []
    manager = speed(team, "manager")
    assert (manager.whole.leads, manager.whole.in_time.value) == (2, 0.5)
    names = {line["speed"].name for line in manager.by_owner}
    assert names == {"Rep Person", "Other Person"}
    assert b"Outside Person" not in team.page("manager", "lead-speed/").content
    for who in ("executive", "admin", "integrator"):
        assert speed(team, who).whole.leads == 3


def test_the_days_asked_for_are_the_days_counted(team: LeadTeam) -> None:
    for days in (5, 60, 300, 400):
        lead = team.lead(source="Web", created_at=NOW - days * DAY)
        team.answer(lead, after=HOUR)
    counts = {days: speed(team, "rep", f"?days={days}").whole.leads for days in (30, 90, 180, 365)}
    assert counts == {30: 1, 90: 2, 180: 2, 365: 3}
    for wrong in ("7", "x", "-1"):
        assert speed(team, "rep", f"?days={wrong}").days == 90


def test_only_the_leads_that_count_are_read(team: LeadTeam) -> None:
    kept = {
        who: [team.lead(who, created_at=NOW - days * DAY) for days in (5, 100)]
        for who in ("rep", "other", "outside")
    }
    for who, leads in kept.items():
        team.answer(team.lead(who, created_at=NOW - 130 * DAY), after=HOUR)
        for lead in leads:
            team.answer(lead, after=2 * HOUR)
    for who, many in {"rep": 2, "manager": 4, "admin": 6}.items():
        found = SpeedPage(
            reader=team.members[who],
            asked=QueryDict("days=30"),
            path="/",
            at=NOW,
        ).leads()
        assert found.hours.tolist() == [2.0] * many, who


def test_who_waits_waits_longer_also_for_those_who_read_kept_figures(team: LeadTeam) -> None:
    """Of an org whose clock goes on: the goal of an hour passes while the page is read."""
    org = team.org
    org.clock_date = None
    org.save(update_fields=["clock_date"])
    team.answer(team.lead(created_at=NOW - 3 * HOUR), after=HOUR / 2)
    team.lead(created_at=NOW - HOUR / 2)

    def seen(later: timedelta) -> tuple[int, int]:
        reader = team.members["executive"]
        page = SpeedPage(reader=reader, asked=QueryDict(""), path="/", at=NOW + later)
        return page.whole.in_time.won, page.whole.in_time.closed

    assert seen(timedelta()) == seen(timedelta(seconds=1)) == (1, 1)
    assert seen(HOUR) == (1, 2)


def test_a_part_of_the_answers_is_that_part_of_all_of_them(team: LeadTeam) -> None:
    came = NOW - 20 * DAY
    contact = a_contact(org=team.org, created_at=came + HOUR)
    team.lead("outside", created_at=came)
    team.answer(team.lead(created_at=NOW - 300 * DAY), after=HOUR)
    # What was done before it came, and what was handed on to the contact that it became.
    team.answer(team.lead(created_at=came), after=-30 * DAY)
    team.lead(
        created_at=came,
        is_converted=True,
        converted_date=came.date(),
        converted_contact_ref=contact.external_id,
    )
    at = came + 3 * HOUR
    an_activity(
        org=team.org, contact_ref=contact.external_id, kind="call", happens_at=at, created_at=at
    )
    every = answers(org=team.org, as_of=NOW)
    since = NOW - 50 * DAY
    wanted = every[(every["created_at"] >= since) & (every["owner_ref"] == "u-rep")]
    part = answers(org=team.org, as_of=NOW, since=since, owners=["u-rep"])
    assert part["hours"].tolist() == [0.0, 3.0]
    pd.testing.assert_frame_equal(part, wanted.reset_index(drop=True))
    assert answers(org=team.org, as_of=NOW, owners=[]).empty


def test_conversion_is_told_by_how_soon_they_were_answered(team: LeadTeam) -> None:
    came = NOW - 120 * DAY
    soon = team.lead(created_at=came, is_converted=True, converted_date=(came + 20 * DAY).date())
    late = team.lead(created_at=came, is_converted=True, converted_date=(came + 110 * DAY).date())
    team.answer(soon, after=HOUR / 2)
    team.answer(late, after=10 * HOUR)
    found = {one.name: one.converted for one in speed(team, "rep").found.brackets}
    assert (found["Within 1 h"].won, found["Within 1 h"].closed) == (1, 1)
    # It took longer than the horizon.
    assert (found["Within 24 h"].won, found["Within 24 h"].closed) == (0, 1)


def test_who_waits_is_listed_the_longest_first_scored_or_not(team: LeadTeam) -> None:
    team.answer(team.lead(name="answered"), after=HOUR)
    team.lead(name="new", created_at=NOW - HOUR / 2)
    old = team.lead(name="old", created_at=NOW - 30 * DAY)
    team.score(lead=old, tier="C")
    a_lead_override(lead=old, tier="A")
    team.lead(name="ended", status="Unqualified")
    team.lead("outside", name="elsewhere")
    table = team.page("rep", "lead-speed/").context["table"]
    assert [row.name for row in table.page.rows] == ["old", "new"]
    cells = [{cell.column.name: cell.text for cell in line} for line in table.cells]
    assert [line["waits"] for line in cells] == ["Waits 30 days", "Waits 30 min"]
    assert [line["tier"] for line in cells] == ["A", "–"]
    part = team.page(
        "rep",
        "lead-speed/?sort=waits",
        **{"HX-Request": "true", "HX-Target": "waiting-leads"},
    )
    assert [row.name for row in part.context["table"].page.rows] == ["new", "old"]


def test_the_goal_is_the_org_s_own(team: LeadTeam) -> None:
    team.answer(team.lead(), after=2 * HOUR)
    assert speed(team, "rep").whole.in_time.value == 0
    LeadPolicy.objects.create(org=team.org, answer_minutes=180)
    page = speed(team, "rep")
    assert (page.goal, page.whole.in_time.value) == ("3 h", 1)


def test_without_leads_it_says_so(team: LeadTeam) -> None:
    text = team.page("rep", "lead-speed/").content.decode()
    assert "No lead came in" in text
    assert "Nobody waits" in text


@pytest.mark.parametrize("who", ["rep", "executive"])
def test_the_report_costs_the_same_whatever_it_holds(team: LeadTeam, who: str) -> None:
    team.answer(team.lead("other", source="Web"), after=HOUR)
    team.lead()
    team.page(who, "lead-speed/")
    few = team.queries(who, "lead-speed/?days=30")
    for source in ("a", "b", "c"):
        team.answer(team.lead(source=source), after=HOUR)
        team.score(lead=team.lead(source=source))
    assert team.queries(who, "lead-speed/?days=365") <= few
