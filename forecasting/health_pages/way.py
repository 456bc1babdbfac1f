"""From the score of a usual customer to that of this one, as a picture whose steps add up."""

from collections.abc import Sequence
from itertools import accumulate

from forecasting.health.composite import USUAL
from forecasting.health_pages.why import reasons_of
from forecasting.health_pages.words import is_by_hand
from forecasting.models import AccountHealth
from revenue.web.charts import Chart
from revenue.web.reasons import REST, Reason, Steps, way_chart

BASE, TOTAL = "A usual customer", "This customer"
ROOM = 12  # points, for the figures beside the steps


def way_of(row: AccountHealth) -> Chart | None:
    """Nothing where no reason has points, or a model of before kept no beginning."""
    reasons, start = reasons_of(row.reasons), start_of(row)
    if start is None or not reasons:
        return None
    moves = [round(one.points) for one in reasons]
    rest = row.score - start - sum(moves)
    values = [start, *moves, rest, row.score]
    labels = [BASE, *(one.title for one in reasons), REST, TOTAL]
    texts = [str(start), *map(signed, (*moves, rest)), str(row.score)]
    return way_chart(
        Steps(labels, values, texts),
        name="health-waterfall",
        title="From a usual customer to this one",
        summary=told(start, reasons, row.score),
        axis={"range": [min(0, *accumulate(values[:-1])), max(accumulate(values[:-1])) + ROOM]},
        unit="Points of the score",
    )


def start_of(row: AccountHealth) -> int | None:
    if is_by_hand(row):
        return USUAL
    start = row.run.report.get("health", {}).get("start") if row.run else None
    return None if start is None else round(start)


def signed(points: float) -> str:
    return f"{points:+d}".replace("-", "−") if points else "0"


def told(start: int, reasons: Sequence[Reason], score: int) -> str:
    most = reasons[0]
    return (
        f"From {start} for a usual customer to {score}. Most of all speaks"
        f" {'for' if most.is_good else 'against'} it: {most.title}, {signed(round(most.points))}."
    )
