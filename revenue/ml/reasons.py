"""Why: exact contributions, drawn together for people.

They are in log-odds of the model before calibration, and with the base they sum to its margin.
The calibrator only bends the way from margin to probability: a waterfall in points of probability
walks the sums through it, so that its steps sum to the probability that is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from revenue.ml.arrays import Floats, floats, weighted_mean
from revenue.ml.calibration import Calibrator
from revenue.ml.encode import as_names, as_numbers
from revenue.ml.frames import Feature, Frame, Kind
from revenue.ml.members import Contributions


@dataclass(frozen=True)
class Step:
    name: str
    title: str
    value: Any
    contribution: float  # in units of the margin
    points: float  # of probability


@dataclass(frozen=True)
class Waterfall:
    """From the base over the largest steps and the rest to the total."""

    base: float
    steps: tuple[Step, ...]
    rest: Step
    total: float
    base_margin: float
    margin: float


def waterfall(
    frame: Frame, contributions: Contributions, *, row: int, calibrator: Calibrator, top: int = 5
) -> Waterfall:
    parts = contributions.by_feature[row]
    base = float(contributions.base[row])
    order = np.argsort(-np.abs(parts), kind="stable")
    shown = [int(place) for place in order[:top] if parts[place] != 0]
    rest = float(parts.sum() - parts[shown].sum())
    path = np.concatenate([[base], base + parts[shown].cumsum(), [base + parts.sum()]])
    along = calibrator(floats(path))
    steps = tuple(
        Step(
            name=frame.features[place].name,
            title=frame.features[place].title,
            value=plain_value(frame, frame.features[place], row),
            contribution=float(parts[place]),
            points=float(along[at + 1] - along[at]),
        )
        for at, place in enumerate(shown)
    )
    left = Step("", "Everything else", None, rest, float(along[-1] - along[-2]))
    return Waterfall(float(along[0]), steps, left, float(along[-1]), base, float(path[-1]))


def plain_value(frame: Frame, feature: Feature, row: int) -> Any:
    column = frame.values[feature.name].iloc[[row]]
    if feature.kind is Kind.CATEGORY:
        return as_names(column)[0]
    number = float(as_numbers(column)[0])
    if np.isnan(number):
        return None
    return bool(number) if feature.kind is Kind.FLAG else number


def grouped_back(by_column: Floats, owners: Sequence[str]) -> dict[str, Floats]:
    """The columns of one feature, summed: nothing is lost, as contributions add up."""
    found: dict[str, Floats] = {}
    for place, owner in enumerate(owners):
        found[owner] = found.get(owner, np.zeros(len(by_column))) + by_column[:, place]
    return found


def importance(
    frame: Frame, contributions: Contributions, *, noun: str = "chance"
) -> list[dict[str, Any]]:
    """By mean size of the contribution, with the way in which the feature works."""
    parts, weight = contributions.by_feature, frame.weight
    sizes = floats([weighted_mean(np.abs(parts[:, at]), weight) for at in range(parts.shape[1])])
    whole = sizes.sum() or 1.0
    order = np.argsort(-sizes, kind="stable")
    return [
        {
            "name": frame.features[at].name,
            "title": frame.features[at].title,
            "size": float(sizes[at]),
            "share": float(sizes[at] / whole),
            **way_of(frame, frame.features[at], parts[:, at], noun),
        }
        for at in order
    ]


def way_of(frame: Frame, feature: Feature, part: Floats, noun: str) -> dict[str, Any]:
    if feature.kind is Kind.CATEGORY:
        return levels_way(as_names(frame.values[feature.name]), part, frame.weight)
    values = as_numbers(frame.values[feature.name])
    seen = ~np.isnan(values)
    if seen.sum() < 3 or np.ptp(values[seen]) == 0 or np.ptp(part[seen]) < 1e-9:
        return {"direction": "none", "words": "Makes no difference"}
    ranks = floats(np.argsort(np.argsort(values[seen], kind="stable"), kind="stable"))
    together = float(np.corrcoef(ranks, part[seen])[0, 1])
    if together > 0.3:
        return {"direction": "up", "words": f"More of it raises the {noun}"}
    if together < -0.3:
        return {"direction": "down", "words": f"More of it lowers the {noun}"}
    return {"direction": "mixed", "words": "It depends on how much and on the rest"}


def levels_way(names: Any, part: Floats, weight: Floats) -> dict[str, Any]:
    means = {
        str(name): weighted_mean(part[names == name], weight[names == name])
        for name in sorted({name for name in names if name is not None})
    }
    if not means or max(means.values()) - min(means.values()) < 1e-9:
        return {"direction": "none", "words": "Makes no difference"}
    best, worst = max(means, key=lambda n: means[n]), min(means, key=lambda n: means[n])
    return {"direction": "levels", "words": f"Best {best}, worst {worst}"}
