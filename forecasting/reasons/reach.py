"""What is within reach of whoever sells: each move as all that it would change of a deal at once.

Nobody can change a deal's age, its customer's industry or its seller's past; and a meeting held is
also an activity, and the newest one. A change that is not of one piece would ask the model about a
deal that cannot be.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting.deals.running import month_in_quarter, quarter_ends
from revenue.ml.arrays import Anything, Flags, Floats, floats
from revenue.ml.encode import as_names, as_numbers
from revenue.ml.frames import Frame, Kind

Changes = dict[str, Anything]
Change = tuple[Flags, Changes]  # of which deals, and what of them
RECENT = 7.0  # days within which there is no need for another
SOON = 1.0
DAY = np.timedelta64(86_400, "s")
SINGLE, FEW = 1, 3
LEAST_AHEAD = 7.0  # days: nothing closes tomorrow because a date says so
TOO_FAR = 3.0  # times what won deals still took
CONFIRMED = re.compile(r"(?i)champion|decision_?maker|economic_?buyer|sponsor")
YES_OF = {"false": "true", "False": "True", "no": "yes", "No": "Yes", "0": "1"}


@dataclass(frozen=True, eq=False)
class Deals:
    """Open deals as they are, and what is known of stages: their order, pace and time left."""

    frame: Frame
    stages: Mapping[str, Mapping[str, float]]
    first_month: int = 1  # of the fiscal year

    def __len__(self) -> int:
        return len(self.frame)

    def has(self, name: str) -> bool:
        return name in self.frame.values.columns

    def number(self, name: str) -> Floats:
        if not self.has(name):
            return np.full(len(self), np.nan)
        return as_numbers(self.frame.values[name])

    def names(self, name: str) -> Anything:
        return as_names(self.frame.values[name])

    def counts(self, kind: str) -> bool:
        """Whether the org writes down what is done of a kind: nought is known too."""
        stem = {"activity": "activities"}.get(kind, kind)
        named = [str(one) for one in self.frame.values.columns if str(one).startswith(f"{stem}_")]
        return any(not np.isnan(self.number(name)).all() for name in named)

    def of_stage(self, stages: Anything, what: str) -> Floats:
        return floats([self.stages.get(str(one), {}).get(what, np.nan) for one in stages])

    def kept(self, changes: Changes) -> Changes:
        """Only what there is to change."""
        return {name: values for name, values in changes.items() if self.has(name)}


@dataclass(frozen=True)
class Move:
    name: str
    title: str
    about: str  # the feature whose words say how it is now
    change: Callable[[Deals], Change | None]


def another(deals: Deals, kind: str) -> Changes:
    """One more activity of a kind, a day old: in each window, and as the last where it is that."""
    changes: Changes = {}
    for name in map(str, deals.frame.values.columns):
        if not name.startswith(PARTS_OF_ACTIVITY[kind]):
            continue
        now = deals.number(name)
        if name.startswith("days_since_"):
            if not np.isnan(now).all() or deals.counts(name.removeprefix("days_since_")):
                changes[name] = np.fmin(now, SOON)
        elif name.endswith("of_late"):
            changes[name] = np.log1p(np.expm1(now) + 1)
        elif name == "activity_trend":
            month = deals.number("activities_30")
            changes[name] = now + np.log1p(month + 1) - np.log1p(month)
        elif name.rpartition("_")[2].isdigit():
            changes[name] = now + 1
    return {name: column for name, column in changes.items() if not np.isnan(column).all()}


KINDS = ("meeting", "call", "incoming", "outgoing")
OF_ALL_KINDS = ("activities_", "activity_", "noted_", "days_since_activity")
PARTS_OF_ACTIVITY = {kind: (f"{kind}_", f"days_since_{kind}", *OF_ALL_KINDS) for kind in KINDS}


def activity(kind: str) -> Callable[[Deals], Change | None]:
    def change(deals: Deals) -> Change | None:
        since = deals.number(f"days_since_{kind}")
        counted = deals.number(f"{kind}_30")
        changes = another(deals, kind)
        if not any(name.endswith(kind) or name.startswith(f"{kind}_") for name in changes):
            return None  # this org writes down nothing of the kind
        # Of one that happened lately there is no need of another; where none did, it is unknown.
        return (np.isnan(since) | (since > RECENT)) & ~(counted > FEW), changes

    return change


def people_in(deals: Deals, what: str) -> Floats:
    given, met = deals.number(f"{what}_by_role"), deals.number(f"{what}_met")
    return np.fmax(given, met)


def contact(at_least: int, at_most: int) -> Callable[[Deals], Change | None]:
    def change(deals: Deals) -> Change | None:
        known = people_in(deals, "contacts")
        if np.isnan(known).all():
            return None
        return (known >= at_least) & (known <= at_most), one_more(deals, ("contacts",))

    return change


def senior(deals: Deals) -> Change | None:
    known = people_in(deals, "senior")
    if np.isnan(known).all():
        return None
    changes = one_more(deals, ("contacts", "senior"))
    if deals.has("senior_first"):
        alone = people_in(deals, "contacts") == 0
        changes["senior_first"] = np.where(alone, 1.0, deals.number("senior_first"))
    return known == 0, changes


def one_more(deals: Deals, whats: tuple[str, ...]) -> Changes:
    """Somebody who was not there, with a part in the deal, and who has been written to."""
    names = [f"{what}_{way}" for what in whats for way in ("by_role", "met")]
    return another(deals, "outgoing") | deals.kept({n: deals.number(n) + 1 for n in names})


def next_step(deals: Deals) -> Change | None:
    if not deals.has("has_next_step"):
        return None
    return deals.number("has_next_step") == 0, {"has_next_step": np.ones(len(deals))}


def close_date(deals: Deals) -> Change | None:
    """From a day that has passed, or is too far, to when won deals of its stage close."""
    if not deals.has("days_to_close_date") or not deals.has("stage"):
        return None
    now = deals.number("days_to_close_date")
    usual = np.fmax(deals.of_stage(deals.names("stage"), "left"), LEAST_AHEAD)
    later = floats(np.where(now < usual, usual - now, 0.0))
    day = (deals.frame.as_of + (usual * 86_400).astype("timedelta64[s]")).astype("datetime64[D]")
    month = day.astype("datetime64[M]").astype(np.int64)
    ends = quarter_ends(month, first_month=deals.first_month)
    of_quarter = month_in_quarter(month, first_month=deals.first_month)
    pushes, pushed = deals.number("pushes"), deals.number("days_pushed")
    changes = {
        "days_to_close_date": usual,
        "pushes": pushes + (later > 0),
        "days_pushed": pushed + later,
        "close_month_of_quarter": of_quarter.astype(str).astype(object),
        "close_before_quarter_end": floats((ends - day).astype(np.int64)),
    }
    wrong = (now < 0) | (now > np.fmax(TOO_FAR * usual, 90.0))
    return wrong, deals.kept(changes)


def stage(deals: Deals) -> Change | None:
    if not deals.has("stage"):
        return None
    order = sorted(
        (one["stage_order"], name) for name, one in deals.stages.items() if "stage_order" in one
    )
    ranks = floats([rank for rank, _ in order])
    now = deals.of_stage(deals.names("stage"), "stage_order")
    place = np.searchsorted(ranks, np.nan_to_num(now, nan=np.inf), side="right")
    can = place < len(order)
    after = np.array([order[at][1] if at < len(order) else None for at in place], dtype=object)
    return can, deals.kept(
        {
            "stage": after,
            "stage_order": deals.of_stage(after, "stage_order"),
            "days_in_stage": np.zeros(len(deals)),
            "slower_than_won": -deals.of_stage(after, "usual"),
            "stage_moves": deals.number("stage_moves") + 1,
        }
    )


def confirmed(deals: Deals, name: str) -> Change:
    """A mark of the org's own that is not set yet, such as that there is a champion."""
    said = deals.names(name)
    yes = np.array([YES_OF.get(str(one), one) for one in said], dtype=object)
    return np.array([str(one) in YES_OF for one in said], dtype=np.bool_), {name: yes}


MOVES = (
    Move("book_meeting", "Book a meeting", "days_since_meeting", activity("meeting")),
    Move("log_call", "Call the customer", "days_since_call", activity("call")),
    Move("get_answer", "Bring the customer to answer", "days_since_incoming", activity("incoming")),
    Move("first_contact", "Add a contact", "contacts_by_role", contact(0, 0)),
    Move("second_contact", "Add a second contact", "contacts_by_role", contact(SINGLE, SINGLE)),
    Move("another_contact", "Add another contact", "contacts_by_role", contact(SINGLE + 1, FEW)),
    Move("senior_contact", "Bring in a director or above", "senior_by_role", senior),
    Move("set_next_step", "Set a next step", "has_next_step", next_step),
    Move("settle_close_date", "Settle a realistic close date", "days_to_close_date", close_date),
    Move("advance_stage", "Advance it to the next stage", "stage", stage),
)


def moves_for(frame: Frame) -> tuple[Move, ...]:
    """Those of every org, and one for each mark of its own that can be earned."""
    found = list(MOVES)
    for one in frame.features:
        if one.kind is Kind.CATEGORY and one.name.startswith("own_") and CONFIRMED.search(one.name):
            said = set(as_names(frame.values[one.name])) - {None}
            if said and said <= {*YES_OF, *YES_OF.values()}:
                title = f"Win over a {one.title.lower()}"
                found.append(Move(f"confirm_{one.name}"[:40], title, one.name, marked(one.name)))
    return tuple(found)


def marked(name: str) -> Callable[[Deals], Change | None]:
    return lambda deals: confirmed(deals, name)


def changed(frame: Frame, places: Anything, changes: Changes) -> pd.DataFrame:
    values = frame.values.iloc[places].reset_index(drop=True)
    return values.assign(**{name: column[places] for name, column in changes.items()})
