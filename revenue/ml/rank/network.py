"""A small neural network: trained by scikit-learn, kept as plain numbers, spoken by numpy.

Its reasons are Aumann and Shapley's, as those of the hazard: the slope of the margin along the
straight way from the usual row. What the steps of that sum leave open is shared out by size, so
that the parts add up to the margin.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from revenue.ml.arrays import Floats, floats, log_losses, sigmoid, weighted_mean
from revenue.ml.encode import Design, Encoder
from revenue.ml.frames import Frame, FrameError
from revenue.ml.members import Contributions

LAYERS = (32, 16)
MOST_ROUNDS = 40
PATIENCE = 5
STEPS = 16  # of the way from the usual row, by Gauss and Legendre


@dataclass(frozen=True, eq=False)
class Network:
    encoder: Encoder
    design: Design
    weights: tuple[Floats, ...]
    shifts: tuple[Floats, ...]
    usual: Floats  # the mean row of the training window
    kind: str = "network"
    name: str = "network"

    def margin(self, frame: Frame) -> Floats:
        return self.forward(self.columns(frame))

    def columns(self, frame: Frame) -> Floats:
        return self.design.apply(self.encoder.encode(frame))

    def forward(self, columns: Floats) -> Floats:
        held = columns
        for weight, shift in zip(self.weights[:-1], self.shifts[:-1], strict=True):
            held = np.tanh(held @ weight + shift)
        return floats(held @ self.weights[-1] + self.shifts[-1]).ravel()

    def slopes(self, columns: Floats) -> Floats:
        """Of the margin by each column."""
        layers = [columns]
        for weight, shift in zip(self.weights[:-1], self.shifts[:-1], strict=True):
            layers.append(np.tanh(layers[-1] @ weight + shift))
        back = np.broadcast_to(self.weights[-1].T, layers[-1].shape)
        for weight, held in zip(self.weights[-2::-1], layers[:0:-1], strict=True):
            back = (back * (1 - held**2)) @ weight.T
        return floats(back)

    def contributions(self, frame: Frame) -> Contributions:
        columns = self.columns(frame)
        base = float(self.forward(self.usual[None, :])[0])
        way = columns - self.usual
        at, share = np.polynomial.legendre.leggauss(STEPS)
        mean = sum(
            heavy / 2 * self.slopes(self.usual + (place + 1) / 2 * way)
            for place, heavy in zip(at, share, strict=True)
        )
        parts = floats(mean * way)
        sizes = np.abs(parts)
        left = self.forward(columns) - base - parts.sum(axis=1)
        whole = sizes.sum(axis=1)
        parts += np.divide(left, whole, out=np.zeros_like(left), where=whole > 0)[:, None] * sizes
        by_feature = np.zeros((len(columns), len(self.encoder.features)))
        np.add.at(by_feature.T, self.design.owners, parts.T)
        return Contributions(np.full(len(columns), base), by_feature)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "encoder": self.encoder.as_json(),
            "design": self.design.as_json(),
            "sizes": [list(one.shape) for one in self.weights],
            "blob": f"{self.name}.f8",
        }

    def blobs(self) -> dict[str, bytes]:
        """Numbers of eight bytes, one after the other: nothing in them can be run."""
        parts = [*self.weights, *self.shifts, self.usual]
        told = np.concatenate([one.ravel() for one in parts])
        return {f"{self.name}.f8": told.astype("<f8").tobytes()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], blobs: Mapping[str, bytes]) -> "Network":
        shapes = [tuple(one) for one in data["sizes"]]
        wanted = [*shapes, *((one[1],) for one in shapes), (shapes[0][0],)]
        ends = np.cumsum([int(np.prod(one)) for one in wanted])
        told = np.frombuffer(blobs[data["blob"]], dtype="<f8")
        parts = [
            floats(part.reshape(shape))
            for part, shape in zip(np.split(told, ends[:-1]), wanted, strict=True)
        ]
        count = len(shapes)
        return cls(
            encoder=Encoder.from_json(data["encoder"]),
            design=Design.from_json(data["design"]),
            weights=tuple(parts[:count]),
            shifts=tuple(parts[count : 2 * count]),
            usual=parts[-1],
            name=data["blob"].removesuffix(".f8"),
        )


def fit_network(
    frame: Frame, *, check: Frame, seed: int, rounds: int = MOST_ROUNDS, name: str = "network"
) -> Network:
    """Stops when the rows of the check gain no more, and keeps the best round."""
    encoder = Encoder.fit(frame)
    design = Design.fit(encoder, encoder.encode(frame), frame.weight)
    columns = design.apply(encoder.encode(frame))
    later = design.apply(encoder.encode(check))
    usual = floats(np.average(columns, axis=0, weights=frame.weight))
    learner = MLPClassifier(
        LAYERS,
        activation="tanh",
        alpha=1e-3,
        batch_size=min(512, len(frame)),
        learning_rate_init=2e-3,
        random_state=seed,
    )
    best, least, waited = None, np.inf, 0
    for _ in range(rounds):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            learner.partial_fit(columns, frame.label, classes=[0.0, 1.0])
        layers = [floats(one).copy() for one in (*learner.coefs_, *learner.intercepts_)]
        half = len(layers) // 2
        made = Network(
            encoder, design, tuple(layers[:half]), tuple(layers[half:]), usual, name=name
        )
        loss = weighted_mean(log_losses(check.label, sigmoid(made.forward(later))), check.weight)
        waited = 0 if loss < least else waited + 1
        if best is None or loss < least:
            best, least = made, loss
        if waited >= PATIENCE:
            break
    if best is None:
        raise FrameError("A network needs at least one round to learn in.")
    return best
