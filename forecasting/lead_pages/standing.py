"""What the leads of a list come to, tier by tier: one pass over them, however many."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

FIRST = ("A", "B")  # which should not be left waiting


@dataclass(frozen=True)
class Sums:
    leads: int = 0
    expected: float = 0.0
    waiting: int = 0
    late: int = 0
    by_hand: int = 0
    improving: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.leads + other.leads,
            self.expected + other.expected,
            self.waiting + other.waiting,
            self.late + other.late,
            self.by_hand + other.by_hand,
            self.improving + other.improving,
        )


@dataclass(frozen=True)
class Standing:
    by_tier: Mapping[str, Sums] = field(default_factory=dict)

    def of(self, *tiers: str) -> Sums:
        return sum((self.by_tier.get(tier, Sums()) for tier in tiers), Sums())

    @property
    def whole(self) -> Sums:
        return self.of(*self.by_tier)


def standing_of(rows: QuerySet[Any]) -> Standing:
    grouped = (
        rows.order_by()
        .values("tier_now")
        .annotate(
            leads=Count("pk"),
            expected=Sum("probability"),
            waiting=Count("pk", filter=Q(answer__in=["waiting", "late"])),
            late=Count("pk", filter=Q(answer="late")),
            by_hand=Count("pk", filter=Q(tier_said__isnull=False)),
            improving=Count("pk", filter=Q(trend="improving")),
        )
    )
    return Standing({row.pop("tier_now"): Sums(**row) for row in grouped})
