"""The whole way, in worlds whose truth is known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from revenue.ml.artefact import ArtefactError, digest
from revenue.ml.frames import Feature, Frame, FrameError, Kind
from revenue.ml.pipeline import compare, parted, train_classifier
from revenue.ml.readiness import State
from revenue.ml.settings import Settings
from revenue.ml.trained import Trained
from tests.ml.worlds import world


def widened(frame: Frame, feature: Feature, values: Any) -> Frame:
    columns = frame.values.assign(**{feature.name: values})
    return replace(frame, features=(*frame.features, feature), values=columns)


def test_a_world_of_straight_lines_gets_a_linear_model_that_is_ready(
    linear_trained: Trained,
) -> None:
    report = linear_trained.report
    assert report["kind"] == "linear"
    assert linear_trained.readiness.state is State.READY
    assert report["metrics"]["brier"] < report["baselines"]["base_rate"]["brier"] - 0.03
    assert {one["kind"] for one in report["candidates"]} == {"linear", "boosted", "blend"}
    found = [one["name"] for one in report["importance"]]
    assert found[0] == "meetings"
    assert set(found[:3]) == {"meetings", "has_next_step", "source"}
    ways = {one["name"]: one for one in report["importance"]}
    assert ways["meetings"]["direction"] == "up"
    assert ways["source"]["words"].startswith("Best Referral")


def test_a_world_with_an_interaction_gets_trees(curved_trained: Trained) -> None:
    report = curved_trained.report
    assert report["kind"] in {"boosted", "blend"}
    assert report["metrics"]["brier"] < report["baselines"]["logistic"]["brier"] - 0.05


def test_a_world_without_signal_is_not_ready_and_sells_no_reasons(empty_trained: Trained) -> None:
    assert empty_trained.readiness.state is State.NOT_READY
    assert "No usable signal" in empty_trained.readiness.reasons[0]
    frame = world(deals=30, signal="none", seed=6)
    scores = empty_trained.score(frame)
    assert scores.source == "rates"
    assert (scores.contributions.by_feature == 0).all()
    assert np.ptp(scores.probability) < 0.1
    assert ((scores.low < scores.probability) & (scores.probability < scores.high)).all()


def test_below_the_data_minimum_the_shrunken_rate_of_the_stage_stands_in(
    settings: Settings,
) -> None:
    trained = train_classifier(world(deals=60), settings)
    assert trained.model is None
    assert "at least 40 and 40 are needed" in trained.readiness.reasons[0]
    assert trained.score(world(deals=10, seed=2)).source == "rates"
    again = Trained.from_bytes(trained.to_bytes(), sha256=digest(trained.to_bytes()))
    assert again.to_bytes() == trained.to_bytes()


def test_trained_twice_gives_the_same_bytes_and_a_reload_the_same_scores(
    curved_world: Frame, curved_trained: Trained, settings: Settings
) -> None:
    data = curved_trained.to_bytes()
    assert train_classifier(curved_world, settings).to_bytes() == data
    again = Trained.from_bytes(data, sha256=digest(data))
    ours, theirs = curved_trained.score(curved_world), again.score(curved_world)
    np.testing.assert_array_equal(ours.probability, theirs.probability)
    np.testing.assert_array_equal(ours.contributions.by_feature, theirs.contributions.by_feature)


def test_an_artefact_that_was_changed_is_refused(curved_trained: Trained) -> None:
    data = curved_trained.to_bytes()
    changed = data[:-1] + bytes([data[-1] ^ 1])
    with pytest.raises(ArtefactError, match="its hash differs"):
        Trained.from_bytes(changed, sha256=digest(data))
    with pytest.raises(ArtefactError, match="no model of this product"):
        Trained.from_bytes(b"pickle", sha256=digest(b"pickle"))


def test_labels_that_came_after_the_window_change_nothing_that_was_learned(
    linear_world: Frame, settings: Settings
) -> None:
    """All that the model is made of is from before the test window."""
    quick = replace(settings, candidates=("linear",))
    first = train_classifier(linear_world, quick)
    later = linear_world.label_known_at >= np.datetime64(first.report["windows"]["test_from"])
    turned = np.where(later, 1 - linear_world.label, linear_world.label)
    second = train_classifier(replace(linear_world, label=turned), quick)
    np.testing.assert_array_equal(
        first.score(linear_world, source="model").probability,
        second.score(linear_world, source="model").probability,
    )
    assert first.report["metrics"]["auc"] > 0.5 > second.report["metrics"]["auc"]


def test_intervals_hold_the_probability_and_say_how_little_is_known(
    linear_trained: Trained,
) -> None:
    scores = linear_trained.score(world(deals=100, seed=8))
    assert ((scores.low <= scores.probability) & (scores.probability <= scores.high)).all()
    assert 0 < (scores.high - scores.low).mean() < 0.35


def test_quality_is_told_of_moments_as_people_meet_them(settings: Settings) -> None:
    """Lost deals of this world close soon, and have few moments: their share of all is small."""
    frame = world(deals=500, moments=4, seed=4)
    seen = (frame.label > 0) | (np.arange(len(frame)) % 4 == 0)
    frame = frame.take(seen).balanced()
    quick = replace(settings, candidates=("linear",))
    told = train_classifier(frame, quick).report["metrics"]
    by_deal = train_classifier(frame, replace(quick, judge_moments=False)).report["metrics"]
    test = parted(frame, quick).test
    assert told["rate"] == pytest.approx(test.label.mean())
    assert by_deal["rate"] < told["rate"] - 0.1


def test_a_field_that_tells_the_outcome_is_left_out_and_named(settings: Settings) -> None:
    frame = world(deals=350, seed=4)
    told = np.where(frame.label > 0, "Signed", "Budget")
    planted = widened(frame, Feature("loss_reason", Kind.CATEGORY), told)
    trained = train_classifier(planted, replace(settings, candidates=("linear",)))
    assert set(trained.report["excluded_features"]) == {"loss_reason"}
    assert "AUC of" in trained.report["excluded_features"]["loss_reason"]
    assert "loss_reason" not in {one.name for one in trained.features}
    assert trained.report["metrics"]["auc"] < 0.9


def test_a_model_too_good_to_be_true_is_not_ready(settings: Settings) -> None:
    frame = world(deals=350, seed=4)
    told = frame.label + np.random.default_rng(0).normal(0, 0.1, len(frame))
    planted = widened(frame, Feature("hint"), told)
    blind = replace(settings, suspect_alone_auc=1.1, candidates=("linear",))
    trained = train_classifier(planted, blind)
    assert trained.readiness.state is State.NOT_READY
    assert any("Too good to be true" in why for why in trained.readiness.reasons)


def test_a_frame_without_a_feature_of_the_model_says_which(linear_trained: Trained) -> None:
    with pytest.raises(FrameError, match="meetings"):
        linear_trained.score(world(deals=5).without(["meetings"]))


def test_two_models_are_compared_on_the_same_test_window(
    linear_world: Frame, linear_trained: Trained, empty_trained: Trained
) -> None:
    found = compare(linear_trained, empty_trained, linear_world)
    assert found["candidate"]["rows"] == found["live"]["rows"]
    assert found["candidate"]["brier"] < found["live"]["brier"]
    assert found["candidate"]["brier"] == pytest.approx(linear_trained.report["metrics"]["brier"])


def test_one_border_without_the_other_is_refused(linear_world: Frame, settings: Settings) -> None:
    with pytest.raises(FrameError, match="both borders"):
        train_classifier(linear_world, replace(settings, test_from="2024-09-01"))


def test_the_segments_and_the_drift_of_the_test_window_are_there(linear_trained: Trained) -> None:
    report = linear_trained.report
    assert {one["segment"] for one in report["segments"]} == {"stage", "region"}
    assert report["drift"]["score"]["psi"] < 0.25
    assert {one["name"] for one in report["drift"]["features"]} >= {"meetings", "source"}


def test_a_segment_that_was_never_seen_has_the_rate_of_the_whole(empty_trained: Trained) -> None:
    frame = world(deals=3, signal="none")
    elsewhere = replace(frame, segments=pd.DataFrame({"stage": ["Unheard of"] * len(frame)}))
    np.testing.assert_allclose(
        empty_trained.score(elsewhere).probability, empty_trained.rates.whole
    )
