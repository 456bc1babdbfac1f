"""What the suggestions of a list come to, state by state: one pass over them, however many."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from crosssell.models import Recommendation

State = Recommendation.State


@dataclass(frozen=True)
class Sums:
    count: int = 0
    value: float = 0.0
    bought: int = 0
    bought_for: float = 0.0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.count + other.count,
            self.value + other.value,
            self.bought + other.bought,
            self.bought_for + other.bought_for,
        )


@dataclass(frozen=True)
class Standing:
    by_state: Mapping[str, Sums] = field(default_factory=dict)
    renewals: Sums = field(default_factory=Sums)  # those that are open

    def of(self, *states: str) -> Sums:
        return sum((self.by_state.get(state, Sums()) for state in states), Sums())

    @property
    def open(self) -> Sums:
        return self.of(*Recommendation.OPEN)

    @property
    def whole(self) -> Sums:
        return self.of(*self.by_state)


def asked_of_each() -> dict[str, Any]:
    return {
        "sum_count": Count("pk"),
        "sum_value": Sum("value"),
        "sum_bought": Count("pk", filter=Q(bought_at__isnull=False)),
        "sum_bought_for": Sum("bought_for"),
    }


def sums_of(row: Mapping[str, Any]) -> Sums:
    return Sums(
        count=row["sum_count"],
        value=float(row["sum_value"] or 0),
        bought=row["sum_bought"],
        bought_for=float(row["sum_bought_for"] or 0),
    )


def standing_of(rows: QuerySet[Any]) -> Standing:
    grouped = rows.order_by().values("state", "kind").annotate(**asked_of_each())
    by_state: dict[str, Sums] = {}
    renewals = Sums()
    for row in grouped:
        state, sums = row["state"], sums_of(row)
        by_state[state] = by_state.get(state, Sums()) + sums
        if row["kind"] == Recommendation.Kind.RENEWAL and state in Recommendation.OPEN:
            renewals += sums
    return Standing(by_state, renewals)
