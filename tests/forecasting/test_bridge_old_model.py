"""What an earlier model says of a period: between its first day and its last."""

import numpy as np
import pytest

from forecasting.bridge.old_model import between
from revenue.ml.arrays import floats
from revenue.ml.curves import Curves
from revenue.ml.trained import Scores

CHANCE = floats([0.6, 0.2])
WON = floats([[0.1, 0.3, 0.4, 0.5], [0.2, 0.2, 0.2, 0.2]])


def scores(curves: Curves | None) -> Scores:
    return Scores("model", (), CHANCE, CHANCE, CHANCE, np.zeros((2, 0)), curves)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (0, 7, [0.1, 0.2]),
        (7, 21, [0.3, 0.0]),
        (10.5, 24.5, [0.25, 0.0]),
        (14, 400, [0.2, 0.0]),
        (300, 400, [0.0, 0.0]),
    ],
)
def test_only_what_is_won_within_the_period_counts(
    since: float, until: float, expected: list[float]
) -> None:
    found = between(scores(Curves(WON, WON * 0)), since=since, until=until)
    assert found.tolist() == pytest.approx(expected)


def test_without_curves_only_whether_at_all_is_known() -> None:
    assert between(scores(None), since=7, until=21).tolist() == [0.6, 0.2]
