"""What would be expected of each deal at each step if nothing had changed between the stretches."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from forecasting.diagnosis.closed import Closed
from revenue.ml.arrays import Flags, Floats, floats, sigmoid

STRENGTH = 1.0


@dataclass(frozen=True, eq=False)
class Expected:
    """Log-odds of each step of each deal, NaN where it was not reached, and of all steps at all."""

    closed: Closed
    margin: Floats  # by deal and step, for steps that were never reached too

    @property
    def residual(self) -> Floats:
        """Nought where a step was not reached."""
        return floats(np.nan_to_num(self.closed.passed - sigmoid(self.margin), nan=0.0))

    @property
    def information(self) -> Floats:
        chance = sigmoid(self.margin)
        return floats(np.where(np.isnan(self.closed.passed), 0.0, chance * (1 - chance)))

    @property
    def win(self) -> Floats:
        """Of each deal, the chance of passing every step."""
        return floats(sigmoid(self.margin).prod(axis=1))

    def shifted(self, rows: Flags, steps: slice, by: Floats) -> "Expected":
        margin = self.margin.copy()
        margin[np.flatnonzero(rows), steps] += by
        return replace(self, margin=margin)


def expect(closed: Closed) -> Expected:
    """By logistic regression on every dimension, both stretches together, shrunken."""
    blocks = [one_hot(one.codes, len(one.levels)) for one in closed.dimensions]
    traits = sparse.hstack(blocks, format="csr") if blocks else sparse.csr_matrix((len(closed), 0))
    margin = np.empty(closed.passed.shape)
    for step in range(len(closed.steps)):
        here = ~np.isnan(closed.passed[:, step])
        came = closed.passed[here, step]
        if not len(came) or came.min() == came.max():
            share = (came.sum() + 0.5) / (len(came) + 1)
            margin[:, step] = np.log(share / (1 - share))
            continue
        model = LogisticRegression(C=STRENGTH, max_iter=300)
        model.fit(traits[here], came)
        margin[:, step] = model.decision_function(traits)
    return Expected(closed, margin)


def one_hot(codes: np.ndarray, levels: int) -> sparse.csr_matrix:
    rows = len(codes)
    ones = np.ones(rows)
    return sparse.csr_matrix((ones, (np.arange(rows), codes)), shape=(rows, levels))
