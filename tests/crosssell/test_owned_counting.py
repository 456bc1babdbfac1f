"""Rates that are counted: drawn toward the whole, and used only where they tell cases apart."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from crosssell.owned.counting import (
    PULL,
    Factor,
    banded,
    counted_rates,
    rates_of,
    tells_apart,
)
from crosssell.owned.judging import figures, spread_of

SIDE = Factor("side", "Side", ("the left", "the right"))


def cases(left: int, right: int, *, came: tuple[int, int]) -> tuple[pd.DataFrame, np.ndarray]:
    """So many of each band, of which so many came; each an account of its own."""
    side = np.repeat([0, 1], [left, right])
    label = np.concatenate([np.arange(left) < came[0], np.arange(right) < came[1]]).astype(float)
    order = np.random.default_rng(1).permutation(len(side))
    names = [f"a{nth}" for nth in range(len(side))]
    return pd.DataFrame({"account_ref": names, "side": side[order]}), label[order]


def test_a_band_of_few_is_drawn_toward_the_whole() -> None:
    rows, label = cases(4, 396, came=(4, 96))
    rates = counted_rates(rows, label, [SIDE], weight=1.0)
    assert abs(rates.whole - 0.25) < 0.01
    assert rates.shares["side"][0] == (4 + PULL * rates.whole) / (4 + PULL)
    assert rates.counts["side"].tolist() == [4, 396]


def test_what_tells_cases_apart_moves_the_chance_and_what_does_not_hardly_does() -> None:
    rows, label = cases(200, 200, came=(20, 140))
    chances = rates_of(rows, label, [SIDE]).chances(pd.DataFrame({"side": [0, 1, -1]}))
    assert chances[0] < 0.2
    assert 0.6 < chances[1] < 0.75
    assert abs(chances[2] - 0.4) < 0.01  # nothing is known of it: as all
    rows, label = cases(200, 200, came=(80, 80))
    same = rates_of(rows, label, [SIDE]).chances(pd.DataFrame({"side": [0, 1]}))
    assert np.abs(same - 0.4).max() < 0.03


@settings(max_examples=40, deadline=None)
@given(
    left=st.integers(30, 90),
    right=st.integers(30, 90),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_a_chance_is_a_chance_and_all_together_are_as_many_as_came(
    left: int, right: int, shares: tuple[float, float]
) -> None:
    rows, label = cases(left, right, came=(int(left * shares[0]), int(right * shares[1])))
    chances = rates_of(rows, label, [SIDE]).chances(rows)
    assert ((chances > 0) & (chances < 1)).all()
    assert abs(chances.mean() - label.mean()) < 0.12


def test_too_few_of_either_kind_tell_nothing_apart() -> None:
    assert not tells_apart(np.r_[np.ones(100), np.zeros(3)])
    assert not tells_apart(np.r_[np.ones(20), np.zeros(20)])
    assert tells_apart(np.r_[np.ones(100), np.zeros(30)])


def test_what_is_not_known_is_in_no_band() -> None:
    assert banded([np.nan, 0.1, 0.4, 0.9], (0.4, 0.8)).tolist() == [-1, 0, 1, 2]


def test_rows_of_one_account_count_as_the_account() -> None:
    rng = np.random.default_rng(3)
    per = rng.random(50)
    each = np.repeat(per, 10)
    apart = pd.Series([f"a{nth}" for nth in range(500)])
    together = pd.Series(np.repeat([f"a{nth}" for nth in range(50)], 10))
    assert spread_of(each, together) > 2.5 * spread_of(each, apart)


def test_better_by_luck_is_not_better() -> None:
    rng = np.random.default_rng(5)
    label = (rng.random(400) < 0.3).astype(float)
    told = {
        "account_ref": [f"a{nth}" for nth in range(400)],
        "label": label,
        "whole": 0.3,
        "shown": True,
    }
    noise = figures(
        pd.DataFrame({**told, "said": np.clip(0.3 + 0.1 * rng.normal(size=400), 0.01, 0.99)})
    )
    assert not noise["is_better"]
    knows = figures(pd.DataFrame({**told, "said": np.where(label > 0, 0.6, 0.15)}))
    assert knows["is_better"]
    assert knows["auc"] == 1
    assert sum(one["n"] for one in knows["bins"]) == 400
