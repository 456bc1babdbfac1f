"""Rows to learn from or to score: what was known of a thing at a moment, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
import pandas as pd

from revenue.ml.arrays import Anything, Flags, Floats, Ints, Moments, codes_of, floats


class FrameError(ValueError):
    """A frame that does not fit together; the message says where."""


class Kind(StrEnum):
    NUMBER = "number"
    CATEGORY = "category"
    FLAG = "flag"


@dataclass(frozen=True)
class Feature:
    name: str
    kind: Kind = Kind.NUMBER
    label: str = ""
    # 1: more of it never lowers the prediction; -1: never raises it. Numbers and flags only.
    monotone: int = 0

    def __post_init__(self) -> None:
        if self.monotone not in (-1, 0, 1) or (self.monotone and self.kind is Kind.CATEGORY):
            raise FrameError(f"{self.name}: only a number or a flag can be monotone, by -1 or 1.")

    @property
    def title(self) -> str:
        return self.label or self.name.replace("_", " ")


@dataclass(frozen=True, eq=False)
class Frame:
    features: tuple[Feature, ...]
    values: pd.DataFrame
    ids: Anything
    group: Ints
    as_of: Moments
    label: Floats  # NaN: not known yet
    label_known_at: Moments  # NaT: not known yet
    weight: Floats
    segments: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def is_known(self) -> Flags:
        return np.isfinite(self.label) & ~np.isnat(self.label_known_at)

    def take(self, rows: Flags | Ints) -> "Frame":
        places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return Frame(
            features=self.features,
            values=self.values.iloc[places].reset_index(drop=True),
            ids=self.ids[places],
            group=self.group[places],
            as_of=self.as_of[places],
            label=self.label[places],
            label_known_at=self.label_known_at[places],
            weight=self.weight[places],
            segments=self.segments.iloc[places].reset_index(drop=True),
        )

    def only(self, names: Sequence[str]) -> "Frame":
        """With these features and no others, in this frame's order."""
        kept = tuple(one for one in self.features if one.name in set(names))
        return replace(self, features=kept, values=self.values[[one.name for one in kept]])

    def without(self, names: Sequence[str]) -> "Frame":
        gone = set(names)
        return self.only([one.name for one in self.features if one.name not in gone])

    def column(self, name: str) -> "pd.Series[Any]":
        """A feature or, where there is none of that name, a segment."""
        if name in self.values.columns:
            return self.values[name]
        if name in self.segments.columns:
            return self.segments[name]
        raise FrameError(f"The frame has neither a feature nor a segment named {name!r}.")

    def balanced(self) -> "Frame":
        """Each group weighs one, however many moments it has."""
        return replace(self, weight=self.weight / group_totals(self.group, self.weight))

    def even(self) -> "Frame":
        """Each row weighs the same, and all together as many as there are groups.

        A deal's number of moments is not known while it is open: to weigh by it would judge a
        population that nobody ever looks at.
        """
        share = self.groups() / max(len(self), 1)
        return replace(self, weight=np.full(len(self), share))

    def groups(self) -> int:
        return len(np.unique(self.group))


def group_totals(group: Ints, values: Floats) -> Floats:
    """Each row's group's total."""
    _, place = np.unique(group, return_inverse=True)
    return floats(np.bincount(place, weights=values)[place])


def make_frame(
    values: pd.DataFrame,
    *,
    features: Sequence[Feature],
    as_of: Any,
    label: Any = None,
    label_known_at: Any = None,
    ids: Any = None,
    group: Any = None,
    segments: pd.DataFrame | None = None,
) -> Frame:
    """Checked on the way in, so that nothing after it need ask."""
    rows = len(values)
    check_features(values, features)
    given: dict[str, Any] = {
        "as_of": moments(as_of, rows=rows),
        "label": np.full(rows, np.nan) if label is None else floats(label),
        "label_known_at": moments(label_known_at, rows=rows),
        "ids": np.arange(rows) if ids is None else np.asarray(ids),
    }
    given["group"] = codes_of(given["ids"] if group is None else np.asarray(group))
    for name, column in given.items():
        if len(column) != rows:
            raise FrameError(f"{name} has {len(column)} rows where the features have {rows}.")
    check_moments(given)
    parts = pd.DataFrame(index=range(rows)) if segments is None else segments
    if len(parts) != rows:
        raise FrameError(f"segments has {len(parts)} rows where the features have {rows}.")
    return Frame(
        features=tuple(features),
        values=values[[one.name for one in features]].reset_index(drop=True),
        segments=parts.reset_index(drop=True),
        weight=np.ones(rows),
        **given,
    )


def moments(values: Any, *, rows: int) -> Moments:
    if values is None:
        return np.full(rows, np.datetime64("NaT"), dtype="datetime64[s]")
    index = pd.DatetimeIndex(pd.to_datetime(values, utc=True)).tz_localize(None)
    return np.asarray(index.to_numpy(), dtype="datetime64[s]")


def moment(value: Any) -> np.datetime64:
    return np.datetime64(moments([value], rows=1)[0])


def check_features(values: pd.DataFrame, features: Sequence[Feature]) -> None:
    names = [one.name for one in features]
    if len(set(names)) != len(names):
        raise FrameError("Two features have the same name.")
    if absent := [name for name in names if name not in values.columns]:
        raise FrameError(f"The values lack these features: {', '.join(absent)}.")


def check_moments(given: Mapping[str, Anything]) -> None:
    if np.isnat(given["as_of"]).any():
        raise FrameError("Each row needs the moment that it is as of.")
    known = np.isfinite(given["label"])
    if (known & np.isnat(given["label_known_at"])).any():
        raise FrameError("Each label needs the moment at which it became known.")
    if (given["label_known_at"][known] < given["as_of"][known]).any():
        raise FrameError("A label was known before the moment of its own row: that is no forecast.")


class Knows(Protocol):
    @property
    def features(self) -> Sequence[Feature]: ...


def with_all_of(frame: Frame, trained: Knows) -> Frame:
    """A field that the org no longer has is unknown of every row."""
    gone = [one for one in trained.features if one.name not in frame.values.columns]
    if not gone:
        return frame
    empty = pd.DataFrame({one.name: np.full(len(frame), np.nan) for one in gone})
    return replace(
        frame,
        features=(*frame.features, *gone),
        values=pd.concat([frame.values, empty], axis=1),
    )
