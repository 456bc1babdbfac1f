"""The open life of each lead as it was recorded, and the moments of it that are looked at."""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from forecasting.deals.moments import NEVER, Moments, index_of, objects, places
from forecasting.deals.running import DAY, mapped, seconds
from forecasting.leads.reading import Past
from revenue.ml.arrays import Anything, Flags, Floats, Ints, floats

HORIZON_DAYS = 90
MOST_WEEKS = 26
EARLY_DAYS = 28  # in which a lead is looked at twice a week
HOUR = 3_600
# Statuses of leads that nobody works on any more, as people name them.
ENDED = re.compile(
    r"unqualif|disqualif|not.?(?:qualif|convert|interest|a.?fit)|lost|junk|dead|reject|nurtur"
    r"|recycl|invalid|duplicat|spam|archiv|closed|converted|unresponsive|bad.?(?:fit|data|timing)",
    re.IGNORECASE,
)
NUMBERED = re.compile(r"\b(?:no|nr|num|number|id|key)\b", re.IGNORECASE)
LEAST_DATED = 0.5  # of the leads that say when they came, for their days to be gone by


@dataclass(frozen=True, eq=False)
class Lives:
    """Of each lead: when it came, when it was open no more, and when it was converted.

    Where a file has no days, `order` names what stands in for time: places in an order, an hour
    apart, up to the moment that is asked about.
    """

    past: Past
    leads: pd.DataFrame
    refs: "pd.Index[str]"
    created: Ints
    ended: Ints  # NEVER where it is open
    converted: Ints  # NEVER where it is not
    order: str = ""

    @property
    def is_dated(self) -> bool:
        return not self.order

    @property
    def limit(self) -> int:
        return int(self.past.as_of.timestamp())

    def place(self, refs: "pd.Series[str]") -> Ints:
        return places(self.refs, refs)

    def __len__(self) -> int:
        return len(self.refs)

    @cached_property
    def outcome(self) -> Floats:
        """Within the horizon from the day it came; for a file without days, at all."""
        if not self.is_dated:
            return floats(self.converted != NEVER)
        return floats(self.converted <= self.created + HORIZON_DAYS * DAY)

    @cached_property
    def outcome_known(self) -> Ints:
        """Of all at the same age: else those that convert, being known early, would be too many."""
        return self.created if not self.is_dated else self.created + HORIZON_DAYS * DAY


def lives_of(past: Past) -> Lives:
    dated = past.leads["created_at"].notna().to_numpy(dtype=bool)
    if len(dated) and dated.mean() < LEAST_DATED:
        return in_order(past)
    leads = past.leads[dated].reset_index(drop=True)
    created = seconds(leads["created_at"])
    converted = when_converted(past, leads, created)
    ended = np.minimum(when_ended(past, leads, created), converted)
    return Lives(past, leads, index_of(leads["ref"]), created, ended, converted)


def when_converted(past: Past, leads: pd.DataFrame, created: Ints) -> Ints:
    """From the beginning of its day; one that does not say when, since it was last written."""
    is_converted = leads["is_converted"].to_numpy(dtype=bool, na_value=False)
    said = leads["converted_date"].notna().to_numpy(dtype=bool)
    when = np.where(said, seconds(leads["converted_date"]), seconds(leads["modified_at"]))
    when = np.maximum(when, created) + 1
    return np.where(is_converted & (when <= int(past.as_of.timestamp()) + 1), when, NEVER)


def when_ended(past: Past, leads: pd.DataFrame, created: Ints) -> Ints:
    """Since it last came to a status that ends it; unrecorded, since it was last written."""
    over = has_ended(objects(leads["status"])) | leads["is_merged"].to_numpy(dtype=bool)
    when = np.maximum(seconds(leads["modified_at"]), created + 1)
    rows = past.changes[past.changes["field_name"].isin(["status", "Status"]).to_numpy(dtype=bool)]
    place = places(index_of(leads["ref"]), rows["ref"])
    into = has_ended(objects(rows["new_value"])) & ~has_ended(objects(rows["old_value"]))
    moved = into & (place >= 0)
    when[place[moved]] = np.maximum(seconds(rows["changed_at"]), 0)[moved]
    when = np.maximum(when, created + 1)
    return np.where(over & (when <= int(past.as_of.timestamp())), when, NEVER)


def has_ended(statuses: Anything) -> Flags:
    found: Flags = mapped(statuses, lambda one: bool(ENDED.search(str(one))), missing=False)
    return found


def in_order(past: Past) -> Lives:
    """A file without days: what is converted is, and what is not counts as not converting.

    Where statuses tell who is still worked on, those have no outcome yet.
    """
    title, rank = order_of(past)
    leads = past.leads.iloc[np.argsort(rank, kind="stable")].reset_index(drop=True)
    limit = int(past.as_of.timestamp())
    created = limit - HOUR * np.arange(len(leads), 0, -1, dtype=np.int64)
    converted = np.where(
        leads["is_converted"].to_numpy(dtype=bool, na_value=False), created + 1, NEVER
    )
    over = has_ended(objects(leads["status"]))
    ended = np.where(over | (converted != NEVER), created + 1, NEVER)
    return Lives(past, leads, index_of(leads["ref"]), created, ended, converted, title)


def order_of(past: Past) -> tuple[str, Floats]:
    """A number that each lead has alone, if there is one, else the order of the file."""
    own = past.own
    for name in sorted(own, key=lambda one: not NUMBERED.search(str(one))):
        numbers = pd.to_numeric(own[name], errors="coerce")
        whole = numbers.notna().all() and bool((numbers % 1 == 0).all())
        if len(numbers) and whole and numbers.is_unique:
            return str(name), numbers.to_numpy(dtype=np.float64)
    return "the file", past.leads["row"].to_numpy(dtype=np.float64)


def moments_of(lives: Lives) -> Moments:
    """Of each open life: twice a week at first, then weekly; of a file without days, one."""
    everyone = np.arange(len(lives))
    if not lives.is_dated:
        return Moments(everyone, lives.created)
    early = np.arange(0, EARLY_DAYS * DAY, 7 * DAY // 2)
    late = np.arange(EARLY_DAYS * DAY, MOST_WEEKS * 7 * DAY, 7 * DAY)
    steps = np.concatenate([early, late])
    until = np.minimum(lives.ended, lives.limit + 1)
    counts = np.searchsorted(steps, until - lives.created, side="left")
    lead = np.repeat(everyone, counts)
    nth = np.arange(len(lead)) - np.repeat(np.cumsum(counts) - counts, counts)
    return Moments(lead, lives.created[lead] + steps[nth])


def open_at(lives: Lives) -> Moments:
    """The leads that are open at `as_of`, each once, then."""
    lead = np.flatnonzero(lives.ended == NEVER)
    return Moments(lead, np.full(len(lead), lives.limit, dtype=np.int64))
