"""What the deals of a list come to, by stage and grade: one pass over them, however many."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from django.db.models import Count, F, FloatField, Q, QuerySet, Sum

JUMP = 10.0  # points of risk within a week


@dataclass(frozen=True)
class Sums:
    """Of some deals. What was is of those among them that were there a week before."""

    deals: int = 0
    amount: float = 0.0
    expected: float = 0.0
    at_risk: float = 0.0
    risk_value: float = 0.0
    amount_now: float = 0.0
    amount_then: float = 0.0
    expected_now: float = 0.0
    expected_then: float = 0.0
    compared: int = 0
    new: int = 0
    jumped: int = 0
    jumped_amount: float = 0.0
    newly: int = 0
    newly_amount: float = 0.0
    better: int = 0
    better_amount: float = 0.0
    by_rates: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            **{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)}
        )

    @property
    def expected_delta(self) -> float | None:
        return self.expected_now - self.expected_then if self.compared else None

    @property
    def at_risk_delta(self) -> float | None:
        if not self.compared:
            return None
        return (self.amount_now - self.expected_now) - (self.amount_then - self.expected_then)


@dataclass(frozen=True)
class Standing:
    """`groups` by stage and grade; `rank` orders the stages."""

    groups: Mapping[tuple[str, str], Sums] = field(default_factory=dict)
    ranks: Mapping[str, float] = field(default_factory=dict)

    @property
    def whole(self) -> Sums:
        return sum(self.groups.values(), Sums())

    def of_grades(self, grades: Iterable[str]) -> "Standing":
        """The whole, where none is named."""
        wanted = set(grades)
        if not wanted:
            return self
        groups = {key: sums for key, sums in self.groups.items() if key[1] in wanted}
        return Standing(groups, self.ranks)

    @property
    def stages(self) -> list[str]:
        names = {stage for stage, _ in self.groups}
        return sorted(names, key=lambda name: (self.ranks.get(name, 0.0), name))


def moved_by(*, border: float) -> dict[str, Q]:
    """What changed within a week; at risk is what is above the border of grade B."""
    return {
        "jumped": Q(risk__gte=F("risk_before") + JUMP),
        "newly": Q(risk__gt=border, risk_before__lte=border),
        "better": Q(risk__lte=F("risk_before") - JUMP),
    }


def standing_of(rows: QuerySet[Any], *, border: float) -> Standing:
    was_there, is_new = Q(probability_before__isnull=False), Q(is_new=True)
    comparable = was_there | is_new
    asked: dict[str, Any] = {
        "deals": Count("pk"),
        "amount": Sum("corporate_amount"),
        "expected": Sum("expected_value"),
        "at_risk": Sum("value_at_risk"),
        "risk_value": Sum("risk_value"),
        "amount_now": Sum("corporate_amount", filter=comparable),
        "amount_then": Sum("amount_before", filter=was_there),
        "expected_now": Sum("expected_value", filter=comparable),
        "expected_then": Sum(
            F("amount_before") * F("probability_before"),
            filter=was_there,
            output_field=FloatField(),
        ),
        "compared": Count("pk", filter=was_there),
        "new": Count("pk", filter=is_new),
        "by_rates": Count("pk", filter=Q(source="rates")),
    }
    for name, which in moved_by(border=border).items():
        asked[name] = Count("pk", filter=which)
        asked[f"{name}_amount"] = Sum("corporate_amount", filter=which)
    # A name of an aggregate may not be that of a column.
    named = {f"sum_{name}": what for name, what in asked.items()}
    grouped = rows.order_by().values("stage", "stage_rank", "grade").annotate(**named)
    groups: dict[tuple[str, str], Sums] = {}
    ranks: dict[str, float] = {}
    for row in grouped:
        counted = {name: row[f"sum_{name}"] or 0 for name in asked}
        values: dict[str, Any] = {
            one.name: float(counted[one.name])
            if isinstance(one.default, float)
            else int(counted[one.name])
            for one in fields(Sums)
        }
        sums = Sums(**values)
        key = (row["stage"], row["grade"])
        groups[key] = groups.get(key, Sums()) + sums
        ranks[row["stage"]] = max(ranks.get(row["stage"], 0.0), row["stage_rank"] or 0.0)
    return Standing(groups, ranks)
