"""A plan from what is known now, checked: offline, for one reader, within two seconds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import Account, Opportunity
from assistant.claims import Checked, Claim, Source, Struck, checked
from assistant.plans.composing import of_account, of_deal
from assistant.plans.gathering.account import AccountKnown, account_known
from assistant.plans.gathering.deal import DealKnown, deal_known
from assistant.plans.gathering.known import Known
from assistant.plans.points import Point
from assistant.plans.sections import BY_KEY
from revenue.users.models import Membership


@dataclass(frozen=True)
class Written:
    """A section whose every claim has been checked; what failed is not among its points."""

    key: str
    points: list[Point]
    struck: list[Struck] = field(default_factory=list)
    figures: int = 0
    claims: int = 0

    @property
    def title(self) -> str:
        return BY_KEY[self.key].title


@dataclass(frozen=True)
class Plan:
    sections: list[Written]
    sources: Mapping[str, Source]

    @property
    def counted(self) -> dict[str, int]:
        return {
            "figures": sum(each.figures for each in self.sections),
            "claims": sum(each.claims for each in self.sections),
            "struck": sum(len(each.struck) for each in self.sections),
        }


def known_of(record: Opportunity | Account, *, reader: Membership, at: datetime) -> Known:
    if isinstance(record, Account):
        of_account_known = account_known(record, reader=reader, at=at)
        of_account.read_passages(of_account_known, reader=reader)
        return of_account_known
    known = deal_known(record, reader=reader, at=at)
    of_deal.read_passages(known, reader=reader)
    return known


def plan_for(
    *,
    reader: Membership,
    at: datetime,
    deal: Opportunity | None = None,
    account: Account | None = None,
) -> Plan:
    """Of a deal or an account that the reader may read, from what the reader may open."""
    record = deal or account
    if record is None:
        raise ValueError("A plan is about a deal or an account.")
    known = known_of(record, reader=reader, at=at)
    return Plan(list(written(known)), known.sources)


def written(known: Known) -> Iterator[Written]:
    if isinstance(known, DealKnown):
        composed = of_deal.composed(known)
    elif isinstance(known, AccountKnown):
        composed = of_account.composed(known)
    else:
        raise TypeError("Nothing is composed of that.")
    for key, points in composed:
        yield checked_section(key, points, sources=known.sources)


def checked_section(key: str, points: list[Point], *, sources: Mapping[str, Source]) -> Written:
    """A point whose claims all fail is gone; one that lost its lead's claim keeps the others."""
    kept: list[Point] = []
    struck: list[Struck] = []
    figures = claims = 0
    for point in points:
        found = checked_point(point, sources=sources)
        figures, claims = figures + found.figures, claims + found.claims
        struck += found.struck
        left = [claim for claim in point.claims if claim not in [e.claim for e in found.struck]]
        if left:
            kept.append(Point(left, point.lead, point.is_bullet))
    return Written(key, kept, struck, figures, claims)


def checked_point(point: Point, *, sources: Mapping[str, Source]) -> Checked:
    """The lead is checked with the whole point; where it fails, so does the point."""
    found = checked(point.claims, sources=sources)
    if not point.lead:
        return found
    every = list(dict.fromkeys(key for each in point.claims for key in each.sources))
    lead = checked([Claim(point.lead, every)], sources=sources)
    if lead.struck:
        why = lead.struck[0].why
        return Checked([], [Struck(each, why) for each in point.claims], found.figures)
    return Checked(found.kept, found.struck, found.figures + lead.figures)
