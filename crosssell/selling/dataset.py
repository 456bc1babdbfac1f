"""Accounts with what may be suggested to them, at many moments: what is learned from."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from scipy import sparse

from crosssell.selling.candidates import Candidates, Sources, candidates_of
from crosssell.selling.catalogue import Catalogue, catalogue_of
from crosssell.selling.features import FEATURES, Knowledge, feature_values
from crosssell.selling.reading import Past, read_past
from crosssell.selling.standing import DAY, Events, Standing, standing_of
from revenue.ml.arrays import Floats, Ints, floats
from revenue.ml.frames import make_frame
from revenue.ml.rank.interactions import Matrix
from revenue.ml.rank.lists import Lists, Market, is_in, make_lists
from revenue.users.models import Org

STEP_DAYS = 45
YEAR = 365
MOST_MOMENTS = 8  # to learn from, before the one to choose by and the one to judge by
JUDGING = 2  # moments at the end, to choose by and to judge by
QUIET = 4  # of lists to learn from in which nothing was bought, one in so many is kept
EMPTY = np.zeros(0, dtype=np.int64)


class NothingToLearnError(Exception):
    """Says what is missing, and what to do."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SellingMarket(Market):
    """In the kit's words a customer is an account here: what all of its orgs sold it counts as had,
    and it should have found what its own org sold it later. Ways are fitted on customers, each once
    however many accounts it has."""

    sold: Events
    customer: Ints  # of each account
    shut: dict[int, "Shut"] = field(default_factory=dict)  # by moment

    def people(self, customers: Ints) -> Ints:
        found: Ints = self.customer[customers]
        return found

    def barred(self, at: int) -> "Shut":
        return self.shut[int(at)]

    def later(self, lists: Lists) -> Matrix:
        """New to the customer, and not being sold already when the list was made."""
        rows: list[Ints] = [EMPTY]
        columns: list[Ints] = [EMPTY]
        for at in lists.moments:
            places = np.flatnonzero(lists.at == at)
            of_account = np.full(len(self.customer), -1, dtype=np.int64)
            of_account[lists.customer[places]] = places
            found = bought_within(self.sold, at=int(at), days=self.horizon_days)
            row = of_account[found.account]
            had = is_in(self.shut[int(at)].had, found.customer, found.item)
            fresh = (row >= 0) & ~had
            rows.append(row[fresh])
            columns.append(found.item[fresh])
        shape = (len(lists), self.past.n_items)
        row, column = np.concatenate(rows), np.concatenate(columns)
        table = sparse.csr_array((np.ones(len(row)), (row, column)), shape=shape)
        table.sum_duplicates()
        table.data[:] = 1.0
        return table


@dataclass(frozen=True, eq=False)
class Shut:
    """What no way may offer an account: what its customer has or is being sold, and what its own
    org does not sell. Made of those who are asked for, as of all it would not fit."""

    had: Matrix  # customers by items
    catalogue: Catalogue

    @property
    def shape(self) -> tuple[int, int]:
        return self.catalogue.accounts, self.catalogue.items

    def __getitem__(self, accounts: Ints) -> Matrix:
        unsold = sparse.csr_array((self.catalogue.of_org < 0).astype(np.float64))
        theirs = self.had[self.catalogue.customer[accounts]]
        found = sparse.csr_array(theirs + unsold[self.catalogue.account_org[accounts]])
        found.data[:] = 1.0
        return found


def bought_within(sold: Events, *, at: int, days: int) -> Events:
    return sold.take((sold.at > at) & (sold.at <= at + days * DAY))


@dataclass(frozen=True, eq=False)
class Dataset:
    orgs: tuple[Org, ...]
    market: SellingMarket
    now: Standing
    knowledge: dict[int, Knowledge]
    candidates: dict[int, Candidates]
    horizon: "Horizon"

    @property
    def catalogue(self) -> Catalogue:
        return self.now.catalogue


@dataclass(frozen=True)
class Horizon:
    """`shares` are, by days, of what was newly bought so much as nobody was selling at first."""

    days: int
    shares: dict[int, float]


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
    lists, knowledge, candidates = [], {}, {}
    moments = moments_of(now, horizon.days, judged_at=judged_at)
    for nth, moment in enumerate(moments):
        then = standing_of(read_past(orgs=orgs, as_of=moment), catalogue)
        if not len(then.sales):
            continue
        known = Knowledge(Sources(then))
        is_taught = nth < len(moments) - JUDGING
        accounts, weight = asked_at(then, now, days=horizon.days, nth=nth if is_taught else None)
        found = candidates_of(known.sources, accounts, most=most)
        rows = rows_of(known, found, accounts)
        lists.append(replace(rows, frame=replace(rows.frame, weight=weight[found.account])))
        knowledge[then.at], candidates[then.at] = known, found
    if not lists:
        raise NothingToLearnError(
            f"No customer has been followed for {horizon.days} days after a purchase: there is"
            " nothing to learn from. Sync or import purchases, or deals that were won with their"
            " products, of a longer time."
        )
    joined = joined_lists(lists)
    market = SellingMarket(
        past=now.sales.as_interactions(catalogue),
        lists=joined,
        horizon_days=horizon.days,
        vectors=lambda at: knowledge[int(at)].sources.units,
        sold=now.sales,
        customer=catalogue.customer,
        shut={at: Shut(one.standing.barred(), catalogue) for at, one in knowledge.items()},
    )
    market = replace(market, lists=labelled(market, until=now.at))
    return Dataset(past.orgs, market, now, knowledge, candidates, horizon)


def asked_at(then: Standing, now: Standing, *, days: int, nth: int | None) -> tuple[Ints, Floats]:
    """All accounts that were there, to judge and to choose by. To learn from, those that bought
    and one in QUIET of the others, which then counts for as many; each time it is others."""
    weight = np.ones(now.catalogue.accounts)
    if nth is None:
        return np.flatnonzero(then.is_there), weight
    buys = np.zeros(now.catalogue.accounts, dtype=np.bool_)
    buys[bought_within(now.sales, at=then.at, days=days).account] = True
    drawn = np.arange(len(buys)) % QUIET == nth % QUIET
    weight[~buys] = QUIET
    return np.flatnonzero(then.is_there & (buys | drawn)), weight


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
) -> list[datetime]:
    """The newest whose horizon is over judges, one as much earlier chooses, earlier ones teach."""
    gap = timedelta(days=horizon_days)
    judged = judged_at or now.as_of - gap
    if judged > now.as_of - gap:
        raise NothingToLearnError(
            f"What is bought within {horizon_days} days of that day is not all known yet: give"
            f" {now.as_of - gap:%Y-%m-%d} or an earlier day."
        )
    first = datetime.fromtimestamp(int(now.sales.at.min()), tz=now.as_of.tzinfo)
    begin = judged - 2 * gap
    taught = [begin - timedelta(days=STEP_DAYS * nth) for nth in range(MOST_MOMENTS)]
    return [one for one in sorted([*taught, judged - gap, judged]) if one > first]


def rows_of(knowledge: Knowledge, found: Candidates, accounts: Ints) -> Lists:
    at = knowledge.standing.at
    frame = make_frame(
        feature_values(knowledge, found),
        features=FEATURES,
        as_of=np.full(len(found), np.datetime64(at, "s")),
        ids=found.account * max(knowledge.standing.catalogue.items, 1) + found.item,
        group=found.account,
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


def labelled(market: SellingMarket, *, until: int) -> Lists:
    lists = market.lists
    label = is_in(market.later(lists), lists.of, lists.item).astype(np.float64)
    known_at = lists.at[lists.of] + market.horizon_days * DAY
    is_over = known_at <= until
    known = np.where(is_over, known_at, np.iinfo(np.int64).min).astype("datetime64[s]")
    frame = replace(
        lists.frame, label=floats(np.where(is_over, label, np.nan)), label_known_at=known
    )
    return replace(lists, frame=frame)
