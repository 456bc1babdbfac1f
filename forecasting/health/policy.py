"""How an org reads health: where its bands end, what weighs how much, and who counts as gone."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self

from forecasting.health.dimensions import DIMENSIONS, WEIGHTS
from forecasting.models.health import Band, HealthPolicy
from revenue.users.models import Org

BORDERS = ("red", "yellow")  # what is above the last of them is green
USUAL_BORDERS: Mapping[str, int] = MappingProxyType({"red": 50, "yellow": 75})
USUAL_CONTRACTION = 0.5
MOST_SCORE = 100


class PolicyError(ValueError):
    """`problems` says of each field what is wrong with it and what to give."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class Policy:
    """Borders rise, weights sum to one; plays are what an org says in place of the usual ones."""

    bands: Mapping[str, int] = field(default_factory=lambda: dict(USUAL_BORDERS))
    weights: Mapping[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    left_field: str = ""
    left_value: str = ""
    contraction: float = USUAL_CONTRACTION
    plays: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = {
            **problems_of_bands(self.bands),
            **problems_of_weights(self.weights),
            **problems_of_contraction(self.contraction),
        }
        if problems:
            raise PolicyError(problems)
        total = math.fsum(self.weights.values())
        even = {name: float(weight) / total for name, weight in self.weights.items()}
        object.__setattr__(self, "weights", MappingProxyType(even))
        object.__setattr__(self, "bands", MappingProxyType(dict(self.bands)))

    @classmethod
    def of_row(cls, row: HealthPolicy) -> Self:
        """What a row does not speak of is as usual."""
        return cls(
            bands={name: row.bands.get(name, was) for name, was in USUAL_BORDERS.items()},
            weights={name: row.weights.get(name, was) for name, was in WEIGHTS.items()},
            left_field=row.left_field,
            left_value=row.left_value,
            contraction=row.contraction,
            plays=row.plays,
        )

    def as_row(self) -> dict[str, Any]:
        """The columns of `HealthPolicy`."""
        return {
            "bands": dict(self.bands),
            "weights": dict(self.weights),
            "left_field": self.left_field,
            "left_value": self.left_value,
            "contraction": self.contraction,
            "plays": dict(self.plays),
        }


def policy_of(org: Org) -> Policy:
    row = HealthPolicy.objects.filter(org=org).first()
    return Policy() if row is None else Policy.of_row(row)


def band_of(score: float, policy: Policy) -> Band:
    """A border belongs to the worse band."""
    if score <= policy.bands["red"]:
        return Band.RED
    return Band.YELLOW if score <= policy.bands["yellow"] else Band.GREEN


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def problems_of_bands(bands: Mapping[str, float]) -> dict[str, str]:
    if set(bands) != set(BORDERS):
        return {"bands": "Give the highest score of red and of yellow; what is above is green."}
    problems = {
        f"band_{name}": f"{Band(name).label}: give a score between 0 and {MOST_SCORE - 1}."
        for name, border in bands.items()
        if not is_number(border) or not 0 <= border < MOST_SCORE
    }
    if not problems and not bands["red"] < bands["yellow"]:
        problems["band_yellow"] = (
            f"Yellow must reach higher than red, which ends at {bands['red']}."
        )
    return problems


def problems_of_weights(weights: Mapping[str, float]) -> dict[str, str]:
    if set(weights) != set(WEIGHTS):
        return {"weights": f"Give a weight to each of {', '.join(WEIGHTS)}, and to nothing else."}
    problems = {
        f"weight_{name}": f"{DIMENSIONS[name].title}: give a weight of 0 or more."
        for name, weight in weights.items()
        if not is_number(weight) or weight < 0
    }
    if not problems and not math.fsum(weights.values()) > 0:
        problems["weights"] = "Give at least one dimension a weight above 0."
    return problems


def problems_of_contraction(share: float) -> dict[str, str]:
    if is_number(share) and 0 < share <= 1:
        return {}
    return {"contraction": "Give a share above 0 % and up to 100 % of a year's revenue."}
