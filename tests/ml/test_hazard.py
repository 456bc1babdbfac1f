"""Deals that close week by week with chances that are known."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from revenue.ml.arrays import floats
from revenue.ml.curves import fit_past, walked
from revenue.ml.frames import Feature, Frame, FrameError, Kind, make_frame
from revenue.ml.hazard import Hazard, fit_hazard
from revenue.ml.hazard_linear import chances_of
from revenue.ml.hazard_reasons import margin_of, slopes_of
from revenue.ml.weeks import LOST, OPEN, WEEK, WON, HazardSettings, followed, sampled
from tests.ml.worlds import START, closing

UNTIL = START + 40 * WEEK
STAGE = Feature("stage", Kind.CATEGORY)
QUICK = HazardSettings(weeks=12, age="age", calendar="month", due="due", stratum="stage")


@pytest.fixture(scope="module")
def learned() -> Hazard:
    return fit_hazard(closing(2000), until=UNTIL, settings=QUICK)


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
    curves = walked((weeks / weeks.sum(axis=1, keepdims=True)).reshape(2, 3, 3))
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
    found = followed(frame, until=START + 3 * WEEK, weeks=26)
    told = {row: list(found.what[found.rows == row]) for row in range(4)}
    assert told == {0: [OPEN, WON], 1: [LOST], 2: [OPEN] * 3, 3: [OPEN] * 3}
    assert list(found.ahead[found.rows == 2]) == [1, 2, 3]


def test_a_sample_of_weeks_stands_for_all_of_them() -> None:
    whole = followed(closing(600), until=UNTIL, weeks=26)
    few = sampled(whole, most=2000, seed=1)
    assert len(few) == pytest.approx(2000, rel=0.1)
    for what in (OPEN, WON, LOST):
        there = (whole.what == what).sum()
        assert few.weight[few.what == what].sum() == pytest.approx(there, rel=0.1)


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
    assert set(learned.tried) == {"no features", *(f"features held by {h}" for h in (100, 10, 1))}
    assert np.isfinite(learned.hold)


def test_open_deals_are_not_taken_for_lost_ones() -> None:
    """The same deals, looked at early: most are open, and the answer stays the same."""
    early = fit_hazard(closing(), until=START + 25 * WEEK, settings=QUICK)
    late = fit_hazard(closing(), until=UNTIL, settings=QUICK)
    asked = closing(200, seed=9)
    one, other = (each.curves(asked).won[:, 7].mean() for each in (early, late))
    assert one == pytest.approx(other, abs=0.08)


def test_contributions_sum_to_the_margin_and_noise_gets_little(learned: Hazard) -> None:
    asked = closing(300, seed=4)
    found, margin = learned.contributions(asked), learned.margin(asked)
    np.testing.assert_allclose(found.margin, margin, atol=1e-9)
    sizes = dict(
        zip(
            (one.name for one in asked.features),
            np.abs(found.by_feature).mean(axis=0),
            strict=True,
        )
    )
    assert sizes["warm"] == max(sizes.values())
    assert sizes["noise"] < sizes["warm"] / 4


def test_every_deal_starts_from_the_same_base() -> None:
    """Where whatever moves a deal is a feature; what is none has its part in the base."""
    found = fit_hazard(staged(closing(2000)), until=UNTIL, settings=QUICK)
    asked = staged(closing(300, seed=4))
    parts = found.contributions(asked)
    np.testing.assert_allclose(parts.margin, found.margin(asked), atol=1e-9)
    assert np.ptp(parts.base) < 1e-9


def staged(frame: Frame) -> Frame:
    values = frame.values.assign(stage=frame.segments["stage"])
    return replace(frame, values=values, features=(*frame.features, STAGE))


def test_the_slope_is_that_of_the_margin() -> None:
    """So that what the integral leaves to be shared out is next to nothing."""
    log_odds = np.random.default_rng(2).normal(-2, 1, (3, 5, 2))
    slopes, small = slopes_of(log_odds), 1e-6
    for week in range(5):
        for cause in range(2):
            moved = log_odds.copy()
            moved[:, week, cause] += small
            measured = (margin_of(moved) - margin_of(log_odds)) / small
            np.testing.assert_allclose(slopes[:, week, cause], measured, atol=1e-4)
    assert chances_of(log_odds).sum(axis=-1) == pytest.approx(np.ones((3, 5)))


def test_in_a_quarter_that_closes_well_the_calendar_is_the_reason() -> None:
    rng = np.random.default_rng(3)
    opened = START + rng.integers(0, 60, 3000) * WEEK
    ended = opened + rng.integers(1, 8, 3000) * WEEK
    month = pd.DatetimeIndex(ended).month.to_numpy() % 3
    won = (rng.random(3000) < np.where(month == 0, 0.8, 0.4)).astype(float)
    frame = make_frame(
        pd.DataFrame({"age": 0.0, "month": "1", "noise": rng.normal(size=3000)}),
        features=[Feature("age"), Feature("month", Kind.CATEGORY), Feature("noise")],
        as_of=opened,
        label=won,
        label_known_at=ended,
    )
    settings = HazardSettings(weeks=12, age="age", calendar="month")
    hazard = fit_hazard(frame, until=START + 70 * WEEK, settings=settings)
    parts = np.abs(hazard.contributions(frame.take(np.arange(300))).by_feature).mean(axis=0)
    assert parts[1] > 2 * parts[0]
    assert parts[1] > 10 * parts[2]


def test_by_a_day_early_ends_count_more(learned: Hazard) -> None:
    asked = closing(50, seed=6)
    far = learned.margin_by(asked, START + 400 * WEEK)
    np.testing.assert_array_equal(far, learned.margin(asked))
    soon = asked.as_of[0] + WEEK
    one = asked.take(np.array([0]))
    curves = learned.curves(one)
    said = np.log(curves.won[0, 0]) - np.log(curves.lost[0, 0])
    assert learned.margin_by(one, soon)[0] == pytest.approx(said)


def test_it_comes_back_from_json_alike(learned: Hazard) -> None:
    asked = closing(40, seed=5)
    again = Hazard.from_json(json.loads(json.dumps(learned.as_json())))
    np.testing.assert_array_equal(again.curves(asked).won, learned.curves(asked).won)
    np.testing.assert_array_equal(
        again.contributions(asked).by_feature, learned.contributions(asked).by_feature
    )


def test_learned_twice_it_is_the_same(learned: Hazard) -> None:
    again = fit_hazard(closing(2000), until=UNTIL, settings=QUICK)
    assert again.as_json() == learned.as_json()


def test_nothing_to_learn_from_is_said() -> None:
    with pytest.raises(FrameError, match="before the moment"):
        fit_hazard(closing(20), until=START, settings=QUICK)
    still_open = closing(90)
    with pytest.raises(FrameError, match="stayed open are needed"):
        fit_hazard(still_open.take(~still_open.is_known), until=UNTIL, settings=QUICK)


def test_the_past_of_a_stage_is_drawn_toward_all(learned: Hazard) -> None:
    frame: Frame = closing(500)
    past = fit_past(frame, until=UNTIL, weeks=12, stratum="stage")
    curves = past.curves(closing(30, seed=8))
    seen = learned.curves(closing(30, seed=8))
    assert curves.won[:, -1].mean() == pytest.approx(seen.won[:, -1].mean(), abs=0.1)
    unheard = frame.take(np.arange(2)).segments.assign(stage="Unheard of")
    elsewhere = make_frame(
        frame.values.iloc[:2], features=frame.features, as_of=frame.as_of[:2], segments=unheard
    )
    np.testing.assert_array_equal(past.curves(elsewhere).won[0], walked(past.whole[None]).won[0])
