"""Two measures that sales leaders know, by their own formulas, beside the model and not in it.

Deal Health Score = seller win rate × 0.4 + cycle efficiency × 0.3 + stage progress × 0.3
Rep Consistency = 1 − standard deviation / mean of the win rate over periods
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from forecasting.risk.facts import Facts
from forecasting.risk.words import days, share
from revenue.ml.arrays import Floats, floats

HEALTH_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"seller_win_rate": 0.4, "cycle_efficiency": 0.3, "stage_progress": 0.3}
)
HEALTH_TITLES = {
    "seller_win_rate": "Seller's win rate",
    "cycle_efficiency": "Cycle efficiency",
    "stage_progress": "Stage progress",
}
LEAST_IN_PERIOD = 3
LEAST_PERIODS = 3


@dataclass(frozen=True, eq=False)
class Health:
    parts: Mapping[str, Floats]
    score: Floats  # 0 to 100; NaN where a part cannot be told
    facts: Facts

    def opened(self, place: int) -> list[dict[str, Any]]:
        if not np.isfinite(self.score[place]):
            return []
        return [
            {
                "name": name,
                "title": HEALTH_TITLES[name],
                "value": health_words(name, self.facts, place),
                "part": round(float(self.parts[name][place]), 4),
                "weight": weight,
                "points": round(100 * weight * float(self.parts[name][place]), 2),
            }
            for name, weight in HEALTH_WEIGHTS.items()
        ]


def health_of(facts: Facts) -> Health:
    with np.errstate(divide="ignore", invalid="ignore"):
        efficiency = np.minimum(1.0, facts.usual_cycle / facts.age)
    parts = {
        "seller_win_rate": facts.seller_rate,
        "cycle_efficiency": floats(efficiency),
        "stage_progress": floats(facts.stage_place / max(facts.stages, 1)),
    }
    score = sum(
        (100 * HEALTH_WEIGHTS[name] * part for name, part in parts.items()), np.zeros(len(facts))
    )
    return Health(parts, np.round(floats(score), 2), facts)


def health_words(name: str, facts: Facts, place: int) -> str:
    if name == "seller_win_rate":
        return f"{share(float(facts.seller_rate[place]))} of what closed within a year"
    if name == "cycle_efficiency":
        return f"{days(facts.age[place])} old; won deals take {days(facts.usual_cycle)}"
    return f"Stage {facts.stage_place[place]:.0f} of {facts.stages}"


@dataclass(frozen=True)
class Consistency:
    """`even` is what a seller of that win rate would show whose deals differ by chance alone."""

    value: float
    even: float
    periods: int


def consistency(periods: Sequence[tuple[int, int]]) -> Consistency | None:
    """Of (won, closed) by period; nothing where too few periods hold enough deals.

    Below nought, where the win rate swings by more than its own mean, it is given as nought.
    """
    enough = [(won, closed) for won, closed in periods if closed >= LEAST_IN_PERIOD]
    rates = floats([won / closed for won, closed in enough])
    if len(rates) < LEAST_PERIODS or not rates.mean() > 0:
        return None
    mean = float(rates.mean())
    chance = float(np.mean([mean * (1 - mean) / closed for _, closed in enough]))
    return Consistency(
        value=max(0.0, 1 - float(rates.std()) / mean),
        even=max(0.0, 1 - chance**0.5 / mean),
        periods=len(rates),
    )
