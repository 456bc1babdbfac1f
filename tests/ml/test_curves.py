"""By when, in agreement with the probability that is shown."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from revenue.ml.artefact import digest
from revenue.ml.by_when import doubts_of_when
from revenue.ml.curves import Timing, judge_curves, paced
from revenue.ml.frames import Frame
from revenue.ml.hazard import fit_hazard
from revenue.ml.pipeline import train_classifier
from revenue.ml.readiness import State
from revenue.ml.settings import Settings
from revenue.ml.trained import Trained
from revenue.ml.weeks import WEEK, HazardSettings
from tests.ml.worlds import START, closing

UNTIL = START + 40 * WEEK
KINDS = ("hazard", "linear", "boosted", "blend", "hazard_blend", "whole_blend")
SETTINGS = Settings(
    "deal_risk",
    stratum="stage",
    age="age",
    due="due",
    calendar="month",
    weeks=26,
    candidates=KINDS,
    most_trees=40,
    stop_after=10,
    bootstraps=100,
)


@pytest.fixture(scope="module")
def timing() -> Timing:
    settings = HazardSettings(weeks=26, age="age", calendar="month")
    return Timing(fit_hazard(closing(800), until=UNTIL, settings=settings))


@pytest.fixture(scope="module")
def world() -> Frame:
    return closing(2500, weeks=100, seen=110)


@pytest.fixture(scope="module")
def trained(world: Frame) -> Trained:
    return train_classifier(world, SETTINGS)


@given(
    chances=st.lists(st.floats(0.001, 0.999), min_size=8, max_size=8),
    paces=st.tuples(st.floats(0.2, 4.5), st.floats(0.2, 4.5)),
)
@effort(max_examples=30, deadline=None)
def test_curves_agree_with_the_probability_that_is_shown(
    timing: Timing, chances: list[float], paces: tuple[float, float]
) -> None:
    probability = np.array(chances)
    asked = closing(8, seed=3)
    found = replace(timing, won_pace=paces[0], lost_pace=paces[1])(asked, probability)
    assert (found.won[:, -1] <= probability + 1e-12).all()
    assert (found.won + found.lost <= 1 + 1e-12).all()
    for one in (found.won, found.lost):
        assert (np.diff(one, axis=1) >= -1e-12).all()
        assert (one >= 0).all()


def test_a_pace_that_is_off_is_mended_on_later_rows(timing: Timing) -> None:
    asked = closing(1500, seed=5)
    truth = np.where(asked.values["warm"] == 1, 0.68, 0.33)
    found = paced(timing.told_by, asked, truth, until=UNTIL)
    hurried = replace(timing, won_pace=4.0, lost_pace=4.0)
    given_to = {"until": UNTIL, "before": closing(800), "before_until": UNTIL}
    for name in ("won", "lost"):
        ours, theirs = (
            judge_curves(one(asked, truth), asked, **given_to)  # type: ignore[arg-type]
            for one in (found, hurried)
        )
        assert [one["weeks"] for one in ours] == [4, 8, 13, 26]
        for good, bad in zip(ours[:3], theirs[:3], strict=True):
            assert abs(good[name]["gap"]) < 0.06
            assert good[name]["brier"] < bad[name]["brier"]


def test_rows_that_were_not_followed_long_enough_are_not_judged(timing: Timing) -> None:
    asked = closing(400, seed=5)
    told = {"until": START + 24 * WEEK, "before": asked, "before_until": START + 24 * WEEK}
    curves = timing(asked, np.full(400, 0.5))
    found = judge_curves(curves, asked, **told)  # type: ignore[arg-type]
    rows = {one["weeks"]: one["rows"] for one in found}
    assert rows[8] == (asked.as_of + 8 * WEEK <= START + 24 * WEEK).sum()
    assert 26 not in rows


def test_a_trained_model_says_by_when_and_how_true_it_came(trained: Trained, world: Frame) -> None:
    assert trained.readiness.state is not State.NOT_READY
    assert trained.report["kind"] in KINDS
    assert "hazard" in {one["kind"] for one in trained.report["candidates"]}
    judged = trained.report["by_when"]
    assert [one["weeks"] for one in judged][:2] == [4, 8]
    for one in judged:
        assert one["won"]["brier"] < one["won"]["base"]
        assert abs(one["won"]["gap"]) < 0.08
    scores = trained.score(world.take(np.arange(50)))
    assert scores.curves is not None
    assert scores.curves.won.shape == (50, 26)
    assert (scores.curves.won[:, -1] <= scores.probability + 1e-9).all()
    data = trained.to_bytes()
    again = Trained.from_bytes(data, sha256=digest(data)).score(world.take(np.arange(50)))
    assert again.curves is not None
    np.testing.assert_array_equal(again.curves.won, scores.curves.won)
    assert again.curves.lost.sum() == scores.curves.lost.sum()


@pytest.mark.parametrize("kind", ["linear", "hazard", "hazard_blend", "whole_blend"])
def test_each_kind_says_by_when_and_its_reasons_sum_up(world: Frame, kind: str) -> None:
    some = world.take(np.arange(1200))
    trained = train_classifier(some, replace(SETTINGS, candidates=(kind,)))
    assert trained.report["kind"] == kind
    asked = closing(60, seed=11)
    scores = trained.score(asked, source="model")
    assert trained.model is not None
    margin = trained.model.member.margin(trained.rows_of(asked))
    np.testing.assert_allclose(scores.contributions.margin, margin, atol=1e-4)
    assert scores.curves is not None
    assert train_classifier(some, trained.settings).to_bytes() == trained.to_bytes()


def test_below_the_data_minimum_the_past_says_by_when() -> None:
    trained = train_classifier(closing(60), SETTINGS)
    assert trained.model is None
    scores = trained.score(closing(20, seed=2))
    assert scores.source == "rates"
    assert scores.curves is not None
    assert 0 < scores.curves.won[:, 3].mean() < scores.curves.won[:, 25].mean()
    assert (scores.curves.won[:, -1] <= scores.probability + 1e-9).all()


def test_curves_that_are_off_are_said() -> None:
    good = {"said": 0.3, "came": 0.29, "gap": 0.01, "gap_error": 0.01, "brier": 0.1, "base": 0.2}
    bad = {**good, "said": 0.5, "gap": 0.21, "brier": 0.22}
    assert doubts_of_when([{"weeks": 4, "won": good, "lost": good}], SETTINGS) == []
    said = doubts_of_when([{"weeks": 8, "won": bad, "lost": good}], SETTINGS)
    assert said[0] == "By when: 50% were said to be won within 8 weeks, 29% were."
    assert said[1] == "By when: no better than the plain rate for won within 8 weeks."
