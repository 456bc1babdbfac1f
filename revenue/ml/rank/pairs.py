"""What purchases alone tell of a customer and a product: candidates, and features of each pair."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from revenue.ml.arrays import Floats, Ints, floats
from revenue.ml.frames import Feature
from revenue.ml.rank.interactions import DAY, Interactions
from revenue.ml.rank.rivals import Scorer, in_chunks
from revenue.ml.rank.tops import top_places

NEVER = 10_000.0  # days, where nothing came before
LATELY = (30, 90)
FEATURES_OF_CUSTOMER = (
    Feature("owned_products", label="Products it has"),
    Feature("days_since_order", label="Days since its last order"),
    Feature("new_lately", label="New products in the last 90 days"),
    Feature("orders_lately", label="Days with orders in the last 90"),
)
FEATURES_OF_ITEM = (
    Feature("buyers", label="Customers who have it"),
    Feature("buyers_30", label="Customers who bought it in 30 days"),
    Feature("buyers_90", label="Customers who bought it in 90 days"),
    Feature("days_on_sale", label="Days since it was first sold"),
    Feature("rising", label="Bought more in 30 days than before"),
)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Of each row the customer, the product and what each scorer says of them."""

    customer: Ints
    item: Ints
    said: pd.DataFrame


def offered(
    scorers: Mapping[str, Scorer],
    past: Interactions,
    *,
    customers: Ints,
    at: int,
    most: int = 100,
) -> Pairs:
    """Of each customer the best of all scorers that it does not have: first each one's first."""
    owned = past.by(at).owned()
    parts = []
    for part in in_chunks(customers, width=past.n_items * max(len(scorers), 1)):
        people = customers[part]
        scores = {name: one.scores(people) for name, one in scorers.items()}
        theirs = owned[people]
        gone = np.repeat(np.arange(len(people)), np.diff(theirs.indptr)), theirs.indices
        row, item = merged([masked(one, gone, most) for one in scores.values()], past.n_items, most)
        said = pd.DataFrame({name: one[row, item] for name, one in scores.items()})
        parts.append(Pairs(people[row], item, said))
    return Pairs(
        np.concatenate([one.customer for one in parts]),
        np.concatenate([one.item for one in parts]),
        pd.concat([one.said for one in parts], ignore_index=True),
    )


def masked(scores: Floats, gone: tuple[Ints, Ints], most: int) -> Ints:
    left = scores.copy()
    left[gone] = -np.inf
    return top_places(left, most)


def merged(tops: list[Ints], n_items: int, most: int) -> tuple[Ints, Ints]:
    """Rows and products, so many of a row at most, by the best place that any list gives."""
    row = np.concatenate([np.repeat(np.arange(len(one)), one.shape[1]) for one in tops])
    place = np.concatenate([np.tile(np.arange(one.shape[1]), len(one)) for one in tops])
    item = np.concatenate([one.ravel() for one in tops])
    key = (row * n_items + item)[item >= 0]
    order = np.lexsort((place[item >= 0], key))
    key, first = np.unique(key[order], return_index=True)
    row, place = key // n_items, place[item >= 0][order][first]
    order = np.lexsort((key, place, row))
    starts = np.searchsorted(row, np.arange(row.max(initial=-1) + 2))
    nth = np.arange(len(order)) - starts[row[order]]
    kept = np.sort(order[nth < most])
    return row[kept], key[kept] % n_items


def values_of(past: Interactions, *, customer: Ints, item: Ints, at: int) -> pd.DataFrame:
    """Of customers and of products as they were then, row by row."""
    known = past.by(at)
    by_customer, by_item = customer_values(known, at), item_values(known, at)
    return pd.concat(
        [
            by_customer.iloc[customer].reset_index(drop=True),
            by_item.iloc[item].reset_index(drop=True),
        ],
        axis=1,
    )


def customer_values(known: Interactions, at: int) -> pd.DataFrame:
    count = known.n_customers
    day = known.moment // DAY
    days = np.unique(np.stack([known.customer, day])[:, known.moment > at - 90 * DAY], axis=1)
    first = first_bought(known)
    fresh = first.customer[first.moment > at - 90 * DAY]
    return pd.DataFrame(
        {
            "owned_products": floats(np.diff(known.owned().indptr)),
            "days_since_order": since(known.customer, known.moment, count, at),
            "new_lately": floats(np.bincount(fresh, minlength=count)),
            "orders_lately": floats(np.bincount(days[0], minlength=count)),
        }
    )


def item_values(known: Interactions, at: int) -> pd.DataFrame:
    lately = {
        days: floats(known.between(at - days * DAY, at).owned().sum(axis=0)) for days in LATELY
    }
    begun = np.full(known.n_items, at)
    np.minimum.at(begun, known.item, known.moment)
    return pd.DataFrame(
        {
            "buyers": floats(known.owned().sum(axis=0)),
            "buyers_30": lately[30],
            "buyers_90": lately[90],
            "days_on_sale": floats((at - begun) / DAY),
            "rising": (lately[30] * 3 + 1) / (lately[90] + 1),
        }
    )


def since(place: Ints, moment: Ints, count: int, at: int) -> Floats:
    """Days since the last of each; NEVER where there is none."""
    last = np.full(count, np.iinfo(np.int64).min)
    np.maximum.at(last, place, moment)
    return floats(np.where(last == np.iinfo(np.int64).min, NEVER, (at - last.astype(float)) / DAY))


def first_bought(known: Interactions) -> Interactions:
    order = np.lexsort((known.moment, known.item, known.customer))
    customer, item = known.customer[order], known.item[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (customer[1:] != customer[:-1]) | (item[1:] != item[:-1])
    return known.take(order[first])


def places_of(pairs: Pairs) -> pd.DataFrame:
    """Of each scorer the place that it gives a product in its customer's list, and how near to the
    best of the list its score is: what is much for one customer is little for another."""
    told: dict[str, Floats] = {}
    for name in pairs.said:
        by_list = pairs.said[name].groupby(pairs.customer, sort=False)
        best = by_list.transform("max").clip(lower=1e-9)
        told[f"{name}_place"] = floats(np.log1p(by_list.rank(ascending=False, method="first")))
        told[f"{name}_share"] = floats(pairs.said[name] / best)
    return pd.DataFrame(told)
