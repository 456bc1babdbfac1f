"""Customers that resemble each other: what the nearest have, the others may want."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from revenue.ml.arrays import Floats, Ints, floats
from revenue.ml.rank.interactions import Interactions, Matrix
from revenue.ml.rank.items import EVEN, popularity

NEIGHBOURS = 50
CELLS = 8_000_000  # of likenesses that are held at once


@dataclass(frozen=True, eq=False)
class LookAlike:
    owned: Matrix
    units: Floats | Matrix  # of length 1, by customer
    buyers: Ints  # who has bought anything
    neighbours: int
    popular: Floats

    def scores(self, customers: Ints) -> Floats:
        found = np.empty((len(customers), self.owned.shape[1]))
        step = max(CELLS // max(len(self.buyers), 1), 1)
        for first in range(0, len(customers), step):
            part = slice(first, first + step)
            near, like = nearest(
                self.units, customers[part], among=self.buyers, count=self.neighbours
            )
            rows = np.repeat(np.arange(len(near)), near.shape[1])
            shape = (len(near), self.owned.shape[0])
            links = sparse.csr_array((like.ravel(), (rows, near.ravel())), shape=shape)
            found[part] = (links @ self.owned).toarray()
        return found + EVEN * self.popular


def fit_lookalike(
    past: Interactions, *, vectors: Floats | None = None, neighbours: float = NEIGHBOURS
) -> LookAlike:
    """By the vectors of customers or, where there are none, by what each has bought."""
    owned = past.owned()
    units = unit_rows(vectors) if vectors is not None else unit_purchases(owned)
    buyers = np.flatnonzero(np.diff(owned.indptr) > 0)
    return LookAlike(owned, units, buyers, int(neighbours), popularity(owned))


def unit_rows(vectors: Floats) -> Floats:
    """As 32-bit numbers: likenesses need no more, and take half the room."""
    sizes = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = np.divide(vectors, sizes, out=np.zeros_like(vectors), where=sizes > 0)
    found: Floats = units.astype(np.float32)
    return found


def unit_purchases(owned: Matrix) -> Matrix:
    sizes = np.sqrt(np.maximum(np.diff(owned.indptr), 1))
    return sparse.csr_array(sparse.diags_array(1 / sizes) @ owned)


def nearest(
    units: Floats | Matrix, customers: Ints, *, among: Ints, count: int
) -> tuple[Ints, Floats]:
    """Of each customer the most alike of those, and how alike; never itself, never below nought."""
    likeness = units[customers] @ units[among].T
    table = floats(likeness if isinstance(likeness, np.ndarray) else likeness.toarray())
    table[customers[:, None] == among[None, :]] = 0.0
    here = min(count, len(among))
    if not here:
        return np.zeros((len(customers), 0), dtype=np.int64), np.zeros((len(customers), 0))
    places = np.argpartition(-table, here - 1, axis=1)[:, :here]
    like = np.maximum(np.take_along_axis(table, places, axis=1), 0.0)
    return among[places], like
