"""Features as numbers: native codes for trees, a standardised design for linear models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from revenue.ml.arrays import Anything, Floats, Ints, floats
from revenue.ml.frames import Feature, Frame, Kind

OTHER = "(other)"
SPREAD = 20.0  # the upper end over the middle, from which a number that is never negative is logged
BOUND = 5.0  # standard deviations beyond which a value says no more to a linear model
CODES = {Kind.NUMBER: "q", Kind.CATEGORY: "c", Kind.FLAG: "q"}


def as_numbers(column: "pd.Series[Any]") -> Floats:
    numbers = floats(
        pd.to_numeric(column, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    )
    return floats(np.where(np.isfinite(numbers), numbers, np.nan))


def as_names(column: "pd.Series[Any]", *, missing: str | None = None) -> Anything:
    """Text, or `missing` where nothing is said; a blank says nothing."""
    codes, uniques = pd.factorize(column)
    said = [str(value).strip() or missing for value in uniques]
    return np.array([*said, missing], dtype=object)[codes]


@dataclass(frozen=True)
class Encoder:
    features: tuple[Feature, ...]
    levels: Mapping[str, tuple[str, ...]]

    @classmethod
    def fit(cls, frame: Frame, *, rare_below: float = 10.0, most_levels: int = 60) -> "Encoder":
        """Levels seldom seen, counted by weight, share one; the order of rows is no matter."""
        levels = {
            one.name: frequent(frame, one.name, rare_below=rare_below, most=most_levels)
            for one in frame.features
            if one.kind is Kind.CATEGORY
        }
        return cls(frame.features, levels)

    def encode(self, frame: Frame) -> Floats:
        columns = [self.column(frame, one) for one in self.features]
        return np.column_stack(columns) if columns else np.zeros((len(frame), 0))

    def column(self, frame: Frame, feature: Feature) -> Floats:
        column = frame.values[feature.name]
        if feature.kind is Kind.CATEGORY:
            return level_codes(column, self.levels[feature.name])
        return as_numbers(column)

    @property
    def types(self) -> list[str]:
        return [CODES[one.kind] for one in self.features]

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.features]

    def as_json(self) -> dict[str, Any]:
        features = [[one.name, one.kind.value, one.label, one.monotone] for one in self.features]
        return {"features": features, "levels": {k: list(v) for k, v in self.levels.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Encoder":
        features = tuple(
            Feature(name, Kind(kind), label, monotone)
            for name, kind, label, monotone in data["features"]
        )
        return cls(features, {name: tuple(levels) for name, levels in data["levels"].items()})


def frequent(frame: Frame, name: str, *, rare_below: float, most: int) -> tuple[str, ...]:
    names = as_names(frame.values[name])
    weights = pd.Series(frame.weight).groupby(names, dropna=True).sum()
    ordered = sorted(weights.items(), key=lambda pair: (-pair[1], str(pair[0])))
    kept = [str(level) for level, weight in ordered if weight >= rare_below][:most]
    return (*kept, OTHER) if len(kept) < len(ordered) else tuple(kept)


def level_codes(column: "pd.Series[Any]", levels: Sequence[str]) -> Floats:
    """A level never seen is one of the rare; where none was rare, it says nothing."""
    code = {level: float(place) for place, level in enumerate(levels)}
    unseen = code.get(OTHER, np.nan)
    places, uniques = pd.factorize(column)
    named = [str(value).strip() for value in uniques]
    return floats([*(code.get(name, unseen) if name else np.nan for name in named), np.nan])[places]


@dataclass(frozen=True)
class Column:
    """One column of the design: of which feature, and what of it."""

    feature: int
    part: str  # "value", "missing" or "level"
    level: int = 0
    middle: float = 0.0
    mean: float = 0.0
    scale: float = 1.0
    logged: bool = False


@dataclass(frozen=True)
class Design:
    """From encoded numbers to standardised and one-hot columns with marks of what is missing."""

    columns: tuple[Column, ...]

    @classmethod
    def fit(cls, encoder: Encoder, encoded: Floats, weight: Floats) -> "Design":
        columns: list[Column] = []
        for place, feature in enumerate(encoder.features):
            values = encoded[:, place]
            if np.isnan(values).any() and not np.isnan(values).all():
                columns.append(Column(place, "missing"))
            if feature.kind is Kind.CATEGORY:
                levels = range(len(encoder.levels[feature.name]))
                columns.extend(Column(place, "level", level) for level in levels)
            elif (column := number_column(place, values, weight)) is not None:
                columns.append(column)
        return cls(tuple(columns))

    def apply(self, encoded: Floats) -> Floats:
        if not self.columns:
            return np.zeros((len(encoded), 0))
        return np.column_stack([value_of(one, encoded[:, one.feature]) for one in self.columns])

    @property
    def owners(self) -> Ints:
        """Of each column of the design, the place of its feature."""
        return np.array([one.feature for one in self.columns], dtype=np.int64)

    def as_json(self) -> list[list[Any]]:
        return [
            [one.feature, one.part, one.level, one.middle, one.mean, one.scale, one.logged]
            for one in self.columns
        ]

    @classmethod
    def from_json(cls, data: Sequence[Sequence[Any]]) -> "Design":
        return cls(tuple(Column(*one) for one in data))


def number_column(place: int, values: Floats, weight: Floats) -> Column | None:
    seen = ~np.isnan(values)
    if not seen.any():
        return None
    known, heavy = values[seen], weight[seen]
    middle = float(np.median(known))
    logged = bool(known.min() >= 0 and np.quantile(known, 0.99) > SPREAD * max(middle, 1.0))
    scaled = np.log1p(known) if logged else known
    mean = float(np.average(scaled, weights=heavy)) if heavy.sum() else float(scaled.mean())
    spread = float(np.sqrt(np.average((scaled - mean) ** 2, weights=heavy))) if heavy.sum() else 0.0
    if spread < 1e-12:
        return None
    return Column(place, "value", 0, middle, mean, spread, logged)


def value_of(column: Column, values: Floats) -> Floats:
    if column.part == "missing":
        return floats(np.isnan(values))
    if column.part == "level":
        return floats(values == column.level)
    filled = np.where(np.isnan(values), column.middle, values)
    scaled = np.log1p(np.maximum(filled, 0)) if column.logged else filled
    return floats(np.clip((scaled - column.mean) / column.scale, -BOUND, BOUND))
