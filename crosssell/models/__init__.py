"""What to sell next, to whom, and who should act."""

from crosssell.models.expansion import ActionType, AllocationPlan, AllocationRow, ExpansionScore
from crosssell.models.recommendation import CrosssellPolicy, Recommendation

__all__ = [
    "ActionType",
    "AllocationPlan",
    "AllocationRow",
    "CrosssellPolicy",
    "ExpansionScore",
    "Recommendation",
]
