"""Two pictures of the list: each deal by risk and value, and the pipeline by stage and grade."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from forecasting.dashboard.standing import Standing
from revenue.web.charts import Chart
from revenue.web.templatetags import web

DRAWN = 80
GRADES = ("A", "B", "C", "D")
COLOURS = {
    "A": "var(--positive)",
    "B": "var(--chart-1)",
    "C": "var(--chart-2)",
    "D": "var(--negative)",
}
LEGEND = {
    "orientation": "h",
    "x": 0,
    "y": 1.02,
    "yanchor": "bottom",
    "xanchor": "left",
    "traceorder": "normal",
}
SMALLEST, LARGEST = 8.0, 34.0


def prefix_of(currency: str) -> str:
    return web.with_currency("0", currency).removesuffix("0")


def sizes_of(values: Sequence[float]) -> list[float]:
    """Diameters: the area of a bubble is what it stands for."""
    most = max(values, default=0.0)
    if most <= 0:
        return [SMALLEST] * len(values)
    return [max(SMALLEST, LARGEST * math.sqrt(max(value, 0.0) / most)) for value in values]


def bubbles(
    rows: Sequence[Any], *, currency: str, whole: int, page_of: Callable[[Any], str]
) -> Chart:
    """`rows` are the largest by risk times value, of `whole` deals."""
    drawn = [row for row in rows if row.corporate_amount]
    sizes = sizes_of([float(row.value_at_risk or 0) for row in drawn])
    sized = list(zip(drawn, sizes, strict=True))
    prefix = prefix_of(currency)
    data = []
    for grade in GRADES:
        own = [(row, size) for row, size in sized if row.grade == grade]
        if own:
            data.append(bubbles_of(grade, own, currency=currency, page_of=page_of))
    return Chart(
        id="risk-by-value",
        title="Risk by value",
        summary=told(drawn, whole=whole, currency=currency),
        data=data,
        layout={
            "xaxis": {"title": {"text": "Risk"}, "range": [0, 102], "showgrid": True, "nticks": 6},
            "yaxis": {
                "title": {"text": "Amount"},
                "type": "log",
                "tickprefix": prefix,
                "tickformat": "~s",
                "nticks": 6,
                "dtick": 1,
            },
            "margin": {"t": 10, "r": 14, "b": 40, "l": 56},
        },
        columns=("Deal", "Risk", "Amount", "Chance", "Grade"),
        rows=[
            (
                row.name,
                web.number(row.risk),
                web.money(row.corporate_amount, currency),
                web.percent(row.probability),
                row.grade,
            )
            for row in drawn
        ],
    )


def bubbles_of(
    grade: str,
    sized: Sequence[tuple[Any, float]],
    *,
    currency: str,
    page_of: Callable[[Any], str],
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"Grade {grade}",
        "x": [row.risk for row, _ in sized],
        "y": [row.corporate_amount for row, _ in sized],
        "text": [spoken(row, currency=currency) for row, _ in sized],
        "customdata": [page_of(row) for row, _ in sized],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "color": COLOURS[grade],
            "size": [round(size, 1) for _, size in sized],
            "opacity": 0.72,
            "line": {"color": "var(--surface)", "width": 1},
        },
    }


def spoken(row: Any, *, currency: str) -> str:
    """Plotly reads some marks in a text as its own."""
    name, owner = (plain_text(text) for text in (row.name, row.owner_name))
    return (
        f"<b>{name}</b><br>{owner}<br>{web.money(row.corporate_amount, currency)}"
        f" · risk {web.number(row.risk)} · chance {web.percent(row.probability)}"
    )


def plain_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")[:80]


def told(drawn: Sequence[Any], *, whole: int, currency: str) -> str:
    if not drawn:
        return "No deal with an amount."
    first = drawn[0]
    which = f"The {len(drawn)} with most at stake of {whole:,} deals" if len(drawn) < whole else ""
    which = which or f"{len(drawn):,} deals" if len(drawn) != 1 else "One deal"
    return (
        f"{which}; each leads to its page. Most at stake: {first.name},"
        f" {web.compact_money(first.corporate_amount, currency)} at risk {web.number(first.risk)}."
    )


def stage_bars(standing: Standing, *, currency: str, address: Callable[[str, str], str]) -> Chart:
    """Amounts by stage, cut by grade; each part leads to its deals."""
    stages, prefix = standing.stages, prefix_of(currency)
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": f"Grade {grade}",
            "y": [shown(stage) for stage in stages],
            "x": [amount_of(standing, stage, grade) for stage in stages],
            "customdata": [address(stage, grade) for stage in stages],
            "marker": {"color": COLOURS[grade]},
            "hovertemplate": f"%{{y}}: {prefix}%{{x:,.0f}}<extra>Grade {grade}</extra>",
        }
        for grade in GRADES
        if any((stage, grade) in standing.groups for stage in stages)
    ]
    risky = standing.of_grades(("C", "D")).whole.amount
    whole = standing.whole.amount
    return Chart(
        id="pipeline-by-grade",
        title="Pipeline by stage and grade",
        summary=f"{web.percent(risky / whole)} of the pipeline is of grade C or D."
        if whole
        else "No amounts.",
        data=data,
        layout={
            "barmode": "stack",
            "legend": LEGEND,
            "bargap": 0.35,
            "xaxis": {"tickprefix": prefix, "tickformat": "~s", "nticks": 5, "showgrid": True},
            "yaxis": {"autorange": "reversed", "automargin": True, "showgrid": False},
        },
        columns=("Stage", *(f"Grade {grade}" for grade in GRADES)),
        rows=[
            (
                shown(stage),
                *(web.money(amount_of(standing, stage, grade), currency) for grade in GRADES),
            )
            for stage in stages
        ],
    )


def amount_of(standing: Standing, stage: str, grade: str) -> float:
    sums = standing.groups.get((stage, grade))
    return sums.amount if sums else 0.0


def shown(stage: str) -> str:
    return stage or "No stage"
