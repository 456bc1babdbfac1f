from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from forecasting.quarter.worlds import band, run
from forecasting.scenario.changes import Changes, DealChange, Hiring, changes_of, one_line
from forecasting.scenario.reckoning import (
    Known,
    Seller,
    chance_after,
    is_partly_unknown,
    moved_by,
    new_seller,
    reckoned,
    share_by,
)
from revenue.periods import Period
from tests.forecasting.test_worlds import some_inputs

PERIOD = Period.of(date(2026, 11, 21))
WEEKS = [0.0] * 7 + [0.1, 0.3, 0.5, 0.7, 0.9, 1.0, 1.0]
# As of 21 November, 51 days after the period began.
DEAL = Known(
    chance=0.4,
    close=date(2026, 12, 10),
    weeks=WEEKS,
    won_by=(0.02, 0.06, 0.14, 0.24, 0.32, 0.39, 0.46, 0.5, 0.5),
    ahead=-51,
)
NEXT = PERIOD.after()
COMING = Known(
    chance=0.3,
    close=date(2027, 1, 20),
    weeks=[0.3, 0.5, 0.65, 0.75, 0.85, 0.9, 0.94, 0.97, 0.98, 0.99, 1.0, 1.0, 1.0],
    won_by=(0.05, 0.12, 0.2, 0.28, 0.36, 0.43, 0.48, 0.52, 0.55, 0.58, 0.6, 0.61, 0.62, 0.62),
    ahead=41,
)
NONE = Seller(0.0, 0.0, 0.0)


def outcome(changes: Changes, *, seller: Seller = NONE, **known: Known) -> Any:
    inputs = some_inputs(60, draws=800)
    refs = [f"d{at}" for at in range(60)]
    facts = {
        ref: Known(chance=float(chance), close=date(2026, 12, 10), weeks=WEEKS)
        for ref, chance in zip(refs, inputs.deals.chance, strict=True)
    }
    return reckoned(inputs, refs, changes, known={**facts, **known}, seller=seller, period=PERIOD)


def test_nothing_supposed_changes_nothing() -> None:
    found = outcome(Changes((DealChange("d3"),)))
    assert found.before == found.after == band(run(some_inputs(60, draws=800)).of(slice(None)))


def test_a_change_is_what_a_run_of_all_would_give() -> None:
    changes = Changes((DealChange("d3", drop=True), DealChange("d8", chance=0.99)))
    inputs = some_inputs(60, draws=800)
    chance = inputs.deals.chance.copy()
    chance[3], chance[8] = 0.0, 0.99
    whole = run(replace(inputs, deals=replace(inputs.deals, chance=chance)))
    assert outcome(changes).after == band(whole.of(slice(None)))


def test_dropping_lowers_and_hiring_lifts_every_part_of_the_band() -> None:
    dropped = outcome(Changes(tuple(DealChange(f"d{at}", drop=True) for at in range(20))))
    hired = outcome(Changes(hiring=Hiring(4)), seller=Seller(2.0, 0.8, 0.5))
    for _, then, now, difference in dropped.rows():
        assert now < then
        assert difference == now - then
    assert all(now > then for _, then, now, _ in hired.rows())
    gained = float(hired.after.mean - hired.before.mean)
    assert gained == pytest.approx(4 * 0.8 * 9_000 * 0.95, rel=0.1)


def test_without_a_curve_a_date_moved_later_loses_what_falls_out_of_the_period() -> None:
    deal = replace(DEAL, won_by=())
    assert moved_by(0, deal, PERIOD) == pytest.approx(0.4)
    # Two weeks later: by the end, what was reached two weeks before it.
    end = share_by(WEEKS, PERIOD.days - 14, PERIOD)
    assert 0.5 < end < 1
    assert moved_by(14, deal, PERIOD) == pytest.approx(0.4 * end)
    assert moved_by(60, deal, PERIOD) == 0.0
    # Earlier, nothing is known of what comes in.
    assert moved_by(-14, deal, PERIOD) == 0.4
    assert [is_partly_unknown(days, deal, PERIOD) for days in (-1, 0, 1)] == [True, False, False]
    assert not is_partly_unknown(-1, DEAL, PERIOD)


def test_a_date_moved_earlier_gains_what_its_curve_gives_after_the_period() -> None:
    # 41 days are left: by then 0.4, and a week later 0.46.
    assert moved_by(0, DEAL, PERIOD) == pytest.approx(0.4)
    assert moved_by(-7, DEAL, PERIOD) == pytest.approx(0.4 * DEAL.by(48) / DEAL.by(41))
    assert moved_by(-300, DEAL, PERIOD) == pytest.approx(0.4 * 0.5 / DEAL.by(41))
    assert moved_by(7, DEAL, PERIOD) == pytest.approx(0.4 * DEAL.by(34) / DEAL.by(41))
    assert moved_by(60, DEAL, PERIOD) == 0
    assert moved_by(-7, replace(DEAL, chance=0.95), PERIOD) == 1.0


@given(st.integers(-400, 400), st.integers(0, 400), st.booleans())
def test_of_a_period_that_runs_the_later_a_deal_the_smaller_its_chance(
    days: int, more: int, has_curve: bool
) -> None:
    deal = DEAL if has_curve else replace(DEAL, won_by=())
    one, other = (moved_by(one, deal, PERIOD) for one in (days, days + more))
    assert 0 <= other <= one <= 1


def test_of_a_coming_period_the_whole_curve_moves() -> None:
    def won(since: int, until: int) -> float:
        return COMING.by(until) - COMING.by(since)

    first, end = COMING.ahead, COMING.ahead + NEXT.days
    for days in (-200, -60, -7, 0, 7, 60, 200):
        share = won(first - days, end - days) / won(first, end)
        assert moved_by(days, COMING, NEXT) == pytest.approx(min(0.3 * share, 1.0))
    # So far ahead that it is won before the period: out of it, and not likelier in it.
    assert moved_by(-110, COMING, NEXT) == 0
    # Later, what would have been won before the period comes in.
    before = COMING.by(first) - COMING.by(first - 28)
    gone = COMING.by(end) - COMING.by(end - 28)
    assert before > gone
    assert moved_by(28, COMING, NEXT) > 0.3


def test_of_a_coming_period_without_a_curve_only_what_falls_out_is_known() -> None:
    deal = replace(COMING, won_by=())
    assert moved_by(-14, deal, NEXT) == pytest.approx(0.3 * (1 - share_by(deal.weeks, 14, NEXT)))
    assert moved_by(-14, deal, NEXT) < 0.3
    assert moved_by(-120, deal, NEXT) == 0
    assert moved_by(14, deal, NEXT) < 0.3
    assert is_partly_unknown(-1, deal, NEXT)
    assert is_partly_unknown(1, deal, NEXT)


@given(
    st.dates(date(2026, 11, 22), date(2027, 12, 31)),
    st.dates(date(2026, 11, 22), date(2027, 12, 31)),
    st.booleans(),
)
def test_a_date_that_leaves_the_period_makes_no_win_in_it_likelier(
    was: date, to: date, has_curve: bool
) -> None:
    deal = replace(COMING, close=was, won_by=COMING.won_by if has_curve else ())
    found = chance_after(DealChange("x", close=to), deal, NEXT)
    assert 0 <= found <= 1
    if was in NEXT and to not in NEXT:
        assert found <= deal.chance


def test_what_is_said_outright_counts_first() -> None:
    moved = DealChange("x", close=date(2027, 2, 1), chance=0.7)
    assert chance_after(moved, DEAL, PERIOD) == 0.7
    assert chance_after(replace(moved, drop=True), DEAL, PERIOD) == 0
    assert chance_after(replace(moved, chance=None), DEAL, PERIOD) == 0
    assert chance_after(replace(moved, chance=None), replace(DEAL, close=None), PERIOD) == 0.4


def seller(since: date | None, *, ramp: int = 3, today: date = PERIOD.since) -> Seller:
    return new_seller(
        Hiring(1, since, ramp), expected=[0, 1, 4, 9], new_weeks=[], today=today, period=PERIOD
    )


def test_a_new_seller_is_like_the_median_one_but_late_and_weaker_at_first() -> None:
    first = seller(None, ramp=0)
    assert (first.median, first.share, first.ramp) == (4, 1, 1)
    half = seller(PERIOD.since + timedelta(days=46), ramp=0)
    assert half.share == pytest.approx(0.5, abs=0.04)
    assert seller(None, ramp=3).ramp == pytest.approx(0.5, abs=0.01)
    assert seller(None, ramp=1).ramp == pytest.approx(1 - 30.4 / 184, abs=0.01)
    assert seller(PERIOD.until).expected == 0
    # Nobody begins before today.
    assert seller(PERIOD.since, today=PERIOD.day_at(0.5)) == seller(None, today=PERIOD.day_at(0.5))
    late = seller(PERIOD.day_at(0.75), ramp=0, today=PERIOD.day_at(0.5))
    assert late.share == pytest.approx(0.5, abs=0.06)


def test_where_nobody_brings_anything_new_nor_does_a_new_seller() -> None:
    found = new_seller(Hiring(1), expected=[0], new_weeks=[], today=PERIOD.since, period=PERIOD)
    assert found.expected == 0


def read(query: str) -> tuple[Changes, list[str]]:
    return changes_of(QueryDict(query))


def test_an_address_says_the_same_again() -> None:
    query = "deal=a&deal=b&drop-a=yes&close-b=2026-12-24&chance-b=33.5&hires=2&hired=2026-12-01"
    changes, problems = read(query)
    assert not problems
    assert changes == Changes(
        (DealChange("a", drop=True), DealChange("b", False, date(2026, 12, 24), 0.335)),
        Hiring(2, date(2026, 12, 1)),
    )
    again = QueryDict(mutable=True)
    for name, said in changes.pairs():
        again.appendlist(name, said)
    assert changes_of(again) == (changes, [])
    assert Changes.from_json(changes.as_json()) == changes
    assert one_line(changes) == "1 deal dropped, 1 date moved, 1 chance changed, 2 sellers hired"


def test_deals_are_added_and_taken_away() -> None:
    assert read("deal=a&deal=b&add=c&remove=a&drop-a=yes")[0].refs == ["b", "c"]
    assert read("deal=a&deal=a&add=a")[0].refs == ["a"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("deal=a&chance-a=120", "between 0 and 100"),
        ("deal=a&chance-a=nan", "between 0 and 100"),
        ("deal=a&chance-a=some", "between 0 and 100"),
        ("deal=a&close-a=31.2.2026", "year-month-day"),
        ("hires=1000", "up to 50"),
        ("hires=-1", "up to 50"),
        ("hires=²", "up to 50"),
        ("hires=1&ramp=99", "up to 24"),
        ("&".join(f"deal=d{at}" for at in range(60)), "At most 40"),
    ],
)
def test_what_cannot_be_is_said_and_passed_over(query: str, said: str) -> None:
    changes, problems = read(query)
    assert any(said in one.lower() or said in one for one in problems)
    assert changes.of([]) == Changes(hiring=changes.hiring)
    assert all(one.chance is None and one.close is None for one in changes.deals)
    assert len(changes.deals) <= 40


def test_a_reference_too_long_for_one_is_none() -> None:
    assert read(f"deal={'x' * 80}")[0].deals == ()


def test_only_the_owners_of_changed_deals_have_to_be_there() -> None:
    inputs = some_inputs(60, draws=800)
    refs = [f"d{at}" for at in range(60)]
    changes = Changes((DealChange("d3", drop=True),), Hiring(1))
    one = np.array([inputs.deals.owner[3]])
    own = [ref for ref, owner in zip(refs, inputs.deals.owner, strict=True) if owner == one[0]]
    found = reckoned(
        inputs.of(one),
        own,
        changes,
        known=dict.fromkeys(own, DEAL),
        seller=Seller(2.0, 1.0, 1.0),
        period=PERIOD,
        total=run(inputs).cents.sum(axis=0),
    )
    assert found == outcome(changes, seller=Seller(2.0, 1.0, 1.0))
    assert found.before != found.after
