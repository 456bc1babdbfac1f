"""Each warning from its first day on, switched off or without what it needs of none."""

from dataclasses import replace
from typing import Any

import pytest

from forecasting.risk.catalogue import WARNINGS
from forecasting.risk.policy import Policy, Rule
from forecasting.risk.warnings import listed, untold, warned
from tests.forecasting.risky import facts_with

USUAL = Policy()


def warnings(policy: Policy = USUAL, /, **facts: Any) -> list[str]:
    return listed(warned(facts_with(**facts), policy=policy), 0)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("overdue", {"days_to_close": -0.99}, {"days_to_close": -1.0}),
        ("no_activity", {"days_since_activity": 13.9}, {"days_since_activity": 14}),
        (
            "ghosted",
            {"days_since_sign": 13, "days_since_outgoing": 3},
            {"days_since_sign": 14, "days_since_outgoing": 3},
        ),
        (
            "stalled",
            {"days_in_stage": 39, "usual_in_stage": 20},
            {"days_in_stage": 40, "usual_in_stage": 20},
        ),
        ("pushed", {"days_since_third_push": 180}, {"days_since_third_push": 179}),
        ("single_threaded", {"people": 2, "age": 90}, {"people": 1, "age": 90}),
        ("no_next_step", {"has_next_step": 0, "age": 6}, {"has_next_step": 0, "age": 7}),
        ("amount_fell", {"days_since_higher": 30}, {"days_since_higher": 29}),
    ],
)
def test_a_warning_begins_where_it_says(
    name: str, before: dict[str, float], after: dict[str, float]
) -> None:
    assert warnings(**before) == []
    assert warnings(**after) == [name]
    off = replace(USUAL, rules={**USUAL.rules, name: Rule(False, WARNINGS[name].days)})
    assert warnings(off, **after) == []


def test_its_days_are_the_orgs() -> None:
    patient = replace(USUAL, rules={**USUAL.rules, "no_activity": Rule(True, 60)})
    assert warnings(patient, days_since_activity=59) == []
    assert warnings(patient, days_since_activity=60) == ["no_activity"]


def test_who_has_not_been_written_to_has_not_ghosted_us() -> None:
    assert warnings(days_since_sign=90) == []
    assert warnings(days_since_sign=90, days_since_outgoing=20) == []


def test_a_slow_stage_of_the_org_is_no_stall() -> None:
    assert warnings(days_in_stage=100, usual_in_stage=60) == []
    assert warnings(days_in_stage=20, usual_in_stage=7) == []
    assert warnings(days_in_stage=400) == []


def test_what_is_not_recorded_warns_of_nothing_and_is_said() -> None:
    nothing = facts_with(age=400)
    assert warnings(age=400) == []
    said = untold(nothing)
    assert set(said) == set(WARNINGS)
    assert "no next steps are recorded" in said["no_next_step"]
    some = facts_with(age=400, has_next_step=1, people=3, pushes=0, worth=5, days_to_close=3)
    assert set(untold(some)) == {"no_activity", "ghosted", "stalled"}
