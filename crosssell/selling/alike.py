"""Customers that resemble each other, by what they are and what they were interested in."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from crosssell.selling.kinds import Firmographics
from crosssell.selling.standing import Standing
from revenue.ml.arrays import Flags, Floats, Ints, floats
from revenue.ml.rank.interactions import Matrix
from revenue.ml.rank.likeness import nearest, unit_rows

TASTES = 24
MOST_COMPARED = 30_000  # buyers that each customer is held against; more say hardly more
NEIGHBOURS = 50
CELLS = 8_000_000
LOST = 0.5  # of a purchase: what was asked for, and not bought, tells of interest too
WEIGHTS = {"industry": 0.6, "band": 0.3, "region": 0.2, "country": 0.2, "size": 0.3}


def interest_of(standing: Standing) -> Matrix:
    """1 where bought, less where a deal that held it was lost or is open."""
    owned = standing.owned()
    asked = sparse.csr_array(standing.table(standing.lost) + standing.table(standing.offered))
    asked.data[:] = LOST
    return sparse.csr_array(owned.maximum(asked))


def vectors_of(standing: Standing, facts: Firmographics, interest: Matrix) -> Floats:
    parts = [tastes_of(interest)]
    for name in ("industry", "band", "region", "country"):
        kinds = getattr(facts, name)
        table = np.zeros((len(kinds.of), len(kinds.name)))
        known = kinds.of < len(kinds.name) - 1
        table[known, kinds.of[known]] = WEIGHTS[name]
        parts.append(table)
    parts.append(WEIGHTS["size"] / 2 * standard(standing.size)[:, None])
    return floats(np.concatenate(parts, axis=1))


def standard(values: Floats) -> Floats:
    """Nought where it is unknown, as for the usual."""
    known = np.isfinite(values)
    if not known.any():
        return np.zeros(len(values))
    spread = float(values[known].std()) or 1.0
    return np.where(known, (values - values[known].mean()) / spread, 0.0)


def tastes_of(interest: Matrix) -> Floats:
    """The first directions of what customers want, each row of length 1."""
    count = floats(interest.sum(axis=0))
    # What everybody has tells little of anybody.
    damped = sparse.csr_array(interest @ sparse.diags_array(1 / np.sqrt(count + 5)))
    most = min(TASTES, min(damped.shape) - 1)
    if most < 1 or not damped.nnz:
        return np.zeros((interest.shape[0], 1))
    start = np.ones(min(damped.shape))
    _, size, axes = svds(damped, k=most, v0=start)
    order = np.argsort(-size, kind="stable")
    axes = (
        axes[order] * np.sign(axes[order][np.arange(most), np.abs(axes[order]).argmax(1)])[:, None]
    )
    found: Floats = floats(unit_rows(floats(damped @ axes.T)))
    return found


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Of each asked customer those most alike among some buyers, and how alike."""

    customer: Ints
    near: Ints
    like: Floats

    def rows(self, some: slice | Ints) -> "Neighbours":
        return Neighbours(self.customer[some], self.near[some], self.like[some])

    def shares(self, owned: Matrix) -> Floats:
        """Of what the nearest are worth, the share whose owners have each product."""
        rows = np.repeat(np.arange(len(self.near)), self.near.shape[1])
        total = np.maximum(self.like.sum(axis=1, keepdims=True), 1e-9)
        shape = (len(self.near), owned.shape[0])
        links = sparse.csr_array(
            ((self.like / total).ravel(), (rows, self.near.ravel())), shape=shape
        )
        return floats((links @ owned).toarray())


def neighbours_of(units: Floats, customers: Ints, *, among: Flags) -> Neighbours:
    buyers = np.flatnonzero(among)
    if len(buyers) > MOST_COMPARED:
        step = np.linspace(0, len(buyers) - 1, MOST_COMPARED).astype(np.int64)
        buyers = buyers[step]
    parts = []
    step_size = max(CELLS // max(len(buyers), 1), 1)
    for first in range(0, max(len(customers), 1), step_size):
        some = customers[first : first + step_size]
        near, like = nearest(units, some, among=buyers, count=NEIGHBOURS)
        order = np.argsort(-like, axis=1, kind="stable")
        parts.append((np.take_along_axis(near, order, 1), np.take_along_axis(like, order, 1)))
    near, like = (np.concatenate([part[at] for part in parts]) for at in (0, 1))
    return Neighbours(customers, near, like)
