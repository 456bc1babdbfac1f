"""How good a number was, on rows that took no part in the making."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from revenue.ml.arrays import Floats, Ints, floats, weighted_mean
from revenue.ml.choosing import sums_by
from revenue.ml.frames import Frame

LEAST_SHARE = 0.01  # of the mean: what is said of an amount counts as no less than that
TENTHS = 10
Z = 1.645  # nine in ten


class Between(Protocol):
    def __call__(self, prediction: Floats, /) -> tuple[Floats, Floats]: ...


@dataclass(frozen=True, eq=False)
class Values:
    """What was said and what came, row by row; a group's rows hang together."""

    label: Floats
    said: Floats
    weight: Floats
    group: Ints

    @property
    def absolute(self) -> Floats:
        return np.abs(self.label - self.said)

    @property
    def mse(self) -> float:
        return weighted_mean(self.squared, self.weight)

    @property
    def squared(self) -> Floats:
        return floats((self.label - self.said) ** 2)

    @property
    def deviance(self) -> Floats:
        """Of amounts (Poisson's): a large one does not drown all others, and the mean is best."""
        said = np.maximum(self.said, LEAST_SHARE * weighted_mean(self.label, self.weight))
        label = np.maximum(self.label, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            told = np.where(label > 0, label * np.log(label / said), 0.0)
        return floats(2 * (told - label + said))


def values_of(frame: Frame, said: Floats | float) -> Values:
    told = np.broadcast_to(floats(said), frame.label.shape)
    return Values(frame.label, told, frame.weight, frame.group)


def errors_of(values: Values, *, target: str = "number") -> dict[str, Any]:
    middle = weighted_mean(values.label, values.weight)
    whole = weighted_mean((values.label - middle) ** 2, values.weight)
    found = {
        "r2": 1 - values.mse / whole if whole else None,
        "mae": weighted_mean(values.absolute, values.weight),
        "rmse": float(np.sqrt(values.mse)),
        "mean_said": weighted_mean(values.said, values.weight),
        "mean_came": middle,
        "rows": len(values.label),
        "groups": len(np.unique(values.group)),
    }
    if target == "amount":
        found["deviance"] = weighted_mean(values.deviance, values.weight)
    return found


def held_by(band: Between, values: Values, *, error_rate: float) -> dict[str, Any]:
    """How often the band held, how wide it is, and the pinball loss of its ends and its middle."""
    low, high = band(values.said)
    inside = floats((low <= values.label) & (values.label <= high))
    ends = ((low, error_rate / 2), (values.said, 0.5), (high, 1 - error_rate / 2))
    losses = [weighted_mean(pinball(values.label, said, at), values.weight) for said, at in ends]
    return {
        "coverage": weighted_mean(inside, values.weight),
        "promised": 1 - error_rate,
        "width": weighted_mean(high - low, values.weight),
        "pinball": float(np.mean(losses)),
    }


def pinball(label: Floats, said: Floats, quantile: float) -> Floats:
    off = label - said
    return floats(np.maximum(quantile * off, (quantile - 1) * off))


def tenths(values: Values, band: Between) -> list[dict[str, Any]]:
    """From those of whom the least is said to the most: said, came, and how often the band held."""
    low, high = band(values.said)
    inside = floats((low <= values.label) & (values.label <= high))
    order = np.argsort(values.said, kind="stable")
    reached = values.weight[order].cumsum()
    place = np.zeros(len(order), dtype=np.int64)
    place[order] = np.minimum((reached / reached[-1] * TENTHS - 1e-9).astype(int), TENTHS - 1)
    found = []
    for one in np.unique(place):
        here = place == one
        label, weight = values.label[here], values.weight[here]
        came = weighted_mean(label, weight)
        around = sums_by(values.group[here], weight * (label - came))
        off = Z * float(np.sqrt((around**2).sum()) / weight.sum())
        found.append(
            {
                "from": float(values.said[here].min()),
                "to": float(values.said[here].max()),
                "said": weighted_mean(values.said[here], weight),
                "came": came,
                "low": came - off,
                "high": came + off,
                "coverage": weighted_mean(inside[here], weight),
                "groups": len(np.unique(values.group[here])),
            }
        )
    return found


def found_first(values: Values) -> list[dict[str, float]]:
    """Best first: the share of all that came which so many of the rows hold."""
    order = np.argsort(-values.said, kind="stable")
    heavy = values.weight[order].cumsum()
    came = (values.weight * values.label)[order].cumsum()
    if not came[-1]:
        return []
    rows = []
    for part in range(1, TENTHS + 1):
        upto = min(int(np.searchsorted(heavy / heavy[-1], part / TENTHS - 1e-9)), len(order) - 1)
        share, found = float(heavy[upto] / heavy[-1]), float(came[upto] / came[-1])
        rows.append({"share": part / TENTHS, "found": found, "lift": found / share})
    return rows
