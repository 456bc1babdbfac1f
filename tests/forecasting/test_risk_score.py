"""The published formula holds for any deal: bounded, monotone, and its points add up."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.risk.catalogue import PARTS
from forecasting.risk.policy import Policy, Rule
from forecasting.risk.score import Risk, risk_of
from forecasting.risk.words import NOT_TOLD
from revenue.ml.arrays import floats
from tests.forecasting.risky import facts_with

UNKNOWN = float("nan")
days = st.one_of(st.just(UNKNOWN), st.floats(0, 4000))
deals = st.fixed_dictionaries(
    {
        "age": st.floats(0, 4000),
        "worth": st.one_of(st.just(UNKNOWN), st.floats(0.01, 1e9)),
        "usual_age": st.one_of(st.just(UNKNOWN), st.floats(7, 900)),
        "usual_in_stage": st.one_of(st.just(UNKNOWN), st.floats(7, 900)),
        "days_in_stage": days,
        "days_since_activity": days,
        "pushes": st.one_of(st.just(UNKNOWN), st.integers(0, 9).map(float)),
    }
)
weights = st.lists(st.floats(0, 10), min_size=4, max_size=4).filter(lambda one: sum(one) > 1e-6)
chances = st.floats(0, 1)
WORTHS = floats([100, 500, 500, 2_000, 90_000])


def risk(deal: dict[str, Any], chance: float, policy: Policy | None = None) -> Risk:
    return risk_of(facts_with(**deal), floats([chance]), policy=policy or Policy(), worths=WORTHS)


@settings(max_examples=300, deadline=None)
@given(deal=deals, chance=chances, given_weights=weights)
def test_points_add_up_to_the_score_within_its_bounds(
    deal: dict[str, Any], chance: float, given_weights: list[float]
) -> None:
    policy = Policy(weights=dict(zip(PARTS, given_weights, strict=True)))
    found = risk(deal, chance, policy)
    score = float(found.score[0])
    opened = found.opened(0)
    assert 0 <= score <= 100
    assert round(score, 1) == score
    assert round(sum(each["points"] for each in opened), 6) == score
    assert sum(float(found.weights[name][0]) for name in PARTS) == pytest.approx(1)
    for each in opened:
        assert 0 <= each["part"] <= 1
        assert each["points"] >= 0
        assert each["points"] == pytest.approx(100 * each["part"] * each["weight"], abs=0.2)
        if not each["known"]:
            assert each["points"] == 0
            assert NOT_TOLD in each["value"] or each["weight"] == 0


WORSE = ("age", "worth", "days_in_stage", "days_since_activity", "pushes")


@settings(max_examples=300, deadline=None)
@given(deal=deals, chance=chances, name=st.sampled_from(WORSE), more=st.floats(0, 3000))
def test_what_is_worse_never_lowers_the_risk(
    deal: dict[str, Any], chance: float, name: str, more: float
) -> None:
    after = {**deal, name: deal[name] + more}
    assert risk(after, chance).score[0] >= risk(deal, chance).score[0]


@given(deal=deals, chance=chances, other=chances)
def test_a_likelier_deal_is_not_riskier(deal: dict[str, Any], chance: float, other: float) -> None:
    less, more = sorted([chance, other])
    assert risk(deal, more).score[0] <= risk(deal, less).score[0]


def test_each_part_is_what_its_definition_says() -> None:
    found = risk(
        {
            "age": 40, "usual_age": 20, "worth": 500, "pushes": 1, "days_in_stage": 30,
            "usual_in_stage": 20, "days_since_activity": 21,
        },
        0.25,
    )  # fmt: skip
    parts = {name: float(part[0]) for name, part in found.parts.items()}
    # 40 days where won deals took 20: half of the way to three times; one push of three is less.
    assert parts == pytest.approx(
        {"chance": 0.75, "value": 0.4, "velocity": 0.5, "stagnation": 0.75}
    )
    words = {each["name"]: each["value"] for each in found.opened(0)}
    assert words["chance"] == "25 % likely to be won"
    assert words["value"] == "Larger than 40 % of the open deals"
    assert "close date pushed once" in words["velocity"]
    assert "Last activity 21 days ago" in words["stagnation"]
    assert "half of the won deals stayed 20 days or less" in words["stagnation"]


def test_a_part_that_nobody_can_tell_leaves_its_weight_to_the_others() -> None:
    found = risk({"age": 40.0}, 0.25)
    assert float(found.score[0]) == 75.0
    assert {each["name"]: each["known"] for each in found.opened(0)} == {
        "chance": True, "value": False, "velocity": False, "stagnation": False,
    }  # fmt: skip
    only_value = Policy(weights={"chance": 0, "value": 1, "velocity": 0, "stagnation": 0})
    assert float(risk({"age": 40.0}, 0.25, only_value).score[0]) == 75.0


def test_silence_is_measured_by_the_warnings_days() -> None:
    deal = {"age": 100.0, "days_since_activity": 30.0}
    usual = Policy()
    slow = replace(usual, rules={**usual.rules, "no_activity": Rule(False, 60)})
    assert float(risk(deal, 0.5, usual).parts["stagnation"][0]) == 1.0
    assert float(risk(deal, 0.5, slow).parts["stagnation"][0]) == 0.25


def test_all_deals_at_once_are_as_each_alone() -> None:
    rng = np.random.default_rng(4)
    many = {
        "age": rng.uniform(0, 300, 50),
        "worth": np.where(rng.random(50) < 0.2, np.nan, rng.uniform(1, 5000, 50)),
        "pushes": rng.integers(0, 5, 50),
        "days_since_activity": np.where(rng.random(50) < 0.2, np.nan, rng.uniform(0, 90, 50)),
    }
    chance = rng.random(50)
    whole = risk_of(facts_with(**many), chance, policy=Policy(), worths=WORTHS)
    alone = [
        float(risk({name: values[at] for name, values in many.items()}, chance[at]).score[0])
        for at in range(50)
    ]
    assert whole.score.tolist() == alone
