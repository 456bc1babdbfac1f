"""A suggestion opened: what speaks for it and against it, who is behind it, what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crosssell.feedback import WHY_NOT, Event, events_of
from crosssell.listing.behind import Lookalike
from crosssell.listing.table import product_name
from crosssell.listing.words import source_said
from crosssell.models import Recommendation
from revenue.users.models import Membership
from revenue.users.roles import SELLING

State = Recommendation.State
WIDEST = 100


@dataclass(frozen=True)
class Reason:
    title: str
    words: str
    points: float
    width: int  # beside the strongest, of a hundred; nothing where a plain way speaks


@dataclass(frozen=True)
class Why:
    row: Any
    product: str
    speaks_for: Sequence[Reason]
    speaks_against: Sequence[Reason]
    lookalikes: Sequence[Lookalike]
    sources: Sequence[str]
    events: Sequence[Event]
    may_act: bool

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


def of(row: Any, *, reader: Membership, lookalikes: Sequence[Lookalike]) -> Why:
    reasons = reasons_of(row.reasons)
    return Why(
        row=row,
        product=product_name(row),
        speaks_for=[each for each in reasons if each.points >= 0],
        speaks_against=[each for each in reasons if each.points < 0],
        lookalikes=lookalikes,
        sources=[source_said(name) for name in row.sources],
        events=events_of(row),
        may_act=reader.role in SELLING,
    )


def reasons_of(raw: Sequence[dict[str, Any]]) -> list[Reason]:
    points = [float(each.get("points") or 0) for each in raw]
    most = max(map(abs, points), default=0.0)
    return [
        Reason(
            title=str(each.get("title") or ""),
            words=str(each.get("words") or ""),
            points=one,
            width=max(2, round(WIDEST * abs(one) / most)) if most else 0,
        )
        for each, one in zip(raw, points, strict=True)
    ]
