"""How an org sorts its leads: tiers by score, how soon one is answered, how many make a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Self

from forecasting.models import LeadPolicy
from revenue.users.models import Org

TIERS = ("A", "B", "C", "D")
BORDERS = ("A", "B", "C")  # what is below the last of them is D
USUAL_TIERS = MappingProxyType({"A": 80, "B": 50, "C": 20})
ANSWER_MINUTES = 60
LEAST_LEADS, LEAST_CONVERTED = 100, 40
MOST_MINUTES = 60 * 24 * 30
FEWEST_LEADS, FEWEST_CONVERTED = 50, 20


class PolicyError(ValueError):
    """`problems` says of each field what is wrong with it and what to give."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class Policy:
    """`tiers` holds the lowest score of A, B and C; they fall from one to the next."""

    tiers: Mapping[str, int] = field(default_factory=lambda: dict(USUAL_TIERS))
    answer_minutes: int = ANSWER_MINUTES
    least_leads: int = LEAST_LEADS
    least_converted: int = LEAST_CONVERTED

    def __post_init__(self) -> None:
        if problems := {**problems_of_tiers(self.tiers), **problems_of_numbers(self)}:
            raise PolicyError(problems)
        object.__setattr__(self, "tiers", MappingProxyType(dict(self.tiers)))

    @classmethod
    def of_row(cls, row: LeadPolicy) -> Self:
        """What a row does not speak of is as usual."""
        return cls(
            tiers={name: row.tiers.get(name, was) for name, was in USUAL_TIERS.items()},
            answer_minutes=row.answer_minutes,
            least_leads=row.least_leads,
            least_converted=row.least_converted,
        )

    def as_row(self) -> dict[str, Any]:
        """The columns of `LeadPolicy`."""
        return {
            "tiers": dict(self.tiers),
            "answer_minutes": self.answer_minutes,
            "least_leads": self.least_leads,
            "least_converted": self.least_converted,
        }


def policy_of(org: Org) -> Policy:
    row = LeadPolicy.objects.filter(org=org).first()
    return Policy() if row is None else Policy.of_row(row)


def tier_of(score: float, policy: Policy) -> str:
    return next((name for name in BORDERS if score >= policy.tiers[name]), TIERS[-1])


def problems_of_tiers(tiers: Mapping[str, Any]) -> dict[str, str]:
    if set(tiers) != set(BORDERS):
        return {"tiers": "Give the lowest score of A, B and C."}
    values = [tiers[name] for name in BORDERS]
    whole = all(isinstance(one, int) and not isinstance(one, bool) for one in values)
    if not whole or not all(1 <= one <= 100 for one in values):
        return {"tiers": "The lowest score of a tier is a whole number from 1 to 100."}
    if any(above <= below for above, below in pairwise(values)):
        return {"tiers": "The lowest score of A must be above that of B, and B's above C's."}
    return {}


def problems_of_numbers(policy: Policy) -> dict[str, str]:
    found = {}
    for name, fewest, most, said in (
        ("answer_minutes", 1, MOST_MINUTES, "Give the minutes to an answer"),
        ("least_leads", FEWEST_LEADS, 1_000_000, "Give the fewest leads of a model"),
        ("least_converted", FEWEST_CONVERTED, 1_000_000, "Give the fewest conversions of a model"),
    ):
        if not fewest <= getattr(policy, name) <= most:
            found[name] = f"{said}, from {fewest:,} to {most:,}."
    return found
