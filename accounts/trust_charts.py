"""What the runs of an org read and wrote, and how old its data had become before each."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

from accounts.models import SyncRun
from revenue.web.charts import Chart
from revenue.web.templatetags.web import number

GOOD = (SyncRun.State.SUCCEEDED, SyncRun.State.PARTIAL)
MINUTES_BELOW = timedelta(hours=2)

# Beside a bar so many times as high as the next, the others would be flat lines.
TOWERS = 20


def charts_of(runs: Sequence[SyncRun], *, zone: tzinfo) -> list[Chart]:
    """`runs` newest first, as they are listed; of a single one there is no history to draw."""
    ended = [run for run in reversed(runs) if run.finished_at]
    return [rows_chart(ended, zone=zone), age_chart(ended, zone=zone)] if len(ended) > 1 else []


def without_towers(runs: Sequence[SyncRun]) -> list[SyncRun]:
    """A first load is left out of the picture; it stands in the list below."""
    *others, highest = sorted(runs, key=lambda run: run.rows_read)
    others_most = max((run.rows_read for run in others), default=0)
    if not others_most or highest.rows_read < TOWERS * others_most:
        return list(runs)
    return [run for run in runs if run is not highest]


def rows_chart(runs: Sequence[SyncRun], *, zone: tzinfo) -> Chart:
    shown = without_towers(runs)
    moments = [named(run.started_at, zone) for run in shown]
    read = sum(run.rows_read for run in shown)
    written = sum(run.rows_written for run in shown)
    summary = f"{number(read)} read and {number(written)} written in {counted(len(shown))}."
    if left := [run for run in runs if run not in shown]:
        summary += f" Not drawn: one of {number(left[0].rows_read)} rows."
    series = (
        ("Read", "var(--chart-1)", [run.rows_read for run in shown]),
        ("Written", "var(--chart-2)", [run.rows_written for run in shown]),
        ("Deleted", "var(--chart-6)", [run.rows_deleted for run in shown]),
    )
    return Chart(
        id="rows-per-run",
        title="Rows per sync",
        summary=summary,
        data=[
            {"type": "bar", "name": name, "x": moments, "y": counts, "marker": {"color": colour}}
            for name, colour, counts in series
            if any(counts)
        ],
        layout={
            "barmode": "group",
            "xaxis": axis([run.started_at for run in shown], zone=zone),
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
    unit, seconds = unit_for([age for _, age in ages])
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
                "name": "Age",
                "x": moments,
                "y": [round(age.total_seconds() / seconds, 2) for _, age in ages],
                "line": {"color": "var(--chart-3)"},
            }
        ]
        if ages
        else [],
        layout={
            "xaxis": axis([moment for moment, _ in ages], zone=zone),
            "yaxis": {"rangemode": "tozero", "ticksuffix": f" {unit}"},
        },
        columns=("Sync", "Age"),
        rows=[(moment, in_words(age)) for moment, (_, age) in zip(moments, ages, strict=True)],
    )


def unit_for(ages: Sequence[timedelta]) -> tuple[str, int]:
    """A scale of 0.05 h says nothing to anybody."""
    return ("min", 60) if max(ages, default=timedelta()) < MINUTES_BELOW else ("h", 3600)


def ages_of(runs: Sequence[SyncRun]) -> list[tuple[datetime, timedelta]]:
    good = [run for run in runs if run.state in GOOD]
    return [
        (later.started_at, later.finished_at - earlier.started_at)
        for earlier, later in pairwise(good)
        if later.finished_at is not None
    ]


def counted(syncs: int) -> str:
    return "1 sync" if syncs == 1 else f"{syncs} syncs"


def axis(moments: Sequence[datetime], *, zone: tzinfo) -> dict[str, Any]:
    """A place a sync, however far they lie apart; two or three are named, without their seconds."""
    last = len(moments) - 1
    places = sorted({0, last // 2, last} if last > 3 else {0, last}) if moments else []
    return {
        "type": "category",
        "tickvals": places,
        "ticktext": [f"{moments[at].astimezone(zone):%d %b<br>%H:%M}" for at in places],
        "tickangle": 0,
    }


def named(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%d %b %H:%M:%S}"


def in_words(age: timedelta) -> str:
    minutes = round(age.total_seconds() / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
