"""Markets whose tastes are known: customers like products by what they are, or by nothing."""

import numpy as np
import pandas as pd

from revenue.ml.arrays import Floats, Ints
from revenue.ml.frames import Feature, make_frame
from revenue.ml.rank.interactions import DAY, Interactions, make_interactions
from revenue.ml.rank.lists import Lists, Market, labelled, make_lists

HORIZON = 90
MOMENTS = np.array([360, 450, 540, 630]) * DAY
UNTIL = 720 * DAY
FEATURES = (Feature("fit"), Feature("size"), Feature("sold"), Feature("noise"))


def market(
    *, signal: bool, customers: int = 300, items: int = 40, seed: int = 1, wrong: float = 0.2
) -> Market:
    """Each customer buys every month or so; where there is a signal, what suits it."""
    rng = np.random.default_rng(seed)
    kinds = rng.normal(size=(customers, 3)), rng.normal(size=(items, 3))
    suits = kinds[0] @ kinds[1].T if signal else np.zeros((customers, items))
    liked = rng.normal(size=items) * (0.5 if signal else 0.0)
    past = bought(rng, suits * 1.2 + liked)
    seen = suits + rng.normal(size=suits.shape) * wrong
    lists = asked(past, seen, rng)
    return Market(past, labelled(lists, past, horizon_days=HORIZON, until=UNTIL), HORIZON)


def bought(rng: np.random.Generator, taste: Floats) -> Interactions:
    customers, items = taste.shape
    rows = []
    for customer in range(customers):
        times = np.sort(rng.integers(1, UNTIL // DAY, size=rng.integers(8, 16))) * DAY
        chances = np.exp(taste[customer])
        found = rng.choice(
            items, size=min(len(times), items), replace=False, p=chances / chances.sum()
        )
        rows += [(customer, item, at) for item, at in zip(found, times, strict=False)]
    table = np.array(rows, dtype=np.int64)
    return make_interactions(
        customer=table[:, 0],
        item=table[:, 1],
        moment=table[:, 2],
        n_customers=customers,
        n_items=items,
    )


def asked(past: Interactions, seen: Floats, rng: np.random.Generator) -> Lists:
    """Every product that a customer has not bought, at each moment."""
    parts = [missing(past, int(at)) for at in MOMENTS]
    customer, item, at = (np.concatenate(one) for one in zip(*parts, strict=True))
    sold = np.concatenate(
        [
            np.asarray(past.by(int(m)).owned().sum(axis=0))[i]
            for (_, i, _), m in zip(parts, MOMENTS, strict=True)
        ]
    )
    values = pd.DataFrame(
        {
            "fit": seen[customer, item],
            "size": customer % 7,
            "sold": sold,
            "noise": rng.normal(size=len(item)),
        }
    )
    frame = make_frame(values, features=FEATURES, as_of=at.astype("datetime64[s]"))
    return make_lists(frame, customer=customer, item=item)


def missing(past: Interactions, at: int) -> tuple[Ints, Ints, Ints]:
    customer, item = np.nonzero(past.by(at).owned().toarray() == 0)
    return customer, item, np.full(len(customer), at)
