"""The win rate by month, what its change is made of, and where deals stop."""

from collections.abc import Callable
from datetime import date
from typing import Any

from revenue.web.charts import Chart, waterfall
from revenue.web.templatetags import web

POINTS = {"ticksuffix": " pt", "showgrid": True, "zeroline": True}
Address = Callable[[int], str]


def month_chart(found: dict[str, Any], *, turn: date) -> Chart:
    months = found["months"]
    names = [one["month"] for one in months]
    rate = found["rate"]
    return Chart(
        id="rate-by-month",
        title="Win rate by month",
        summary=f"{web.percent(rate['before'], 1)} before {turn:%-d %b %Y}, "
        f"{web.percent(rate['now'], 1)} since. The band holds nine times in ten.",
        data=[
            {
                "type": "scatter",
                "mode": "lines",
                "name": "High",
                "x": names,
                "y": [100 * one["high"] for one in months],
                "line": {"width": 0},
                "hoverinfo": "skip",
                "showlegend": False,
            },
            {
                "type": "scatter",
                "mode": "lines",
                "name": "Likely range",
                "x": names,
                "y": [100 * one["low"] for one in months],
                "line": {"width": 0},
                "fill": "tonexty",
                "fillcolor": "var(--chart-band)",
                "hoverinfo": "skip",
            },
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": "Win rate",
                "x": names,
                "y": [100 * one["rate"] for one in months],
                "line": {"color": "var(--chart-1)", "width": 2},
                "text": [f"{one['won']} of {one['closed']}" for one in months],
                "hovertemplate": "%{x}: %{y:.0f}% (%{text})<extra></extra>",
            },
        ],
        layout={
            "xaxis": {"type": "category", "nticks": 9},
            "yaxis": {"ticksuffix": "%", "rangemode": "tozero", "showgrid": True},
        },
        columns=("Month", "Closed", "Won", "Win rate"),
        rows=[
            (one["month"], one["closed"], one["won"], web.percent(one["rate"])) for one in months
        ],
    )


def cause_chart(found: dict[str, Any], *, address: Address) -> Chart:
    causes, rate = found["causes"], found["rate"]
    names = ["Before", *(one["where"] for one in causes), "Not told apart", "Now"]
    parts = [100 * one["points"] for one in causes] + [100 * found["unexplained"]]
    amounts = [100 * rate["before"], *parts, 100 * rate["now"]]
    return Chart(
        id="causes-drawn",
        title="From the rate before to the rate now",
        summary="What stands out from chance, and what is left over; the parts sum to the change."
        if causes
        else "Nothing stands out from chance.",
        data=[
            waterfall(
                names,
                amounts,
                texts=[
                    f"{one:.1f}%" if at in (0, len(amounts) - 1) else f"{one:+.1f}"
                    for at, one in enumerate(amounts)
                ],
                addresses=["", *(address(at) for at, _ in enumerate(causes)), "", ""],
            )
        ],
        layout={
            "yaxis": {"ticksuffix": "%", "showgrid": True, "rangemode": "tozero"},
            "showlegend": False,
            "margin": {"t": 24, "r": 10, "b": 48, "l": 48},
        },
        columns=("Part", "Points"),
        rows=[(name, f"{one:+.1f}") for name, one in zip(names, amounts, strict=True)],
    )


def funnel_chart(found: dict[str, Any]) -> Chart:
    steps = found["steps"]
    return Chart(
        id="steps-drawn",
        title="From stage to stage",
        summary="Of the deals that came to a stage, the share that went on from it.",
        data=[
            {
                "type": "bar",
                "name": name,
                "x": [one["step"] for one in steps],
                "y": [100 * one[side] for one in steps],
                "marker": {"color": colour},
                "hovertemplate": "%{x}: %{y:.0f}%<extra>" + name + "</extra>",
            }
            for name, side, colour in (
                ("Before", "before", "var(--chart-band)"),
                ("Now", "now", "var(--chart-1)"),
            )
        ]
        if steps
        else [],
        layout={
            "barmode": "group",
            "bargap": 0.3,
            "yaxis": {"ticksuffix": "%", "range": [0, 100], "showgrid": True},
        },
        columns=("Stage", "Before", "Now", "Deals now"),
        rows=[
            (
                one["step"],
                web.percent(one["before"]),
                web.percent(one["now"]),
                web.number(one["deals_now"]),
            )
            for one in steps
        ],
    )


def split_chart(found: dict[str, Any], name: str) -> Chart:
    """Of one dimension: each level's part by mix and by rate, in points."""
    split, title = found["splits"][name], found["titles"][name]
    levels = sorted(split["levels"], key=lambda one: -abs(one["mix"] + one["rate"]))[:12]
    return Chart(
        id="split-drawn",
        title=f"By {title.lower()}",
        summary=f"Another mix: {100 * split['mix']:+.1f} points; another rate:"
        f" {100 * split['rate']:+.1f} points.",
        data=[
            {
                "type": "bar",
                "orientation": "h",
                "name": label,
                "y": [one["level"] for one in levels],
                "x": [100 * one[part] for one in levels],
                "marker": {"color": colour},
                "hovertemplate": "%{y}: %{x:+.1f} points<extra>" + label + "</extra>",
            }
            for label, part, colour in (
                ("Mix", "mix", "var(--chart-3)"),
                ("Rate", "rate", "var(--chart-1)"),
            )
        ],
        layout={
            "barmode": "relative",
            "bargap": 0.35,
            "xaxis": POINTS,
            "yaxis": {"autorange": "reversed", "automargin": True, "showgrid": False},
        },
        columns=(
            *(title, "Deals before", "Deals now", "Rate before", "Rate now"),
            *("Days before", "Days now", "Mix", "Rate"),
        ),
        rows=[
            (
                one["level"],
                web.number(one["before"]),
                web.number(one["now"]),
                web.percent(one["rate_before"]),
                web.percent(one["rate_now"]),
                web.number(one.get("days_before")),
                web.number(one.get("days_now")),
                f"{100 * one['mix']:+.1f}",
                f"{100 * one['rate']:+.1f}",
            )
            for one in levels
        ],
    )
