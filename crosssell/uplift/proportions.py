"""Two shares that are compared where rows of one account hang together.

An account has rows on both sides, and its purchases come together. So each side counts as many rows
as they are worth (rows divided by the design effect), each share gets a Wilson interval of that
many, and the two are joined by Newcombe's way, with the correlation that the accounts show.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from revenue.ml.arrays import Floats, floats

SURE = 0.95


@dataclass(frozen=True, eq=False)
class Sides:
    """Of each account how many rows of a side it has, how many were bought, and for how much."""

    rows: Floats
    bought: Floats
    money: Floats

    @property
    def count(self) -> float:
        return float(self.rows.sum())

    @property
    def share(self) -> float:
        return float(self.bought.sum() / self.rows.sum()) if self.count else float("nan")

    @property
    def mean(self) -> float:
        return float(self.money.sum() / self.rows.sum()) if self.count else float("nan")


@dataclass(frozen=True)
class Difference:
    value: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        return self.low > 0 or self.high < 0


def z_of(sure: float) -> float:
    return float(ndtri(0.5 + sure / 2))


def wilson(share: float, rows: float, *, sure: float = SURE) -> tuple[float, float]:
    z = z_of(sure)
    below = 1 + z * z / rows
    middle = share + z * z / (2 * rows)
    spread = z * float(np.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows)))
    return max(0.0, (middle - spread) / below), min(1.0, (middle + spread) / below)


def deviations(of: Floats, rows: Floats) -> Floats:
    """By account, what it adds to the mean of a side beyond its part: they sum to nothing."""
    return floats((of - of.sum() / rows.sum() * rows) / rows.sum())


def variance(by_account: Floats) -> float:
    """With the usual correction for few accounts."""
    accounts = int(np.count_nonzero(by_account))
    return float((by_account**2).sum()) * accounts / max(accounts - 1, 1)


def design_effect(side: Sides) -> float:
    """How much less the rows of a side say than as many accounts of one row each would."""
    share = side.share
    alone = share * (1 - share) / side.count
    if alone <= 0:
        return float((side.rows**2).sum() / side.rows.sum())  # as if an account bought all or none
    return max(1.0, variance(deviations(side.bought, side.rows)) / alone)


def correlation(one: Sides, other: Sides) -> float:
    first, second = deviations(one.bought, one.rows), deviations(other.bought, other.rows)
    spread = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum() / spread) if spread else 0.0


def difference_of_shares(shown: Sides, held: Sides, *, sure: float = SURE) -> Difference:
    """How much more is bought of what was shown, with its interval."""
    p, q = shown.share, held.share
    low_p, high_p = wilson(p, shown.count / design_effect(shown), sure=sure)
    low_q, high_q = wilson(q, held.count / design_effect(held), sure=sure)
    together = correlation(shown, held)
    value = p - q
    low = value - joined(p - low_p, high_q - q, together)
    high = value + joined(high_p - p, q - low_q, together)
    return Difference(value, max(-1.0, low), min(1.0, high))


def joined(one: float, other: float, together: float) -> float:
    return float(np.sqrt(max(0.0, one * one + other * other - 2 * together * one * other)))


def difference_of_means(shown: Sides, held: Sides, *, sure: float = SURE) -> Difference:
    """Of money a row, by what accounts add: there are many of them where this is asked."""
    value = shown.mean - held.mean
    off = deviations(shown.money, shown.rows) - deviations(held.money, held.rows)
    spread = z_of(sure) * float(np.sqrt(variance(off)))
    return Difference(value, value - spread, value + spread)
