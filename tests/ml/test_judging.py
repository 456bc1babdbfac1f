import numpy as np
import pandas as pd
import pytest

from revenue.ml.arrays import sigmoid
from revenue.ml.judging import (
    Outcomes,
    confusion,
    error_by_chance,
    expected_error,
    lift,
    metrics,
    reliability,
    skill,
    wilson,
)
from revenue.ml.ranking import metrics as order_metrics
from revenue.ml.segments import by_segment


def honest(rows: int = 4000, *, moments: int = 1, seed: int = 0) -> Outcomes:
    rng = np.random.default_rng(seed)
    said = sigmoid(rng.normal(0, 1.3, rows))
    came = (rng.random(rows) < said).astype(float)
    label, probability = np.repeat(came, moments), np.repeat(said, moments)
    group = np.repeat(np.arange(rows), moments)
    return Outcomes(label, probability, np.full(rows * moments, 1 / moments), group)


def test_the_figures_of_four_deals_are_those_reckoned_by_hand() -> None:
    four = Outcomes(
        np.array([1.0, 0, 1, 0]), np.array([0.8, 0.4, 0.3, 0.1]), np.ones(4), np.arange(4)
    )
    found = metrics(four)
    assert found["auc"] == 0.75
    assert found["brier"] == pytest.approx((0.04 + 0.16 + 0.49 + 0.01) / 4)
    assert found["log_loss"] == pytest.approx(-np.log([0.8, 0.6, 0.3, 0.9]).mean())
    assert found["average_precision"] == pytest.approx((1 + 2 / 3) / 2)
    told = confusion(four)
    assert (told["threshold"], told["precision"], told["recall"]) == (0.8, 1.0, 0.5)
    assert lift(four, parts=2)[0] == {"share": 0.5, "found": 0.5, "lift": 1.0}


def test_an_honest_forecast_has_a_small_error_and_each_bin_comes_true() -> None:
    outcomes = honest()
    assert expected_error(outcomes) < error_by_chance(outcomes)
    bins = reliability(outcomes)
    assert sum(one["low"] <= one["said"] <= one["high"] for one in bins) >= 8
    boast = outcomes.saying(sigmoid(3 * np.log(outcomes.probability / (1 - outcomes.probability))))
    assert expected_error(boast) > 3 * error_by_chance(boast)


def test_the_interval_of_the_skill_counts_deals_and_not_their_moments() -> None:
    once, often = honest(300), honest(300, moments=6)
    narrow, wide = (
        skill(one, one.saying(one.label.mean()), bootstraps=300) for one in (once, often)
    )
    assert narrow.value == pytest.approx(wide.value)
    assert wide.high - wide.low == pytest.approx(narrow.high - narrow.low, rel=0.05)
    assert narrow.low > 0
    assert narrow.chance == 1


def test_noise_has_no_skill() -> None:
    rng = np.random.default_rng(1)
    outcomes = honest(800).saying(rng.uniform(0.2, 0.8, 800))
    found = skill(outcomes, outcomes.saying(0.5))
    assert found.high < 0


def test_one_side_alone_has_no_order() -> None:
    lost = Outcomes(np.zeros(3), np.array([0.1, 0.2, 0.3]), np.ones(3), np.arange(3))
    assert metrics(lost)["auc"] is None
    assert metrics(lost)["average_precision"] is None


def test_a_segment_that_is_scored_wrongly_stands_out() -> None:
    outcomes = honest(2000)
    region = np.where(np.arange(2000) % 2, "EMEA", "Asia")
    unfair = outcomes.saying(
        np.where(region == "Asia", outcomes.probability * 0.6, outcomes.probability)
    )
    rows = {row["value"]: row for row in by_segment(unfair, pd.DataFrame({"region": region}))}
    assert rows["Asia"]["stands_out"]
    assert not rows["EMEA"]["stands_out"]
    assert by_segment(outcomes.take(np.arange(9)), pd.DataFrame({"region": region[:9]})) == []


def test_wilson_keeps_inside_and_narrows() -> None:
    assert wilson(0.0, 5)[0] == 0.0
    assert wilson(1.0, 5)[1] == 1.0
    assert np.ptp(wilson(0.5, 400)) < np.ptp(wilson(0.5, 20))


def test_orders_are_judged_list_by_list() -> None:
    relevance = np.array([0.0, 1, 0, 1, 0, 0])
    lists = np.array([0, 0, 0, 1, 1, 2])
    best = order_metrics(relevance, relevance, lists, k=1)
    assert best == {"ndcg": 1.0, "recall": 1.0, "mrr": 1.0, "lists": 2}
    worst = order_metrics(relevance, -relevance, lists, k=1)
    assert worst["ndcg"] == worst["recall"] == 0.0
    assert worst["mrr"] == pytest.approx((1 / 3 + 1 / 2) / 2)
