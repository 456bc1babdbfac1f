"""EASE (Steck, 2019): each product from all others by one ridge regression, in closed form."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.linalg import lapack

from revenue.ml.arrays import Floats
from revenue.ml.frames import FrameError
from revenue.ml.rank.interactions import Interactions, Matrix
from revenue.ml.rank.items import FromItems, popularity, together

STRENGTH = 500.0
STRENGTHS = (20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
HALF_LIVES = (30.0, 60.0, 120.0, 240.0, 480.0)
MOST_ITEMS = 6_000  # that are regressed on each other; the rarest beyond them get nothing
MOST_TUNED = 1_500  # of them, while strength and half-life are looked for


def fit_ease(
    past: Interactions,
    *,
    at: int,
    strength: float = STRENGTH,
    half_life_days: float = 0.0,
    most: float = MOST_ITEMS,
) -> FromItems:
    """With a half-life, what was bought lately weighs more, in learning and in speaking alike."""
    owned = past.owned()
    has = past.recent(at, half_life_days=half_life_days) if half_life_days else owned
    weights = weights_of(has, owned, strength, int(most))
    return FromItems(has, weights.astype(np.float32), popularity(owned))


def weights_of(has: Matrix, owned: Matrix, strength: float, most: int) -> Floats:
    count = np.asarray(owned.sum(axis=0)).ravel()
    kept = np.sort(np.argsort(-count, kind="stable")[:most])
    kept = kept[count[kept] > 0]
    weights = np.zeros((has.shape[1], has.shape[1]))
    if len(kept):
        weights[np.ix_(kept, kept)] = ease(together(has[:, kept]), strength)
    return weights


def ease(gram: Floats, strength: float) -> Floats:
    """B = I - P / diag(P), P the inverse of the Gram matrix with `strength` on its diagonal."""
    held = gram + strength * np.eye(len(gram))
    factor, failed = lapack.dpotrf(held, lower=1)
    inverse, failed_too = lapack.dpotri(factor, lower=1)
    if failed or failed_too:
        raise FrameError("EASE needs a strength above nought.")
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    weights: Floats = -inverse / np.diag(inverse)[None, :]
    np.fill_diagonal(weights, 0.0)
    return weights


def best_of(
    judged: Callable[[float, float], float], *, recent: bool, strengths: Sequence[float] = STRENGTHS
) -> dict[str, float]:
    """Half-life first, at the usual strength, and then the strength: a few fits in place of all."""
    half_life = 0.0
    if recent:
        half_life = max(HALF_LIVES, key=lambda one: judged(STRENGTH, one))
    strength = max(strengths, key=lambda one: judged(one, half_life))
    return {"strength": strength, "half_life_days": half_life}
