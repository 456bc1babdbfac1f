"""Deals that close week by week with chances that are known."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from revenue.ml.arrays import floats
from revenue.ml.frames import Feature, Frame, FrameError, make_frame
from revenue.ml.hazard import (
    LOST,
    OPEN,
    WEEK,
    WON,
    Hazard,
    HazardSettings,
    fit_hazard,
    followed,
    hazard_from_json,
    judge_hazard,
    walked,
)
from tests.ml.worlds import START

UNTIL = START + 40 * WEEK
QUICK = HazardSettings(weeks=12, most_trees=40)


def closing(deals: int = 400, seed: int = 0) -> Frame:
    """Warm deals are won in a week with a chance of 9 %, cold ones with 2 %; all lost with 4 %."""
    rng = np.random.default_rng(seed)
    warm = rng.integers(0, 2, deals)
    won_in = rng.geometric(np.where(warm == 1, 0.09, 0.02))
    lost_in = rng.geometric(0.04, deals)
    opened = START + rng.integers(0, 36, deals) * WEEK
    closed = opened + np.minimum(won_in, lost_in) * WEEK
    known = closed < UNTIL
    return make_frame(
        pd.DataFrame({"warm": warm.astype(float), "age": 0.0}),
        features=[Feature("warm"), Feature("age")],
        as_of=opened,
        label=np.where(known, (won_in <= lost_in).astype(float), np.nan),
        label_known_at=np.where(known, closed, np.datetime64("NaT")),
    )


@pytest.fixture(scope="module")
def learned() -> Hazard:
    return fit_hazard(closing(), until=UNTIL, settings=QUICK)


@given(
    chances=st.lists(
        st.tuples(st.floats(0.01, 5), st.floats(0, 5), st.floats(0, 5)), min_size=6, max_size=6
    )
)
@effort(max_examples=40, deadline=None)
def test_won_and_lost_never_exceed_one_together_and_never_fall(
    chances: list[tuple[float, float, float]],
) -> None:
    weeks = floats(chances)
    curves = walked(weeks / weeks.sum(axis=1, keepdims=True), 2)
    assert ((curves.won + curves.lost) <= 1 + 1e-9).all()
    assert (np.diff(curves.won, axis=1) >= 0).all()
    assert (np.diff(curves.lost, axis=1) >= 0).all()


def test_each_row_is_followed_to_its_close_or_until_it_is_lost_from_sight() -> None:
    frame = make_frame(
        pd.DataFrame({"x": [0.0] * 4}),
        features=[Feature("x")],
        as_of=[START] * 4,
        label=[1, 0, np.nan, 1],
        label_known_at=[START + 2 * WEEK, START + WEEK // 2, None, START + 9 * WEEK],
    )
    rows, ahead, what = followed(frame, until=START + 3 * WEEK, weeks=26)
    told = {row: list(what[rows == row]) for row in range(4)}
    assert told == {0: [OPEN, WON], 1: [LOST], 2: [OPEN] * 3, 3: [OPEN] * 3}
    assert list(ahead[rows == 2]) == [1, 2, 3]


def test_the_curves_are_those_of_the_world(learned: Hazard) -> None:
    asked = closing(60, seed=9)
    curves = learned.curves(asked)
    warm = asked.values["warm"].to_numpy() == 1
    for here, rate in ((warm, 0.09), (~warm, 0.02)):
        # In this world a week that could be both is won.
        open_on = (1 - rate) * 0.96
        truth = rate * (1 - open_on**8) / (1 - open_on)
        assert curves.won[here, 7].mean() == pytest.approx(truth, abs=0.07)
    assert ((curves.won + curves.lost) <= 1 + 1e-9).all()
    assert (np.diff(curves.won, axis=1) >= -1e-12).all()
    assert set(learned.tried) == {"linear", "boosted 3", "boosted 5"}


def test_open_deals_are_not_taken_for_lost_ones() -> None:
    """The same deals, looked at early: most are open, and the answer stays the same."""
    early = fit_hazard(closing(), until=START + 25 * WEEK, settings=QUICK)
    curves = early.curves(closing(200, seed=9))
    late = fit_hazard(closing(), until=UNTIL, settings=QUICK).curves(closing(200, seed=9))
    assert curves.won[:, 7].mean() == pytest.approx(late.won[:, 7].mean(), abs=0.08)


def test_it_beats_the_plain_rate_and_comes_back_from_json_alike(learned: Hazard) -> None:
    test, train = closing(400, seed=5), closing()
    found = judge_hazard(learned, test, until=UNTIL, train=train, train_until=UNTIL)
    assert [one["weeks"] for one in found] == [4, 8]
    assert all(one["brier"] < one["base"] for one in found)
    again = hazard_from_json(json.loads(json.dumps(learned.as_json())), learned.blobs())
    np.testing.assert_array_equal(again.curves(test).won, learned.curves(test).won)


def test_trees_come_back_from_their_own_format() -> None:
    from revenue.ml import hazard as module

    frame = closing(200)
    rows, ahead, what = followed(frame, until=UNTIL, weeks=12)
    periods = module.periods_of(frame, rows, ahead, QUICK)
    every = np.ones(len(what), dtype=bool)
    how = {"max_depth": 3, "min_child_weight": 30, "trees": 20}
    risks, _ = module.learned(periods, what, every, None, how, QUICK)
    hazard = Hazard(risks, QUICK, {})
    again = hazard_from_json(hazard.as_json(), hazard.blobs())
    np.testing.assert_array_equal(again.curves(frame).lost, hazard.curves(frame).lost)


def test_nothing_to_learn_from_is_said() -> None:
    with pytest.raises(FrameError, match="before the moment"):
        fit_hazard(closing(20), until=START, settings=QUICK)
    still_open = closing(90)
    with pytest.raises(FrameError, match="stayed open are needed"):
        fit_hazard(still_open.take(~still_open.is_known), until=UNTIL, settings=QUICK)
