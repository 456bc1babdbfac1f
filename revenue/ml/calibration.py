"""From a margin to a probability that comes true: four ways, chosen on the calibration window."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.optimize import isotonic_regression, minimize

from revenue.ml.arrays import (
    Floats,
    Ints,
    codes_of,
    floats,
    log_losses,
    logit,
    sigmoid,
    weighted_mean,
)
from revenue.ml.intervals import VennAbers

FOLDS = 5
ENOUGH_FOR_STEPS = 150  # deals below which a curve of steps is not tried
WORTH_IT = 0.001  # of log loss: less than this is no reason for a freer curve


class Calibrator(Protocol):
    @property
    def kind(self) -> str: ...

    def __call__(self, margin: Floats) -> Floats: ...

    def as_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Sigmoid:
    """A straight line in log-odds (Platt). With slope 1 and shift 0 it changes nothing."""

    slope: float = 1.0
    shift: float = 0.0
    kind: str = "sigmoid"

    def __call__(self, margin: Floats) -> Floats:
        return sigmoid(self.slope * margin + self.shift)

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "slope": self.slope, "shift": self.shift}

    @classmethod
    def fit(cls, margin: Floats, label: Floats, weight: Floats) -> "Sigmoid":
        slope, shift = fit_line([margin], label, weight, start=[1.0])
        return cls(slope, shift)


@dataclass(frozen=True)
class Beta:
    """Apart for the low and the high end (Kull, Silva Filho and Flach)."""

    low: float
    high: float
    shift: float
    kind: str = "beta"

    def __call__(self, margin: Floats) -> Floats:
        rises, falls = ends_of(margin)
        return sigmoid(self.low * rises + self.high * falls + self.shift)

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "low": self.low, "high": self.high, "shift": self.shift}

    @classmethod
    def fit(cls, margin: Floats, label: Floats, weight: Floats) -> "Beta":
        low, high, shift = fit_line(list(ends_of(margin)), label, weight, start=[1.0, 1.0])
        return cls(low, high, shift)


@dataclass(frozen=True, eq=False)
class Isotonic:
    """Steps that never fall, joined by lines, and kept off 0 and 1 by how little was seen."""

    at: Floats
    value: Floats
    kind: str = "isotonic"

    def __call__(self, margin: Floats) -> Floats:
        return floats(np.interp(margin, self.at, self.value))

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "at": self.at.tolist(), "value": self.value.tolist()}

    @classmethod
    def fit(cls, margin: Floats, label: Floats, weight: Floats) -> "Isotonic":
        at, rate, heavy = pooled(margin, label, weight)
        value = isotonic_regression(rate, weights=heavy, increasing=True).x
        edge = 1 / (weight.sum() + 2)
        return cls(at, np.clip(floats(value), edge, 1 - edge))


@dataclass(frozen=True, eq=False)
class Merged:
    """Venn–Abers: both probabilities in one."""

    pair: VennAbers
    kind: str = "venn_abers"

    def __call__(self, margin: Floats) -> Floats:
        low, high = self.pair(margin)
        return floats(high / (1 - low + high))

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "pair": self.pair.as_json()}

    @classmethod
    def fit(cls, margin: Floats, label: Floats, weight: Floats) -> "Merged":
        return cls(VennAbers.fit(margin, label, weight))


WAYS: dict[str, Any] = {
    "sigmoid": Sigmoid,
    "beta": Beta,
    "isotonic": Isotonic,
    "venn_abers": Merged,
}
STEPPED = ("isotonic", "venn_abers")


def from_json(data: Mapping[str, Any]) -> Calibrator:
    given = {name: value for name, value in data.items() if name != "kind"}
    made: Calibrator
    if data["kind"] == "isotonic":
        made = Isotonic(floats(given["at"]), floats(given["value"]))
    elif data["kind"] == "venn_abers":
        made = Merged(VennAbers.from_json(given["pair"]))
    else:
        made = WAYS[data["kind"]](**given)
    return made


@dataclass(frozen=True)
class Chosen:
    calibrator: Calibrator
    losses: dict[str, float]  # log loss of each way, on rows that it was not fitted on


def choose_calibrator(margin: Floats, label: Floats, weight: Floats, group: Ints) -> Chosen:
    """By cross-fitting within the window, all moments of a deal in one fold."""
    folds = codes_of(group) % FOLDS
    losses = {"none": weighted_mean(log_losses(label, sigmoid(margin)), weight)}
    deals = len(np.unique(group))
    for name, way in WAYS.items():
        if name in STEPPED and deals < ENOUGH_FOR_STEPS:
            continue
        probability = crossed(way, margin, label, weight, folds)
        losses[name] = weighted_mean(log_losses(label, probability), weight)
    best = next(name for name in losses if losses[name] <= min(losses.values()) + WORTH_IT)
    if best == "none":
        return Chosen(Sigmoid(), losses)
    return Chosen(WAYS[best].fit(margin, label, weight), losses)


def crossed(way: Any, margin: Floats, label: Floats, weight: Floats, folds: Ints) -> Floats:
    probability = np.full(len(margin), weighted_mean(label, weight))
    for fold in range(FOLDS):
        out = folds == fold
        if out.any() and len(np.unique(label[~out])) > 1:
            probability[out] = way.fit(margin[~out], label[~out], weight[~out])(margin[out])
    return probability


def ends_of(margin: Floats) -> tuple[Floats, Floats]:
    """log p and -log(1 - p), without going through p."""
    return -np.logaddexp(0, -margin), np.logaddexp(0, margin)


def fit_line(
    columns: list[Floats], label: Floats, weight: Floats, *, start: list[float]
) -> tuple[float, ...]:
    """Slopes that are never negative, and a shift; drawn a little toward changing nothing."""
    design = np.column_stack([*columns, np.ones(len(label))])
    towards = np.array([*start, 0.0])
    pull = np.array([1.0] * len(start) + [1e-3])

    def loss(slopes: Floats) -> tuple[float, Floats]:
        margin = design @ slopes
        away = slopes - towards
        value = weight @ (np.logaddexp(0, margin) - label * margin) + (pull * away**2).sum() / 2
        return float(value), floats(design.T @ (weight * (sigmoid(margin) - label)) + pull * away)

    bounds = [(0.0, None)] * len(columns) + [(None, None)]
    begin = np.array([*start, float(logit(weighted_mean(label, weight)))])
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds)
    return tuple(float(value) for value in found.x)


def pooled(margin: Floats, label: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    at, place = np.unique(margin, return_inverse=True)
    heavy = floats(np.bincount(place, weights=weight))
    return at, floats(np.bincount(place, weights=weight * label)) / heavy, heavy
