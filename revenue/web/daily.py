"""Counts per day as stacked bars, with the days on which nothing happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from revenue.web.charts import Chart

DAYS = 30
TICKS = 5


@dataclass(frozen=True)
class Series:
    name: str
    colour: str
    counts: Sequence[int]


def days_until(last: date) -> list[date]:
    return [last - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


def daily_chart(
    *,
    chart_id: str,
    title: str,
    summary: str,
    days: Sequence[date],
    series: Sequence[Series],
) -> Chart:
    highest = max(
        (sum(day) for day in zip(*(each.counts for each in series), strict=True)), default=0
    )
    return Chart(
        id=chart_id,
        title=f"{title}, last {len(days)} days",
        summary=summary,
        data=[
            {
                "type": "bar",
                "name": each.name,
                "x": days,
                "y": each.counts,
                "marker": {"color": each.colour},
            }
            for each in series
        ],
        # Things are counted in whole numbers, also where there are few of them.
        layout={
            "barmode": "stack",
            "yaxis": {"rangemode": "tozero", "tickformat": ",d", "dtick": step_for(highest)},
        },
        columns=("Day", *(each.name for each in series)),
        rows=[
            (f"{day:%d %b %Y}", *(each.counts[index] for each in series))
            for index, day in enumerate(days)
            if any(each.counts[index] for each in series)
        ],
    )


def step_for(highest: int) -> int:
    """The smallest round step of whole numbers that needs no more than a few ticks."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if highest <= step * TICKS:
                return step
        size *= 10
