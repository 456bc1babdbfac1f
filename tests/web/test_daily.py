from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revenue.web.daily import TICKS, Series, daily_chart, days_until, step_for

TODAY = date(2026, 3, 3)


def test_days_end_with_the_last_and_miss_none() -> None:
    days = days_until(TODAY)
    assert len(days) == 30
    assert days[0] == date(2026, 2, 2)
    assert days[-1] == TODAY


@pytest.mark.parametrize(("highest", "step"), [(0, 1), (5, 1), (6, 2), (11, 5), (26, 10), (51, 20)])
def test_ticks_stand_on_whole_numbers(highest: int, step: int) -> None:
    assert step_for(highest) == step


@given(st.integers(min_value=0, max_value=10**9))
def test_ticks_are_few(highest: int) -> None:
    step = step_for(highest)
    assert step >= 1
    assert highest / step <= TICKS


def test_the_table_leaves_out_days_without_anything() -> None:
    chart = daily_chart(
        chart_id="c",
        title="Things",
        summary="",
        days=days_until(TODAY)[-3:],
        series=[
            Series(name="Good", colour="var(--chart-1)", counts=[0, 2, 7]),
            Series(name="Bad", colour="var(--negative)", counts=[0, 0, 1]),
        ],
    )
    assert chart.title == "Things, last 3 days"
    assert chart.columns == ("Day", "Good", "Bad")
    assert chart.rows == [("02 Mar 2026", 2, 0), ("03 Mar 2026", 7, 1)]
    assert chart.layout["yaxis"]["dtick"] == 2


def test_no_series_is_an_empty_chart() -> None:
    assert daily_chart(chart_id="c", title="T", summary="", days=[TODAY], series=[]).rows == []
