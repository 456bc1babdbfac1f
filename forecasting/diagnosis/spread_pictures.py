"""What becomes of deals month by month, and how their lengths and amounts are spread."""

from itertools import pairwise
from typing import Any

from forecasting.diagnosis.spread import MOST_MONTHS
from revenue.web.charts import Chart
from revenue.web.templatetags import web

SIDES = (("Before", "before", "var(--chart-band)"), ("Now", "now", "var(--chart-1)"))


def cohort_chart(found: dict[str, Any]) -> Chart:
    cohorts = [one for one in found["cohorts"] if one["won"][0] is not None]
    within = [str(month) for month in range(1, MOST_MONTHS + 1)]
    return Chart(
        id="cohorts-drawn",
        title="What became of deals, by the month they were made",
        summary=cohort_words(cohorts),
        data=[
            {
                "type": "heatmap",
                "x": within,
                "y": [one["month"] for one in cohorts],
                "z": [[None if part is None else 100 * part for part in one["won"]]
                      for one in cohorts],
                "text": [["" if part is None else f"{100 * part:.0f}" for part in one["won"]]
                         for one in cohorts],
                "texttemplate": "%{text}",
                "colorscale": [[0, "var(--surface-sunken)"], [1, "var(--chart-1)"]],
                "showscale": False,
                "hoverongaps": False,
                "hovertemplate": "Made in %{y}: %{z:.0f}% won within %{x} months<extra></extra>",
                "xgap": 1,
                "ygap": 1,
            }
        ]
        if cohorts
        else [],
        layout={
            "xaxis": {
                "type": "category",
                "title": {"text": "Months since made"},
                "showgrid": False,
            },
            "yaxis": {
                "type": "category",
                "autorange": "reversed",
                "automargin": True,
                "showgrid": False,
            },
        },
        columns=("Made in", "Deals", *(f"{month} mo" for month in within)),
        rows=[
            (one["month"], web.number(one["deals"]), *(web.percent(part) for part in one["won"]))
            for one in cohorts
        ],
    )  # fmt: skip


def cohort_words(cohorts: list[dict[str, Any]]) -> str:
    """The last two halves a reader can compare: those that have had half a year."""
    old = [one for one in cohorts if one["won"][5] is not None]
    said = "Share won within so many months, in per cent. Empty: the time is still to come."
    if len(old) < 2:
        return said
    first, last = old[0], old[-1]
    return (
        f"Within six months {web.percent(first['won'][5])} of the deals made in {first['month']}"
        f" were won, and {web.percent(last['won'][5])} of those made in {last['month']}. {said}"
    )


def distribution_charts(found: dict[str, Any], *, currency: str) -> list[Chart]:
    spread = found["distributions"]

    def paid(value: float) -> str:
        return web.compact_money(value, currency)

    return [
        bars("days-won", "Days until a deal was won", spread["won"], name=web.number, unit=" days"),
        bars("days-lost", "Days until one was lost", spread["lost"], name=web.number, unit=" days"),
        bars("amounts", "Amounts of closed deals", spread["amount"], name=paid),
    ]


def bars(id_: str, title: str, found: dict[str, Any], *, name: Any, unit: str = "") -> Chart:
    edges = found["edges"]
    bins = [
        *(f"{name(low)}–{name(high)}" for low, high in pairwise(edges)),
        f"{name(edges[-1])} and more",
    ]
    sides = [(label, found[side], colour) for label, side, colour in SIDES]
    middles = [found["before_middle"], found["now_middle"]]
    if None in middles:
        summary = "Too few deals to say."
    else:
        summary = (
            f"Half of them below {name(middles[0])}{unit} before,"
            f" below {name(middles[1])}{unit} now."
        )
    return Chart(
        id=id_,
        title=title,
        summary=summary,
        data=[
            {
                "type": "bar",
                "name": label,
                "x": bins,
                "y": [100 * one for one in shares],
                "marker": {"color": colour},
                "hovertemplate": "%{x}: %{y:.0f}%<extra>" + label + "</extra>",
            }
            for label, shares, colour in sides
            if shares is not None
        ],
        layout={
            "barmode": "group",
            "bargap": 0.25,
            "xaxis": {"type": "category"},
            "yaxis": {"ticksuffix": "%", "showgrid": True, "rangemode": "tozero"},
        },
        columns=("Between", "Before", "Now"),
        rows=[
            (one, *("–" if shares is None else web.percent(shares[at]) for _, shares, _ in sides))
            for at, one in enumerate(bins)
        ],
    )
