"""Rows followed week by week, until they close or are lost from sight."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from revenue.ml.arrays import Floats, Ints, floats
from revenue.ml.encode import as_names, as_numbers
from revenue.ml.frames import Frame
from revenue.ml.splits import DAY

OPEN, WON, LOST = 0, 1, 2
WEEK = 7 * DAY
MONTHS = 3
AGES = np.array([1, 2, 4, 8, 13, 18, 26, 52]) * 7.0  # days
DUE = np.array([-28, -7, 0, 7, 14, 28, 56, 91]) + 0.5  # days from a week's start to the close date
AHEAD = np.array([1, 2, 4, 8, 13])  # the last week of each band
UNKNOWN = ""


@dataclass(frozen=True)
class HazardSettings:
    weeks: int = 26
    age: str = ""  # the feature that grows by seven days a week
    due: str = ""  # the one that falls by seven days a week, such as the days to a close date
    calendar: str = ""  # the one that is told what the month of the quarter gives
    stratum: str = ""  # what is worked on in another rhythm, such as the stage
    first_month: int = 1  # of the fiscal year
    most_periods: int = 60_000
    seed: int = 20_240_917


@dataclass(frozen=True, eq=False)
class Followed:
    """Of each person-period: the row, the week ahead (from 1), what happened, and its weight."""

    rows: Ints
    ahead: Ints
    what: Ints
    weight: Floats = field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, chosen: Any) -> "Followed":
        parts = (self.rows, self.ahead, self.what, self.weight)
        return Followed(*(one[chosen] for one in parts))


def followed(frame: Frame, *, until: np.datetime64, weeks: int) -> Followed:
    closed = frame.is_known & (frame.label_known_at < until)
    end = np.where(closed, frame.label_known_at, until)
    passed = floats((end - frame.as_of) / WEEK)
    # A week counts as survived when it is over; the week of the close counts as it is.
    last = np.where(closed, np.maximum(np.ceil(passed), 1), np.floor(passed)).astype(np.int64)
    length = np.clip(last, 0, weeks)
    rows = np.repeat(np.arange(len(frame)), length)
    ahead = np.arange(len(rows)) - np.repeat(length.cumsum() - length, length) + 1
    ends_here = closed[rows] & (ahead == last[rows])
    how = np.where(frame.label[rows] > 0, WON, LOST)
    what = np.where(ends_here, how, OPEN).astype(np.int64)
    return Followed(rows, ahead, what, np.ones(len(rows)))


def sampled(periods: Followed, *, most: int, seed: int) -> Followed:
    """All ends, and of weeks that went by as many as there is room for, weighed up for the rest."""
    if len(periods) <= most:
        return periods
    rng, ends = np.random.default_rng(seed), periods.what != OPEN
    share = np.where(ends, min(1.0, most / 2 / max(ends.sum(), 1)), 1.0)
    room = most - (share * ends).sum()
    share[~ends] = min(1.0, room / max((~ends).sum(), 1))
    kept = rng.random(len(periods)) < share
    weighed = Followed(periods.rows, periods.ahead, periods.what, periods.weight / share)
    return weighed.take(kept)


@dataclass(frozen=True)
class Tables:
    """What changes from week to week, as places in three small tables."""

    settings: HazardSettings
    strata: tuple[str, ...]

    @property
    def sizes(self) -> tuple[int, int, int]:
        return (
            (len(AGES) + 1) * MONTHS,
            len(DUE) + 2,
            len(self.strata) * (len(AHEAD) + 1),
        )

    def places(self, frame: Frame, rows: Ints, ahead: Ints) -> tuple[Ints, Ints, Ints]:
        """By age and month of the quarter; by days to the close date; by stratum and week ahead."""
        age, month = self.ages(frame)[rows], self.months(frame, rows, ahead)
        band = np.searchsorted(AGES, age + 7.0 * (ahead - 1), side="right")
        days = self.due(frame)[rows] - 7.0 * (ahead - 1)
        due = np.where(np.isnan(days), len(DUE) + 1, np.searchsorted(DUE, days))
        step = np.searchsorted(AHEAD, ahead)
        return (
            (band * MONTHS + month).astype(np.int64),
            due.astype(np.int64),
            (self.of_strata(frame)[rows] * (len(AHEAD) + 1) + step).astype(np.int64),
        )

    def ages(self, frame: Frame) -> Floats:
        if not self.settings.age:
            return np.zeros(len(frame))
        return np.nan_to_num(as_numbers(frame.column(self.settings.age)))

    def due(self, frame: Frame) -> Floats:
        # An org whose records do not tell it has no such feature.
        if self.settings.due not in frame.values.columns:
            return np.full(len(frame), np.nan)
        return as_numbers(frame.column(self.settings.due))

    def months(self, frame: Frame, rows: Ints, ahead: Ints) -> Ints:
        middle = pd.DatetimeIndex(frame.as_of[rows] + (ahead - 1) * WEEK + 3 * DAY)
        found: Ints = (middle.month.to_numpy() - self.settings.first_month) % MONTHS
        return found

    def of_strata(self, frame: Frame) -> Ints:
        """Strata never seen share the first place with what is unknown."""
        place = {name: at for at, name in enumerate(self.strata)}
        return np.array([place.get(one, 0) for one in strata_of(frame, self.settings.stratum)])

    def as_json(self) -> dict[str, Any]:
        return {"settings": dict(self.settings.__dict__), "strata": list(self.strata)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Tables":
        return cls(HazardSettings(**data["settings"]), tuple(data["strata"]))


def strata_of(frame: Frame, stratum: str) -> list[str]:
    if not stratum:
        return [UNKNOWN] * len(frame)
    return [name or UNKNOWN for name in as_names(frame.column(stratum))]


def tables_for(frame: Frame, settings: HazardSettings, *, most: int = 12) -> Tables:
    names, counts = np.unique(strata_of(frame, settings.stratum), return_counts=True)
    order = np.lexsort((names, -counts))[:most]
    named = sorted(str(names[at]) for at in order if names[at] != UNKNOWN)
    return Tables(settings, (UNKNOWN, *named))
