import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from revenue.ml.arrays import Floats, log_losses, sigmoid
from revenue.ml.calibration import WAYS, choose_calibrator, from_json, pooled
from revenue.ml.intervals import Conformal, VennAbers

SLOPES = st.floats(0.2, 3.0)


def drawn(rows: int, *, slope: float, shift: float, seed: int = 0) -> tuple[Floats, Floats]:
    """Margins whose truth is another line than they say."""
    rng = np.random.default_rng(seed)
    margin = rng.normal(0, 2, rows)
    return margin, (rng.random(rows) < sigmoid(slope * margin + shift)).astype(float)


@pytest.mark.parametrize("way", sorted(WAYS))
def test_each_way_makes_a_boastful_model_honest(way: str) -> None:
    margin, label = drawn(2000, slope=0.4, shift=0.6)
    later, came = drawn(4000, slope=0.4, shift=0.6, seed=9)
    calibrator = WAYS[way].fit(margin, label, np.ones(2000))
    said = calibrator(later)
    assert log_losses(came, said).mean() < log_losses(came, sigmoid(later)).mean() - 0.05
    assert abs(said.mean() - came.mean()) < 0.03
    again = from_json(calibrator.as_json())
    np.testing.assert_array_equal(again(later), said)


@given(
    slope=SLOPES, shift=st.floats(-1, 1), way=st.sampled_from(sorted(WAYS)), seed=st.integers(0, 99)
)
@effort(max_examples=12, deadline=None)
def test_calibration_never_turns_the_order_round_nor_leaves_nought_to_one(
    slope: float, shift: float, way: str, seed: int
) -> None:
    margin, label = drawn(120, slope=slope, shift=shift, seed=seed)
    said = WAYS[way].fit(margin, label, np.ones(120))(np.linspace(-8, 8, 300))
    assert (np.diff(said) >= -1e-12).all()
    assert ((said > 0) & (said < 1)).all()


def test_what_is_honest_already_is_left_alone() -> None:
    margin, label = drawn(1500, slope=1.0, shift=0.0)
    chosen = choose_calibrator(margin, label, np.ones(1500), np.arange(1500))
    np.testing.assert_allclose(chosen.calibrator(margin), sigmoid(margin))
    assert set(chosen.losses) == {"none", *WAYS}


def test_a_curve_of_steps_is_not_tried_on_few_deals() -> None:
    margin, label = drawn(300, slope=0.4, shift=0.0)
    chosen = choose_calibrator(margin, label, np.ones(300), np.arange(300) // 3)
    assert set(chosen.losses) == {"none", "sigmoid", "beta"}


@given(seed=st.integers(0, 50), place=st.integers(0, 59))
@effort(max_examples=15, deadline=None)
def test_venn_abers_is_the_isotonic_fit_with_the_new_one_added(seed: int, place: int) -> None:
    margin, label = drawn(60, slope=1.0, shift=0.0, seed=seed)
    low, high = VennAbers.fit(margin, label, np.ones(60))(margin[[place]])
    for added, found in ((0.0, low), (1.0, high)):
        at, rate, heavy = pooled(
            np.append(margin, margin[place]), np.append(label, added), np.ones(61)
        )
        fitted = isotonic_regression(rate, weights=heavy, increasing=True).x
        assert found[0] == pytest.approx(fitted[np.searchsorted(at, margin[place])])


def test_venn_abers_narrows_as_more_is_known() -> None:
    widths = []
    for rows in (60, 600, 6000):
        margin, label = drawn(rows, slope=1.0, shift=0.0)
        low, high = VennAbers.fit(margin, label, np.ones(rows))(np.linspace(-2, 2, 50))
        assert (low <= high).all()
        widths.append((high - low).mean())
    assert widths[0] > widths[1] > widths[2]


@pytest.mark.parametrize("bins", [1, 5])
def test_conformal_intervals_hold_what_they_promise(bins: int) -> None:
    rng = np.random.default_rng(4)
    said = rng.uniform(0, 10, 6000)
    truth = said + rng.normal(0, 0.2 + said / 3)
    fitted = Conformal.fit(said[:3000], truth[:3000], error_rate=0.1, bins=bins)
    low, high = Conformal.from_json(fitted.as_json())(said[3000:])
    held = (low <= truth[3000:]) & (truth[3000:] <= high)
    assert held.mean() == pytest.approx(0.9, abs=0.025)
    if bins > 1:
        for upper in (said[3000:] > 8, said[3000:] < 2):
            assert held[upper].mean() == pytest.approx(0.9, abs=0.05)


@given(rows=st.integers(20, 60), seed=st.integers(0, 10**6))
@effort(max_examples=10, deadline=None)
def test_conformal_coverage_holds_on_average_for_any_number_of_rows(rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    held = []
    for _ in range(60):
        values = rng.standard_t(3, rows + 20)
        low, high = Conformal.fit(np.zeros(rows), values[:rows], error_rate=0.2)(np.zeros(20))
        held.append(((low <= values[rows:]) & (values[rows:] <= high)).mean())
    assert np.mean(held) > 0.74


def test_too_few_rows_give_an_interval_without_end() -> None:
    low, high = Conformal.fit(np.zeros(5), np.ones(5), error_rate=0.1)(np.zeros(1))
    assert (low[0], high[0]) == (-np.inf, np.inf)
