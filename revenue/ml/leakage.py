"""The alarm for fields that tell the outcome because the outcome filled them in."""

from collections.abc import Mapping

import numpy as np

from revenue.ml.arrays import Flags, Floats, Ints, codes_of, floats, weighted_mean
from revenue.ml.encode import Encoder, as_names, as_numbers
from revenue.ml.frames import Feature, Frame, Kind
from revenue.ml.hindsight import (
    Seen,
    are_together,
    companions,
    values_of,
    why_with_hindsight,
)
from revenue.ml.judging import Outcomes, auc
from revenue.ml.settings import Settings

FOLDS = 5
AGE_BINS = 6
LEAST_ROWS = 40
PARTS = 12  # bins of a number, when asked how well it separates alone
PRIOR = 5.0


def leaks(known: Frame, *, open_rows: Frame, settings: Settings) -> dict[str, str]:
    """Features to leave out, each with the reason in words. Only training rows are asked."""
    found: dict[str, str] = {}
    for feature in known.features:
        if why := why_it_leaks(known, open_rows, feature, settings):
            found[feature.name] = why
    if len(known) < LEAST_ROWS:
        return found
    return found | with_hindsight(known, found, settings)


def with_hindsight(known: Frame, found: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Of features that no history dates: each by itself, then what goes together with those."""
    asked = [one for one in known.features if one.name in settings.unrecorded]
    seen = {one.name: seen_of(known, one) for one in asked}
    told = {name: why for name, why in found.items() if name in seen}
    for name, one in seen.items():
        others = [other for key, other in seen.items() if key != name]
        in_a_set = any(are_together(one, other) for other in others)
        if name not in found and (why := why_with_hindsight(one, settings, in_a_set=in_a_set)):
            told[name] = why
    while more := companions(told, seen):
        told |= more
    return told


def seen_of(known: Frame, feature: Feature) -> Seen:
    place, present = values_of(known, feature)
    some = known.only([feature.name])
    inside = some.take(present) if present.any() else some
    alone, within = (alone_auc(one, feature) or 0.5 for one in (some, inside))
    return Seen(feature, place, present, known, alone, within)


def why_it_leaks(known: Frame, open_rows: Frame, feature: Feature, settings: Settings) -> str:
    alone = alone_auc(known, feature)
    if alone is not None and alone > settings.suspect_alone_auc:
        return (
            f"Alone it separates {settings.positive} from {settings.negative} with an AUC of"
            f" {alone:.2f}: it probably tells the outcome."
        )
    return why_filled_at_the_end(known, open_rows, feature, settings)


def alone_auc(frame: Frame, feature: Feature) -> float | None:
    """By the rate of each level or bin, learned on other groups, missing being a level too."""
    place = parts_of(frame, feature)
    folds = codes_of(frame.group) % FOLDS
    said = np.zeros(len(frame))
    for fold in range(FOLDS):
        out = folds == fold
        if out.any() and (~out).any():
            said[out] = rates_by(place, frame, ~out)[place[out]]
    return auc(Outcomes(frame.label, said, frame.weight, frame.group))


def parts_of(frame: Frame, feature: Feature) -> Ints:
    if feature.kind is Kind.CATEGORY:
        codes = Encoder.fit(frame.only([feature.name]), rare_below=3.0).encode(
            frame.only([feature.name])
        )[:, 0]
        return np.nan_to_num(codes, nan=codes[~np.isnan(codes)].max(initial=-1.0) + 1).astype(int)
    values = as_numbers(frame.values[feature.name])
    seen = values[~np.isnan(values)]
    edges = np.unique(np.quantile(seen, np.arange(1, PARTS) / PARTS)) if len(seen) else seen
    place = np.searchsorted(edges, values, side="right")
    return np.where(np.isnan(values), len(edges) + 1, place).astype(np.int64)


def rates_by(place: Ints, frame: Frame, rows: Flags) -> Floats:
    size = int(place.max()) + 1
    weight = frame.weight * rows
    heavy = np.bincount(place, weights=weight, minlength=size)
    won = np.bincount(place, weights=weight * frame.label, minlength=size)
    return floats((won + PRIOR * weighted_mean(frame.label, weight)) / (heavy + PRIOR))


def is_present(frame: Frame, feature: Feature) -> Floats:
    column = frame.values[feature.name]
    if feature.kind is Kind.CATEGORY:
        return floats([name is not None for name in as_names(column)])
    return floats(~np.isnan(as_numbers(column)))


def why_filled_at_the_end(
    known: Frame, open_rows: Frame, feature: Feature, settings: Settings
) -> str:
    """Filled for what is closed, empty for what is open at the same age."""
    if len(known) < LEAST_ROWS or len(open_rows) < LEAST_ROWS:
        return ""
    closed, still_open = is_present(known, feature), is_present(open_rows, feature)
    if closed.all() and still_open.all():
        return ""
    here, there = age_bins(known, open_rows, settings.age)
    shared = np.intersect1d(here, there)
    counts = floats([known.weight[here == one].sum() for one in shared])
    rates = floats(
        [
            (
                weighted_mean(closed[here == one], known.weight[here == one]),
                weighted_mean(still_open[there == one], open_rows.weight[there == one]),
            )
            for one in shared
        ]
    )
    if not counts.sum():
        return ""
    filled, empty = counts @ rates / counts.sum()
    is_dated = feature.name not in settings.unrecorded
    if filled - empty < (settings.suspect_presence_gap if is_dated else settings.unrecorded_gap):
        return ""
    return (
        f"Filled in for {filled:.0%} of the closed but {empty:.0%} of the open {settings.noun} of"
        " the same age: it is written only at the end."
    )


def age_bins(known: Frame, open_rows: Frame, age: str) -> tuple[Ints, Ints]:
    if not age:
        return np.zeros(len(known), dtype=np.int64), np.zeros(len(open_rows), dtype=np.int64)
    ages, others = as_numbers(known.column(age)), as_numbers(open_rows.column(age))
    edges = np.unique(np.nanquantile(ages, np.arange(1, AGE_BINS) / AGE_BINS))
    here, there = (np.searchsorted(edges, one, side="right") for one in (ages, others))
    return here, there
