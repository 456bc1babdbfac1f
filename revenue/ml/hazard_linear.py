"""Multinomial logistic regression over person-periods, by Newton's method."""

import numpy as np
from threadpoolctl import threadpool_limits

from revenue.ml.arrays import Floats, Ints, floats
from revenue.ml.weeks import LOST, WON

MOST_STEPS = 30
ENOUGH = 1e-7  # of the loss of a period: less than this is no gain


def chances_of(margin: Floats) -> Floats:
    """Of staying open, being won and being lost, from the log-odds of the last two."""
    full = np.concatenate([np.zeros((*margin.shape[:-1], 1)), margin], axis=-1)
    full -= full.max(axis=-1, keepdims=True)
    raised = np.exp(full)
    return floats(raised / raised.sum(axis=-1, keepdims=True))


def fit_causes(
    design: Floats, what: Ints, weight: Floats, *, held: Floats, start: Floats | None = None
) -> Floats:
    """By column and cause; `held` says how strongly each column is drawn to nought."""
    # One thread, so that sums are always made in the same order.
    with threadpool_limits(limits=1):
        return newton(design, what, weight, held=held, start=start)


def newton(
    design: Floats, what: Ints, weight: Floats, *, held: Floats, start: Floats | None
) -> Floats:
    columns = design.shape[1]
    weights = np.zeros((columns, 2)) if start is None else start.copy()
    target = np.stack([what == WON, what == LOST], axis=1).astype(np.float64)
    value = loss_of(design, what, weight, weights, held)
    for _ in range(MOST_STEPS):
        step = newton_step(design, target, weight, weights, held)
        size = 1.0
        while size > 1e-3:
            tried = weights - size * step
            found = loss_of(design, what, weight, tried, held)
            if found <= value:
                break
            size /= 2
        else:
            break
        gained, weights, value = value - found, tried, found
        if gained < ENOUGH * weight.sum():
            break
    return weights


def loss_of(design: Floats, what: Ints, weight: Floats, weights: Floats, held: Floats) -> float:
    chances = chances_of(design @ weights)
    seen = np.clip(chances[np.arange(len(what)), what], 1e-12, 1)
    return float(-(weight @ np.log(seen)) + (held[:, None] * weights**2).sum() / 2)


def newton_step(
    design: Floats, target: Floats, weight: Floats, weights: Floats, held: Floats
) -> Floats:
    columns = design.shape[1]
    chances = chances_of(design @ weights)[:, 1:]
    slope = design.T @ (weight[:, None] * (chances - target)) + held[:, None] * weights
    curved = np.zeros((2, columns, 2, columns))
    for one in range(2):
        for other in range(one, 2):
            part = weight * chances[:, one] * ((one == other) - chances[:, other])
            block = design.T @ (part[:, None] * design)
            curved[one, :, other], curved[other, :, one] = block, block.T
        curved[one, :, one] += np.diag(held + 1e-9)
    solved = np.linalg.solve(curved.reshape(2 * columns, -1), slope.T.reshape(-1))
    return floats(solved.reshape(2, columns).T)
