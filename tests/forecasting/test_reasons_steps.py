"""From the rate of all to the chance of one: every point is accounted for."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.reasons.steps import Speaker, beside_the_rest, steps_of, steps_of_rate, walk
from forecasting.reasons.topics import topics_of
from revenue.ml.arrays import Floats, floats
from revenue.ml.baselines import Rates
from revenue.ml.calibration import Beta, Calibrator, Isotonic, Merged, Sigmoid
from revenue.ml.frames import Feature
from revenue.ml.members import Contributions

NAMES = (
    "meeting_30", "days_since_meeting", "activities_7", "activities_30", "activity_of_late",
    "pushes", "days_pushed", "own_A", "own_B", "age_days", "seller_rate", "moon",
)  # fmt: skip
FEATURES = tuple(Feature(name) for name in NAMES)
SPEAKER = Speaker(FEATURES, topics_of(FEATURES), {"whole": 0.31}, "USD")


def calibrators(seed: int) -> dict[str, Calibrator]:
    rng = np.random.default_rng(seed)
    margin = rng.normal(0, 2, 300)
    label = (rng.random(300) < 1 / (1 + np.exp(-0.6 * margin))).astype(float)
    ways: dict[str, Any] = {"sigmoid": Sigmoid, "beta": Beta, "isotonic": Isotonic, "venn": Merged}
    return {name: way.fit(margin, label, np.ones(300)) for name, way in ways.items()}


FITTED = calibrators(1)


def told_of(parts: Floats, way: str, *, noise: float = 0.0) -> tuple[list[dict[str, Any]], Floats]:
    """The model's own margin may differ in the last digits of a 32-bit number."""
    base = np.full(len(parts), -0.4)
    probability = FITTED[way](base + parts.sum(axis=1) + noise)
    found = walk(Contributions(base, parts), probability, SPEAKER.topics, FITTED[way])
    values = [dict.fromkeys(NAMES, 2.0) for _ in parts]
    return [
        steps_of(found, row, values[row], SPEAKER, seller="") for row in range(len(parts))
    ], probability


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    way=st.sampled_from(sorted(FITTED)),
    size=st.sampled_from([0.01, 0.5, 5.0]),
    noise=st.sampled_from([0.0, 3e-7]),
)
def test_points_sum_to_the_chance_that_is_shown(
    seed: int, way: str, size: float, noise: float
) -> None:
    parts = np.random.default_rng(seed).normal(0, size, (4, len(NAMES)))
    told, probability = told_of(parts, way, noise=noise)
    for row, steps in enumerate(told):
        points = [one["points"] for one in steps["steps"]] + [steps["rest"]["points"]]
        assert steps["base"] + sum(points) == pytest.approx(steps["total"], abs=1e-9)
        assert steps["total"] == probability[row]
        parted = [one["contribution"] for one in steps["steps"]] + [steps["rest"]["contribution"]]
        assert steps["base_margin"] + sum(parted) == pytest.approx(steps["margin"], abs=1e-9)
        assert steps["margin"] == pytest.approx(-0.4 + parts[row].sum(), abs=1e-9)


def test_no_two_steps_speak_of_the_same_and_the_largest_comes_first() -> None:
    parts = np.random.default_rng(4).normal(size=(40, len(NAMES)))
    for row, steps in enumerate(told_of(parts, "sigmoid")[0]):
        topics = [one["topic"] for one in steps["steps"]]
        assert len(set(topics)) == len(topics) == 5
        sizes = [abs(one["contribution"]) for one in steps["steps"]]
        assert sizes == sorted(sizes, reverse=True)
        for one in steps["steps"]:
            mine = parts[row, [NAMES.index(name) for name in one["features"]]]
            assert one["contribution"] == pytest.approx(mine.sum())
            assert one["name"] in one["features"]


@pytest.mark.parametrize("way", sorted(FITTED))
def test_a_step_points_the_way_of_its_contribution(way: str) -> None:
    parts = np.random.default_rng(5).normal(size=(40, len(NAMES)))
    for steps in told_of(parts, way)[0]:
        assert all(one["points"] * one["contribution"] >= 0 for one in steps["steps"])


def test_what_adds_nothing_is_no_step() -> None:
    parts = np.zeros((1, len(NAMES)))
    parts[0, 5] = 0.7
    steps = told_of(parts, "sigmoid")[0][0]
    assert [one["name"] for one in steps["steps"]] == ["pushes"]
    assert steps["steps"][0]["words"] == "Close date pushed twice"
    assert steps["rest"]["contribution"] == 0


def test_where_a_rate_speaks_no_reason_is_sold() -> None:
    rates = Rates("stage", 0.31, 200.0, {"Offer": 0.42}, {"Offer": 60.0})
    steps = steps_of_rate("Offer", 0.42, rates)
    assert (steps["source"], steps["steps"], steps["total"]) == ("rates", [], 0.42)
    assert steps["base"] + steps["rest"]["points"] == pytest.approx(0.42)
    assert steps["rate"]["words"] == (
        "The share won of deals that were in Offer, drawn toward the 31% of 200 closed deals"
        " (60 deals were there)"
    )
    unseen = steps_of_rate("Talk", 0.31, rates)
    assert unseen["rate"]["words"] == "The share won of all: 31% of 200 closed deals"
    assert (unseen["rate"]["of"], unseen["rate"]["deals"]) == ("", 200)


def test_figures_are_plain_numbers() -> None:
    steps = told_of(np.ones((1, len(NAMES))), "sigmoid")[0][0]
    assert type(steps["total"]) is float
    assert type(steps["steps"][0]["points"]) is float
    assert floats(steps["total"]) == steps["total"]


def test_a_base_rate_that_points_the_other_way_says_so() -> None:
    rate = {"won": 0.25, "against": 0.33, "deals": 40, "words": "25% of such deals were won"}
    assert beside_the_rest(rate, -0.4) == rate
    assert beside_the_rest(None, 0.4) is None
    found = beside_the_rest(rate, 0.4) or {}
    assert found["words"] == (
        "Taken alone, 25% of such deals were won; with the rest of this deal it speaks for it"
    )
