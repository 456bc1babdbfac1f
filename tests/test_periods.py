from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revenue.periods import Length, Period

DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))
MONTHS = st.integers(1, 12)
LENGTHS = st.sampled_from(Length)


@given(DAYS, LENGTHS, MONTHS)
def test_a_day_lies_in_its_period_and_periods_leave_no_gap(
    day: date, length: Length, first_month: int
) -> None:
    period = Period.of(day, length=length, first_month=first_month)
    assert day in period
    assert period.after().since == period.until
    assert period.before().until == period.since
    assert period.before().after() == period
    assert Period.of(period.last, length=length, first_month=first_month) == period


@given(DAYS, MONTHS)
def test_a_fiscal_year_holds_four_quarters(day: date, first_month: int) -> None:
    year = Period.of(day, length=Length.YEAR, first_month=first_month)
    quarter = Period.of(year.since, first_month=first_month)
    labels = [quarter.after(number).label for number in range(4)]
    assert [label.split()[0] for label in labels] == ["Q1", "Q2", "Q3", "Q4"]
    assert quarter.after(3).until == year.until
    assert {quarter.after(number).fiscal_year for number in range(4)} == {year.fiscal_year}


@pytest.mark.parametrize(
    ("first_month", "label"), [(1, "Q4 2026"), (2, "Q4 FY2027"), (4, "Q3 FY2027")]
)
def test_a_quarter_is_named_as_the_company_names_it(first_month: int, label: str) -> None:
    assert Period.of(date(2026, 11, 21), first_month=first_month).label == label


def test_the_same_part_of_a_quarter_is_compared() -> None:
    quarter = Period.of(date(2026, 2, 3))
    assert quarter.day_at(0) == quarter.since
    assert quarter.day_at(1) == quarter.until
    assert quarter.share_of(quarter.day_at(0.5)) == pytest.approx(0.5, abs=0.01)
    assert quarter.share_of(date(2030, 1, 1)) == 1


def test_weeks_begin_with_the_period() -> None:
    quarter = Period.of(date(2026, 11, 21))
    assert quarter.weeks[0] == quarter.since
    assert len(quarter.weeks) == 14  # 92 days
    assert all(
        later - earlier == timedelta(days=7)
        for earlier, later in zip(quarter.weeks, quarter.weeks[1:], strict=False)
    )


def test_the_year_before_has_the_same_season() -> None:
    assert Period.of(date(2026, 5, 1)).year_before().since == date(2025, 4, 1)
    assert Period.of(date(2026, 5, 1), length=Length.MONTH).year_before().since == date(2025, 5, 1)
