"""A customer's health opened: what speaks for it and against it, and what may be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecasting.health_pages.acts import Acts
from forecasting.health_pages.words import is_by_hand
from revenue.web import reasons
from revenue.web.reasons import Reason

MOST = 3


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
    found = [one for one in reasons.reasons_of(raw, words=words_of) if one.points]
    return sorted(found, key=lambda one: -abs(one.points))
