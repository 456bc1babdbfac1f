"""The risk of an open deal, 0 to 100: each part between 0 and 1, times its weight, in points.

A part that nobody can tell of a deal has no weight there, and the others share it. Points are
tenths, and those of the parts add up to the score to the last digit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from forecasting.risk.catalogue import PARTS, PUSHES
from forecasting.risk.facts import Facts
from forecasting.risk.policy import Policy
from forecasting.risk.words import words_of
from revenue.ml.arrays import Floats, Ints, floats

SLOWEST = 3.0  # times what is usual: the worst there is
TENTHS = 1000  # of a point in a hundred points


@dataclass(frozen=True, eq=False)
class Risk:
    """Of each deal the parts, by name; NaN where a part cannot be told."""

    parts: Mapping[str, Floats]
    weights: Mapping[str, Floats]
    points: Mapping[str, Floats]
    score: Floats
    facts: Facts
    probability: Floats
    policy: Policy

    def opened(self, place: int) -> list[dict[str, Any]]:
        """What the page opens: of each part its value in words, and how it comes to its points."""
        found = []
        for name, described in PARTS.items():
            part = float(self.parts[name][place])
            is_known = bool(np.isfinite(part))
            found.append(
                {
                    "name": name,
                    "title": described.title,
                    "value": words_of(name, self.facts, self.probability, part, place),
                    "part": round(part, 4) if is_known else 0.0,
                    "weight": round(float(self.weights[name][place]), 4),
                    "points": float(self.points[name][place]),
                    "known": is_known,
                }
            )
        return found


def risk_of(facts: Facts, probability: Floats, *, policy: Policy, worths: Floats) -> Risk:
    """`worths` are the amounts of all the org's open deals, which a deal's own stands beside."""
    parts = {
        "chance": floats(1 - probability),
        "value": value_part(facts.worth, worths),
        "velocity": velocity_part(facts),
        "stagnation": stagnation_part(facts, policy),
    }
    weights = shared(parts, policy)
    raw = {name: np.nan_to_num(part) * weights[name] for name, part in parts.items()}
    points = in_tenths(np.stack([raw[name] for name in parts]))
    score = floats(points.sum(axis=0) / 10)
    return Risk(
        parts=parts,
        weights=weights,
        points={name: floats(points[at] / 10) for at, name in enumerate(parts)},
        score=score,
        facts=facts,
        probability=probability,
        policy=policy,
    )


def value_part(worth: Floats, worths: Floats) -> Floats:
    """The share of all open deals that are smaller; of those of the same size, half."""
    known = np.sort(worths[np.isfinite(worths)])
    if not len(known):
        return np.full(len(worth), np.nan)
    below = np.searchsorted(known, worth, side="left")
    upto = np.searchsorted(known, worth, side="right")
    return np.where(np.isfinite(worth), (below + upto) / 2 / len(known), np.nan)


def velocity_part(facts: Facts) -> Floats:
    pushed = np.minimum(facts.pushes, PUSHES) / PUSHES
    return worse(slowness(facts.age, facts.usual_age), pushed)


def stagnation_part(facts: Facts, policy: Policy) -> Floats:
    silence = np.clip(facts.days_since_activity / (2 * policy.rules["no_activity"].days), 0, 1)
    return worse(silence, slowness(facts.days_in_stage, facts.usual_in_stage))


def slowness(days: Floats, usual: Floats) -> Floats:
    return np.clip((days / usual - 1) / (SLOWEST - 1), 0, 1)


def worse(one: Floats, other: Floats) -> Floats:
    """The larger of the two; of one that cannot be told, the other."""
    return np.fmax(one, other)


def shared(parts: Mapping[str, Floats], policy: Policy) -> dict[str, Floats]:
    """The weights that are left to what is known, as shares of one."""
    known = {name: np.isfinite(part) * policy.weights[name] for name, part in parts.items()}
    total = sum(known.values(), np.zeros(len(parts["chance"])))
    # Where all the weight stands on what cannot be told, the chance alone speaks.
    bare = total <= 0
    found = {name: floats(weight / np.where(bare, 1, total)) for name, weight in known.items()}
    found["chance"] = np.where(bare, 1.0, found["chance"])
    return found


def in_tenths(raw: Floats) -> Ints:
    """Whole tenths of a point by part and deal; the sum is the rounded sum, and no larger.

    Each part is rounded down, and the tenths that are left go where most was cut off.
    """
    scaled = raw * TENTHS
    down = np.floor(scaled + 1e-9)
    left = np.rint(scaled.sum(axis=0)) - down.sum(axis=0)
    cut = scaled - down
    nth = rankdata(-cut, method="ordinal", axis=0)
    found: Ints = (down + (nth <= left)).astype(np.int64)
    return found
