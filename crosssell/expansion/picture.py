"""The way to the expected amount, what was expected before, and one feature over all customers."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from crosssell.expansion.points import MORE, NONE, ONE, Choice, Point, Points
from crosssell.expansion.words import Way, signed_money, value_said
from crosssell.models import ExpansionScore
from revenue.ml.arrays import floats
from revenue.web.charts import Chart
from revenue.web.reasons import REST, Steps, way_chart
from revenue.web.templatetags import web

BASE, TOTAL = "Any customer", "This customer"
PARTS, MOST_LEVELS = 6, 12
OTHERS = "Others"
MOST_GROUPS = 7
LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"}
ORDER = (NONE, ONE, MORE)


def waterfall_of(way: Way, *, currency: str) -> Chart:
    labels = [BASE, *(one.title for one in way.steps), REST, TOTAL]
    values = [float(way.base), *(float(one.adds) for one in way.steps)]
    values += [float(way.rest), float(way.total)]
    exact = [web.number(one, 2) for one in (way.base, *(s.adds for s in way.steps), way.rest)]
    texts = [
        web.compact_money(way.base, currency),
        *(signed_compact(one.adds, currency) for one in way.steps),
        signed_compact(way.rest, currency),
        web.compact_money(way.total, currency),
    ]
    reached = list(accumulate(values[:-1]))
    return way_chart(
        Steps(labels, values, texts, told=[*exact, web.number(way.total, 2)]),
        name="expansion-waterfall",
        title="From any customer to this one",
        summary=told(way, currency=currency),
        axis={"range": [min(0.0, *reached) * 1.15, max(*reached, values[-1]) * 1.2 or 1.0]},
        unit=f"In {currency}",
    )


def told(way: Way, *, currency: str) -> str:
    said = (
        f"From {web.money(way.base, currency)}, where every customer starts, to"
        f" {web.money(way.total, currency)}."
    )
    if not way.steps:
        return said
    first = way.steps[0]
    verb = "adds" if first.is_good else "takes away"
    amount = web.money(abs(first.adds), currency)
    return f"{said} Most of all counts {first.title.lower()}, {first.value}: it {verb} {amount}."


def signed_compact(amount: Any, currency: str) -> str:
    said = web.compact_money(abs(amount), currency)
    return f"+{said}" if amount > 0 else f"−{said}" if amount < 0 else said


def history_of(scores: Sequence[ExpansionScore], *, currency: str) -> Chart | None:
    """Nothing while there is only one word of it."""
    if len(scores) < 2:
        return None
    first, last = scores[0], scores[-1]
    at = [one.as_of for one in scores]
    low, high = [float(one.low or 0) for one in scores], [float(one.high or 0) for one in scores]
    said = [float(one.value or 0) for one in scores]
    band = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "line": {"width": 0}}
    return Chart(
        id="expansion-history",
        title="What was expected before",
        summary=f"On {web.day(first.as_of)} {web.money(first.value, currency)}, on"
        f" {web.day(last.as_of)} {web.money(last.value, currency)}.",
        data=[
            {**band, "x": at, "y": high, "name": "High", "showlegend": False},
            {
                **band,
                "x": at,
                "y": low,
                "name": "Nine in ten",
                "fill": "tonexty",
                "fillcolor": "var(--accent-soft)",
            },
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": "Expected",
                "x": at,
                "y": said,
                "line": {"color": "var(--chart-1)"},
            },
        ],
        layout={"yaxis": {"rangemode": "tozero"}, "legend": LEGEND, "showlegend": True},
        columns=("Day", "Expected", "Low", "High"),
        rows=[
            (
                web.day(one.as_of),
                *(web.money(each, currency) for each in (one.value, one.low, one.high)),
            )
            for one in scores
        ],
    )


def interaction_of(
    found: Points,
    feature: Choice,
    *,
    coloured_by: str,
    starred: str,
    currency: str,
    address: Callable[[int], str],
) -> Chart:
    is_number = feature.kind == "number"
    known = [one for one in found.shown if one.value is not None] if is_number else found.shown
    parts = parts_of(known, feature, currency) if is_number else levels_of(known)
    names = [name for name, _ in parts]

    def x_of(point: Point) -> Any:
        if is_number:
            return point.value
        return level(point) if level(point) in names else OTHERS

    order: dict[str, Any] = {"categoryorder": "array", "categoryarray": names}
    return Chart(
        id="interaction-plot",
        title=f"{feature.title}, and what it adds",
        summary=summary_of(found, parts, missing=len(found.shown) - len(known), currency=currency),
        data=traces(known, x_of, starred=starred, address=address, currency=currency),
        layout={
            "xaxis": {
                "title": {"text": feature.title},
                **({} if is_number else {"type": "category", **order}),
            },
            "yaxis": {"title": {"text": f"Adds, in {currency}"}, "zeroline": True},
            "showlegend": True,
            "legend": {**LEGEND, "title": {"text": f"{coloured_by}: "}},
        },
        columns=("Value", "Customers", "Adds on average", "Lowest", "Highest"),
        rows=[
            (
                name,
                web.number(len(adds)),
                *(
                    signed_money(one, currency)
                    for one in (float(np.mean(adds)), min(adds), max(adds))
                ),
            )
            for name, adds in parts
        ],
    )


Part = tuple[str, list[float]]


def parts_of(known: Sequence[Point], feature: Choice, currency: str) -> list[Part]:
    """Ranges that hold about as many customers each."""
    if not known:
        return []
    values = floats([one.value for one in known])
    tops = np.unique(np.quantile(values, np.linspace(0, 1, PARTS + 1)[1:], method="lower"))
    tops[-1] = values.max()
    place = np.searchsorted(tops, values, side="left")
    found = []
    for at in np.unique(place):
        here = np.flatnonzero(place == at)
        low, high = (
            value_said(feature.name, float(one), currency=currency)
            for one in (values[here].min(), values[here].max())
        )
        name = low if low == high else f"{low} to {high}"
        found.append((name, [known[row].adds for row in here.tolist()]))
    return found


def level(point: Point) -> str:
    return "Not known" if point.value in (None, "") else str(point.value)


def levels_of(known: Sequence[Point]) -> list[Part]:
    levels: dict[str, list[float]] = {}
    for one in known:
        levels.setdefault(level(one), []).append(one.adds)
    often = sorted(levels, key=lambda name: (-len(levels[name]), name))
    kept = sorted(often[:MOST_LEVELS], key=lambda name: -float(np.mean(levels[name])))
    rest = [adds for name in often[MOST_LEVELS:] for adds in levels[name]]
    return [*((name, levels[name]) for name in kept), *([(OTHERS, rest)] if rest else [])]


def traces(
    points: Sequence[Point],
    x_of: Callable[[Point], Any],
    *,
    starred: str,
    address: Callable[[int], str],
    currency: str,
) -> list[dict[str, Any]]:
    groups: dict[str, list[Point]] = {}
    for one in points:
        groups.setdefault(one.group, []).append(one)
    often = sorted(groups, key=lambda name: (-len(groups[name]), name))
    for name in often[MOST_GROUPS:]:
        groups.setdefault(OTHERS, []).extend(groups.pop(name))

    def trace(name: str, part: Sequence[Point], marker: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": [x_of(one) for one in part],
            "y": [round(one.adds, 2) for one in part],
            "text": [one.name for one in part],
            "customdata": [address(one.account) for one in part],
            "hovertemplate": f"%{{text}}<br>%{{x}}: %{{y:+,.0f}} {currency}<extra></extra>",
            "marker": marker,
        }

    found = [
        trace(name, groups[name], {"color": f"var(--chart-{at})", "size": 7, "opacity": 0.75})
        for at, name in enumerate(sorted(groups, key=in_order), start=1)
    ]
    ours = [one for one in points if one.ref == starred]
    if ours:
        edge = {"color": "var(--surface)", "width": 1}
        marker = {"color": "var(--text)", "size": 18, "symbol": "star", "line": edge}
        found.append(trace("This customer", ours, marker))
    return found


def in_order(name: str) -> tuple[int, str]:
    return (ORDER.index(name) if name in ORDER else len(ORDER) + (name == OTHERS), name)


def summary_of(found: Points, parts: Sequence[Part], *, missing: int, currency: str) -> str:
    many = web.number(len(found.shown) - missing)
    said = f"{many} of {web.number(found.of)} customers, each a point; above nought it adds"
    said += " to what is expected, below it takes away."
    if missing:
        said += f" Of {web.number(missing)} it is not known."
    if not parts:
        return said
    means = {name: float(np.mean(adds)) for name, adds in parts}
    best, worst = max(means, key=lambda n: means[n]), min(means, key=lambda n: means[n])
    if round(means[best]) == round(means[worst]):
        return f"{said} It makes no difference to these."
    return (
        f"{said} It adds most at {best} ({signed_money(means[best], currency)} on average),"
        f" least at {worst} ({signed_money(means[worst], currency)})."
    )
