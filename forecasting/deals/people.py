"""Who belongs to a deal, and how high up, by the titles that people had then."""

import numpy as np
import pandas as pd

from forecasting.deals.moments import Lives, Moments, index_of, objects, places, through_changes
from forecasting.deals.running import Timeline, mapped, seconds
from revenue.ml.arrays import Anything, Flags, Floats, Ints, floats
from revenue.ml.frames import Feature, Kind

SENIOR = (
    r"(?i)\b(?:chief|c[efimot]o|cdo|cro|ciso|president|vp|svp|evp|vice|director|head|partner"
    r"|founder|owner)\b"
)


def people(lives: Lives, moments: Moments) -> tuple[dict[str, Anything], list[Feature]]:
    rows = lives.past.roles
    key = lives.place(rows["ref"])
    at = np.maximum(seconds(rows["at"]), lives.created[np.maximum(key, 0)])
    senior, risen = seniority(rows, at, lives.past.titles)
    by_role = rows["by_role"].to_numpy(dtype=bool, na_value=False)
    first = rows["is_primary"].to_numpy(dtype=bool, na_value=False)
    values: dict[str, Anything] = {}
    for name, some in (("by_role", by_role), ("met", ~by_role), ("first", first)):
        line = Timeline.of(key[some], at[some], senior=senior[some])
        changed = some[risen.row]
        later = Timeline.of(key[risen.row[changed]], risen.at[changed], by=risen.by[changed])
        count = line.count(moments.deal, moments.at)
        above = line.total("senior", moments.deal, moments.at)
        above += later.total("by", moments.deal, moments.at)
        known = bool(some.any())
        values[f"contacts_{name}"] = count if known else np.full(len(moments), np.nan)
        values[f"senior_{name}"] = above if known else np.full(len(moments), np.nan)
    values["senior_first"] = np.where(
        values["contacts_first"] > 0, floats(values["senior_first"] > 0), np.nan
    )
    return values, [
        Feature("contacts_by_role", Kind.NUMBER, "People with a part in the deal"),
        Feature("senior_by_role", Kind.NUMBER, "Directors and above with a part in the deal"),
        Feature("contacts_met", Kind.NUMBER, "People met or written to"),
        Feature("senior_met", Kind.NUMBER, "Directors and above met or written to"),
        Feature("senior_first", Kind.FLAG, "The first contact is a director or above"),
    ]


class Risen:
    """Changes of title that make somebody who belongs to a deal senior (1), or no more so (-1)."""

    def __init__(self, row: Ints, at: Ints, by: Floats) -> None:
        self.row, self.at, self.by = row, at, by


def seniority(rows: pd.DataFrame, at: Ints, titles: pd.DataFrame) -> tuple[Floats, Risen]:
    """Of each that belongs to a deal: as it began, and what changed afterwards."""
    now = floats(is_senior(objects(rows["title"])))
    none = np.zeros(0, dtype=np.int64)
    if not len(titles):
        return now, Risen(none, none, np.zeros(0))
    contacts = index_of(titles["ref"].drop_duplicates())
    key = places(contacts, titles["ref"])
    # A contact is as old as need be: what was known of it first holds from the beginning.
    states = through_changes(titles, key, np.zeros(len(contacts), dtype=np.int64))
    level = floats(is_senior(states.value))
    step = np.zeros(len(level))
    step[1:] = np.where(states.has_before[1:], np.diff(level), 0.0)
    whose = places(contacts, rows["contact_ref"])
    known = whose >= 0
    found = states.timeline.last(whose[known], at[known])
    now[known] = level[found]
    begin, _ = states.timeline.bounds(whose, at)
    _, end = states.timeline.bounds(whose, np.full(len(at), np.iinfo(np.int32).max))
    counts = np.where(known, end - begin, 0)
    row = np.repeat(np.arange(len(rows)), counts)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    change = begin[row] + nth
    after = (states.at[change] > at[row]) & (step[change] != 0)
    return now, Risen(row[after], states.at[change][after], step[change][after])


def is_senior(titles: Anything) -> Flags:
    pattern = pd.Series(pd.unique(titles), dtype=object)
    known = set(pattern[pattern.fillna("").astype(str).str.contains(SENIOR, regex=True)])
    found: Flags = mapped(titles, lambda title: title in known, missing=False)
    return found
