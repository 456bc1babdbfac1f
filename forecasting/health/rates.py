"""How many customers like this one left: of each feature, by stretch of its values."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from revenue.ml.arrays import Floats, floats, weighted_mean
from revenue.ml.encode import as_names, as_numbers
from revenue.ml.frames import Feature, Frame, Kind

PARTS = 6
LEAST_ROWS, LEAST_CUSTOMERS = 40, 20

Rate = dict[str, Any]


def rates_of(frame: Frame) -> dict[str, Rate]:
    """By feature its borders or levels, with the rate within each and that of all others."""
    known = frame.take(frame.is_known)
    if len(known) < 2 * LEAST_ROWS:
        return {}
    return {one.name: of_feature(known, one) for one in known.features}


def of_feature(frame: Frame, feature: Feature) -> Rate:
    column = frame.values[feature.name]
    if feature.kind is Kind.CATEGORY:
        names = as_names(column)
        levels = sorted({str(name) for name in names if name is not None})
        return {"levels": {one: beside(frame, names == one) for one in levels}}
    values = as_numbers(column)
    seen = values[~np.isnan(values)]
    edges = np.unique(np.quantile(seen, np.arange(1, PARTS) / PARTS)) if len(seen) else seen
    place = np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="right"))
    bins = [beside(frame, place == one) for one in range(len(edges) + 1)]
    return {"edges": [float(one) for one in edges], "bins": bins}


def beside(frame: Frame, here: Any) -> list[float] | None:
    """The rate of those here and of all others; nothing of too few."""
    here = np.asarray(here, dtype=np.bool_)
    few = here.sum() < LEAST_ROWS or (~here).sum() < LEAST_ROWS
    if few or len(np.unique(frame.group[here])) < LEAST_CUSTOMERS:
        return None
    return [
        round(float(weighted_mean(frame.label[one], frame.weight[one])), 4) for one in (here, ~here)
    ]


def rate_for(rates: Mapping[str, Any], name: str, value: Any) -> list[float] | None:
    """Of those who were like this one, and of the others."""
    known = rates.get(name)
    if not known or value is None:
        return None
    if "levels" in known:
        return known["levels"].get(str(value))  # type: ignore[no-any-return]
    place = int(np.searchsorted(floats(known["edges"]), float(value), side="right"))
    return known["bins"][place]  # type: ignore[no-any-return]


def usual_contributions(by_feature: Floats, weight: Floats) -> list[float]:
    """What each feature adds on average, so that more or less than usual can be told."""
    if not len(by_feature):
        return [0.0] * by_feature.shape[1]
    return [float(one) for one in (weight @ by_feature) / weight.sum()]
