"""From when on: the moment that parts a row of wins and losses best, where any does."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from revenue.ml.arrays import Flags, Floats, floats

EDGE = 0.1  # of the deals, which cannot stand alone on either side
LEAST = 30
SHUFFLES = 500


@dataclass(frozen=True)
class ChangePoint:
    day: date  # the first of the deals after it
    before: float
    after: float
    p: float


def change_point(closed_on: np.ndarray, won: Flags, *, seed: int = 1) -> ChangePoint | None:
    """Of deals in any order; none where no moment parts them better than chance would."""
    order = np.argsort(closed_on, kind="stable")
    days, came = closed_on[order].astype("datetime64[D]"), floats(won[order])
    places = np.flatnonzero(days[1:] != days[:-1]) + 1
    edge = max(int(len(came) * EDGE), 1)
    places = places[(places >= edge) & (places <= len(came) - edge)]
    if len(came) < LEAST or not len(places) or came.min() == came.max():
        return None
    gain = gains(came[:, None], places)[:, 0]
    rng = np.random.default_rng(seed)
    mixed = np.stack([rng.permutation(came) for _ in range(SHUFFLES)], axis=1)
    p = float((1 + (gains(mixed, places).max(axis=0) >= gain.max()).sum()) / (1 + SHUFFLES))
    at = int(places[gain.argmax()])
    if p > 0.05:
        return None
    return ChangePoint(days[at].astype(object), float(came[:at].mean()), float(came[at:].mean()), p)


def gains(came: Floats, places: np.ndarray) -> Floats:
    """Log-likelihood gained by two rates in place of one, by place and column."""
    total, number = came.sum(axis=0), len(came)
    first = came.cumsum(axis=0)[places - 1]
    size = places[:, None].astype(np.float64)
    whole = fit(total[None, :], np.full((1, 1), float(number)))
    return floats(fit(first, size) + fit(total - first, number - size) - whole)


def fit(won: Floats, size: Floats) -> Floats:
    rate = np.clip(won / size, 1e-12, 1 - 1e-12)
    return floats(won * np.log(rate) + (size - won) * np.log(1 - rate))
