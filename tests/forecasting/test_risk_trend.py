"""A trend is told where weekly scores show one beyond their noise."""

import numpy as np
import pytest

from forecasting.risk.trend import trends_of

NONE = float("nan")


@pytest.mark.parametrize(
    ("newest_first", "trend"),
    [
        ([0.60, 0.55, 0.50, 0.45, 0.40], "improving"),
        ([0.30, 0.36, 0.41, 0.47, 0.50], "declining"),
        ([0.41, 0.40, 0.42, 0.40, 0.41], "steady"),
        ([0.44, 0.43, 0.42, 0.41, 0.40], "steady"),  # it moved, by less than five points
        ([0.55, 0.30, 0.60, 0.25, 0.45], "steady"),  # it jumps, and goes nowhere
        ([0.60, 0.20, 0.60, 0.20, 0.50], "steady"),
        ([0.60, NONE, 0.50, NONE, 0.40], "improving"),
        ([0.60, 0.50, NONE, NONE, NONE], "unknown"),
        ([0.60, NONE, NONE, NONE, 0.20], "unknown"),  # two scores are no line
        ([0.60, NONE, NONE, NONE, NONE], "unknown"),
        ([NONE] * 5, "unknown"),
    ],
)
def test_trends(newest_first: list[float], trend: str) -> None:
    assert trends_of(np.array([newest_first])).tolist() == [trend]


def test_pure_noise_is_seldom_called_a_trend() -> None:
    rng = np.random.default_rng(3)
    noise = np.clip(0.4 + 0.04 * rng.normal(size=(4000, 5)), 0, 1)
    found = trends_of(noise)
    assert np.mean(found != "steady") < 0.15
    drift = noise + np.array([0.0, -0.06, -0.12, -0.18, -0.24])
    assert np.mean(trends_of(drift) == "improving") > 0.85


def test_no_deal_has_no_trend() -> None:
    assert len(trends_of(np.empty((0, 5)))) == 0
