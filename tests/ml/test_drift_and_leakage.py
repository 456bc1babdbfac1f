from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from revenue.ml.drift import calibration_drift, drift_of, profile_of, psi
from revenue.ml.frames import Feature, Frame, Kind
from revenue.ml.judging import Outcomes
from revenue.ml.leakage import leaks
from revenue.ml.settings import Settings
from tests.ml.worlds import world

SETTINGS = Settings("deal_risk", age="age")


def opened(frame: Frame) -> Frame:
    """The same rows as if none of them had closed."""
    nothing = np.full(len(frame), np.nan)
    never = np.full(len(frame), np.datetime64("NaT"), dtype="datetime64[s]")
    return replace(frame, label=nothing, label_known_at=never)


def with_column(frame: Frame, feature: Feature, values: Any) -> Frame:
    columns = frame.values.assign(**{feature.name: values})
    return replace(frame, features=(*frame.features, feature), values=columns)


def aged(frame: Frame, seed: int) -> Frame:
    ages = np.random.default_rng(seed).integers(0, 90, len(frame)).astype(float)
    return with_column(frame, Feature("age"), ages)


def test_a_field_filled_in_only_at_the_end_is_found_though_it_tells_no_side() -> None:
    signature = Feature("signature_date", Kind.CATEGORY)
    closed = with_column(aged(world(deals=200), 1), signature, "set")
    still = with_column(aged(opened(world(deals=200, seed=1)), 2), signature, None)
    found = leaks(closed, open_rows=still, settings=SETTINGS)
    assert set(found) == {"signature_date"}
    assert "100% of the closed but 0% of the open deals of the same age" in found["signature_date"]


def test_a_field_that_fills_with_age_is_no_leak() -> None:
    """Closed deals are older, and this field is there from the fortieth day on."""
    proposal = Feature("proposal", Kind.CATEGORY)

    def filled(frame: Frame) -> Frame:
        late = frame.values["age"] > 40
        return with_column(frame, proposal, pd.Series("sent", index=late.index).where(late, None))

    closed, still = aged(world(deals=200), 1), aged(opened(world(deals=200, seed=1)), 2)
    young = still.values["age"].where(np.arange(len(still)) % 5 == 0, still.values["age"] / 3)
    still = replace(still, values=still.values.assign(age=young))
    assert leaks(filled(closed), open_rows=filled(still), settings=SETTINGS) == {}
    blind = replace(SETTINGS, age="", suspect_presence_gap=0.35)
    assert set(leaks(filled(closed), open_rows=filled(still), settings=blind)) == {"proposal"}


def test_an_honest_strong_feature_and_a_name_for_each_deal_are_no_leaks() -> None:
    frame = world(deals=300)
    names = with_column(frame, Feature("id", Kind.CATEGORY), [f"deal {one}" for one in frame.group])
    assert leaks(names, open_rows=frame.take(np.zeros(0, dtype=int)), settings=SETTINGS) == {}


def test_psi_is_nought_for_the_same_and_large_for_another_world() -> None:
    assert psi([0.5, 0.5], [0.5, 0.5]) == 0
    assert psi([0.9, 0.1], [0.1, 0.9]) > 0.25
    frame, rng = world(deals=900, moments=1), np.random.default_rng(0)
    score = rng.random(len(frame))
    profile = profile_of(frame, score)
    same = drift_of(profile, world(deals=900, moments=1, seed=5), rng.random(len(frame)))
    assert {one["verdict"] for one in same["features"]} == {"little"}
    moved = frame.values.assign(amount=frame.values["amount"] * 30, source="Web")
    other = drift_of(profile, replace(frame, values=moved), score / 4)
    assert other["score"]["verdict"] == "much"
    much = {one["name"] for one in other["features"] if one["verdict"] == "much"}
    assert much == {"amount", "source"}


def test_calibration_drift_is_told_from_chance() -> None:
    rng = np.random.default_rng(3)
    said = np.full(400, 0.6)
    for rate, drifted in ((0.6, False), (0.35, True)):
        came = (rng.random(400) < rate).astype(float)
        outcomes = Outcomes(came, said, np.ones(400), np.arange(400))
        assert calibration_drift(outcomes)["drifted"] is drifted
    few = Outcomes(np.zeros(2), np.full(2, 0.6), np.ones(2), np.arange(2))
    assert calibration_drift(few.take(np.zeros(0, dtype=int)))["groups"] == 0
