"""The plot itself: a point for each deal, the same in a table by parts, and what is to be seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasting.interaction.asked import Choice
from forecasting.interaction.points import (
    ACTIVITY,
    MORE,
    NONE,
    NOT_KNOWN,
    ONE,
    VERY_ACTIVE,
    Point,
    Points,
)
from forecasting.reasons.counting import counted, number, share, whole
from revenue.ml.arrays import floats, sigmoid
from revenue.web.charts import Chart
from revenue.web.templatetags.web import money

MOST_GROUPS = 7
MOST_LEVELS = 12
PARTS = 6
OTHERS = "Others"
ORDER = (NONE, ONE, MORE, *(name for _, name in ACTIVITY[1:]), VERY_ACTIVE, "A", "B", "C", "D")
LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"}
SAME = 0.005  # of the chance: less of a difference is none


@dataclass(frozen=True)
class Scale:
    """How a value of the feature is drawn and told."""

    drawn: Callable[[float], float]
    told: Callable[[float], str]
    axis: dict[str, Any]


def scale_of(feature: Choice, currency: str) -> Scale:
    if feature.name == "amount_log":
        return Scale(
            lambda v: float(np.expm1(v)), lambda v: money(v, currency), {"type": "log", "nticks": 6}
        )
    if feature.name == "calendar_chance":
        return Scale(lambda v: float(sigmoid(floats(v))), share, {"tickformat": ".0%"})
    if feature.name.endswith("_rate"):
        return Scale(float, lambda v: f"{v * 100:+.1f} points", {"tickformat": "+.0%"})
    in_days = "days" in feature.name.split("_")
    return Scale(float, whole if in_days else number, {})


@dataclass(frozen=True)
class Part:
    """Deals whose value is within a range, or the same."""

    name: str
    adds: Sequence[float]

    @property
    def mean(self) -> float:
        return float(np.mean(self.adds))


def picture_of(
    found: Points,
    feature: Choice,
    *,
    coloured_by: str,
    starred: int | None,
    currency: str,
    address: Callable[[int], str],
) -> Chart:
    scale = scale_of(feature, currency)
    known = [one for one in found.shown if one.value is not None]
    is_number = feature.kind == "number"
    parts = parts_of(known, scale) if is_number else levels_of(known)
    missing = [one.adds for one in found.shown if one.value is None]
    if missing:
        parts = [*parts, Part(NOT_KNOWN, missing)]
    x_of = drawer(scale, is_number, {part.name for part in parts})
    drawn = known if is_number else list(found.shown)
    return Chart(
        id="interaction-plot",
        title=f"{feature.title}, and what it adds",
        summary=summary_of(found, parts, missing=len(missing) if is_number else 0),
        data=traces(drawn, x_of, starred=starred, address=address),
        layout={
            "xaxis": axis_of(feature, scale, parts, is_number=is_number),
            "yaxis": {
                "title": {"text": "Adds to the chance, in points"},
                "tickformat": "+.0%",
                "zeroline": True,
            },
            "showlegend": True,
            "legend": {**LEGEND, "title": {"text": f"{coloured_by}: "}},
        },
        columns=("Value", "Deals", "Adds on average", "Lowest", "Highest"),
        rows=[
            (part.name, f"{len(part.adds):,}", *map(signed, (part.mean, *ends(part.adds))))
            for part in parts
        ],
    )


def ends(adds: Sequence[float]) -> tuple[float, float]:
    return min(adds), max(adds)


def signed(value: float) -> str:
    return f"{value * 100:+.1f}".replace("-", "−") + " points"


def drawer(scale: Scale, is_number: bool, names: set[str]) -> Callable[[Point], Any]:
    def level(point: Point) -> str:
        name = named(point.value)
        return name if name in names else OTHERS

    return (lambda point: scale.drawn(point.value)) if is_number else level


def named(value: Any) -> str:
    if value is None:
        return NOT_KNOWN
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value)


def parts_of(known: Sequence[Point], scale: Scale) -> list[Part]:
    """Ranges that hold about as many deals each."""
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
            scale.told(scale.drawn(float(end))) for end in (values[here].min(), values[here].max())
        )
        name = low if low == high else f"{low} to {high}"
        found.append(Part(name, [known[row].adds for row in here.tolist()]))
    return found


def levels_of(known: Sequence[Point]) -> list[Part]:
    """Of categories those that most deals have, the best first."""
    levels: dict[str, list[float]] = {}
    for one in known:
        levels.setdefault(named(one.value), []).append(one.adds)
    often = sorted(levels, key=lambda name: (-len(levels[name]), name))
    kept = sorted((Part(name, levels[name]) for name in often[:MOST_LEVELS]), key=lambda p: -p.mean)
    rest = [adds for name in often[MOST_LEVELS:] for adds in levels[name]]
    return [*kept, Part(OTHERS, rest)] if rest else kept


def axis_of(
    feature: Choice, scale: Scale, parts: Sequence[Part], *, is_number: bool
) -> dict[str, Any]:
    title = {"text": feature.title}
    if is_number:
        return {"title": title, **scale.axis}
    order = {"categoryorder": "array", "categoryarray": [part.name for part in parts]}
    return {"title": title, "type": "category", **order}


def traces(
    points: Sequence[Point],
    x_of: Callable[[Point], Any],
    *,
    starred: int | None,
    address: Callable[[int], str],
) -> list[dict[str, Any]]:
    groups: dict[str, list[Point]] = {}
    for one in points:
        groups.setdefault(one.group, []).append(one)
    often = sorted(groups, key=lambda name: (-len(groups[name]), name))
    for name in often[MOST_GROUPS:]:
        groups.setdefault(OTHERS, []).extend(groups.pop(name))
    found = [
        trace(name, groups[name], x_of, address)
        | {"marker": {"color": f"var(--chart-{at})", "size": 7, "opacity": 0.75}}
        for at, name in enumerate(sorted(groups, key=in_order), start=1)
    ]
    ours = [one for one in points if one.deal == starred]
    if ours:
        edge = {"color": "var(--surface)", "width": 1}
        marker = {"color": "var(--text)", "size": 18, "symbol": "star", "line": edge}
        found.append(trace("This deal", ours, x_of, address) | {"marker": marker})
    return found


def in_order(name: str) -> tuple[int, str]:
    return (
        ORDER.index(name) if name in ORDER else len(ORDER) + (name in (OTHERS, NOT_KNOWN)),
        name,
    )


def trace(
    name: str, points: Sequence[Point], x_of: Callable[[Point], Any], address: Callable[[int], str]
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [x_of(one) for one in points],
        "y": [round(one.adds, 4) for one in points],
        "text": [one.name for one in points],
        "customdata": [address(one.deal) for one in points],
        "hovertemplate": "%{text}<br>%{x}: %{y:+.1%} of the chance<extra></extra>",
    }


def summary_of(found: Points, parts: Sequence[Part], *, missing: int) -> str:
    drawn = len(found.shown) - missing
    many = (
        f"{drawn:,} of {found.of:,} open deals" if drawn < found.of else counted(drawn, "open deal")
    )
    said = f"{many}, each a point; above nought it speaks for the deal, below against it."
    if len(found.shown) < found.of:
        said += " They were drawn evenly from all."
    if missing:
        said += f" Of {missing:,} it is not known: they stand in the table."
    return said + extremes(parts)


def extremes(parts: Sequence[Part]) -> str:
    if not parts:
        return ""
    best, worst = (pick(parts, key=lambda part: part.mean) for pick in (max, min))
    if best.mean - worst.mean <= SAME:
        return " It makes no difference to these."
    return (
        f" It adds most at {best.name} ({signed(best.mean)}),"
        f" least at {worst.name} ({signed(worst.mean)})."
    )
