"""A suggestion opened: what speaks for it and against it, who is behind it, what was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crosssell.feedback import WHY_NOT, Event, events_of
from crosssell.listing.behind import Lookalike
from crosssell.listing.lost import LostDeal
from crosssell.listing.table import is_below_all, owner_name, product_name, speaks_for
from crosssell.listing.words import source_said
from crosssell.models import Recommendation
from revenue.users.models import Membership
from revenue.users.roles import SELLING
from revenue.web.reasons import Reason, reasons_of

State = Recommendation.State
ALL_THE_SAME = "; fewer than of all, but with the rest that is known of them it counts for it"


@dataclass(frozen=True)
class Why:
    row: Any
    product: str
    speaks_for: Sequence[Reason]
    speaks_against: Sequence[Reason]
    lookalikes: Sequence[Lookalike]
    lost: Sequence[LostDeal]
    sources: Sequence[str]
    events: Sequence[Event]
    may_act: bool

    @property
    def owner(self) -> str:
        return owner_name(self.row)

    @property
    def choices(self) -> list[tuple[str, str]]:
        return list(WHY_NOT.items())

    @property
    def may_accept(self) -> bool:
        return self.may_act and self.row.state == State.SUGGESTED

    @property
    def may_dismiss(self) -> bool:
        return self.may_act and self.row.state in Recommendation.OPEN

    @property
    def may_take_back(self) -> bool:
        return self.may_act and self.row.state in (State.ACCEPTED, State.DISMISSED)


def of(
    row: Any,
    *,
    reader: Membership,
    lookalikes: Sequence[Lookalike],
    lost: Sequence[LostDeal],
) -> Why:
    told = list(zip(row.reasons, reasons_of(row.reasons, words=words_of), strict=True))
    return Why(
        row=row,
        product=product_name(row),
        speaks_for=[each for raw, each in told if speaks_for(raw)],
        speaks_against=[each for raw, each in told if not speaks_for(raw)],
        lookalikes=lookalikes,
        lost=lost,
        sources=[source_said(name) for name in row.sources],
        events=events_of(row),
        may_act=reader.role in SELLING,
    )


def words_of(reason: Mapping[str, Any]) -> str:
    """A share below that of all that counts for it all the same is said to."""
    words = str(reason.get("words") or "")
    is_odd = float(reason.get("points") or 0) > 0 and is_below_all(reason)
    return f"{words}{ALL_THE_SAME}" if words and is_odd else words
