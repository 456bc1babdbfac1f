"""A hazard is held against what came of the deals that it was learned from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.quarter.bending import AMOUNT, USUAL, Bends, bends_of, fitted, terms_of
from revenue.ml.arrays import Floats, floats, sigmoid
from revenue.ml.curves import Curves
from revenue.ml.frames import Feature, Frame, make_frame

WEEKS = 26
UNTIL = np.datetime64("2026-01-01", "s")


@dataclass(frozen=True)
class Told:
    """Curves that rise evenly to what each row says of the last week."""

    kind: str = "told"

    def curves(self, frame: Frame) -> Curves:
        whole = frame.values["said"].to_numpy()[:, None]
        won = floats(whole * np.arange(1, WEEKS + 1) / WEEKS)
        return Curves(won, np.zeros_like(won))

    def as_json(self) -> dict[str, Any]:
        return {}


def deals(said: Floats, came: Floats, amount: Floats) -> Frame:
    """All followed to the end of the last week; `came` by then."""
    rows, rng = len(said), np.random.default_rng(2)
    seen = UNTIL - np.timedelta64(WEEKS * 7 + 20, "D")
    days = rng.integers(1, WEEKS * 7, rows)
    return make_frame(
        pd.DataFrame({"said": said, AMOUNT: amount}),
        features=[Feature("said"), Feature(AMOUNT)],
        as_of=np.full(rows, seen),
        label=came,
        label_known_at=seen + days * np.timedelta64(1, "D"),
    )


def drawn(odds_of: Any, *, rows: int = 6_000) -> tuple[Frame, Floats]:
    """Deals whose odds at the end are something else than is said, and what they truly are."""
    rng = np.random.default_rng(1)
    said, amount = rng.beta(1, 3, rows), rng.normal(10, 1, rows)
    true = sigmoid(odds_of(np.log(said / (1 - said)), amount - 10))
    return deals(said, floats(rng.random(rows) < true), amount), floats(true)


@pytest.mark.parametrize(
    "odds_of",
    [
        lambda odds, _amount: odds,
        lambda odds, _amount: odds - 0.5,
        lambda odds, _amount: odds + 0.8 * np.minimum(odds + 1.39, 0),
        lambda odds, amount: odds - 0.3 * amount,
    ],
    ids=["right", "too much", "too much of the unlikely", "too much of the large"],
)
def test_what_is_said_too_much_of_is_bent_to_what_came(odds_of: Any) -> None:
    frame, true = drawn(odds_of)
    bends = bends_of(Told(), frame, until=UNTIL)
    won = bends.bent(Told().curves(frame).won, frame)[:, -1]
    said, amount = frame.values["said"].to_numpy(), frame.values[AMOUNT].to_numpy()
    for group in (said < 0.1, said >= 0.1, amount < 9, amount > 11):
        assert won[group].sum() == pytest.approx(true[group].sum(), rel=0.12)


def test_a_horizon_that_few_were_won_within_is_left_as_it_is() -> None:
    rng = np.random.default_rng(3)
    frame = deals(rng.beta(1, 3, 60), floats(rng.random(60) < 0.2), rng.normal(10, 1, 60))
    bends = bends_of(Told(), frame, until=UNTIL)
    assert (bends.by_week == USUAL).all()
    won = Told().curves(frame).won
    assert np.allclose(bends.bent(won, frame), won)


def test_of_no_deals_nothing_is_bent() -> None:
    frame = deals(np.zeros(0), np.zeros(0), np.zeros(0))
    assert (bends_of(Told(), frame, until=UNTIL).by_week == USUAL).all()


def test_odds_that_would_turn_round_are_left_as_they_are() -> None:
    said = np.linspace(0.05, 0.95, 2_000)
    terms = terms_of(said, np.zeros(2_000)).T
    assert (fitted(terms, floats(said < 0.5), 1.0) == USUAL).all()


@given(
    st.lists(st.floats(0, 0.03), min_size=WEEKS, max_size=WEEKS),
    st.lists(
        st.tuples(*[st.floats(-2, 2), st.floats(0.2, 3), st.floats(0, 2), st.floats(-1, 1)]),
        min_size=WEEKS,
        max_size=WEEKS,
    ),
    st.floats(0, 25),
)
def test_bent_chances_stay_chances_and_never_fall(
    steps: list[float], by_week: list[tuple[float, ...]], amount: float
) -> None:
    won = np.cumsum(steps)[None, :]
    frame = deals(np.array([0.5]), np.array([1.0]), np.array([amount]))
    found = Bends(floats(by_week), usual_amount=10.0).bent(won, frame)
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found, axis=1) >= 0).all()
    assert (found[won == 0] == 0).all()
