"""How sure: conformal intervals of values, Venn–Abers pairs of probabilities."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from revenue.ml.arrays import Floats, floats

BINS = 200
LEAST_IN_BIN = 30


def conformal_quantile(residuals: Floats, *, error_rate: float) -> float:
    """Holds for the next value with the chance promised, whatever the distribution."""
    rank = int(np.ceil((len(residuals) + 1) * (1 - error_rate)))
    return float(np.sort(residuals)[rank - 1]) if rank <= len(residuals) else float("inf")


@dataclass(frozen=True, eq=False)
class Conformal:
    """Split conformal; Mondrian where bins of the prediction have residuals enough of their own."""

    edges: Floats  # between bins of the prediction; none: one bin
    widths: Floats

    @classmethod
    def fit(
        cls, prediction: Floats, truth: Floats, *, error_rate: float = 0.1, bins: int = 1
    ) -> "Conformal":
        residuals = np.abs(truth - prediction)
        bins = max(1, min(bins, len(residuals) // LEAST_IN_BIN))
        edges = floats(np.unique(np.quantile(prediction, np.arange(1, bins) / bins)))
        place = np.searchsorted(edges, prediction, side="right")
        widths = [
            conformal_quantile(residuals[place == one], error_rate=error_rate)
            for one in range(len(edges) + 1)
        ]
        return cls(floats(edges), floats(widths))

    def __call__(self, prediction: Floats) -> tuple[Floats, Floats]:
        width = self.widths[np.searchsorted(self.edges, prediction, side="right")]
        return prediction - width, prediction + width

    def as_json(self) -> dict[str, Any]:
        widths = [width if np.isfinite(width) else None for width in self.widths]
        return {"edges": self.edges.tolist(), "widths": widths}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Conformal":
        widths = [np.inf if width is None else width for width in data["widths"]]
        return cls(floats(data["edges"]), floats(widths))


@dataclass(frozen=True, eq=False)
class Spread:
    """Of an amount: how far below and above came, by how much was said; never below nought.

    An amount errs upward further than downward, so both ends are quantiles of their own
    (split conformal, Mondrian), and what is said itself always lies between them.
    """

    edges: Floats
    below: Floats
    above: Floats

    @classmethod
    def fit(
        cls, prediction: Floats, truth: Floats, *, error_rate: float = 0.1, bins: int = 10
    ) -> "Spread":
        off = truth - prediction
        bins = max(1, min(bins, len(off) // (2 * LEAST_IN_BIN)))
        edges = filled(np.quantile(prediction, np.arange(1, bins) / bins), prediction)
        place = np.searchsorted(edges, prediction, side="right")
        parts = [off[place == one] for one in range(len(edges) + 1)]
        below = [finite_quantile(-part, error_rate=error_rate / 2) for part in parts]
        above = [finite_quantile(part, error_rate=error_rate / 2) for part in parts]
        return cls(edges, floats(below), floats(above))

    def __call__(self, prediction: Floats) -> tuple[Floats, Floats]:
        place = np.searchsorted(self.edges, prediction, side="right")
        low = np.minimum(np.maximum(prediction - self.below[place], 0.0), prediction)
        return low, np.maximum(prediction + self.above[place], prediction)

    def as_json(self) -> dict[str, Any]:
        ends = {name: getattr(self, name) for name in ("below", "above")}
        told = {
            name: [one if np.isfinite(one) else None for one in each.tolist()]
            for name, each in ends.items()
        }
        return {"edges": self.edges.tolist(), **told}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Spread":
        below, above = (
            floats([np.inf if one is None else one for one in data[name]])
            for name in ("below", "above")
        )
        return cls(floats(data["edges"]), below, above)


def filled(edges: Floats, prediction: Floats) -> Floats:
    """Without those that would leave a bin with too few: many rows may be told the same."""
    ordered, kept, begun = np.sort(prediction), list[float](), 0
    for edge in np.unique(edges).tolist():
        end = int(np.searchsorted(ordered, edge, side="left"))
        if end - begun >= LEAST_IN_BIN and len(ordered) - end >= LEAST_IN_BIN:
            kept.append(edge)
            begun = end
    return floats(kept)


def finite_quantile(residuals: Floats, *, error_rate: float) -> float:
    """Of too few for what is promised, the furthest that was seen: an amount has to have an end."""
    found = conformal_quantile(residuals, error_rate=error_rate)
    return found if np.isfinite(found) else float(residuals.max(initial=0.0))


@dataclass(frozen=True, eq=False)
class VennAbers:
    """The isotonic fit with the new deal added once as lost and once as won.

    One of the two is calibrated by construction; their distance says how little is known there.
    Scores are pooled into at most BINS steps, a deal counts one however many moments it has, and
    the fits are written out as max-min of means, so that scoring is a look-up.
    """

    edges: Floats
    low: Floats
    high: Floats

    @classmethod
    def fit(cls, margin: Floats, label: Floats, weight: Floats) -> "VennAbers":
        edges = step_edges(margin)
        place = np.searchsorted(edges, margin, side="right")
        heavy = floats(np.bincount(place, weights=weight, minlength=len(edges) + 1))
        won = floats(np.bincount(place, weights=weight * label, minlength=len(edges) + 1))
        low = [added(won, heavy, place=at, label=0.0) for at in range(len(heavy))]
        high = [added(won, heavy, place=at, label=1.0) for at in range(len(heavy))]
        return cls(edges, floats(low), floats(high))

    def __call__(self, margin: Floats) -> tuple[Floats, Floats]:
        place = np.searchsorted(self.edges, margin, side="right")
        return self.low[place], self.high[place]

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name).tolist() for name in ("edges", "low", "high")}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "VennAbers":
        return cls(floats(data["edges"]), floats(data["low"]), floats(data["high"]))


def step_edges(margin: Floats) -> Floats:
    seen = np.unique(margin)
    if len(seen) > BINS:
        seen = np.unique(np.quantile(margin, np.linspace(0, 1, BINS)))
    return floats((seen[1:] + seen[:-1]) / 2)


def added(won: Floats, heavy: Floats, *, place: int, label: float) -> float:
    """The isotonic value at `place` after one more of weight one was put there."""
    wins, all_of = np.concatenate([[0.0], won.cumsum()]), np.concatenate([[0.0], heavy.cumsum()])
    starts, ends = np.arange(place + 1), np.arange(place + 1, len(wins))
    gained = wins[ends][None, :] - wins[starts][:, None] + label
    seen = all_of[ends][None, :] - all_of[starts][:, None] + 1.0
    return float((gained / seen).min(axis=1).max())
