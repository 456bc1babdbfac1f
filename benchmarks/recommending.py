"""What to sell next, from candidates to reasons: all accounts together against one at a time.

`python -m benchmarks.recommending [ACCOUNTS] [PRODUCTS]`. Both use the same learned ranking and
must name the same products. The plain way is timed on a few accounts, and told for all of them.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.stage import report
from revenue.ml.arrays import Floats, Ints
from revenue.ml.frames import Feature, make_frame
from revenue.ml.members import Contributions
from revenue.ml.rank.interactions import DAY, Interactions, make_interactions
from revenue.ml.rank.learning import RankSettings
from revenue.ml.rank.lists import Lists, Market, labelled, make_lists
from revenue.ml.rank.pairs import customer_values, item_values, offered
from revenue.ml.rank.ranked import Ranked
from revenue.ml.rank.rivals import Scorer, Way
from revenue.ml.rank.tops import top_rows
from revenue.ml.rank.training import train_ranker

ACCOUNTS, PRODUCTS = 50_000, 200
TAUGHT = 1_500  # accounts that the ranking is learned from
ALONE = 60  # accounts that are done one at a time
CHUNK = 2_000
MOST, SHOWN, HORIZON = 100, 5, 90
NOW = 720 * DAY
WAYS = {name: Way(name) for name in ("cosine", "lift", "next", "recent")} | {
    "ease_recent": Way("ease_recent", {"strength": 200.0, "half_life_days": 120.0})
}
SETTINGS = RankSettings("crosssell", most_trees=120, most_rows=100_000, most_lists=800, rounds=15)


def purchases(accounts: int, products: int, *, seed: int = 7) -> Interactions:
    """Accounts of twelve tastes, each buying about eight products in two years."""
    rng = np.random.default_rng(seed)
    tastes = rng.normal(size=(12, products)) * 1.5 + rng.normal(size=products) * 0.7
    kind = rng.integers(0, len(tastes), accounts)
    rank = tastes[kind] + rng.gumbel(size=(accounts, products))
    bought = rng.integers(4, 13, accounts)
    order = np.argsort(-rank, axis=1)[:, :13]
    customer, nth = np.nonzero(np.arange(13)[None, :] < bought[:, None])
    return make_interactions(
        customer=customer,
        item=order[customer, nth],
        moment=rng.integers(1, NOW, len(customer)),
        n_customers=accounts,
        n_items=products,
    )


@dataclass(frozen=True, eq=False)
class Asked:
    past: Interactions
    at: int
    scorers: dict[str, Scorer]
    of_customers: pd.DataFrame
    of_items: pd.DataFrame

    def lists(self, customers: Ints) -> Lists:
        pairs = offered(self.scorers, self.past, customers=customers, at=self.at, most=MOST)
        known = (
            self.of_customers.iloc[pairs.customer].reset_index(drop=True),
            self.of_items.iloc[pairs.item].reset_index(drop=True),
        )
        values = pd.concat([pairs.said, *known], axis=1)
        features = tuple(Feature(str(name)) for name in values.columns)
        when = np.full(len(values), np.datetime64(self.at, "s"))
        frame = make_frame(values, features=features, as_of=when)
        asked = customers, np.full(len(customers), self.at)
        return make_lists(frame, customer=pairs.customer, item=pairs.item, asked=asked)


def asked_at(past: Interactions, at: int) -> Asked:
    known = past.by(at)
    scorers = {name: way.fit(past, at=at) for name, way in WAYS.items()}
    return Asked(past, at, scorers, customer_values(known, at), item_values(known, at))


def learned(past: Interactions) -> Ranked:
    """From a share of the accounts, at three moments."""
    few = past.take(past.customer < TAUGHT)
    customers = np.unique(few.customer)
    parts = [asked_at(few, NOW - back * DAY).lists(customers) for back in (270, 180, 90)]
    at = np.concatenate([one.at[one.of] for one in parts])
    values = pd.concat([one.frame.values for one in parts], ignore_index=True)
    frame = make_frame(values, features=parts[0].frame.features, as_of=at.astype("datetime64[s]"))
    lists = make_lists(
        frame,
        customer=np.concatenate([one.customer[one.of] for one in parts]),
        item=np.concatenate([one.item for one in parts]),
    )
    told = labelled(lists, few, horizon_days=HORIZON, until=NOW)
    return train_ranker(Market(few, told, HORIZON), SETTINGS, ways=(Way("recent"),))


def together(asked: Asked, ranked: Ranked) -> Iterator[tuple[Ints, Ints, Floats, Contributions]]:
    """Accounts, products, chances and reasons of the best few of each, chunk by chunk."""
    for first in range(0, asked.past.n_customers, CHUNK):
        last = min(first + CHUNK, asked.past.n_customers)
        lists = asked.lists(np.arange(first, last))
        market = Market(asked.past, lists, HORIZON)
        scores = ranked.score(market)
        rows = top_rows(scores.score, lists.of, lists=len(lists), k=SHOWN)
        shown = rows[rows >= 0]
        chosen, kept = lists.rows(shown), scores.take(shown)
        parts = ranked.contributions(chosen, kept)
        yield lists.customer[chosen.of], chosen.item, kept.probability, parts


def one_at_a_time(asked: Asked, ranked: Ranked, accounts: Ints) -> dict[int, list[int]]:
    """Of each account every product that it has not: scored, sorted and explained by itself."""
    owned = asked.past.by(asked.at).owned()
    found = {}
    for account in accounts:
        here = np.array([account])
        lists = asked.lists(here)
        scores = ranked.score(Market(asked.past, lists, HORIZON))
        best = sorted(range(len(lists.of)), key=lambda row: -scores.score[row])[:SHOWN]
        for row in best:
            alone = np.array([row])
            ranked.contributions(lists.rows(alone), scores.take(alone))
        items = [int(lists.item[row]) for row in best]
        found[int(account)] = [one for one in items if not owned[int(account), one]]
    return found


def run(accounts: int, products: int) -> None:
    past = purchases(accounts, products)
    ranked = learned(past)
    begun = time.perf_counter()
    asked = asked_at(past, NOW)
    best: dict[int, list[int]] = {}
    told = 0
    for customer, item, _, parts in together(asked, ranked):
        for one, product in zip(customer.tolist(), item.tolist(), strict=True):
            best.setdefault(one, []).append(product)
        told += len(parts.base)
    ours = time.perf_counter() - begun
    few = np.arange(0, accounts, max(accounts // ALONE, 1))[:ALONE]
    begun = time.perf_counter()
    alone = one_at_a_time(asked, ranked, few)
    theirs = (time.perf_counter() - begun) / len(few) * accounts
    report(
        name="recommending",
        against="the same ranking, one account at a time",
        ours_s=ours,
        theirs_s=theirs,
        accounts=accounts,
        products=products,
        suggestions=told,
        kind=ranked.kind,
        alike=sum(alone[one] == best.get(one, []) for one in alone) / len(alone),
        theirs_timed_on=len(few),
    )


if __name__ == "__main__":
    sizes = [int(one) for one in sys.argv[1:]]
    run(*(sizes or [ACCOUNTS, PRODUCTS]))
