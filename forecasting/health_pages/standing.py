"""What customers come to, by segment and band: one pass over them, however many."""

from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, NullIf

from forecasting.deals.sizes import LARGEST, SIZES
from forecasting.models.health import Band

JUMP = 10  # points of score within four weeks
CHANGES = {
    "fell": "Fell into red",
    "recovered": "Recovered from red",
    "worse": f"Lost {JUMP} points or more",
    "better": f"Gained {JUMP} points or more",
}


@dataclass(frozen=True)
class Sums:
    count: int = 0
    value: float = 0.0
    at_risk: float = 0.0
    compared: int = 0
    fell: int = 0
    fell_value: float = 0.0
    recovered: int = 0
    recovered_value: float = 0.0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            **{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)}
        )


@dataclass(frozen=True)
class Standing:
    """`groups` by segment and band."""

    groups: Mapping[tuple[str, str], Sums] = field(default_factory=dict)

    @property
    def whole(self) -> Sums:
        return together(self.groups.values())

    @property
    def segments(self) -> list[str]:
        """Most at risk first."""
        names = {segment for segment, _ in self.groups}
        return sorted(names, key=lambda name: (-self.of_segment(name).at_risk, name))

    def of_segment(self, segment: str) -> Sums:
        return together(sums for (one, _), sums in self.groups.items() if one == segment)

    def of_band(self, band: str) -> Sums:
        return together(sums for (_, one), sums in self.groups.items() if one == band)

    @classmethod
    def sum_of(cls, all_of: Iterable["Standing"]) -> "Standing":
        """As bands alone, whatever the segments."""
        listed = list(all_of)
        return cls({("", band): together(one.of_band(band) for one in listed) for band in Band})


def together(all_of: Iterable[Sums]) -> Sums:
    return sum(all_of, Sums())


def changed_by(*, border: int) -> dict[str, Q]:
    """Within four weeks; `border` is the highest score of red."""
    return {
        "fell": Q(band=Band.RED, change__lt=F("score") - border),
        "recovered": ~Q(band=Band.RED) & Q(change__gte=F("score") - border),
        "worse": Q(change__lte=-JUMP),
        "better": Q(change__gte=JUMP),
    }


def region() -> Coalesce:
    """That of whoever is responsible, else the country: as of deals."""
    named = NullIf("account__owner__region", Value(""))
    return Coalesce(named, "account__country", Value(""), output_field=CharField())


def size() -> Case:
    people = "account__employees"
    return Case(
        When(Q(**{people: None}) | Q(**{f"{people}__lt": 1}), then=Value("")),
        *(When(**{f"{people}__lt": below}, then=Value(name)) for below, name in SIZES),
        default=Value(LARGEST),
        output_field=CharField(),
    )


def stake(*, by_hand: bool) -> F | Case:
    """What is at risk; of what tells no chance, a year's revenue where it stands in red."""
    return Case(When(band=Band.RED, then=F("value"))) if by_hand else F("at_risk")


def standing_of(rows: QuerySet[Any], *, by: str, border: int) -> Standing:
    """`by` is a column of the rows, which have a `stake`."""
    changes = changed_by(border=border)
    asked: dict[str, Any] = {
        "count": Count("pk"),
        "value": Sum("value"),
        "at_risk": Sum("stake"),
        "compared": Count("pk", filter=Q(change__isnull=False)),
    }
    for name in ("fell", "recovered"):
        asked[name] = Count("pk", filter=changes[name])
        asked[f"{name}_value"] = Sum("value", filter=changes[name])
    named = {f"sum_{name}": what for name, what in asked.items()}
    grouped = rows.order_by().values(by, "band").annotate(**named)
    return Standing(
        {
            (row[by] or "", row["band"]): Sums(
                **{one.name: kind_of(one)(row[f"sum_{one.name}"] or 0) for one in fields(Sums)}
            )
            for row in grouped
        }
    )


def kind_of(one: Field[Any]) -> type:
    return float if isinstance(one.default, float) else int
