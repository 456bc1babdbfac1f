"""Regularised logistic and ridge regression: a contribution is weight times distance, exactly."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from revenue.ml.arrays import Floats, floats, logit, weighted_mean
from revenue.ml.encode import Design, Encoder
from revenue.ml.frames import Frame
from revenue.ml.members import Contributions

STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0)


@dataclass(frozen=True, eq=False)
class Linear:
    encoder: Encoder
    design: Design
    weights: Floats
    intercept: float
    means: Floats  # of the design in training: where a feature adds nothing
    kind: str = "linear"

    def margin(self, frame: Frame) -> Floats:
        design = self.design.apply(self.encoder.encode(frame))
        return floats(design @ self.weights + self.intercept)

    def contributions(self, frame: Frame) -> Contributions:
        design = self.design.apply(self.encoder.encode(frame))
        parts = (design - self.means) * self.weights
        grouped = np.zeros((len(frame), len(self.encoder.features)))
        np.add.at(grouped.T, self.design.owners, parts.T)
        base = self.intercept + float(self.means @ self.weights)
        return Contributions(np.full(len(frame), base), grouped)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "encoder": self.encoder.as_json(),
            "design": self.design.as_json(),
            "weights": self.weights.tolist(),
            "intercept": self.intercept,
            "means": self.means.tolist(),
        }

    def blobs(self) -> dict[str, bytes]:
        return {}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Linear":
        return cls(
            encoder=Encoder.from_json(data["encoder"]),
            design=Design.from_json(data["design"]),
            weights=floats(data["weights"]),
            intercept=float(data["intercept"]),
            means=floats(data["means"]),
        )


def fit_linear(frame: Frame, *, strength: float, task: str = "classification") -> Linear:
    encoder = Encoder.fit(frame)
    encoded = encoder.encode(frame)
    design = Design.fit(encoder, encoded, frame.weight)
    matrix = design.apply(encoded)
    total = frame.weight.sum()
    means = floats(frame.weight @ matrix / total)
    if not matrix.shape[1]:
        rate = weighted_mean(frame.label, frame.weight)
        weights, intercept = np.zeros(0), float(logit(rate)) if task == "classification" else rate
    elif task == "classification":
        weights, intercept = logistic(matrix, frame, strength=strength)
    else:
        ridge = Ridge(alpha=1 / strength).fit(matrix, frame.label, sample_weight=frame.weight)
        weights, intercept = floats(ridge.coef_), float(ridge.intercept_)
    return Linear(encoder, design, weights, intercept, means)


def logistic(matrix: Floats, frame: Frame, *, strength: float) -> tuple[Floats, float]:
    # Centred, so that the intercept, which is not held back, is found apart from the rest.
    centre = matrix.mean(axis=0)
    model = LogisticRegression(C=strength, max_iter=500, tol=1e-6)
    with warnings.catch_warnings():
        # Close enough after so many steps: what it is worth is measured on later rows anyway.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(matrix - centre, frame.label, sample_weight=frame.weight)
    weights = floats(model.coef_[0])
    return weights, float(model.intercept_[0] - centre @ weights)
