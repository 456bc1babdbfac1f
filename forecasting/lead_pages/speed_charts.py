"""Speed to lead in pictures: week by week, and what became of leads answered sooner or later."""

from collections.abc import Sequence
from typing import Any

from forecasting.dashboard.rates import Rate
from forecasting.lead_pages.speed import Bracket, Week
from forecasting.lead_pages.words import hours_said, minutes_said
from forecasting.leads.lives import HORIZON_DAYS
from revenue.web.charts import Chart
from revenue.web.templatetags import web

SHARES = {"tickformat": ".0%", "range": [0, 1], "nticks": 5, "showgrid": True}
MARGIN = {"t": 10, "r": 10, "b": 40, "l": 44}


def edge(days: Sequence[Any], values: Sequence[float | None]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": days,
        "y": values,
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def week_chart(weeks: Sequence[Week], *, goal_minutes: int) -> Chart:
    known = [one for one in weeks if one.in_time.closed]
    days = [one.monday for one in known]
    goal = minutes_said(goal_minutes)
    band = {"fill": "tonexty", "fillcolor": "var(--chart-band)"}
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": f"Answered within {goal}",
        "x": days,
        "y": [one.in_time.value for one in known],
        "text": [f"{said(one.in_time)}; half within {hours_said(one.median)}" for one in known],
        "line": {"color": "var(--chart-1)", "width": 2},
        "hovertemplate": "Week of %{x|%-d %b %Y}: %{text}<extra></extra>",
    }
    return Chart(
        id="speed-weeks",
        title="Week by week",
        summary=f"The share answered within {goal}, by the week in which they came in; the band is"
        " how far chance alone may move it.",
        data=[
            edge(days, [one.in_time.interval[0] for one in known]),
            edge(days, [one.in_time.interval[1] for one in known]) | band,
            line,
        ]
        if known
        else [],
        layout={"yaxis": SHARES, "showlegend": False, "margin": MARGIN},
        columns=("Week of", "Leads", f"Within {goal}", "Half within"),
        rows=[
            (web.day(one.monday), web.number(one.leads), said(one.in_time), hours_said(one.median))
            for one in weeks
        ],
    )


def bracket_chart(brackets: Sequence[Bracket]) -> Chart:
    known = [one for one in brackets if one.converted.closed]
    shares = [one.converted.value or 0.0 for one in known]
    ends = [one.converted.interval for one in known]
    bars = {
        "type": "bar",
        "x": [one.name for one in known],
        "y": shares,
        "text": [f"{said(one.converted)} converted" for one in known],
        "textposition": "none",
        "marker": {"color": "var(--chart-1)"},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [high - share for (_, high), share in zip(ends, shares, strict=True)],
            "arrayminus": [share - low for (low, _), share in zip(ends, shares, strict=True)],
            "color": "var(--text-muted)",
            "thickness": 1,
        },
        "hovertemplate": "%{x}: %{text}<extra></extra>",
    }
    top = max((high for _, high in ends), default=1.0)
    return Chart(
        id="speed-converted",
        title="Converted, by how soon they were answered",
        summary=told(known),
        data=[bars] if known else [],
        layout={
            "yaxis": {**SHARES, "range": [0, min(1.0, top * 1.1)]},
            "showlegend": False,
            "margin": MARGIN,
        },
        columns=("First answer", "Leads", "Converted", "From", "To"),
        rows=[
            (
                one.name,
                web.number(one.converted.closed),
                web.percent(one.converted.value),
                *(web.percent(end) for end in one.converted.interval),
            )
            for one in brackets
        ],
    )


def told(known: Sequence[Bracket]) -> str:
    if not known:
        return f"No lead of this time has had its {HORIZON_DAYS} days yet."
    return (
        f"Of leads that have had {HORIZON_DAYS} days to convert, before those counted above. Who is"
        " answered soon may also be who looked best: it goes together, and need not be the cause."
    )


def said(rate: Rate) -> str:
    if rate.value is None:
        return web.BLANK
    return f"{web.percent(rate.value)} of {rate.closed:,}"
