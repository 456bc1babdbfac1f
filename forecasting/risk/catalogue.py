"""The parts of the risk score and the warnings: their names, what they mean, what is usual."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

PUSHES = 3
FALL = 0.1  # of the amount
SLOWNESS = 2.0  # times what won deals took
FEW_PEOPLE = 1


@dataclass(frozen=True)
class PartOfRisk:
    name: str
    title: str
    weight: float
    said: str


@dataclass(frozen=True)
class DealWarning:
    name: str
    title: str
    days: int
    said: str  # {days} stands for the days that hold in the org
    needs: str  # what the org must have recorded, else nobody is warned


Named = TypeVar("Named", PartOfRisk, DealWarning)


def by_name(*listed: Named) -> Mapping[str, Named]:
    return MappingProxyType({one.name: one for one in listed})


PARTS = by_name(
    PartOfRisk("chance", "Chance of not being won", 0.40, "1 less the probability of being won."),
    PartOfRisk(
        "value",
        "Value beside open deals",
        0.15,
        "The share of the org's open deals with a smaller amount; those with the same count half.",
    ),
    PartOfRisk(
        "velocity",
        "Velocity",
        0.20,
        "The worse of two. Pace: 0 up to the age at which half of the won deals had left this"
        " stage, 1 at three times that age. Close date: a third for each time it was pushed.",
    ),
    PartOfRisk(
        "stagnation",
        "Stagnation",
        0.25,
        "The worse of two. Silence: days since the last activity, 1 at twice the days of the"
        " warning. Standstill: 0 up to the days that half of the won deals stayed in this stage,"
        " 1 at three times that.",
    ),
)
WARNINGS = by_name(
    DealWarning(
        "overdue",
        "Close date overdue",
        1,
        "The close date passed {days} or more days ago.",
        "close dates",
    ),
    DealWarning(
        "no_activity",
        "No activity",
        14,
        "Nothing was done for {days} days, or never in a deal of that age.",
        "activities",
    ),
    DealWarning(
        "ghosted",
        "Ghosted",
        14,
        "We wrote within the last {days} days, and for as long the customer has neither written"
        " nor met us.",
        "e-mails with their direction",
    ),
    DealWarning(
        "stalled",
        "Stalled in stage",
        21,
        "In its stage for {days} days or more, and twice as long as half of the won deals stayed.",
        "changes of stage of won deals",
    ),
    DealWarning(
        "pushed",
        "Close date pushed three times",
        180,
        "The close date was moved to later three times within {days} days.",
        "close dates",
    ),
    DealWarning(
        "single_threaded",
        "Single-threaded",
        14,
        "{days} days old, and at most one person of the customer is known to take part.",
        "contacts of deals",
    ),
    DealWarning(
        "no_next_step",
        "No next step",
        7,
        "{days} days old, and no next step is written down.",
        "next steps",
    ),
    DealWarning(
        "amount_fell",
        "Amount fell",
        30,
        "Within {days} days the amount was a tenth or more above what it is now.",
        "amounts",
    ),
)


def title_of(warning: str) -> str:
    """Also of one that there is no more, in a row that was written before."""
    known = WARNINGS.get(warning)
    return known.title if known else warning.replace("_", " ").capitalize()
