"""Why: the way from where every deal starts to this one's chance, and each reason in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from revenue.web.charts import Chart
from revenue.web.reasons import REST, Steps, way_chart
from revenue.web.templatetags import web

BASE, TOTAL = "Any deal", "This deal"


@dataclass(frozen=True)
class Reason:
    title: str
    words: str
    points: float
    base_rate: str
    deals: int | None
    name: str = ""  # of the feature that speaks for it

    @property
    def is_good(self) -> bool:
        return self.points > 0

    @property
    def said(self) -> str:
        return in_points(self.points)


@dataclass(frozen=True)
class Told:
    """One of all reasons: what it adds is in the model's own scale, where all of them add up."""

    title: str
    value: str
    contribution: float

    @property
    def said(self) -> str:
        return f"{'+' if self.contribution > 0 else '−'}{abs(self.contribution):.2f}"


def in_points(share: float) -> str:
    """ "+8 points": of probability, as whole ones; what rounds to nought keeps its sign."""
    size = abs(share) * 100
    number = f"{size:.0f}" if size >= 0.95 else f"{size:.1f}"
    sign = "+" if share > 0 else "−" if share < 0 else ""
    return f"{sign}{number} {'point' if number == '1' else 'points'}"


def reasons_of(steps: Mapping[str, Any]) -> list[Reason]:
    return [
        Reason(
            title=step["title"],
            words=without_title(step.get("words") or "", title=step["title"]),
            points=step["points"],
            base_rate=(step.get("base_rate") or {}).get("words") or base_rate_words(step),
            deals=(step.get("base_rate") or {}).get("deals"),
            name=step.get("name") or "",
        )
        for step in steps.get("steps", ())
    ]


def without_title(words: str, *, title: str) -> str:
    """ "Champion: Confirmed" under the title Champion is "Confirmed"."""
    return words.removeprefix(f"{title}: ")


def base_rate_words(step: Mapping[str, Any]) -> str:
    rate = step.get("base_rate") or {}
    if rate.get("won") is None or rate.get("against") is None:
        return ""
    won, against = web.percent(rate["won"]), web.percent(rate["against"])
    return f"{won} of such deals were won, against {against}"


def chart_of(steps: Mapping[str, Any]) -> Chart | None:
    """Its steps in points of probability sum to the chance that is shown."""
    if not steps.get("steps"):
        return None
    rest = steps["rest"]["points"]
    titles = [step["title"] for step in steps["steps"]]
    moves = [step["points"] for step in steps["steps"]]
    labels = [BASE, *titles, REST, TOTAL]
    values = [steps["base"], *moves, rest, steps["total"]]
    texts = [
        web.percent(steps["base"]),
        *(in_points(each).split(" ")[0] for each in (*moves, rest)),
        web.percent(steps["total"]),
    ]
    return way_chart(
        Steps(labels, values, texts),
        name="deal-waterfall",
        title="From any deal to this one",
        summary=summary_of(steps, reasons_of(steps)),
        axis={"tickformat": ".0%", "range": [0, highest_of(values)]},
        unit="Points of probability",
    )


def highest_of(values: Sequence[float]) -> float:
    """What the steps reach, with room for the figures beside them."""
    return min(1.1, max(accumulate(values[:-1])) * 1.12)


def summary_of(steps: Mapping[str, Any], reasons: Sequence[Reason]) -> str:
    largest = max(reasons, key=lambda each: abs(each.points))
    return (
        f"From {web.percent(steps['base'])} for any deal to {web.percent(steps['total'])}."
        f" Most of all speaks {'for' if largest.is_good else 'against'} it:"
        f" {largest.title.lower()}, {largest.said}."
    )


def all_reasons(
    contributions: Mapping[str, float],
    *,
    features: Sequence[Mapping[str, Any]],
    values: Mapping[str, Any],
) -> list[Told]:
    """Each that had a say, the largest first."""
    titles = {each["name"]: each["title"] for each in features}
    order = sorted(contributions.items(), key=lambda each: (-abs(each[1]), each[0]))
    return [
        Told(titles.get(name, name), value_of(values.get(name)), contribution)
        for name, contribution in order
        if contribution
    ]


def value_of(value: Any) -> str:
    match value:
        case None | "":
            return web.BLANK
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return web.number(value, 0 if value == round(value) else 2)
    return str(value)
