"""The public order lines as purchases, and as lists: who will buy what for the first time."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from django.conf import settings

from revenue.ml.arrays import Ints
from revenue.ml.frames import Feature, Frame, make_frame
from revenue.ml.rank.interactions import DAY, Interactions, make_interactions, seconds
from revenue.ml.rank.lists import Lists, Market, labelled, make_lists
from revenue.ml.rank.pairs import offered, places_of, values_of
from revenue.ml.rank.rivals import Way

FOLDER = Path(settings.BASE_DIR).parent / "shared" / "data" / "public"
PUBLIC = FOLDER / "online_retail_2009_2010.csv.gz"
END = seconds("2010-12-09T23:59:59")
HORIZON = 90
LEAST = 5  # products that a customer has bought before it is suggested any
TAUGHT = {270: 90, 240: 60, 210: 30}  # days before the end, and how far ahead labels look


def purchases(*, most_items: int | None = None) -> Interactions:
    """Without cancellations, returns and lines of nobody."""
    names = {"Invoice": str, "StockCode": str, "Customer ID": str}
    lines = pd.read_csv(PUBLIC, dtype=names)
    is_sale = ~lines["Invoice"].str.startswith("C") & (lines["Quantity"] > 0)
    lines = lines[is_sale & lines["Customer ID"].notna()]
    if most_items:
        sold = lines.groupby("StockCode")["Customer ID"].nunique().nlargest(most_items)
        lines = lines[lines["StockCode"].isin(sold.index)]
    customer, customers = pd.factorize(lines["Customer ID"], sort=True)
    item, items = pd.factorize(lines["StockCode"], sort=True)
    return make_interactions(
        customer=customer,
        item=item,
        moment=pd.to_datetime(lines["InvoiceDate"]).to_numpy(),
        n_customers=len(customers),
        n_items=len(items),
    )


def known_customers(past: Interactions, at: int) -> Ints:
    return np.flatnonzero(np.diff(past.by(at).owned().indptr) >= LEAST)


def without_rows(past: Interactions, days_before: int) -> Lists:
    """Customers at a moment, for ways that need no candidates."""
    at = END - days_before * DAY
    customers, nothing = known_customers(past, at), np.zeros(0, dtype=np.int64)
    empty = make_frame(pd.DataFrame(index=range(0)), features=(), as_of=nothing.astype("M8[s]"))
    asked = customers, np.full(len(customers), at)
    return make_lists(empty, customer=nothing, item=nothing, asked=asked)


def lists_at(past: Interactions, days_before: int, ways: Mapping[str, Way], most: int) -> Lists:
    at = END - days_before * DAY
    customers = known_customers(past, at)
    scorers = {name: way.fit(past, at=at) for name, way in ways.items()}
    pairs = offered(scorers, past, customers=customers, at=at, most=most)
    known = values_of(past, customer=pairs.customer, item=pairs.item, at=at)
    values = pd.concat([pairs.said, places_of(pairs), known], axis=1)
    features = tuple(Feature(str(name)) for name in values.columns)
    frame = make_frame(
        values, features=features, as_of=np.full(len(values), np.datetime64(at, "s"))
    )
    asked = customers, np.full(len(customers), at)
    lists = make_lists(frame, customer=pairs.customer, item=pairs.item, asked=asked)
    ahead = TAUGHT.get(days_before, HORIZON)
    return labelled(lists, past, horizon_days=ahead, until=END)


def market_of(past: Interactions, ways: Mapping[str, Way], *, most: int = 100) -> Market:
    """What is learned from looks less far ahead, as the past is short; the two others do not."""
    parts = [lists_at(past, days, ways, most) for days in (*sorted(TAUGHT), 2 * HORIZON, HORIZON)]
    starts = np.cumsum([0, *(len(one) for one in parts)])
    of = np.concatenate([one.of + start for one, start in zip(parts, starts, strict=False)])
    lists = Lists(
        np.concatenate([one.customer for one in parts]),
        np.concatenate([one.at for one in parts]),
        joined([one.frame for one in parts], of),
        of,
        np.concatenate([one.item for one in parts]),
    )
    return Market(past, lists, HORIZON)


def joined(frames: list[Frame], of: Ints) -> Frame:
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(one, name) for one in frames])
        for name in ("ids", "as_of", "label", "label_known_at", "weight")
    }
    rows = len(of)
    return replace(
        frames[0],
        values=pd.concat([one.values for one in frames], ignore_index=True),
        segments=pd.DataFrame(index=range(rows)),
        group=of,
        **arrays,
    )
