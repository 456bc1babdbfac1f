"""How many customers would be in each band under another policy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from forecasting.health.policy import Policy, band_of
from forecasting.models import AccountHealth
from forecasting.models.health import Band
from forecasting.risk.preview import Line
from revenue.users.models import Membership

MOST = 20_000  # a page waits for it: of more, those with most at risk stand for all

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
    before, after = counted(told, now), counted(told, then)
    return Preview(
        customers=len(told),
        all_customers=len(told) if len(told) < MOST else rows.count(),
        by_hand=sum(is_by_hand(source) for source, _, _ in told),
        lines=[Line(str(band.label), before[band], after[band]) for band in Band],
    )


def counted(told: Iterable[Told], policy: Policy) -> dict[Band, int]:
    found = dict.fromkeys(Band, 0)
    for one in told:
        found[band_of(score_under(one, policy), policy)] += 1
    return found


def score_under(told: Told, policy: Policy) -> float:
    """Weights are of the composite alone: what a model says does not change with them."""
    source, score, parts = told
    if not is_by_hand(source):
        return score
    found = weighed(parts, policy.weights)
    return score if found is None else found


def weighed(parts: Mapping[str, Any], weights: Mapping[str, float]) -> float | None:
    """Of the dimensions of which anything is known."""
    known = [key for key in weights if parts.get(key) is not None]
    total = sum(weights[key] for key in known)
    return sum(weights[key] * parts[key] for key in known) / total if total else None


def is_by_hand(source: str) -> bool:
    return source == AccountHealth.Source.COMPOSITE
