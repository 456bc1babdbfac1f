"""Has the world moved away from what was learned?"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from revenue.ml.arrays import Floats, floats, weighted_mean
from revenue.ml.encode import as_names, as_numbers
from revenue.ml.frames import Feature, Frame, Kind
from revenue.ml.judging import Outcomes
from revenue.ml.segments import gap_error

BINS = 10
SOME, MUCH = 0.1, 0.25  # the usual borders of PSI
MISSING = "(none)"
LEAST_SHARE = 1e-3


def profile_of(frame: Frame, score: Floats) -> dict[str, Any]:
    """What the training window looked like; kept with the model."""
    found = {one.name: profile(frame, one) for one in frame.features}
    edges = inner_edges(score)
    return {
        "features": found,
        "score": {"edges": edges.tolist(), "shares": shares(score, edges, frame.weight)},
        "rows": len(frame),
        "groups": frame.groups(),
    }


def profile(frame: Frame, feature: Feature) -> dict[str, Any]:
    column = frame.values[feature.name]
    if feature.kind is Kind.CATEGORY:
        return {"levels": level_shares(as_names(column, missing=MISSING), frame.weight)}
    values = as_numbers(column)
    edges = inner_edges(values)
    return {"edges": edges.tolist(), "shares": shares(values, edges, frame.weight)}


def inner_edges(values: Floats) -> Floats:
    seen = values[~np.isnan(values)]
    if not len(seen):
        return np.zeros(0)
    if len(few := np.unique(seen)) <= BINS:
        return floats((few[1:] + few[:-1]) / 2)
    return floats(np.unique(np.quantile(seen, np.arange(1, BINS) / BINS)))


def shares(values: Floats, edges: Sequence[float] | Floats, weight: Floats) -> list[float]:
    """Of each bin, and last of what is missing."""
    place = np.searchsorted(floats(edges), values, side="right")
    place[np.isnan(values)] = len(edges) + 1
    counted = np.bincount(place, weights=weight, minlength=len(edges) + 2)
    return [float(one) for one in counted / max(counted.sum(), 1e-12)]


def level_shares(names: Any, weight: Floats) -> dict[str, float]:
    found, place = np.unique(names.astype(str), return_inverse=True)
    counted = np.bincount(place, weights=weight)
    whole = max(counted.sum(), 1e-12)
    return {str(name): float(count / whole) for name, count in zip(found, counted, strict=True)}


def psi(expected: Sequence[float], actual: Sequence[float]) -> float:
    """The population stability index; an empty bin counts as nearly empty."""
    before, after = (np.maximum(floats(one), LEAST_SHARE) for one in (expected, actual))
    before, after = before / before.sum(), after / after.sum()
    return float(((after - before) * np.log(after / before)).sum())


def verdict(value: float, *, by_chance: float) -> str:
    """Few deals move every bin a little: what chance alone brings is no drift."""
    if value < 2 * by_chance:
        return "little"
    return "much" if value >= MUCH else "some" if value >= SOME else "little"


def drift_of(profiled: dict[str, Any], frame: Frame, score: Floats) -> dict[str, Any]:
    features: list[dict[str, Any]] = []
    chance = (BINS - 1) * (1 / max(profiled["groups"], 1) + 1 / max(frame.groups(), 1))
    for one in frame.features:
        if one.name in profiled["features"]:
            value = feature_psi(profiled["features"][one.name], frame, one)
            said = verdict(value, by_chance=chance)
            features.append({"name": one.name, "title": one.title, "psi": value, "verdict": said})
    before = profiled["score"]
    moved = psi(before["shares"], shares(score, before["edges"], frame.weight))
    features.sort(key=lambda row: (-row["psi"], row["name"]))
    return {
        "score": {"psi": moved, "verdict": verdict(moved, by_chance=chance)},
        "features": features,
        "rows": len(frame),
    }


def feature_psi(before: dict[str, Any], frame: Frame, feature: Feature) -> float:
    column = frame.values[feature.name]
    if "levels" not in before:
        return psi(before["shares"], shares(as_numbers(column), before["edges"], frame.weight))
    now = level_shares(as_names(column, missing=MISSING), frame.weight)
    names = sorted({*before["levels"], *now})
    return psi([before["levels"].get(n, 0) for n in names], [now.get(n, 0) for n in names])


def calibration_drift(outcomes: Outcomes) -> dict[str, Any]:
    """Of what closed since: said against came, and whether chance alone explains the gap."""
    if not len(outcomes):
        return {"groups": 0, "gap": None, "error": None, "drifted": False}
    gap = weighted_mean(outcomes.probability - outcomes.label, outcomes.weight)
    error = gap_error(outcomes, gap)
    return {
        "groups": len(np.unique(outcomes.group)),
        "said": weighted_mean(outcomes.probability, outcomes.weight),
        "came": weighted_mean(outcomes.label, outcomes.weight),
        "gap": gap,
        "error": error,
        "drifted": bool(abs(gap) > max(0.03, 2.5 * error)),
    }
