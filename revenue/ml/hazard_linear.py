"""Multinomial logistic regression over person-periods, by its own gradient."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from revenue.ml.arrays import Floats, Ints, floats

RIDGE = 1.0


def fit_softmax(design: Floats, what: Ints, *, classes: int = 3, ridge: float = RIDGE) -> Floats:
    """Weights by column and class, the intercepts last; those are not held back."""
    rows, columns = design.shape
    full = np.column_stack([design, np.ones(rows)])
    target = np.eye(classes)[what]
    held = np.append(np.full(columns, ridge), 1e-6)[:, None] / rows
    share = np.clip(target.mean(axis=0), 1e-6, None)
    start = np.zeros((columns + 1, classes))
    start[-1] = np.log(share)

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(columns + 1, classes)
        margin = full @ weights
        logs = margin - logsumexp(margin, axis=1, keepdims=True)
        value = -(target * logs).sum() / rows + (held * weights**2).sum() / 2
        slope = full.T @ (np.exp(logs) - target) / rows + held * weights
        return float(value), floats(slope.ravel())

    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return floats(found.x.reshape(columns + 1, classes))
