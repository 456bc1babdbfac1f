"""How an org weighs risk: what may be said, what holds where nothing is said, and what may not."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from forecasting.models import RiskPolicy
from forecasting.risk.catalogue import PARTS, WARNINGS
from revenue.ml.arrays import Anything, Floats
from revenue.users.models import Org

FEWEST_DAYS, MOST_DAYS = 1, 365
GRADES = ("A", "B", "C", "D")
BORDERS = ("A", "B", "C")  # what is above the last of them is D
USUAL_BORDERS = MappingProxyType({"A": 30.0, "B": 50.0, "C": 70.0})
MOST_RISK = 100.0


class PolicyError(ValueError):
    """`problems` says of each field what is wrong with it and what to give."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class Rule:
    is_on: bool
    days: int


@dataclass(frozen=True)
class Policy:
    """Weights sum to one, borders rise, and each warning has its days."""

    weights: Mapping[str, float] = field(
        default_factory=lambda: {one.name: one.weight for one in PARTS.values()}
    )
    borders: Mapping[str, float] = field(default_factory=lambda: dict(USUAL_BORDERS))
    rules: Mapping[str, Rule] = field(
        default_factory=lambda: {one.name: Rule(True, one.days) for one in WARNINGS.values()}
    )

    def __post_init__(self) -> None:
        problems = {
            **problems_of_weights(self.weights),
            **problems_of_borders(self.borders),
            **problems_of_rules(self.rules),
        }
        if problems:
            raise PolicyError(problems)
        total = math.fsum(self.weights.values())
        even = {name: float(weight) / total for name, weight in self.weights.items()}
        object.__setattr__(self, "weights", MappingProxyType(even))
        object.__setattr__(self, "borders", MappingProxyType(dict(self.borders)))
        object.__setattr__(self, "rules", MappingProxyType(dict(self.rules)))

    @classmethod
    def of(cls, org: Org) -> Self:
        row = RiskPolicy.objects.filter(org=org).first()
        return cls() if row is None else cls.of_row(row)

    @classmethod
    def of_row(cls, row: RiskPolicy) -> Self:
        """What a row does not speak of, such as a warning that is new, is as usual."""
        usual = cls()
        rules = {
            name: Rule(bool(said["on"]), int(said["days"]))
            for name, said in row.warnings.items()
            if name in WARNINGS
        }
        weights = {name: row.weights.get(name, was) for name, was in usual.weights.items()}
        borders = {name: row.grades.get(name, was) for name, was in usual.borders.items()}
        return cls(weights=weights, borders=borders, rules={**usual.rules, **rules})

    def as_row(self) -> dict[str, Any]:
        """The columns of `RiskPolicy`."""
        return {
            "weights": dict(self.weights),
            "grades": dict(self.borders),
            "warnings": {
                name: {"on": rule.is_on, "days": rule.days} for name, rule in self.rules.items()
            },
        }

    def grades_of(self, risk: Floats) -> Anything:
        """A border belongs to the better grade."""
        borders = np.array([self.borders[name] for name in BORDERS])
        found: Anything = np.array(GRADES, dtype=object)[np.searchsorted(borders, risk)]
        return found


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def problems_of_weights(weights: Mapping[str, float]) -> dict[str, str]:
    if set(weights) != set(PARTS):
        return {"weights": f"Give a weight to each of {', '.join(PARTS)}, and to nothing else."}
    problems = {
        f"weight_{name}": f"{PARTS[name].title}: give a weight of 0 or more."
        for name, weight in weights.items()
        if not is_number(weight) or weight < 0
    }
    if not problems and not math.fsum(weights.values()) > 0:
        problems["weights"] = "Give at least one part a weight above 0."
    return problems


def problems_of_borders(borders: Mapping[str, float]) -> dict[str, str]:
    if set(borders) != set(BORDERS):
        return {"grades": "Give the highest risk of A, of B and of C; what is above is D."}
    problems = {
        f"grade_{name}": f"Grade {name}: give a risk between 0 and 100."
        for name, border in borders.items()
        if not is_number(border) or not 0 <= border <= MOST_RISK
    }
    if problems:
        return problems
    for better, worse in pairwise(BORDERS):
        if not borders[better] < borders[worse]:
            problems[f"grade_{worse}"] = (
                f"Grade {worse} must reach higher than grade {better}, which ends at"
                f" {borders[better]:g}."
            )
    return problems


def problems_of_rules(rules: Mapping[str, Rule]) -> dict[str, str]:
    if set(rules) != set(WARNINGS):
        return {"warnings": f"Say of each of {', '.join(WARNINGS)} whether it is on."}
    return {
        f"days_{name}": f"{WARNINGS[name].title}: give between {FEWEST_DAYS} and {MOST_DAYS} days."
        for name, rule in rules.items()
        if not isinstance(rule.days, int) or not FEWEST_DAYS <= rule.days <= MOST_DAYS
    }
