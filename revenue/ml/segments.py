"""The same quality for everyone? By region, industry, size, seller, or what else the rows tell."""

from typing import Any

import numpy as np
import pandas as pd

from revenue.ml.arrays import weighted_mean
from revenue.ml.encode import as_names
from revenue.ml.judging import Outcomes, auc

LEAST_GROUPS = 20
MOST_VALUES = 12
FAR_OFF = 0.05


def by_segment(outcomes: Outcomes, segments: pd.DataFrame) -> list[dict[str, Any]]:
    """The largest values of each segment; too few deals say nothing about anybody."""
    found = []
    for name in segments.columns:
        names = as_names(segments[name], missing="(none)").astype(str)
        rows = [part_of(outcomes, str(name), value, names == value) for value in np.unique(names)]
        large = [row for row in rows if row["groups"] >= LEAST_GROUPS]
        found += sorted(large, key=lambda row: (-row["groups"], row["value"]))[:MOST_VALUES]
    return found


def part_of(outcomes: Outcomes, segment: str, value: Any, here: Any) -> dict[str, Any]:
    inside = outcomes.take(here)
    gap = weighted_mean(inside.probability - inside.label, inside.weight)
    error = gap_error(inside, gap)
    return {
        "segment": segment,
        "value": str(value),
        "groups": len(np.unique(inside.group)),
        "rate": weighted_mean(inside.label, inside.weight),
        "said": weighted_mean(inside.probability, inside.weight),
        "gap": gap,
        "gap_error": error,
        "auc": auc(inside),
        "brier": weighted_mean(inside.brier, inside.weight),
        "stands_out": bool(abs(gap) > max(FAR_OFF, 3 * error)),
    }


def gap_error(inside: Outcomes, gap: float) -> float:
    _, place = np.unique(inside.group, return_inverse=True)
    off = inside.weight * (inside.probability - inside.label - gap)
    return float(np.sqrt((np.bincount(place, weights=off) ** 2).sum()) / inside.weight.sum())
