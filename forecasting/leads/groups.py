"""What became of leads that were alike in one thing: the figures that reasons are told with."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from revenue.ml.arrays import Floats, Ints, floats, weighted_mean
from revenue.ml.encode import as_names, as_numbers
from revenue.ml.frames import Feature, Frame, Kind
from revenue.ml.plain import plain

QUARTERS = (0.25, 0.5, 0.75)
HOURS = ("hours_to_answer", "hours_waiting")
HOUR_EDGES = (1.0, 4.0, 24.0, 72.0)  # in which people speak of an answer
LEAST = 20.0  # leads below which a group's share says nothing
MISSING = "missing"


def groups_of(frame: Frame) -> dict[str, Any]:
    """By feature: where its groups begin, and of each group the share converted and that of the
    others; of few leads, nothing.
    """
    return {one.name: plain(group_of(frame, one)) for one in frame.features}


def group_of(frame: Frame, feature: Feature) -> dict[str, Any]:
    if feature.kind is Kind.CATEGORY:
        names = as_names(frame.values[feature.name], missing=MISSING)
        return {"rates": {str(name): shares(frame, names == name) for name in sorted(set(names))}}
    values = as_numbers(frame.values[feature.name])
    edges = edges_of(feature, values)
    place = places_of(edges, values)
    return {
        "edges": edges,
        "rates": {str(one): shares(frame, place == one) for one in sorted(set(place.tolist()))},
    }


def edges_of(feature: Feature, values: Floats) -> Floats:
    """A value at an edge is above it."""
    if feature.kind is Kind.FLAG:
        return floats([0.5])
    if feature.name in HOURS:
        return np.log1p(floats(HOUR_EDGES))
    seen = values[np.isfinite(values)]
    return np.unique(np.quantile(seen, QUARTERS)) if len(seen) else floats([])


def places_of(edges: Floats, values: Floats) -> Ints:
    place = np.searchsorted(edges, values, side="right")
    return np.where(np.isnan(values), -1, place).astype(np.int64)


def shares(frame: Frame, here: Any) -> list[float] | None:
    heavy = frame.weight * here
    if heavy.sum() < LEAST or (frame.weight * ~here).sum() < LEAST:
        return None
    return [weighted_mean(frame.label, heavy), weighted_mean(frame.label, frame.weight * ~here)]


def told_of(group: Mapping[str, Any], value: Any) -> tuple[str, list[float] | None]:
    """Between what edges a value lies, in a name that `words` can read, and the two shares."""
    rates = group.get("rates", {})
    if "edges" not in group:
        name = MISSING if value is None else str(value)
        return name, rates.get(name)
    place = -1 if value is None else int(np.searchsorted(group["edges"], value, side="right"))
    return str(place), rates.get(str(place))
