import warnings

import numpy as np
import pytest

from revenue.ml.boosting import SHAPES, Boosting, fit_boosted
from revenue.ml.calibration import Sigmoid
from revenue.ml.frames import Frame
from revenue.ml.reasons import grouped_back
from revenue.ml.trained import Trained
from tests.ml.worlds import world


@pytest.mark.parametrize("which", ["linear_trained", "curved_trained", "blended"])
def test_contributions_sum_to_the_margin(which: str, request: pytest.FixtureRequest) -> None:
    trained: Trained = request.getfixturevalue(which)
    frame = world(deals=80, seed=12)
    assert trained.model is not None
    scores = trained.score(frame, source="model")
    margin = trained.model.member.margin(trained.rows_of(frame))
    np.testing.assert_allclose(scores.contributions.margin, margin, atol=1e-4)
    np.testing.assert_allclose(trained.model.calibrator(margin), scores.probability)


def test_a_waterfall_ends_at_the_probability_that_is_shown(curved_trained: Trained) -> None:
    frame = world(deals=20, seed=13)
    scores = curved_trained.score(frame)
    for row in range(10):
        drawn = curved_trained.waterfall(frame, scores, row=row, top=2)
        assert drawn.total == pytest.approx(scores.probability[row])
        points = sum(step.points for step in drawn.steps) + drawn.rest.points
        assert drawn.base + points == pytest.approx(drawn.total)
        parts = sum(step.contribution for step in drawn.steps) + drawn.rest.contribution
        assert drawn.base_margin + parts == pytest.approx(drawn.margin, abs=1e-4)
        sizes = [abs(step.contribution) for step in drawn.steps]
        assert sizes == sorted(sizes, reverse=True)


def test_interactions_sum_to_contributions(curved_trained: Trained, curved_world: Frame) -> None:
    frame = world(deals=20, signal="curved", seed=13)
    parts = curved_trained.interactions(frame)
    assert parts is not None
    sizes = np.abs(parts).mean(axis=0)
    names = [one.name for one in curved_trained.features]
    pair = sizes[names.index("meetings"), names.index("has_next_step")]
    off = sizes[~np.eye(len(names), dtype=bool)]
    assert pair == pytest.approx(off.max())
    trees = fit_boosted(curved_world, Boosting(SHAPES[1], 30, seed=1, threads=1))
    summed = trees.interactions(frame).sum(axis=2)
    np.testing.assert_allclose(summed, trees.contributions(frame).by_feature, atol=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_contributions_are_those_of_the_tree_explainer() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap
    numbers = world(deals=200, signal="curved").without(["source"])
    trees = fit_boosted(numbers, Boosting(SHAPES[2], 40, seed=1, threads=1))
    asked = numbers.take(np.arange(60))
    explained = shap.TreeExplainer(trees.booster, feature_perturbation="tree_path_dependent")
    theirs = explained.shap_values(trees.encoder.encode(asked))
    ours = trees.contributions(asked)
    np.testing.assert_allclose(ours.by_feature, theirs, atol=1e-4)
    np.testing.assert_allclose(ours.base, explained.expected_value, atol=1e-4)


def test_columns_of_one_feature_are_summed_and_nothing_is_lost() -> None:
    parts = np.arange(12.0).reshape(3, 4)
    found = grouped_back(parts, ["a", "b", "a", "b"])
    np.testing.assert_array_equal(found["a"], parts[:, 0] + parts[:, 2])
    np.testing.assert_array_equal(sum(found.values()), parts.sum(axis=1))


def test_a_line_that_changes_nothing_leaves_the_margin_as_it_is() -> None:
    assert Sigmoid()(np.array([0.0]))[0] == 0.5
