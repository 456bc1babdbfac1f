"""How many customers would be in each band under another policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasting.health.composite import weighted
from forecasting.health.policy import Policy, band_of
from forecasting.models import AccountHealth
from forecasting.models.health import Band
from forecasting.risk.preview import Line
from revenue.ml.arrays import floats
from revenue.users.models import Membership

MOST = 20_000  # a page waits for it: of more, those with most at risk stand for all
EDGE = 0.5

Told = tuple[str, int, Mapping[str, Any]]


@dataclass(frozen=True)
class Preview:
    customers: int
    all_customers: int
    by_hand: int
    lines: list[Line]

    @property
    def is_of_a_part(self) -> bool:
        return self.customers < self.all_customers


def preview_of(*, reader: Membership, now: Policy, then: Policy) -> Preview:
    rows = AccountHealth.objects.visible_to(reader).newest().filter(org=reader.org)
    ordered = rows.order_by("-at_risk", "id")
    told: list[Told] = list(ordered.values_list("source", "score", "parts")[:MOST])
    before = counted(scores_of(told), now)
    anew = scores_of(told) if then.weights == now.weights else scores_under(told, then)
    after = counted(anew, then)
    return Preview(
        customers=len(told),
        all_customers=len(told) if len(told) < MOST else rows.count(),
        by_hand=sum(is_by_hand(source) for source, _, _ in told),
        lines=[Line(str(band.label), before[band], after[band]) for band in Band],
    )


def scores_of(told: Sequence[Told]) -> list[int]:
    return [score for _, score, _ in told]


def counted(scores: Sequence[int], policy: Policy) -> dict[Band, int]:
    found = dict.fromkeys(Band, 0)
    for score in scores:
        found[band_of(score, policy)] += 1
    return found


def scores_under(told: Sequence[Told], policy: Policy) -> list[int]:
    """Weights are of the composite alone: what a model says does not change with them."""
    parts = {
        key: floats([np.nan if each.get(key) is None else inside(each[key]) for _, _, each in told])
        for key in policy.weights
    }
    by_hand = weighted(parts, policy.weights, rows=len(told))
    return [
        score if not is_by_hand(source) or np.isnan(found) else round(float(found))
        for (source, score, _), found in zip(told, by_hand, strict=True)
    ]


def inside(part: float) -> float:
    """A part is kept as a whole number: at the very ends its odds would have no end."""
    return min(max(part, EDGE), 100 - EDGE)


def is_by_hand(source: str) -> bool:
    return source == AccountHealth.Source.COMPOSITE
