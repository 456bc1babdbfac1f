"""What an org may say of risk, and what it is told where it may not."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.models import RiskPolicy
from forecasting.risk.catalogue import PARTS, WARNINGS
from forecasting.risk.policy import Policy, PolicyError, Rule
from tests.factories.people import OrgFactory


def weights(**given: Any) -> dict[str, Any]:
    return {name: given.get(name, 0.0) for name in PARTS}


def rules(**given: Any) -> dict[str, Rule]:
    return {name: given.get(name, Rule(True, one.days)) for name, one in WARNINGS.items()}


def test_weights_are_brought_to_one() -> None:
    assert sum(Policy().weights.values()) == pytest.approx(1)
    policy = Policy(weights=weights(chance=30, value=10))
    assert dict(policy.weights) == weights(chance=0.75, value=0.25)


@given(st.lists(st.floats(0, 1e6), min_size=4, max_size=4).filter(lambda each: sum(each) > 1e-9))
def test_any_weights_become_shares(given_weights: list[float]) -> None:
    policy = Policy(weights=dict(zip(PARTS, given_weights, strict=True)))
    assert sum(policy.weights.values()) == pytest.approx(1)
    assert all(0 <= weight <= 1 for weight in policy.weights.values())


@pytest.mark.parametrize(
    ("said", "field", "why"),
    [
        ({"weights": weights()}, "weights", "at least one part"),
        ({"weights": weights(chance=-1, value=2)}, "weight_chance", "0 or more"),
        ({"weights": weights(chance=float("nan"))}, "weight_chance", "0 or more"),
        ({"weights": {"chance": 1.0}}, "weights", "Give a weight to each of chance"),
        ({"borders": {"A": 40, "B": 40, "C": 60}}, "grade_B", "than grade A, which ends at 40"),
        ({"borders": {"A": 10, "B": 40, "C": 101}}, "grade_C", "between 0 and 100"),
        ({"borders": {"A": 10}}, "grades", "the highest risk of A"),
        ({"rules": rules(stalled=Rule(True, 0))}, "days_stalled", "Stalled in stage: give"),
        ({"rules": rules(stalled=Rule(False, 366))}, "days_stalled", "and 365 days"),
        ({"rules": {}}, "warnings", "whether it is on"),
    ],
)  # fmt: skip
def test_what_may_not_be_is_told_by_field(said: dict[str, Any], field: str, why: str) -> None:
    with pytest.raises(PolicyError) as refused:
        Policy(**said)
    assert why in refused.value.problems[field]
    assert why in str(refused.value)


def test_a_border_belongs_to_the_better_grade() -> None:
    policy = Policy(borders={"A": 30, "B": 45, "C": 60})
    risk = np.array([0, 30, 30.1, 45, 45.1, 60, 60.1, 100])
    assert "".join(policy.grades_of(risk)) == "AABBCCDD"


@pytest.mark.django_db
def test_a_row_says_only_what_was_changed() -> None:
    org = OrgFactory()
    assert Policy.of(org).as_row() == Policy().as_row()
    RiskPolicy.objects.create(
        org=org, grades={"A": 5}, warnings={"stalled": {"on": False, "days": 90}, "gone": {}}
    )
    policy = Policy.of(org)
    assert dict(policy.borders) == {"A": 5, "B": 50, "C": 70}
    assert policy.rules["stalled"] == Rule(False, 90)
    assert policy.rules["overdue"] == Policy().rules["overdue"]
    again = RiskPolicy(org=org, **policy.as_row())
    assert Policy.of_row(again).as_row() == policy.as_row()
