"""What the runs of an org read and wrote, and how old its data had become before each."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from accounts.models import SyncRun
from revenue.web.charts import Chart
from revenue.web.templatetags.web import number

GOOD = (SyncRun.State.SUCCEEDED, SyncRun.State.PARTIAL)


def rows_chart(runs: Sequence[SyncRun], *, zone: tzinfo) -> Chart:
    """`runs` newest first, as they are listed."""
    shown = [run for run in reversed(runs) if run.finished_at]
    moments = [named(run.started_at, zone) for run in shown]
    read = sum(run.rows_read for run in shown)
    written = sum(run.rows_written for run in shown)
    series = (
        ("Read", "var(--chart-1)", [run.rows_read for run in shown]),
        ("Written", "var(--chart-2)", [run.rows_written for run in shown]),
        ("Deleted", "var(--chart-6)", [run.rows_deleted for run in shown]),
    )
    return Chart(
        id="rows-per-run",
        title="Rows per sync",
        summary=f"{number(read)} read and {number(written)} written in {len(shown)} "
        f"sync{'s' if len(shown) != 1 else ''}."
        if shown
        else "No sync has ended yet.",
        data=[
            {"type": "bar", "name": name, "x": moments, "y": counts, "marker": {"color": colour}}
            for name, colour, counts in series
            if any(counts)
        ],
        layout={
            "barmode": "group",
            "xaxis": {"type": "category", "nticks": 6},
            "yaxis": {"rangemode": "tozero", "tickformat": ",d"},
        },
        columns=("Sync", "Read", "Written", "Deleted"),
        rows=[
            (moment, number(run.rows_read), number(run.rows_written), number(run.rows_deleted))
            for moment, run in zip(moments, shown, strict=True)
        ],
    )


def age_chart(runs: Sequence[SyncRun], *, zone: tzinfo) -> Chart:
    """Between the beginning of a good run and the end of the next the data can only grow older."""
    ages = ages_of(runs)
    moments = [named(moment, zone) for moment, _ in ages]
    hours = [round(age.total_seconds() / 3600, 2) for _, age in ages]
    return Chart(
        id="age-before-sync",
        title="Age of the data when a sync ended",
        summary=f"At the most {in_words(max(age for _, age in ages))}."
        if ages
        else "It takes two syncs to see how old the data grows between them.",
        data=[
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": "Hours",
                "x": moments,
                "y": hours,
                "line": {"color": "var(--chart-3)"},
            }
        ]
        if ages
        else [],
        layout={
            "xaxis": {"type": "category", "nticks": 6},
            "yaxis": {"rangemode": "tozero", "ticksuffix": " h"},
        },
        columns=("Sync", "Age"),
        rows=[(moment, in_words(age)) for moment, (_, age) in zip(moments, ages, strict=True)],
    )


def ages_of(runs: Sequence[SyncRun]) -> list[tuple[datetime, timedelta]]:
    good = [run for run in reversed(runs) if run.state in GOOD and run.finished_at]
    return [
        (later.started_at, later.finished_at - earlier.started_at)
        for earlier, later in pairwise(good)
        if later.finished_at
    ]


def named(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%d %b %H:%M:%S}"


def in_words(age: timedelta) -> str:
    minutes = round(age.total_seconds() / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
