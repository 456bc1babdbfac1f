"""The chance as it was said over time, beside what was changed about the deal meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from accounts.models import StageChange
from forecasting.deal_page.look import Look
from forecasting.models import DealScore
from revenue.web.charts import Chart
from revenue.web.templatetags import web

# Each kind of change has a lane of its own below the line, so that none hides another.
KINDS = {
    "stage": ("Stage", "diamond", "var(--chart-2)", -0.07),
    "amount": ("Amount", "square", "var(--chart-3)", -0.15),
    "close_date": ("Close date", "triangle-up", "var(--chart-4)", -0.23),
}
LOWEST = -0.29


@dataclass(frozen=True)
class Said:
    at: datetime
    chance: float
    low: float
    high: float
    learned_at: datetime | None = None  # up to when the model that said it had learned

    @property
    def is_filled_in(self) -> bool:
        return self.learned_at is not None and self.at < self.learned_at


@dataclass(frozen=True)
class Mark:
    at: datetime
    kind: str
    words: str


def said_over_time(look: Look) -> list[Said]:
    rows = look.of_deal(DealScore).order_by("as_of")
    values = rows.values_list("as_of", "probability", "low", "high", "run__as_of")
    return last_of_each_day([Said(*row) for row in values])


def last_of_each_day(points: Sequence[Said]) -> list[Said]:
    """Deals are scored several times a day; a day has one point."""
    return list({point.at.date(): point for point in points}.values())


def marks_of(versions: Sequence[StageChange], *, currency: str) -> list[Mark]:
    """Between one save and the next: which of the three was changed, and how."""
    found = []
    for before, after in pairwise(versions):
        if before.stage != after.stage:
            moved = f"{before.stage or 'no stage'} → {after.stage or 'no stage'}"
            found.append(Mark(after.changed_at, "stage", moved))
        if grown := growth(before, after):
            sign = "+" if grown > 0 else ""
            words = f"{sign}{web.money(grown, after.currency or currency)}"
            found.append(Mark(after.changed_at, "amount", words))
        if days := days_moved(before, after):
            words = f"{abs(days):,} {'day' if abs(days) == 1 else 'days'} "
            words += "later" if days > 0 else "earlier"
            found.append(Mark(after.changed_at, "close_date", words))
    return found


def growth(before: StageChange, after: StageChange) -> Decimal:
    """Unlike money is not compared."""
    if before.amount is None or after.amount is None or before.currency != after.currency:
        return Decimal(0)
    return after.amount - before.amount


def days_moved(before: StageChange, after: StageChange) -> int:
    if before.close_date is None or after.close_date is None:
        return 0
    return (after.close_date - before.close_date).days


def chart_of(points: Sequence[Said], *, marks: Sequence[Mark], ended: str = "") -> Chart | None:
    """One point alone is the number above it."""
    if len(points) < 2:
        return None
    first, last = points[0], points[-1]
    within = [mark for mark in marks if first.at <= mark.at <= last.at]
    times = [point.at for point in points]
    return Chart(
        id="deal-history",
        title="Chance over time",
        summary=" ".join(filter(None, (summary_of(first, last, ended=ended), filled_in(points)))),
        data=[
            edge(times, [point.low for point in points]),
            edge(times, [point.high for point in points]) | BAND,
            {
                "type": "scatter",
                "mode": "lines",
                "name": "Chance",
                "x": times,
                "y": [point.chance for point in points],
                "line": {"color": "var(--chart-1)", "width": 2},
                "hovertemplate": "%{x|%-d %b %Y}: %{y:.0%}<extra></extra>",
            },
            *(marks_trace(kind, within) for kind in KINDS if is_any(kind, within)),
        ],
        layout={
            "yaxis": {
                "tickformat": ".0%",
                "range": [LOWEST if within else 0, 1],
                "tickvals": [0, 0.25, 0.5, 0.75, 1],
            },
            "showlegend": bool(within),
            "margin": {"t": 10, "r": 10, "b": 28, "l": 40},
        },
        columns=("Day", "Chance", "From", "To", "Changed"),
        rows=[
            (
                web.day(point.at),
                web.percent(point.chance),
                web.percent(point.low),
                web.percent(point.high),
                changed_on(point, within),
            )
            for point in points
        ],
    )


BAND = {"fill": "tonexty", "fillcolor": "var(--chart-band)"}


def edge(times: Sequence[datetime], values: Sequence[float]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": times,
        "y": values,
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def is_any(kind: str, marks: Sequence[Mark]) -> bool:
    return any(mark.kind == kind for mark in marks)


def marks_trace(kind: str, marks: Sequence[Mark]) -> dict[str, Any]:
    title, symbol, colour, lane = KINDS[kind]
    own = [mark for mark in marks if mark.kind == kind]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": title,
        "x": [mark.at for mark in own],
        "y": [lane] * len(own),
        "text": [mark.words for mark in own],
        "marker": {"symbol": symbol, "size": 9, "color": colour},
        "hovertemplate": f"%{{x|%-d %b %Y}}: {title.lower()} %{{text}}<extra></extra>",
    }


def changed_on(point: Said, marks: Sequence[Mark]) -> str:
    own = [mark for mark in marks if mark.at.date() == point.at.date()]
    return "; ".join(f"{KINDS[mark.kind][0].lower()} {mark.words}" for mark in own)


def filled_in(points: Sequence[Said]) -> str:
    """What a model says of weeks whose ends it has learned is kinder than a forecast."""
    ends = [point.at for point in points if point.is_filled_in]
    if not ends:
        return ""
    return (
        f"Chances up to {web.day(max(ends))} were filled in by a model trained later, which knew"
        " how deals of those weeks ended."
    )


def summary_of(first: Said, last: Said, *, ended: str) -> str:
    begun = f"{web.percent(first.chance)} on {web.day(first.at)}"
    now = f"{web.percent(last.chance)} on {web.day(last.at)}"
    told = f"{begun}, {now}; the band is how far it may be off."
    return f"{told} {ended}" if ended else told
