"""Accounts with what may be suggested to them, at many moments: what is learned from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from crosssell.selling.candidates import Candidates, Sources, candidates_of
from crosssell.selling.catalogue import Catalogue, catalogue_of
from crosssell.selling.features import FEATURES, USUAL, Knowledge, feature_values
from crosssell.selling.market import (
    SellingMarket,
    Shut,
    bought_within,
    market_without_rows,
)
from crosssell.selling.reading import Past, read_past
from crosssell.selling.segments import segments_of
from crosssell.selling.standing import DAY, Standing, standing_of
from revenue.ml.arrays import Floats, Ints, floats
from revenue.ml.frames import make_frame
from revenue.ml.learned import NothingToLearnError
from revenue.ml.rank.learning import RankSettings
from revenue.ml.rank.lists import Lists, make_lists
from revenue.ml.rank.rivals import Way
from revenue.ml.rank.tuning import tuned
from revenue.users.models import Org

STEP_DAYS = 45
YEAR = 365
MOST_MOMENTS = 8  # to learn from, before the one to choose by and the one to judge by
FEW_MOMENTS = 4  # fewer than so many, and labels that look less far ahead teach too
NEARER = (2 / 3, 1 / 3)  # of the horizon
LEAST_PAST = 1 / 4  # of the horizon, before the first moment that teaches
QUIET = 4  # of lists to learn from in which nothing was bought, one in so many is kept


@dataclass(frozen=True, eq=False)
class Dataset:
    """`knowledge` is kept of the moments that choose and judge."""

    orgs: tuple[Org, ...]
    market: SellingMarket
    now: Standing
    knowledge: dict[int, Knowledge]
    horizon: "Horizon"
    ways: tuple[Way, ...]  # EASE, as it was best where everything is chosen

    @property
    def catalogue(self) -> Catalogue:
        return self.now.catalogue


@dataclass(frozen=True)
class Horizon:
    """`shares` are, by days, of what was newly bought so much as nobody was selling at first."""

    days: int
    shares: dict[int, float]


@dataclass(frozen=True)
class Moment:
    at: datetime
    days: int  # so far ahead its labels look
    nth: int | None = None  # of those that teach


def dataset(
    *,
    orgs: Sequence[Org],
    as_of: datetime,
    horizon_days: int,
    most: int,
    judged_at: datetime | None = None,
) -> Dataset:
    past = read_past(orgs=orgs, as_of=as_of)
    catalogue = catalogue_of(past)
    now = standing_of(past, catalogue)
    refuse_nothing(now)
    horizon = chosen_horizon(past, now, usual=horizon_days)
    moments = moments_of(now, horizon.days, judged_at=judged_at)
    ways = ways_of(orgs, moments, now)
    lists, knowledge, shut = [], {}, {}
    for moment in moments:
        then = standing_of(read_past(orgs=orgs, as_of=moment.at), catalogue)
        if not len(then.sales):
            continue
        known = Knowledge(Sources(then), ways=ways)
        lists.append(lists_at(known, now, moment, most=most))
        shut[then.at] = Shut(then.barred(), catalogue)
        if moment.nth is None:
            knowledge[then.at] = known
    if not lists:
        raise NothingToLearnError(
            f"No customer has been followed for {horizon.days} days after a purchase: there is"
            " nothing to learn from. Sync or import purchases, or deals that were won with their"
            " products, of a longer time."
        )
    market = SellingMarket(
        past=now.sales.as_interactions(catalogue),
        lists=joined_lists(lists),
        horizon_days=horizon.days,
        vectors=lambda at: knowledge[int(at)].sources.units,
        sold=now.sales,
        customer=catalogue.customer,
        shut=shut,
        ahead={int(one.at.timestamp()): one.days for one in moments},
    )
    market = replace(market, lists=market.labelled(until=now.at))
    return Dataset(past.orgs, market, now, knowledge, horizon, ways)


def lists_at(known: Knowledge, now: Standing, moment: Moment, *, most: int) -> Lists:
    accounts, weight = asked_at(known.standing, now, moment)
    found = candidates_of(known.sources, accounts, most=most)
    rows = rows_of(known, found, accounts)
    return replace(rows, frame=replace(rows.frame, weight=weight[found.account]))


def ways_of(orgs: Sequence[Org], moments: Sequence[Moment], now: Standing) -> tuple[Way, ...]:
    """EASE as it is best at the moment that chooses; as it usually is where there is none."""
    choosing = [one for one in moments if one.nth is None][:-1]
    if not choosing:
        return USUAL
    then = standing_of(read_past(orgs=orgs, as_of=choosing[-1].at), now.catalogue)
    if not len(then.sales):
        return USUAL
    accounts, _ = asked_at(then, now, choosing[-1])
    market = market_without_rows(then, now, accounts, days=choosing[-1].days)
    return tuned(market, market.lists, RankSettings("crosssell"))


def asked_at(then: Standing, now: Standing, moment: Moment) -> tuple[Ints, Floats]:
    """All accounts that were there, to judge and to choose by. To learn from, those that bought
    and one in QUIET of the others, which then counts for as many; each time it is others."""
    weight = np.ones(now.catalogue.accounts)
    if moment.nth is None:
        return np.flatnonzero(then.was_there), weight
    buys = np.zeros(now.catalogue.accounts, dtype=np.bool_)
    buys[bought_within(now.sales, at=then.at, days=moment.days).account] = True
    drawn = np.arange(len(buys)) % QUIET == moment.nth % QUIET
    weight[~buys] = QUIET
    return np.flatnonzero(then.was_there & (buys | drawn)), weight


def refuse_nothing(now: Standing) -> None:
    if not now.catalogue.items:
        raise NothingToLearnError(
            "There are no products: sync or import the catalogue, and what each deal sold."
        )
    if not len(now.sales):
        raise NothingToLearnError(
            "Nothing that was bought is on record: sync or import purchases, or the products of"
            " deals that were won."
        )


LEAST_FRESH = 1 / 3


def chosen_horizon(past: Past, now: Standing, *, usual: int) -> Horizon:
    """The first of the usual, twice and four times as long within which a third of what was newly
    bought was not being sold yet at its beginning: else most of what comes is no news."""
    asked = [usual, 2 * usual, 4 * usual]
    shares = {days: fresh_share(past, now, days=days) for days in asked}
    enough = [days for days in asked if shares[days] >= LEAST_FRESH]
    return Horizon(enough[0] if enough else asked[1], shares)


def fresh_share(past: Past, now: Standing, *, days: int) -> float:
    """Of what was bought of late, how much had been put on offer less than so many days before,
    on average over the days of the horizon."""
    lines = past.sales
    began = pd.to_datetime(lines["began_at"], utc=True)
    taken = (pd.to_datetime(lines["at"], utc=True) - began).dt.total_seconds() / DAY
    ago = (now.as_of - pd.to_datetime(lines["at"], utc=True)).dt.total_seconds() / DAY
    late = ((ago <= YEAR) & ~lines["is_told_again"].astype(bool)).to_numpy()
    if not late.any():
        return 1.0
    return float(np.clip(1 - floats(taken.fillna(0).clip(lower=0))[late] / days, 0, 1).mean())


def moments_of(
    now: Standing, horizon_days: int, *, judged_at: datetime | None = None
) -> list[Moment]:
    """The newest whose horizon is over judges, one as much earlier chooses, earlier ones teach.

    Where the past is short, moments nearer to the one that chooses teach too: their labels look
    less far ahead, and are known by then.
    """
    gap = timedelta(days=horizon_days)
    judged = judged_at or now.as_of - gap
    if judged > now.as_of - gap:
        raise NothingToLearnError(
            f"What is bought within {horizon_days} days of that day is not all known yet: give"
            f" {now.as_of - gap:%Y-%m-%d} or an earlier day."
        )
    first = datetime.fromtimestamp(int(now.sales.at.min()), tz=now.as_of.tzinfo)
    begin, chosen = judged - 2 * gap, judged - gap
    days = dict.fromkeys(
        (begin - timedelta(days=STEP_DAYS * nth) for nth in range(MOST_MOMENTS)), horizon_days
    )
    taught = {at: ahead for at, ahead in days.items() if at > first + LEAST_PAST * gap}
    if len(taught) < FEW_MOMENTS:
        nearer = [int(horizon_days * share) for share in NEARER]
        more = {chosen - timedelta(days=ahead): ahead for ahead in nearer}
        taught |= {at: ahead for at, ahead in more.items() if at > first + LEAST_PAST * gap}
    found = [Moment(at, taught[at], nth) for nth, at in enumerate(sorted(taught))]
    return found + [Moment(at, horizon_days) for at in (chosen, judged) if at > first]


def rows_of(knowledge: Knowledge, found: Candidates, accounts: Ints) -> Lists:
    at = knowledge.standing.at
    frame = make_frame(
        feature_values(knowledge, found),
        features=FEATURES,
        as_of=np.full(len(found), np.datetime64(at, "s")),
        ids=found.account * max(knowledge.standing.catalogue.items, 1) + found.item,
        group=found.account,
        segments=segments_of(knowledge.standing, found.account),
    )
    asked = (accounts, np.full(len(accounts), at, dtype=np.int64))
    return make_lists(frame, customer=found.account, item=found.item, asked=asked)


def joined_lists(parts: Sequence[Lists]) -> Lists:
    """In order of time."""
    starts = np.cumsum([0, *(len(one) for one in parts)])
    of = np.concatenate([one.of + start for one, start in zip(parts, starts, strict=False)])
    frames = [one.frame for one in parts]
    frame = replace(
        frames[0],
        values=pd.concat([one.values for one in frames], ignore_index=True),
        segments=pd.concat([one.segments for one in frames], ignore_index=True),
        group=of,
        ids=np.concatenate([one.ids for one in frames]),
        as_of=np.concatenate([one.as_of for one in frames]),
        label=np.concatenate([one.label for one in frames]),
        label_known_at=np.concatenate([one.label_known_at for one in frames]),
        weight=np.concatenate([one.weight for one in frames]),
    )
    return Lists(
        np.concatenate([one.customer for one in parts]),
        np.concatenate([one.at for one in parts]),
        frame,
        of,
        np.concatenate([one.item for one in parts]),
    )
