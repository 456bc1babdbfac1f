"""Names of arrays, and the few sums that every module of the kit needs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Moments = NDArray[np.datetime64]
Anything = NDArray[Any]
LEAST = 1e-6


def floats(values: Any) -> Floats:
    return np.asarray(values, dtype=np.float64)


def sigmoid(margin: Floats) -> Floats:
    return floats(1.0 / (1.0 + np.exp(-np.clip(margin, -500, 500))))


def logit(probability: Floats | float) -> Floats:
    inside = np.clip(floats(probability), LEAST, 1 - LEAST)
    return floats(np.log(inside / (1 - inside)))


def codes_of(values: Any) -> Ints:
    """Whole numbers for what belongs together, in order of first sight."""
    first: dict[Any, int] = {}
    return np.fromiter(
        (first.setdefault(value, len(first)) for value in values), dtype=np.int64, count=len(values)
    )


def weighted_mean(values: Floats, weight: Floats) -> float:
    total = float(weight.sum())
    return float(values @ weight / total) if total else float("nan")


def log_losses(label: Floats, probability: Floats) -> Floats:
    inside = np.clip(probability, LEAST, 1 - LEAST)
    return floats(-(label * np.log(inside) + (1 - label) * np.log(1 - inside)))
