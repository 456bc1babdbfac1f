"""Chances by counting: how often it came, of all and of those alike, drawn toward the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from revenue.ml.arrays import Floats, Ints, floats, log_losses, logit, sigmoid

PULL = 40.0  # rows that the whole counts for beside those of one band
LEAST_KNOWN = 60  # outcomes before a chance is told at all
LEAST_OF_EACH = 10  # that came, and that did not, before anything is said to go with it
WEIGHTS = floats(np.linspace(0.0, 1.2, 25))  # what all factors together may count for
UNKNOWN = -1
PARTS = 4  # by which the weight is chosen, each by rates of the others


@dataclass(frozen=True)
class Factor:
    """`bands` say of whom each band is, as words that follow "of"."""

    name: str
    title: str
    bands: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Rates:
    factors: tuple[Factor, ...]
    known: int
    whole: float
    shares: Mapping[str, Floats]
    counts: Mapping[str, Floats]
    weight: float

    def points(self, rows: pd.DataFrame) -> Floats:
        """Rows by factors: what each adds to the log-odds of the whole."""
        found = np.zeros((len(rows), len(self.factors)))
        base = logit(self.whole)
        for at, factor in enumerate(self.factors):
            code = rows[factor.name].to_numpy(dtype=np.int64)
            said = code != UNKNOWN
            found[said, at] = logit(self.shares[factor.name][code[said]]) - base
        return self.weight * found

    def chances(self, rows: pd.DataFrame) -> Floats:
        return sigmoid(logit(self.whole) + self.points(rows).sum(axis=1))


def tells_apart(label: Floats) -> bool:
    """Whether enough came, and enough did not, to see what goes with it."""
    came = float(label.sum())
    return len(label) >= LEAST_KNOWN and min(came, len(label) - came) >= LEAST_OF_EACH


def rates_of(rows: pd.DataFrame, label: Floats, factors: Sequence[Factor]) -> Rates:
    """The weight of the factors is chosen by accounts that the rates are not counted from."""
    part = pd.factorize(rows["account_ref"])[0] % PARTS
    told = np.zeros((len(rows), len(factors)))
    base = np.zeros(len(rows))
    for one in range(PARTS):
        rest, own = part != one, part == one
        if not rest.any() or not own.any():
            continue
        counted = counted_rates(rows[rest], label[rest], factors, weight=1.0)
        told[own], base[own] = counted.points(rows[own]), logit(counted.whole)
    losses = [
        float(log_losses(label, sigmoid(base + weight * told.sum(axis=1))).sum())
        for weight in WEIGHTS
    ]
    return counted_rates(rows, label, factors, weight=float(WEIGHTS[int(np.argmin(losses))]))


def counted_rates(
    rows: pd.DataFrame, label: Floats, factors: Sequence[Factor], *, weight: float
) -> Rates:
    whole = (float(label.sum()) + 0.5) / (len(label) + 1)
    shares, counts = {}, {}
    for factor in factors:
        code: Ints = rows[factor.name].to_numpy(dtype=np.int64)
        said = code != UNKNOWN
        count = np.bincount(code[said], minlength=len(factor.bands)).astype(float)
        came = np.bincount(code[said], weights=label[said], minlength=len(factor.bands))
        shares[factor.name] = floats((came + PULL * whole) / (count + PULL))
        counts[factor.name] = floats(count)
    return Rates(tuple(factors), len(label), whole, shares, counts, weight)


def banded(values: Any, edges: Sequence[float]) -> Ints:
    """Of each value its band; what is not known has none."""
    found = floats(values)
    return np.where(np.isnan(found), UNKNOWN, np.digitize(found, edges)).astype(np.int64)
