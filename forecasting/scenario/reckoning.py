"""The band before and after what is supposed: over the same draws, so that luck plays no part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np

from forecasting.quarter.new_deals import NewBusiness
from forecasting.quarter.streams import keys_of
from forecasting.quarter.worlds import Band, Inputs, Worlds, band, new_shares, run
from forecasting.scenario.changes import Changes, DealChange, Hiring
from revenue.ml.arrays import Floats, Ints, floats
from revenue.periods import Period

MONTH_DAYS = 365.25 / 12
WEEK = 7
NAMES = ("p10", "p50", "p90", "mean")


@dataclass(frozen=True)
class Known:
    """Of a deal that may be changed; `later` is by week what its curve gives beyond `until`.

    `weeks` is the share of the chance by the end of each week of the period, `later` how many times
    the chance it would be with so many weeks more.
    """

    chance: float
    close: date | None
    weeks: Sequence[float]
    later: Sequence[float] = ()


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
    return moved_by((change.close - deal.close).days, deal, period)


def moved_by(days: int, deal: Known, period: Period) -> float:
    """All that the deal does, it does so many days later: what then falls out of the period is

    not won within it. Earlier, what its curve gives in as many days after the period comes in.
    """
    if days > 0:
        return deal.chance * share_by(deal.weeks, period.days - days, period)
    return float(min(deal.chance * more_by(deal.later, -days), 1.0))


def share_by(weeks: Sequence[float], day: int, period: Period) -> float:
    """By the end of a day of the period, counted from its first."""
    if day <= 0 or not len(weeks):
        return 0.0
    ends = [min(WEEK * (at + 1), period.days) for at in range(len(weeks))]
    return float(np.interp(day, [0, *ends], [0.0, *weeks]))


def more_by(later: Sequence[float], days: int) -> float:
    if not len(later):
        return 1.0
    return float(np.interp(days, [WEEK * at for at in range(len(later) + 1)], [1.0, *later]))


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
    before: Worlds | None = None,
) -> Outcome:
    """Only the owners of changed deals are drawn anew: those of others stay what they were."""
    before = before or run(inputs)
    place = {ref: at for at, ref in enumerate(refs)}
    made = {place[one.ref]: one for one in changes.deals if one.ref in place and not one.is_none}
    chance = inputs.deals.chance.copy()
    for at, change in made.items():
        chance[at] = chance_after(change, known[refs[at]], period)
    touched: Ints = np.unique(inputs.deals.owner[list(made)]).astype(np.int64)
    after = before.cents.sum(axis=0)
    if len(touched):
        changed = replace(inputs, deals=replace(inputs.deals, chance=chance)).of(touched)
        after = after - before.cents[touched].sum(axis=0) + run(changed).cents.sum(axis=0)
    if changes.hiring.number and seller.expected:
        after = after + hired(inputs, changes.hiring.number, seller).sum(axis=0)
    return Outcome(band(before.of(slice(None))), band(floats(after / 100)))


def hired(inputs: Inputs, number: int, seller: Seller) -> Floats:
    nobody = inputs.of(np.array([], dtype=np.int64))
    new = NewBusiness(
        np.full(number, seller.expected), keys_of(f"hired {at}" for at in range(number))
    )
    return run(replace(nobody, closed=np.zeros(number), new=new)).cents
