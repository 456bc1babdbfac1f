"""What a sentence says is found again in what it names, or the sentence is not shown."""

from assistant.claims.checking import Checked, Claim, Source, Struck, checked
from assistant.claims.figures import Figure, figures_in
from assistant.claims.units import (
    Unit,
    Value,
    change,
    count,
    day,
    days,
    money,
    points,
    score,
    share,
)

__all__ = [
    "Checked",
    "Claim",
    "Figure",
    "Source",
    "Struck",
    "Unit",
    "Value",
    "change",
    "checked",
    "count",
    "day",
    "days",
    "figures_in",
    "money",
    "points",
    "score",
    "share",
]
