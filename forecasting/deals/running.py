"""What was known by a moment, of many things and many moments at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from revenue.ml.arrays import Anything, Floats, Ints, floats

DAY = 86_400
MONTHS_A_QUARTER = 3


def quarter_ends(months: Ints, *, first_month: int) -> Anything:
    """Of months since 1970, the first day after the quarter that each is in."""
    into = (months + 1 - first_month) % MONTHS_A_QUARTER
    return (months - into + MONTHS_A_QUARTER).astype("datetime64[M]").astype("datetime64[D]")


def month_in_quarter(months: Ints, *, first_month: int) -> Ints:
    """Of months since 1970: 1, 2 or 3."""
    found: Ints = (months + 1 - first_month) % MONTHS_A_QUARTER + 1
    return found


def seconds(moments: "pd.Series[pd.Timestamp] | pd.DatetimeIndex") -> Ints:
    """Since 1970; what has no moment came before all others."""
    found = pd.DatetimeIndex(moments)
    if found.tz is not None:
        found = found.tz_convert("UTC").tz_localize(None)
    whole = found.to_numpy().astype("datetime64[s]")
    return np.where(np.isnat(whole), np.iinfo(np.int32).min, whole.astype(np.int64))


@dataclass(frozen=True, eq=False)
class Timeline:
    """Events in order of their key and time, with running sums of what they carry.

    A key is a whole number, below zero where it is nobody's. What is asked is always of events at
    or before a moment, so nothing that came later can have a say.
    """

    code: Ints
    first: int
    span: int
    order: Ints  # the places that the events had when they were given
    sums: Mapping[str, Floats]

    @classmethod
    def of(cls, key: Ints, at: Ints, **carried: Floats) -> "Timeline":
        kept = np.flatnonzero(key >= 0)
        first = int(at[kept].min(initial=0)) - 1
        span = int(at[kept].max(initial=0)) - first + 2
        code = key[kept] * span + (at[kept] - first)
        order = np.argsort(code, kind="stable")
        code, order = code[order], kept[order]
        sums = {
            name: np.concatenate([[0.0], np.cumsum(floats(values)[order])])
            for name, values in carried.items()
        }
        return cls(code, first, span, order, sums)

    def bounds(self, key: Ints, at: Ints) -> tuple[Ints, Ints]:
        """Of each question, where the events of its key begin, and where those by then end."""
        start = np.searchsorted(self.code, key * self.span, side="left")
        moment = np.clip(at - self.first, 0, self.span - 1)
        end = np.searchsorted(self.code, key * self.span + moment, side="right")
        return np.where(key < 0, 0, start), np.where(key < 0, 0, end)

    def count(self, key: Ints, at: Ints, *, days: float | None = None) -> Floats:
        start, end = self.bounds(key, at)
        if days is not None:
            _, start = self.bounds(key, at - int(days * DAY))
        return floats(end - start)

    def total(self, name: str, key: Ints, at: Ints, *, days: float | None = None) -> Floats:
        start, end = self.bounds(key, at)
        if days is not None:
            _, start = self.bounds(key, at - int(days * DAY))
        return self.sums[name][end] - self.sums[name][start]

    def last(self, key: Ints, at: Ints) -> Ints:
        """The place, as given, of the newest event by then; -1 where there is none."""
        start, end = self.bounds(key, at)
        found = np.full(len(key), -1, dtype=np.int64)
        some = end > start
        found[some] = self.order[end[some] - 1]
        return found


def days_since(at: Ints, then: Ints, found: Ints) -> Floats:
    """From the event at each place until the moment; unknown where there is none."""
    some = found >= 0
    days = np.full(len(at), np.nan)
    days[some] = (at[some] - then[found[some]]) / DAY
    return days


def taken(values: Anything, found: Ints, *, missing: object) -> Anything:
    """The value at each place, or `missing` where there is none."""
    out = np.full(len(found), missing, dtype=object if missing is None else values.dtype)
    some = found >= 0
    out[some] = values[found[some]]
    return out


def mapped(values: Anything, say: Callable[[Any], Any], *, missing: Any) -> Anything:
    """What is said of each value, asked once for each that differs; of nothing, `missing`."""
    codes, uniques = pd.factorize(values)
    said = np.array([*(say(one) for one in uniques), missing])
    return said[codes]
