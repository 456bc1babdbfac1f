"""Quotas by their days, attainment, pacing and the pipeline that is needed: rules by themselves."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.quota.arithmetic import (
    FEWEST,
    Needed,
    Share,
    Standing,
    comparable,
    courses_of,
    earlier,
    pace_of,
    share_of,
    total_of,
    week_ends,
)
from forecasting.quota.stretches import Line, summed, with_ends, within
from revenue.periods import Length, Period

Q4 = Period.of(date(2026, 11, 21))
amounts = st.decimals(0, 10**9, places=2)
days = st.dates(date(2024, 1, 1), date(2027, 12, 31))
periods = st.builds(
    lambda day, length, first: Period.of(day, length=length, first_month=first),
    days,
    st.sampled_from(Length),
    st.integers(1, 12),
)


def these(*found: Any) -> tuple[Any, ...]:
    return found


def quota(owner: str, since: date, amount: int | None = 100, **more: object) -> Line:
    until = more.pop("until", None)
    size = None if amount is None else Decimal(amount)
    return Line(owner, since, until, size, **more)  # type: ignore[arg-type]


def test_a_quota_without_an_end_is_as_long_as_the_next_one_is_away() -> None:
    quarters = [date(2026, month, 1) for month in (1, 4, 7, 10)]
    found = with_ends([quota("a", day) for day in quarters])
    assert [one.until for one in found] == [*quarters[1:], date(2027, 1, 1)]
    months = with_ends([quota("a", date(2026, month, 1)) for month in (9, 10, 11)])
    assert months[-1].until == date(2026, 12, 1)
    assert with_ends([quota("a", date(2026, 1, 1))])[0].until == date(2026, 4, 1)
    years = with_ends([quota("a", date(2025, 2, 1)), quota("a", date(2026, 2, 1))])
    assert years[-1].until == date(2027, 2, 1)


def test_who_had_no_quota_for_a_while_has_none_for_that_while() -> None:
    lines = [quota("a", date(2026, month, 1)) for month in (1, 4, 7, 10)]
    found = with_ends([*lines, quota("b", date(2026, 1, 1)), quota("b", date(2026, 10, 1))])
    assert [one.until for one in found if one.owner == "b"] == [date(2026, 4, 1), date(2027, 1, 1)]


def test_a_year_counts_in_a_quarter_by_its_days() -> None:
    year = quota("a", date(2026, 1, 1), 365_000, until=date(2027, 1, 1))
    assert within(year, Q4) == 92_000
    assert within(year, Q4.after()) == 0
    month = quota("a", date(2026, 12, 1), 62, until=date(2027, 2, 1))
    assert within(month, Q4) == 31


@given(st.lists(st.tuples(days, st.integers(1, 500), amounts), max_size=8), periods)
def test_over_all_periods_a_quota_counts_once(
    drawn: list[tuple[date, int, Decimal]], period: Period
) -> None:
    lines = [Line("a", day, day + timedelta(days=long), size) for day, long, size in drawn]
    around = [period.after(step) for step in range(-60, 61)]
    for line in lines:
        parts = [part for one in around if (part := within(line, one))]
        covered = around[0].since <= line.since and line.until <= around[-1].until  # type: ignore[operator]
        if covered and line.amount:
            assert float(sum(parts)) == pytest.approx(float(line.amount))
        assert all(0 <= part <= line.amount for part in parts)  # type: ignore[operator]


def test_quotas_of_unlike_kinds_are_not_added() -> None:
    until = date(2027, 1, 1)
    lines = [
        quota("a", Q4.since, 10, until=until, kind="Revenue"),
        quota("b", Q4.since, 20, until=until, kind="Revenue"),
        quota("a", Q4.since, 900, until=until, kind="Renewals"),
        quota("c", Q4.since, None, until=until, kind="Revenue", currency="CHF"),
        quota("d", date(2026, 1, 1), 7, until=Q4.since, kind="Revenue"),
    ]
    found = summed(lines, Q4)
    assert these(found.amount, found.owners) == (30, {"a", "b", "c"})
    assert (found.kind, found.other_kinds, found.without_rate) == ("Revenue", ("Renewals",), 1)
    assert summed([], Q4).amount is None


def test_the_standing_is_arithmetic() -> None:
    now = Standing(Decimal(1000), Decimal(400), Decimal(1800), Decimal(100))
    assert these(now.attainment, now.gap, now.coverage) == (Decimal("0.4"), 600, 3)
    over = Standing(Decimal(1000), Decimal(1400), Decimal(1800), Decimal(100))
    assert these(over.gap, over.coverage) == (-400, None)
    none = Standing(None, Decimal(400), Decimal(1800), Decimal(100))
    assert these(none.attainment, none.gap, none.coverage) == (None, None, None)
    assert Standing(Decimal(), Decimal(4), Decimal(1), Decimal()).attainment is None


def test_pipeline_needed_is_what_is_left_by_the_share_that_was_won() -> None:
    now = Standing(Decimal(1000), Decimal(400), Decimal(1800), Decimal(100))
    needed = Needed(now, Share(due=Decimal(4000), won=Decimal(1000), deals=50, periods=8))
    assert these(needed.left, needed.amount, needed.short) == (500, 2000, 200)
    assert Needed(now, Share()).amount is None
    covered = Standing(Decimal(1000), Decimal(950), Decimal(0), Decimal(100))
    assert Needed(covered, Share()).amount == 0
    assert Needed(Standing(None, *[Decimal(1)] * 3), Share()).amount is None


@given(amounts, amounts, amounts, amounts, st.decimals("0.01", 1, places=2))
def test_what_is_needed_brings_the_quota_home(
    quota: Decimal, closed: Decimal, new: Decimal, pipeline: Decimal, rate: Decimal
) -> None:
    needed = Needed(Standing(quota, closed, pipeline, new), Share(Decimal(100), 100 * rate, 99, 8))
    assert needed.amount is not None
    assert needed.amount >= 0
    home = closed + new + needed.amount * rate
    assert float(home) == pytest.approx(float(max(quota, closed + new)), abs=0.01)


def test_of_few_deals_the_share_of_all_is_taken() -> None:
    own = Share(Decimal(10), Decimal(9), FEWEST - 1, 3)
    whole = Share(Decimal(1000), Decimal(300), 500, 8)
    assert share_of(own, whole).is_of_all
    assert share_of(own, whole).value == Decimal("0.3")
    assert share_of(Share(Decimal(10), Decimal(9), FEWEST, 3), whole).value == Decimal("0.9")
    assert not share_of(own, own).is_of_all


def test_pacing_is_by_the_same_part_of_each_period() -> None:
    today = Q4.day_at(0.5) - timedelta(days=1)
    won = {Q4.since: Decimal(30)}
    for back, (early, late) in enumerate([(1, 3), (1, 1), (3, 1)], start=1):
        before = Q4.before(back)
        won |= {before.since: Decimal(early), before.last: Decimal(late)}
    won[Q4.before(4).last] = Decimal(7)  # where the wins begin, nothing is compared
    pace = pace_of(won, Q4, today=today)
    assert pace.shares == (0.75, 0.5, 0.25)
    assert (pace.low, pace.median, pace.high) == (0.25, 0.5, 0.75)
    assert these(pace.closed, pace.ends_at) == (30, 60)
    assert pace_of(won, Q4.after(), today=today).median is None
    assert pace_of({}, Q4, today=today).ends_at is None


@given(st.dictionaries(days, amounts, max_size=40), periods, days)
def test_a_course_rises_to_what_the_period_won(
    won: dict[date, Decimal], period: Period, today: date
) -> None:
    own, past = courses_of(won, period, today=today)
    assert [one.period for one in past] == comparable(won, period)
    assert set(comparable(won, period)) <= set(earlier(period))
    for one in (own, *past):
        assert list(one.amounts) == sorted(one.amounts)
        assert len(one.amounts) <= len(week_ends(one.period))
    for one in past:
        assert one.amounts[-1] == total_of(won, one.period)
    if today >= period.last:
        assert own.amounts[-1] == total_of(won, period)
    if today < period.since:
        assert own.amounts == ()
    pace = pace_of(won, period, today=today)
    assert all(0 <= share <= 1 for share in pace.shares)
