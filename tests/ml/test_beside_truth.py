"""How near a model is to whoever knows the hidden chances."""

import numpy as np
import pandas as pd
import pytest

from revenue.ml.arrays import floats, sigmoid
from revenue.ml.beside_truth import beside_truth, expected_skill, visible
from revenue.ml.frames import Feature, Frame, Kind, make_frame


def a_world(rows: int = 3000, *, blur: float = 0.7) -> tuple[Frame, np.ndarray]:
    """A hidden mood, of which a fact shows no more than `blur` lets through."""
    rng = np.random.default_rng(0)
    mood = rng.normal(size=rows)
    truth = sigmoid(floats(-1.5 + 1.2 * mood))
    frame = make_frame(
        pd.DataFrame({"fact": mood + blur * rng.normal(size=rows), "noise": rng.normal(size=rows)}),
        features=[Feature("fact", Kind.NUMBER), Feature("noise", Kind.NUMBER)],
        as_of=["2026-01-01"] * rows,
        label=(rng.random(rows) < truth).astype(float),
        label_known_at=["2026-03-01"] * rows,
    )
    return frame, truth


def test_whoever_says_the_truth_has_all_of_the_skill_and_who_says_the_rate_none() -> None:
    frame, truth = a_world()
    whole = beside_truth(frame.label, truth, truth, frame.group)
    assert whole["share_of_skill"] == whole["share_of_skill_low"] == 1
    rate = np.full(len(frame), frame.label.mean())
    assert beside_truth(frame.label, rate, truth, frame.group)["share_of_skill"] == pytest.approx(0)


def test_the_interval_holds_the_share_and_is_wider_of_fewer() -> None:
    frame, truth = a_world()
    ours = sigmoid(floats(-1.5 + 0.8 * frame.values["fact"].to_numpy()))
    widths = []
    for rows in (3000, 300):
        part = np.arange(rows)
        found = beside_truth(frame.label[part], ours[part], truth[part], frame.group[part])
        low, high = found["share_of_skill_low"], found["share_of_skill_high"]
        assert low < found["share_of_skill"] < high
        widths.append(high - low)
    assert widths[0] < widths[1]


def test_what_the_facts_show_is_less_than_all_and_no_more_than_they_hold() -> None:
    shares = []
    for blur in (0.0, 0.7, 2.0):
        frame, truth = a_world(blur=blur)
        shares.append(expected_skill(visible(frame, truth), truth)["share_of_skill"])
    assert shares[0] > 0.99 > shares[1] > shares[2] > 0
    assert shares[1] == pytest.approx(1 / (1 + 0.7**2), abs=0.08)
