"""How soon leads are answered, and what becomes of them: rules of arrays, without a database.

A lead that nobody has answered yet counts for as long as it waits, and no longer: one that came in
ten minutes ago says nothing of the first hour.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

import numpy as np
import pandas as pd

from forecasting.dashboard.rates import Rate
from forecasting.leads.lives import HORIZON_DAYS
from revenue.ml.arrays import Anything, Flags, Floats, floats

HOUR = 3_600
DAY_HOURS = 24.0
FEW = 20  # leads, below which a group says little
WITHIN = (("5 min", 5 / 60), ("1 h", 1.0), ("24 h", 24.0))
BRACKETS = (
    ("Within 5 min", 5 / 60),
    ("Within 1 h", 1.0),
    ("Within 24 h", 24.0),
    ("Within 3 days", 72.0),
    ("Later", np.inf),
)
NEVER = "Not answered"


@dataclass(frozen=True, eq=False)
class Leads:
    """A row a lead: hours to its first answer, nan where it waits; and since when it is here."""

    hours: Floats
    waited: Floats
    came: Anything  # days
    source: Anything
    owner: Anything
    converted: Flags  # within the horizon

    @classmethod
    def of_frame(cls, frame: pd.DataFrame, *, as_of: datetime) -> Self:
        """As `leads.answering.answers` gives them."""
        created = pd.to_datetime(frame["created_at"], utc=True)
        days = created.dt.tz_localize(None).dt.floor("D")
        until = pd.to_datetime(frame["converted_date"], errors="coerce")
        soon = ~((until - days).dt.days > HORIZON_DAYS)
        return cls(
            hours=frame["hours"].to_numpy(dtype=np.float64),
            waited=floats((as_of - created).dt.total_seconds() / HOUR),
            came=days.to_numpy(dtype="datetime64[D]"),
            source=frame["source"].fillna("").to_numpy(dtype=object),
            owner=frame["owner_ref"].fillna("").to_numpy(dtype=object),
            converted=(frame["converted"].to_numpy(dtype=bool) & soon.to_numpy(dtype=bool)),
        )

    def __len__(self) -> int:
        return len(self.hours)

    def take(self, rows: Flags) -> "Leads":
        return Leads(
            self.hours[rows],
            self.waited[rows],
            self.came[rows],
            self.source[rows],
            self.owner[rows],
            self.converted[rows],
        )

    def younger_than(self, days: int) -> "Leads":
        return self.take(self.waited <= days * DAY_HOURS)

    def with_time_over(self, days: int) -> "Leads":
        """Those of as many days, before the last ones that still have time to convert."""
        over = HORIZON_DAYS * DAY_HOURS
        return self.take((self.waited > over) & (self.waited <= over + days * DAY_HOURS))


@dataclass(frozen=True)
class Speed:
    name: str
    leads: int
    answered: int
    median: float | None  # hours; nothing where fewer than half are answered
    p90: float | None
    within: tuple[Rate, ...]
    in_time: Rate
    key: str = ""

    @property
    def is_few(self) -> bool:
        return self.leads < FEW

    def verdict(self, usual: Rate) -> str:
        """Faster or slower than all together, where that is no chance."""
        if self.is_few or usual.value is None:
            return ""
        low, high = self.in_time.interval
        return "faster" if low > usual.value else "slower" if high < usual.value else ""


@dataclass(frozen=True)
class Week:
    monday: date
    leads: int
    median: float | None
    in_time: Rate


@dataclass(frozen=True)
class Bracket:
    name: str
    converted: Rate


def speed_of(leads: Leads, *, goal_hours: float, name: str = "", key: str = "") -> Speed:
    return Speed(
        name=name,
        key=key,
        leads=len(leads),
        answered=int(np.isfinite(leads.hours).sum()),
        median=quantile(leads, 0.5),
        p90=quantile(leads, 0.9),
        within=tuple(rate_within(leads, hours) for _, hours in WITHIN),
        in_time=rate_within(leads, goal_hours),
    )


def rate_within(leads: Leads, hours: float) -> Rate:
    """Of those that have been here for as long: of younger ones only the answered would count."""
    here = leads.waited >= hours
    return Rate(int(((leads.hours <= hours) & here).sum()), int(here.sum()))


def quantile(leads: Leads, share: float) -> float | None:
    """The hours by which such a share is answered, by Kaplan and Meier: who waits may yet be."""
    answered = np.isfinite(leads.hours)
    if not answered.any():
        return None
    lasted = np.where(answered, leads.hours, leads.waited)
    times, place = np.unique(lasted[answered], return_inverse=True)
    events = np.bincount(place)
    at_risk = len(lasted) - np.searchsorted(np.sort(lasted), times, side="left")
    done = 1 - np.cumprod(1 - events / at_risk)
    reached = np.flatnonzero(done >= share - 1e-9)
    return float(times[reached[0]]) if len(reached) else None


def groups_of(leads: Leads, column: Anything, *, goal_hours: float) -> list[Speed]:
    """The largest first: order by speed would rank noise."""
    found = [
        speed_of(leads.take(column == key), goal_hours=goal_hours, name=str(key), key=str(key))
        for key in np.unique(column.astype(str))
    ]
    return sorted(found, key=lambda one: (-one.leads, one.name))


def weeks_of(leads: Leads, *, goal_hours: float) -> list[Week]:
    """Each from its Monday; weeks without a lead are in it too."""
    if not len(leads):
        return []
    monday = leads.came - (leads.came.astype("int64") + 3) % 7
    return [
        week_of(leads.take(monday == np.datetime64(day)), day, goal_hours) for day in every(monday)
    ]


def every(monday: Anything) -> Iterator[date]:
    day, last = monday.min().item(), monday.max().item()
    while day <= last:
        yield day
        day += timedelta(weeks=1)


def week_of(leads: Leads, monday: date, goal_hours: float) -> Week:
    return Week(
        monday=monday,
        leads=len(leads),
        median=quantile(leads, 0.5),
        in_time=rate_within(leads, goal_hours),
    )


def brackets_of(leads: Leads) -> Sequence[Bracket]:
    """What became of leads by how soon they were answered; of each all days have passed."""
    found, above = [], -1.0
    for name, most in BRACKETS:
        here = (leads.hours > above) & (leads.hours <= most)
        found.append(Bracket(name, converted_of(leads.take(here))))
        above = most
    return [*found, Bracket(NEVER, converted_of(leads.take(~np.isfinite(leads.hours))))]


def converted_of(leads: Leads) -> Rate:
    return Rate(int(leads.converted.sum()), len(leads))
