"""By when the deal is likely won, and by when lost: the coming 26 weeks."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from revenue.web.charts import Chart
from revenue.web.templatetags import web

WEEKS_TOLD = (4, 13, 26)


def ends_of_weeks(as_of: datetime, *, weeks: int) -> list[date]:
    return [as_of.date() + timedelta(weeks=nth) for nth in range(1, weeks + 1)]


def chart_of(
    *,
    won_by: Sequence[float] | None,
    lost_by: Sequence[float] | None,
    as_of: datetime,
    close_date: date | None,
) -> Chart | None:
    """Nothing where the model tells no time."""
    if not won_by or not lost_by:
        return None
    count = min(len(won_by), len(lost_by))
    ends = ends_of_weeks(as_of, weeks=count)
    layout: dict[str, Any] = {
        "yaxis": {"tickformat": ".0%", "range": [0, 1], "nticks": 5},
        "showlegend": True,
        "margin": {"t": 10, "r": 10, "b": 28, "l": 40},
    }
    if close_date and ends[0] <= close_date <= ends[-1]:
        layout |= mark_of(close_date)
    return Chart(
        id="deal-weeks-chart",
        title="When it may close",
        summary=summary_of(won_by[:count], lost_by[:count]),
        data=[
            line("Won by then", ends, won_by[:count], "var(--positive)", "solid"),
            line("Lost by then", ends, lost_by[:count], "var(--negative)", "dash"),
        ],
        layout=layout,
        columns=("By", "Won", "Lost", "Still open"),
        rows=[
            (web.day(end), web.percent(won), web.percent(lost), web.percent(max(0, 1 - won - lost)))
            for end, won, lost in zip(ends, won_by, lost_by, strict=False)
        ],
    )


def line(
    name: str, ends: Sequence[date], values: Sequence[float], colour: str, dash: str
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": ends,
        "y": values,
        "line": {"color": colour, "width": 2, "dash": dash},
        "hovertemplate": f"{name}, %{{x|%-d %b %Y}}: %{{y:.0%}}<extra></extra>",
    }


def mark_of(close_date: date) -> dict[str, Any]:
    """The close date that the CRM has, as an upright line."""
    upright = {
        "type": "line",
        "x0": close_date,
        "x1": close_date,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": "var(--chart-8)", "width": 1, "dash": "dot"},
    }
    said = {
        "x": close_date,
        "y": 1,
        "yref": "paper",
        "text": "close date",
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "top",
        "font": {"color": "var(--text-muted)", "size": 11},
    }
    return {"shapes": [upright], "annotations": [said]}


def summary_of(won_by: Sequence[float], lost_by: Sequence[float]) -> str:
    told = [weeks for weeks in WEEKS_TOLD if weeks <= len(won_by)] or [len(won_by)]
    parts = [f"{web.percent(won_by[weeks - 1])} within {weeks} weeks" for weeks in told]
    return f"Won: {', '.join(parts)}. Lost within {told[-1]}: {web.percent(lost_by[told[-1] - 1])}."
