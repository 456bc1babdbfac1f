"""How deals ended that were like this one in one thing: counted, whatever a model says.

Of all deals that had ended by the day on which the model was learned. A deal weighs one, split over
its moments: one that was so for half of its life counts half, in the share and among the deals.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from forecasting.reasons import counting
from revenue.ml.arrays import Anything, Flags, Floats, floats, weighted_mean
from revenue.ml.baselines import PRIOR
from revenue.ml.encode import as_names, as_numbers
from revenue.ml.frames import Feature, Frame, Kind

PARTS = 8
LEAST_IN_PART = 20.0  # deals
LEAST_TO_SAY = 10.0
MOST_LEVELS = 60
FEW_VALUES = 6
LEAST_STAYS = 10
Rates = Mapping[str, Any]


def base_rates(frame: Frame) -> dict[str, Any]:
    """Of labelled rows: the share of all that were won, and that of each part of each feature."""
    known = frame.take(frame.is_known).balanced()
    whole = weighted_mean(known.label, known.weight) if len(known) else None
    return {
        "whole": whole,
        "deals": known.groups(),
        "won": won_deals(known),
        "features": {one.name: parts_of(known, one, whole) for one in known.features},
        "stages": stages_of(known),
    }


def won_deals(known: Frame) -> int:
    return len(np.unique(known.group[known.label == 1]))


def parts_of(known: Frame, feature: Feature, whole: float | None) -> dict[str, Any]:
    if not len(known):
        return {"kind": feature.kind.value, "missing": None, "parts": []}
    if feature.kind is Kind.CATEGORY:
        names = as_names(known.values[feature.name])
        return {
            "kind": "category",
            "missing": rate_of(known, np.array([one is None for one in names]), whole),
            "levels": levels_of(known, names, whole),
        }
    values = as_numbers(known.values[feature.name])
    parts = []
    for here in cut(values, known.weight):
        some = {"from": float(values[here].min()), "to": float(values[here].max())}
        parts.append(some | (rate_of(known, here, whole) or {}))
    return {
        "kind": feature.kind.value,
        "missing": rate_of(known, np.isnan(values), whole),
        "parts": parts,
    }


def rate_of(known: Frame, here: Flags, whole: float | None) -> dict[str, Any] | None:
    """Drawn toward the whole, as a few deals of one kind say little."""
    if not here.any() or whole is None:
        return None
    weight = known.weight[here]
    won = (weight @ known.label[here] + PRIOR * whole) / (weight.sum() + PRIOR)
    return {"won": float(won), "deals": float(weight.sum())}


def levels_of(known: Frame, names: Anything, whole: float | None) -> dict[str, Any]:
    found = {
        str(name): rate_of(known, np.asarray(names == name, dtype=np.bool_), whole)
        for name in sorted({one for one in names if one is not None})
    }
    enough = {name: one for name, one in found.items() if one and one["deals"] >= LEAST_TO_SAY}
    most = sorted(enough, key=lambda name: -enough[name]["deals"])[:MOST_LEVELS]
    return {name: enough[name] for name in most}


def cut(values: Floats, weight: Floats) -> list[Flags]:
    """Parts of a number that hold about as many moments each, and enough deals."""
    seen = ~np.isnan(values)
    if not seen.any():
        return []
    own = np.unique(values[seen])
    if len(own) > FEW_VALUES:
        own = np.unique(np.quantile(values[seen], np.linspace(0, 1, PARTS + 1)[1:], method="lower"))
        own[-1] = values[seen].max()
    place = np.full(len(values), -1)
    place[seen] = np.searchsorted(own, values[seen], side="left")
    parts = [place == at for at in range(len(own))]
    return merged([part for part in parts if part.any()], weight)


def merged(parts: list[Flags], weight: Floats) -> list[Flags]:
    """The part with too few deals goes with its smaller neighbour, until none is left."""
    sizes = [float(weight[part].sum()) for part in parts]
    while len(parts) > 1 and min(sizes) < LEAST_IN_PART:
        small = int(np.argmin(sizes))
        beside = [at for at in (small - 1, small + 1) if 0 <= at < len(parts)]
        other = min(beside, key=lambda at: sizes[at])
        low, high = sorted((small, other))
        parts = [*parts[:low], parts[low] | parts[high], *parts[high + 1 :]]
        sizes = [*sizes[:low], sizes[low] + sizes[high], *sizes[high + 1 :]]
    return parts


def stages_of(known: Frame) -> dict[str, dict[str, float]]:
    """Of each stage: its place, what won deals take there, and how long they then still had."""
    names = {one.name for one in known.features} | set(known.segments.columns)
    if "stage" not in names or not len(known):
        return {}
    rows = pd.DataFrame({"stage": as_names(known.column("stage")), "deal": known.group})
    for name in ("stage_order", "days_in_stage", "slower_than_won"):
        empty = np.full(len(rows), np.nan)
        rows[name] = as_numbers(known.column(name)) if name in names else empty
    left = (known.label_known_at - known.as_of) / np.timedelta64(86_400, "s")
    rows["left"] = np.where(known.label == 1, floats(left), np.nan)
    rows["usual"] = np.log1p(rows["days_in_stage"].clip(lower=0)) - rows["slower_than_won"]
    found = {}
    for stage, part in rows.groupby("stage", sort=True):
        if part["deal"].nunique() >= LEAST_STAYS:
            middle = part[["stage_order", "usual", "left"]].median()
            found[str(stage)] = {
                str(name): float(value) for name, value in middle.items() if np.isfinite(value)
            }
    return found


def base_rate(rates: Rates, feature: Feature, value: Any) -> dict[str, Any] | None:
    """Of deals with such a value; none where too few were seen to say."""
    known = rates.get("features", {}).get(feature.name)
    if known is None or rates.get("whole") is None:
        return None
    found = part_with(known, value)
    if not found or "won" not in found or found["deals"] < LEAST_TO_SAY:
        return None
    return {
        "won": found["won"],
        "against": rates["whole"],
        "deals": round(found["deals"]),
        "such": span(known, found),
        "words": f"{counting.share(found['won'])} of such deals were won, against"
        f" {counting.share(rates['whole'])} of all",
    }


def part_with(known: Mapping[str, Any], value: Any) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None
    if value is None:
        found = known["missing"]
    elif known["kind"] == Kind.CATEGORY:
        found = known["levels"].get(str(value))
    else:
        here = (part for part in known["parts"] if float(value) <= part["to"])
        found = next(here, known["parts"][-1] if known["parts"] else None)
    return found


def span(known: Mapping[str, Any], part: Mapping[str, Any]) -> list[float] | None:
    """From and to, of a number; nothing is said where a part is everything."""
    if "from" not in part or len(known["parts"]) < 2:
        return None
    return [part["from"], part["to"]]
