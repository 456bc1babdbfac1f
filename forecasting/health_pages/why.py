"""A customer's health opened: what speaks for it and against it, and what may be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecasting.health_pages.acts import Acts
from forecasting.health_pages.words import is_by_hand

MOST = 3
WIDEST = 100


@dataclass(frozen=True)
class Reason:
    title: str
    words: str
    points: float
    width: int  # beside the strongest, of a hundred

    @property
    def is_good(self) -> bool:
        return self.points > 0


@dataclass(frozen=True)
class Why:
    row: Any
    account: Any
    reasons: Sequence[Reason]
    acts: Acts

    @property
    def by_hand(self) -> bool:
        return is_by_hand(self.row)

    @property
    def speaks_for(self) -> list[Reason]:
        return [one for one in self.reasons if one.is_good]

    @property
    def speaks_against(self) -> list[Reason]:
        return [one for one in self.reasons if not one.is_good]


def why_of(row: Any, *, acts: Acts, most: int | None = MOST) -> Why:
    """`most` of the strongest; all where it is nothing."""
    return Why(row, row.account, reasons_of(row.reasons)[:most], acts)


def words_of(reason: Mapping[str, Any]) -> str:
    """Without its title, which stands before it."""
    title = str(reason.get("title") or "")
    return str(reason.get("words") or reason.get("text") or "").removeprefix(f"{title}: ")


def reasons_of(raw: Sequence[Mapping[str, Any]]) -> list[Reason]:
    """The strongest first; what counts nothing is no reason."""
    points = [float(each.get("points") or 0) for each in raw]
    most = max(map(abs, points), default=0.0)
    found = [
        Reason(
            title=str(each.get("title") or ""),
            words=words_of(each),
            points=one,
            width=max(2, round(WIDEST * abs(one) / most)),
        )
        for each, one in zip(raw, points, strict=True)
        if one
    ]
    return sorted(found, key=lambda one: -abs(one.points))
