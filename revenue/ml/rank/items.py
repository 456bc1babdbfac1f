"""From what a customer has to what goes with it: bought together, alike, or next."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from revenue.ml.arrays import Floats, Ints, floats
from revenue.ml.rank.interactions import DAY, Interactions, Matrix

PULL = 5.0  # customers that the whole counts for beside those who have both products
EVEN = 1e-9  # so small that popularity parts only what is even


@dataclass(frozen=True, eq=False)
class FromItems:
    """Each product that a customer has speaks for others, by how much it weighs."""

    has: Matrix
    weights: NDArray[np.float32]
    popular: Floats  # at most 1

    def scores(self, customers: Ints) -> Floats:
        theirs = self.has[customers].astype(np.float32)  # else all weights are made 64-bit first
        return floats(theirs @ self.weights) + EVEN * self.popular

    def because(self, customer: int, item: int, *, most: int = 3) -> list[tuple[int, float]]:
        """The products of theirs that speak most for this one, with what each adds."""
        theirs = self.has[[customer]]
        parts = theirs.data * self.weights[theirs.indices, item]
        order = np.argsort(-parts, kind="stable")[:most]
        return [(int(theirs.indices[at]), float(parts[at])) for at in order if parts[at] > 0]


def popularity(owned: Matrix) -> Floats:
    count = floats(owned.sum(axis=0))
    return count / max(float(count.max(initial=0)), 1.0)


def together(has: Matrix) -> Floats:
    """By product and product: the customers who have both, by their weights."""
    return floats(sparse.csr_array(has.T @ has).toarray())


def from_items(past: Interactions, weights: Floats) -> FromItems:
    np.fill_diagonal(weights, 0)
    owned = past.owned()
    return FromItems(owned, weights.astype(np.float32), popularity(owned))


def fit_cosine(past: Interactions, *, pull: float = PULL) -> FromItems:
    both = together(past.owned())
    count = np.diag(both)
    return from_items(past, both / (np.sqrt(np.outer(count, count)) + pull))


def fit_jaccard(past: Interactions, *, pull: float = PULL) -> FromItems:
    return from_items(past, jaccard(past, pull=pull))


def jaccard(past: Interactions, *, pull: float = 0.0) -> Floats:
    """Of those who have either, who has both."""
    both = together(past.owned())
    count = np.diag(both)
    either = count[:, None] + count[None, :] - both + pull
    return np.divide(both, either, out=np.zeros_like(both), where=either > 0)


def fit_lift(past: Interactions, *, pull: float = PULL) -> FromItems:
    """The mean of log lift over what they have: how many more have both than chance would have."""
    found = from_items(past, np.log(lift(past, pull=pull)))
    size = np.maximum(np.diff(found.has.indptr), 1)
    has = sparse.csr_array(sparse.diags_array(1 / size) @ found.has)
    return FromItems(has, found.weights, found.popular)


def lift(past: Interactions, *, pull: float = PULL) -> Floats:
    """Drawn toward 1 by what so few customers leave open."""
    both = together(past.owned())
    count = np.diag(both)
    people = max(len(np.unique(past.customer)), 1)
    expected = np.outer(count, count) / people
    return floats((both + pull) / (expected + pull))


def fit_next(
    past: Interactions, *, at: int, pull: float = PULL, half_life_days: float = 180.0
) -> FromItems:
    """What was new in the next order after one that held a product; lately bought speaks most."""
    weights = transitions(past, pull=pull)
    np.fill_diagonal(weights, 0)
    has = past.recent(at, half_life_days=half_life_days)
    return FromItems(has, weights.astype(np.float32), popularity(past.owned()))


def transitions(past: Interactions, *, pull: float = PULL) -> Floats:
    """The share of orders with one product after which the next new order held the other."""
    order = np.lexsort((past.moment, past.item, past.customer))
    customer, item, moment = past.customer[order], past.item[order], past.moment[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (customer[1:] != customer[:-1]) | (item[1:] != item[:-1])
    customer, item, day = customer[first], item[first], moment[first] // DAY
    baskets, place = np.unique(np.stack([customer, day]), axis=1, return_inverse=True)
    shape = (baskets.shape[1], past.n_items)
    held = sparse.csr_array((np.ones(len(item)), (place.ravel(), item)), shape=shape)
    follows = np.flatnonzero(baskets[0, 1:] == baskets[0, :-1])
    moved = floats(sparse.csr_array(held[follows].T @ held[follows + 1]).toarray())
    begun = floats(held[follows].sum(axis=0))
    return floats(moved / (begun[:, None] + pull))
