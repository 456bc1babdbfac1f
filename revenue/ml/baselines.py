"""What a model has to beat, and what stands in for it where there is too little to learn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betaincinv

from revenue.ml.arrays import Floats, floats, logit, weighted_mean
from revenue.ml.encode import as_names
from revenue.ml.frames import Frame
from revenue.ml.members import Contributions

PRIOR = 20.0  # deals that the whole counts for beside those of one stage
EVEN = 2.0  # deals of an even chance, so that three lost deals do not make a rate of nought


@dataclass(frozen=True)
class Rates:
    """The rate of each stage, shrunk toward the whole's, and the whole's toward even."""

    stratum: str
    whole: float
    deals: float
    rates: Mapping[str, float]
    counts: Mapping[str, float]
    kind: str = "rates"

    def names(self, frame: Frame) -> list[str]:
        if not self.stratum:
            return [""] * len(frame)
        return [name or "" for name in as_names(frame.column(self.stratum))]

    def probability(self, frame: Frame) -> Floats:
        return floats([self.rates.get(name, self.whole) for name in self.names(frame)])

    def interval(self, frame: Frame, *, error_rate: float) -> tuple[Floats, Floats]:
        """What the counts leave open (the quantiles of the beta distribution of each rate)."""
        rate = self.probability(frame)
        seen = floats([self.counts.get(name, 0.0) for name in self.names(frame)])
        weight = seen + np.minimum(PRIOR, self.deals) + EVEN
        won, lost = rate * weight, (1 - rate) * weight
        ends = (betaincinv(won, lost, q) for q in (error_rate / 2, 1 - error_rate / 2))
        low, high = (floats(end) for end in ends)
        return low, high

    def margin(self, frame: Frame) -> Floats:
        return logit(self.probability(frame))

    def contributions(self, frame: Frame) -> Contributions:
        """Only the stage speaks: where it is no feature, nothing does."""
        parts = np.zeros((len(frame), len(frame.features)))
        margin, base = self.margin(frame), np.full(len(frame), float(logit(self.whole)))
        for place, feature in enumerate(frame.features):
            if feature.name == self.stratum:
                parts[:, place] = margin - base
                return Contributions(base, parts)
        return Contributions(margin, parts)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "stratum": self.stratum,
            "whole": self.whole,
            "deals": self.deals,
            "rates": dict(self.rates),
            "counts": dict(self.counts),
        }

    def blobs(self) -> dict[str, bytes]:
        return {}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Rates":
        return cls(**{name: value for name, value in data.items() if name != "kind"})


def fit_rates(frame: Frame, *, stratum: str = "", prior: float = PRIOR) -> Rates:
    deals = float(frame.weight.sum())
    won = float(frame.weight @ frame.label) if len(frame) else 0.0
    whole = (won + EVEN / 2) / (deals + EVEN)
    rates: dict[str, float] = {}
    counts: dict[str, float] = {}
    names = (
        np.array([n or "" for n in as_names(frame.column(stratum))]) if stratum else np.array([])
    )
    for name in sorted(set(names)):
        here = names == name
        seen = float(frame.weight[here].sum())
        mean = weighted_mean(frame.label[here], frame.weight[here]) if seen else whole
        rates[str(name)] = (mean * seen + whole * prior) / (seen + prior)
        counts[str(name)] = seen
    return Rates(stratum, whole, deals, rates, counts)
