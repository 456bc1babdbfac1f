"""How deals ended that were so: counted by deal, drawn toward the whole, and never of a handful."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecasting.reasons.base_rates import LEAST_IN_PART, LEAST_TO_SAY, base_rate, base_rates
from revenue.ml.baselines import PRIOR
from revenue.ml.frames import Feature, Frame, Kind, make_frame

CALLS = Feature("call_30")
SOURCE = Feature("source", Kind.CATEGORY)
HAS_STEP = Feature("has_next_step", Kind.FLAG)
DAY = np.datetime64("2025-01-01")


def a_frame(*, deals: int = 400, moments: int = 4, seed: int = 5) -> Frame:
    """Each deal at as many moments; who is called more is won more. One in ten is still open."""
    rng = np.random.default_rng(seed)
    deal = np.repeat(np.arange(deals), moments)
    calls = rng.poisson(2.0, deals)[deal] + rng.integers(0, 2, len(deal))
    won = (rng.random(deals) < 1 / (1 + np.exp(2.5 - calls[::moments])))[deal].astype(float)
    is_open = deal % 10 == 0
    won[is_open] = np.nan
    at = DAY + 7 * np.tile(np.arange(moments), deals).astype("timedelta64[D]")
    ended = np.where(is_open, np.datetime64("NaT"), np.datetime64("2025-03-01"))
    values = pd.DataFrame(
        {
            "call_30": np.where(deal % 7 == 0, np.nan, calls),
            "source": np.array(["Web", "Partner", None, "Rare"], dtype=object)[
                np.where(deal < 3, 3, deal % 3)
            ],
            "has_next_step": (deal % 2).astype(float),
        }
    )
    features = (CALLS, SOURCE, HAS_STEP)
    frame = make_frame(
        values, features=features, as_of=at, label=won, label_known_at=ended, group=deal
    )
    return frame.balanced()


def test_a_part_is_counted_as_anyone_would() -> None:
    frame = a_frame()
    rates = base_rates(frame)
    known = frame.take(frame.is_known)
    whole = known.label[::4].mean()
    assert rates["whole"] == pytest.approx(whole)
    assert (rates["deals"], rates["won"]) == (360, int(known.label[::4].sum()))
    partner = (known.values["source"] == "Partner").to_numpy()
    deals = partner.sum() / 4
    expected = (known.label[partner].sum() / 4 + PRIOR * whole) / (deals + PRIOR)
    told = base_rate(rates, SOURCE, "Partner")
    assert told is not None
    assert told["won"] == pytest.approx(expected)
    assert (told["against"], told["deals"]) == (pytest.approx(whole), round(deals))
    assert told["words"] == (f"{expected:.0%} of such deals were won, against {whole:.0%} of all")


def test_parts_of_a_number_are_all_of_it_and_hold_enough() -> None:
    rates = base_rates(a_frame())
    told = rates["features"]["call_30"]
    parts = told["parts"]
    assert len(parts) >= 3
    assert all(one["deals"] >= LEAST_IN_PART for one in parts)
    assert [one["from"] for one in parts] == sorted(one["from"] for one in parts)
    assert sum(one["deals"] for one in parts) + told["missing"]["deals"] == pytest.approx(360)
    assert [one["won"] for one in parts] == sorted(one["won"] for one in parts)
    high, low = base_rate(rates, CALLS, 99.0), base_rate(rates, CALLS, 0.0)
    assert high is not None
    assert low is not None
    assert high["won"] > high["against"] > low["won"]
    assert high["such"][0] > low["such"][1]


def test_what_is_not_known_has_a_rate_of_its_own() -> None:
    told = base_rate(base_rates(a_frame()), CALLS, None)
    assert told is not None
    assert told["such"] is None


def test_a_flag_has_two_parts() -> None:
    rates = base_rates(a_frame())
    yes, no = base_rate(rates, HAS_STEP, True), base_rate(rates, HAS_STEP, False)
    assert yes is not None
    assert no is not None
    assert yes["deals"] + no["deals"] == 360


def test_of_a_handful_nothing_is_said() -> None:
    rates = base_rates(a_frame())
    assert LEAST_TO_SAY > 3
    assert base_rate(rates, SOURCE, "Rare") is None
    assert base_rate(rates, SOURCE, "Never seen") is None
    assert base_rate(rates, Feature("moon"), 1.0) is None
    nothing = base_rates(a_frame().take(np.flatnonzero(~a_frame().is_known)))
    assert base_rate(nothing, CALLS, 1.0) is None


def test_open_deals_have_no_say() -> None:
    frame = a_frame()
    known = frame.take(frame.is_known)
    assert base_rates(frame) == base_rates(known.balanced())


def test_many_moments_make_a_deal_no_heavier() -> None:
    def won_of(frame: Frame) -> dict[str, Any]:
        found: dict[str, Any] = base_rates(frame)["features"]["source"]["levels"]["Web"]
        return found

    frame = a_frame()
    again = np.concatenate([np.arange(len(frame)), np.flatnonzero(frame.label == 1)])
    assert won_of(frame) == pytest.approx(won_of(frame.take(again).balanced()))


def test_stages_know_their_order_their_pace_and_what_is_left() -> None:
    days = np.array([0.0, 10, 20] * 30)
    deal = np.repeat(np.arange(30), 3)
    stage = np.array(["Talk", "Offer", "Offer"] * 30, dtype=object)
    values = pd.DataFrame(
        {
            "stage": stage,
            "stage_order": np.where(stage == "Talk", 10.0, 50.0),
            "days_in_stage": np.array([0.0, 0, 10] * 30),
            "slower_than_won": np.log1p(np.array([0.0, 0, 10] * 30)) - np.log1p(14.0),
        }
    )
    frame = make_frame(
        values,
        features=[Feature("stage", Kind.CATEGORY), *map(Feature, values.columns[1:])],
        as_of=DAY + days.astype("timedelta64[D]"),
        label=np.repeat(np.arange(30) % 2, 3),
        label_known_at=np.full(90, DAY + np.timedelta64(30, "D")),
        group=deal,
    )
    stages = base_rates(frame)["stages"]
    assert stages["Talk"] == pytest.approx({"stage_order": 10, "usual": np.log1p(14), "left": 30})
    assert stages["Offer"]["left"] == pytest.approx(15)
