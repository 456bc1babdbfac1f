"""The band before and after what is supposed: over the same draws, so that luck plays no part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np

from forecasting.quarter.new_deals import NewBusiness
from forecasting.quarter.simulation import CENTS
from forecasting.quarter.streams import keys_of
from forecasting.quarter.worlds import Band, Inputs, band, new_shares, run
from forecasting.scenario.changes import Changes, DealChange, Hiring
from revenue.ml.arrays import Floats, Ints, floats
from revenue.periods import Period

MONTH_DAYS = 365.25 / 12
WEEK = 7
NAMES = ("p10", "p50", "p90", "mean")


@dataclass(frozen=True)
class Known:
    """Of a deal that may be changed. `weeks` is the share of its chance by the end of each week

    of the period; `won_by` its whole curve, by the end of each week from the day of the forecast,
    where one is known; `ahead` how many days from that day the period begins.
    """

    chance: float
    close: date | None
    weeks: Sequence[float]
    won_by: Sequence[float] = ()
    ahead: int = 0

    @property
    def begins(self) -> int:
        return max(self.ahead, 0)

    def by(self, day: float) -> float:
        """Won within so many days, by its curve; beyond that, no more is known to come."""
        if not len(self.won_by):
            return 0.0
        ends = [WEEK * at for at in range(len(self.won_by) + 1)]
        return float(np.interp(day, ends, [0.0, *self.won_by]))


@dataclass(frozen=True)
class Outcome:
    before: Band
    after: Band

    def rows(self) -> list[tuple[str, Decimal, Decimal, Decimal]]:
        labels = ("P10", "P50", "P90", "Mean")
        sides = [[getattr(one, name) for name in NAMES] for one in (self.before, self.after)]
        return [
            (label, then, now, now - then) for label, then, now in zip(labels, *sides, strict=True)
        ]


def chance_after(change: DealChange, deal: Known, period: Period) -> float:
    """What is said outright counts before what follows from a date."""
    if change.drop:
        return 0.0
    if change.chance is not None:
        return change.chance
    if change.close is None or deal.close is None:
        return deal.chance
    found = moved_by((change.close - deal.close).days, deal, period)
    # A date that leaves the period, or goes further from it, makes no win in it likelier.
    if distance(change.close, period) > distance(deal.close, period):
        return min(found, deal.chance)
    return found


def distance(day: date, period: Period) -> int:
    return max((period.since - day).days, (day - period.last).days, 0)


def moved_by(days: int, deal: Known, period: Period) -> float:
    """All that the deal does, it does so many days later: its whole curve moves, and what then

    lies between the first and the last day of the period is won in it. What would have to be won
    before today is won today. Without a curve only the shares within the period can move: what
    falls out is lost, and what would come in is not known.
    """
    first, end = deal.begins, deal.ahead + period.days
    now = deal.by(end) - deal.by(first)
    if now > 0:
        before = deal.by(first - days) if first else 0.0
        return min(deal.chance * max(deal.by(end - days) - before, 0.0) / now, 1.0)
    if days > 0:
        return deal.chance * share_by(deal.weeks, period.days - days, period)
    if first:
        return deal.chance * (1 - share_by(deal.weeks, -days, period))
    return deal.chance


def is_partly_unknown(days: int, deal: Known, period: Period) -> bool:
    """Something may come into the period of which nothing is known."""
    has_curve = deal.by(deal.ahead + period.days) > deal.by(deal.begins)
    return bool(days) and not has_curve and (days < 0 or deal.begins > 0)


def share_by(weeks: Sequence[float], day: int, period: Period) -> float:
    """By the end of a day of the period, counted from its first."""
    if day <= 0 or not len(weeks):
        return 0.0
    ends = [min(WEEK * (at + 1), period.days) for at in range(len(weeks))]
    return float(np.interp(day, [0, *ends], [0.0, *weeks]))


@dataclass(frozen=True)
class Seller:
    """What somebody new would bring: `median` is what the middle seller is to bring yet."""

    median: float
    share: float
    ramp: float

    @property
    def expected(self) -> float:
        return self.median * self.share * self.ramp


def new_seller(
    hiring: Hiring,
    *,
    expected: Sequence[float],
    new_weeks: Sequence[float],
    today: date,
    period: Period,
) -> Seller:
    """Like the median seller, from the first day on and so much later; and weaker at first.

    Whoever begins so many days late has by the end what the others have as many days before it. On
    the way to full strength, evenly, they bring on average half of what they reach.
    """
    some = [one for one in expected if one > 0]
    median = float(np.median(some)) if some else 0.0
    begin = max(today, period.since)
    first = max(hiring.since or begin, begin)
    days = (period.until - first).days
    if days <= 0:
        return Seller(median, 0.0, 0.0)
    shares = new_shares(new_weeks, number=len(period.weeks))
    gone = share_by(shares.tolist(), (begin - period.since).days, period)
    late = (first - begin).days
    reached = share_by(shares.tolist(), period.days - late, period)
    share = max(reached - gone, 0.0) / (1 - gone) if gone < 1 else 0.0
    length = hiring.ramp * MONTH_DAYS
    ramp = 1.0 if not length else days / (2 * length) if days <= length else 1 - length / (2 * days)
    return Seller(median, share, ramp)


def reckoned(
    inputs: Inputs,
    refs: Sequence[str],
    changes: Changes,
    *,
    known: Mapping[str, Known],
    seller: Seller,
    period: Period,
    total: Floats | None = None,
) -> Outcome:
    """Only the owners of changed deals are drawn, as they were and as they are; all others stay.

    `total` is in cents by draw, of all whose number it is; `inputs` need hold no more of them than
    the owners of changed deals.
    """
    if total is None:
        total = run(inputs).cents.sum(axis=0)
    place = {ref: at for at, ref in enumerate(refs)}
    made = {place[one.ref]: one for one in changes.deals if one.ref in place and not one.is_none}
    chance = inputs.deals.chance.copy()
    for at, change in made.items():
        chance[at] = chance_after(change, known[refs[at]], period)
    touched: Ints = np.unique(inputs.deals.owner[list(made)]).astype(np.int64)
    after = total
    if len(touched):
        changed = replace(inputs, deals=replace(inputs.deals, chance=chance))
        was, is_now = (run(one.of(touched)).cents.sum(axis=0) for one in (inputs, changed))
        after = after - was + is_now
    if changes.hiring.number and seller.expected:
        after = after + hired(inputs, changes.hiring.number, seller).sum(axis=0)
    return Outcome(*(band(floats(one / CENTS)) for one in (total, after)))


def hired(inputs: Inputs, number: int, seller: Seller) -> Floats:
    nobody = inputs.of(np.array([], dtype=np.int64))
    new = NewBusiness(
        np.full(number, seller.expected), keys_of(f"hired {at}" for at in range(number))
    )
    return run(replace(nobody, closed=np.zeros(number), new=new)).cents
