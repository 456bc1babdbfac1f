"""From the chance of any lead to that of this one, as a picture whose steps add up."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from forecasting.deal_page.reasons import in_points
from forecasting.models import LeadScore
from revenue.ml.models import ModelRun
from revenue.web.charts import Chart
from revenue.web.reasons import REST, Steps, way_chart
from revenue.web.templatetags import web

BASE, TOTAL = "Any lead", "This lead"


def way_of(score: LeadScore, run: ModelRun | None) -> Chart | None:
    """Nothing where rates speak, or a model of before that kept no beginning."""
    start = run.report.get("start") if run is not None else None
    if start is None or score.source != LeadScore.Source.MODEL or not score.reasons:
        return None
    moves = [float(one["points"]) / 100 for one in score.reasons]
    rest = score.probability - start - sum(moves)
    values = [start, *moves, rest, score.probability]
    labels = [BASE, *(str(one["title"]) for one in score.reasons), REST, TOTAL]
    texts = [
        web.percent(start),
        *(in_points(one).split(" ")[0] for one in (*moves, rest)),
        web.percent(score.probability),
    ]
    return way_chart(
        Steps(labels, values, texts),
        name="lead-waterfall",
        title="From any lead to this one",
        summary=told(start, score.reasons, score.probability),
        axis={"tickformat": ".0%", "range": [0, highest_of(values)]},
        unit="Points of the chance",
    )


def highest_of(values: Sequence[float]) -> float:
    """What the steps reach, with room for the figures beside them."""
    return min(1.1, max(accumulate(values[:-1])) * 1.15)


def told(start: float, reasons: Sequence[dict[str, Any]], chance: float) -> str:
    most = max(reasons, key=lambda one: abs(float(one["points"])))
    points = float(most["points"]) / 100
    return (
        f"From {web.percent(start)} for any lead to {web.percent(chance)}. Most of all speaks"
        f" {'for' if points > 0 else 'against'} it: {most['title']}, {in_points(points)}."
    )
