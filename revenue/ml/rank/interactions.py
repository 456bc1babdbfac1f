"""Who bought what and when. What was known by a moment is cut out of it, and nothing else is."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse

from revenue.ml.arrays import Flags, Floats, Ints, floats
from revenue.ml.frames import FrameError, moment

DAY = 86_400
Matrix: TypeAlias = Any  # a sparse table of scipy's, by row


def seconds(value: Any) -> int:
    """Of a moment, a day or a number of seconds since 1970."""
    if isinstance(value, int | np.integer):
        return int(value)
    return int(moment(value).astype(np.int64))


@dataclass(frozen=True, eq=False)
class Interactions:
    """One row is one purchase; customers and products are places, from 0."""

    customer: Ints
    item: Ints
    moment: Ints  # at which it was known, in seconds since 1970
    weight: Floats
    n_customers: int
    n_items: int

    def __post_init__(self) -> None:
        sizes = {len(one) for one in (self.customer, self.item, self.moment, self.weight)}
        if len(sizes) > 1:
            raise FrameError("Purchases need as many customers, products, moments and weights.")
        for name, places, count in (
            ("customer", self.customer, self.n_customers),
            ("product", self.item, self.n_items),
        ):
            if len(places) and not (places.min() >= 0 and places.max() < count):
                raise FrameError(f"A purchase names a {name} beyond the {count} that there are.")

    def __len__(self) -> int:
        return len(self.customer)

    def take(self, rows: Flags | Ints) -> "Interactions":
        return Interactions(
            self.customer[rows],
            self.item[rows],
            self.moment[rows],
            self.weight[rows],
            self.n_customers,
            self.n_items,
        )

    def by(self, at: Any) -> "Interactions":
        """What was known at that moment."""
        return self.take(self.moment <= seconds(at))

    def between(self, after: Any, until: Any) -> "Interactions":
        """What came after the one moment, up to the other."""
        return self.take((self.moment > seconds(after)) & (self.moment <= seconds(until)))

    def owned(self) -> Matrix:
        """1 where a customer has ever bought a product."""
        return self.table(np.ones(len(self)))

    def recent(self, at: Any, *, half_life_days: float) -> Matrix:
        """As `owned`, and half as much for each half-life since the last purchase."""
        age = (seconds(at) - self.moment) / DAY
        return self.table(floats(0.5 ** (age / half_life_days)))

    def table(self, values: Floats) -> Matrix:
        """Customers by products; the largest value where there are several."""
        shape = (self.n_customers, self.n_items)
        order = np.lexsort((values, self.item, self.customer))
        customer, item, values = self.customer[order], self.item[order], values[order]
        last = np.ones(len(self), dtype=np.bool_)
        last[:-1] = (customer[1:] != customer[:-1]) | (item[1:] != item[:-1])
        found = (values[last], (customer[last], item[last]))
        return sparse.csr_array(found, shape=shape, dtype=np.float64)


def make_interactions(
    *,
    customer: Any,
    item: Any,
    moment: Any,
    n_customers: int,
    n_items: int,
    weight: Any = None,
) -> Interactions:
    places = np.asarray(customer, dtype=np.int64)
    when = np.asarray(moment)
    if when.dtype.kind == "M":
        when = when.astype("datetime64[s]").astype(np.int64)
    return Interactions(
        places,
        np.asarray(item, dtype=np.int64),
        np.asarray(when, dtype=np.int64),
        np.ones(len(places)) if weight is None else floats(weight),
        n_customers,
        n_items,
    )


NONE: Ints = np.zeros(0, dtype=np.int64)


def bought_later(past: Interactions, *, customer: Ints, at: Ints, horizon_days: int) -> Matrix:
    """By list (a customer at a moment): what it bought within the horizon and had not before."""
    rows: list[Ints] = []
    columns: list[Ints] = []
    for one in np.unique(at):
        before = past.by(one).owned()
        later = past.between(one, one + horizon_days * DAY).owned()
        fresh = sparse.csr_array(later - later.multiply(before))
        fresh.eliminate_zeros()
        lists = np.flatnonzero(at == one)
        found = sparse.coo_array(fresh[customer[lists]])
        rows.append(lists[found.coords[0]])
        columns.append(np.asarray(found.coords[1], dtype=np.int64))
    shape = (len(customer), past.n_items)
    places = (np.concatenate([NONE, *rows]), np.concatenate([NONE, *columns]))
    ones = np.ones(len(places[0]))
    return sparse.csr_array((ones, places), shape=shape, dtype=np.float64)
