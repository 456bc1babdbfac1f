"""Amounts that are often nought and now and then large: models that multiply, told in money.

Such a model adds up in logarithms. What a feature adds in money is what it adds along the straight
way from the base to the whole (Aumann and Shapley): it depends on no order of the features, and
with the base the parts sum to the amount exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from revenue.ml.arrays import Floats, floats, sigmoid
from revenue.ml.boosting import Boosted
from revenue.ml.frames import Frame
from revenue.ml.members import Contributions, Member

NODES = 24  # of the quadrature along the way; what it leaves is far below a cent
SAME = 1e-9  # of a logarithm


@dataclass(frozen=True, eq=False)
class Tweedie:
    """Trees that multiply: nought and large amounts from one model."""

    trees: Boosted
    scale: float
    kind: str = "tweedie"

    def margin(self, frame: Frame) -> Floats:
        return floats(self.scale * np.exp(self.trees.margin(frame)))

    def contributions(self, frame: Frame) -> Contributions:
        parts = self.trees.contributions(frame)
        base, end = parts.base, parts.margin
        way = end - base
        still = np.abs(way) < SAME
        slope = np.where(
            still, np.exp(base), (np.exp(end) - np.exp(base)) / np.where(still, 1.0, way)
        )
        by_feature = self.scale * slope[:, None] * parts.by_feature
        return Contributions(floats(self.scale * np.exp(base)), floats(by_feature))

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "trees": self.trees.as_json(), "scale": self.scale}

    def blobs(self) -> dict[str, bytes]:
        return self.trees.blobs()

    @classmethod
    def from_json(cls, data: Mapping[str, Any], blobs: Mapping[str, bytes]) -> "Tweedie":
        return cls(Boosted.from_json(data["trees"], blobs), float(data["scale"]))


@dataclass(frozen=True, eq=False)
class TwoParts:
    """Whether anything comes, times how much comes where anything does."""

    any: Boosted
    size: Boosted
    scale: float
    kind: str = "two_parts"

    def margin(self, frame: Frame) -> Floats:
        return self.told(self.any.margin(frame), self.size.margin(frame))

    def told(self, whether: Floats, how_much: Floats) -> Floats:
        return floats(self.scale * sigmoid(whether) * np.exp(how_much))

    def contributions(self, frame: Frame) -> Contributions:
        whether, how_much = self.any.contributions(frame), self.size.contributions(frame)
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        by_feature = np.zeros_like(whether.by_feature)
        for at, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
            margin = whether.base + at * (whether.margin - whether.base)
            size = how_much.base + at * (how_much.margin - how_much.base)
            amount, no = self.told(margin, size), 1 - sigmoid(margin)
            slopes = no[:, None] * whether.by_feature + how_much.by_feature
            by_feature += weight * amount[:, None] * slopes
        return Contributions(self.told(whether.base, how_much.base), floats(by_feature))

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "any": self.any.as_json(),
            "size": self.size.as_json(),
            "scale": self.scale,
        }

    def blobs(self) -> dict[str, bytes]:
        return {**self.any.blobs(), **self.size.blobs()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], blobs: Mapping[str, bytes]) -> "TwoParts":
        return cls(
            Boosted.from_json(data["any"], blobs),
            Boosted.from_json(data["size"], blobs),
            float(data["scale"]),
        )


@dataclass(frozen=True, eq=False)
class Floored:
    """Nobody is expected to bring less than nothing: there the parts shrink alike."""

    inner: Member
    kind: str = "floored"

    def margin(self, frame: Frame) -> Floats:
        return np.maximum(self.inner.margin(frame), 0.0)

    def contributions(self, frame: Frame) -> Contributions:
        parts = self.inner.contributions(frame)
        base, total = np.maximum(parts.base, 0.0), parts.by_feature.sum(axis=1)
        below = parts.margin < 0
        share = np.where(below, -base / np.where(below, total, 1.0), 1.0)
        return Contributions(base, floats(share[:, None] * parts.by_feature))

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "inner": self.inner.as_json()}

    def blobs(self) -> dict[str, bytes]:
        return self.inner.blobs()


def settled(contributions: Contributions, value: Floats) -> Contributions:
    """What rounding left between the sum and the value goes to the largest of each row."""
    parts = contributions.by_feature.copy()
    if not parts.shape[1]:
        return Contributions(value, parts)
    largest = np.abs(parts).argmax(axis=1)
    parts[np.arange(len(parts)), largest] += value - contributions.margin
    return Contributions(contributions.base, parts)
