"""Whether a model is as good for everyone: planted differences are found, and chance is not."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from revenue.ml.arrays import floats, sigmoid
from revenue.ml.fairness import Measured, dimensions_of, fairness, false_shares
from revenue.ml.telling_apart import Rows, auc_of, error_of

INDUSTRIES = np.array(["Bank", "Care", "Farm", "Metal", "Shops"])


def a_market(
    seed: int, *, deals: int = 400, moments: int = 2, planted: float = 0.0
) -> tuple[Measured, pd.DataFrame]:
    """Honest chances, but where `planted` says how much less comes in Care than is said."""
    rng = np.random.default_rng(seed)
    said = sigmoid(rng.normal(-0.5, 1.0, deals))
    industry = INDUSTRIES[rng.integers(0, 5, deals)]
    true = np.clip(said - planted * (industry == "Care"), 0, 1)
    came = (rng.random(deals) < true).astype(float)
    told = pd.DataFrame(
        {
            "industry": np.repeat(industry, moments),
            "country": np.repeat(rng.choice(["DE", "FR", "US"], deals), moments),
            "seller": np.repeat(rng.integers(0, 12, deals).astype(str), moments),
        }
    )
    weight = np.full(deals * moments, 1 / moments)
    came, said = np.repeat(came, moments), np.repeat(said, moments)
    return Measured("chance", came, said, weight, np.repeat(np.arange(deals), moments)), told


def flags(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["dimension"], one["value"]) for one in found["groups"] if one.get("stands_out")]


def test_where_there_is_no_difference_few_are_flagged() -> None:
    wrong = sum(
        bool(flags(fairness(*a_market(seed), bootstraps=2, seed=seed))) for seed in range(200)
    )
    assert wrong <= 20


def test_amounts_without_a_difference_are_seldom_flagged_either() -> None:
    wrong = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        said = rng.lognormal(8, 0.7, 500)
        came = np.where(rng.random(500) < 0.5, 2 * said * rng.lognormal(-0.125, 0.5, 500), 0.0)
        told = pd.DataFrame({"industry": INDUSTRIES[rng.integers(0, 5, 500)]})
        measured = Measured("amount", came, said, np.ones(500), np.arange(500))
        wrong += bool(flags(fairness(measured, told, bootstraps=2)))
    assert wrong <= 6


def test_a_planted_difference_is_found_and_nothing_else_is() -> None:
    found = fairness(*a_market(3, deals=2000, planted=0.2), bootstraps=100)
    assert flags(found) == [("industry", "Care")]
    care = next(one for one in found["groups"] if one["value"] == "Care")
    assert care["low"] <= care["came"] <= care["high"] < care["said"]
    assert care["beside"] == pytest.approx(0.2, abs=0.06)
    assert care["figure_low"] < care["figure"] < care["figure_high"]
    assert care["chosen_low"] < care["chosen"] < care["chosen_high"]


def test_a_clear_difference_that_is_small_is_no_disparity() -> None:
    found = fairness(*a_market(3, deals=30_000, moments=1, planted=0.045), bootstraps=2)
    care = next(one for one in found["groups"] if one["value"] == "Care")
    assert care["q"] < 0.01
    assert not care["stands_out"]


def test_moments_of_one_deal_count_as_one() -> None:
    once, often = (
        fairness(*a_market(5, moments=moments), bootstraps=2)["groups"][0] for moments in (1, 6)
    )
    assert once["p"] == pytest.approx(often["p"])
    assert once["groups"] == often["groups"]


def test_a_small_group_says_nothing_but_how_many_it_is() -> None:
    measured, told = a_market(1, deals=300)
    told.loc[:9, "industry"] = "Mines"
    found = fairness(measured, told, bootstraps=2)
    mines = next(one for one in found["groups"] if one["value"] == "Mines")
    assert mines == {"dimension": "industry", "value": "Mines", "groups": 5, "is_few": True}


def test_lists_are_held_beside_those_of_all_others() -> None:
    rng = np.random.default_rng(0)
    industry = np.repeat(INDUSTRIES, 80)
    ndcg = np.clip(rng.normal(0.5, 0.15, 400) - 0.2 * (industry == "Farm"), 0, 1)
    measured = Measured("order", ndcg, np.zeros(400), np.ones(400), np.arange(400))
    found = fairness(measured, pd.DataFrame({"industry": industry}), bootstraps=50)
    assert ("industry", "Farm") in flags(found)
    assert "said" not in found["whole"]
    assert found["whole"]["figure"] == pytest.approx(ndcg.mean())


def test_false_shares_are_those_of_benjamini_and_hochberg() -> None:
    assert false_shares([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
    assert false_shares([]) == []


def test_size_is_told_by_the_number_of_people_where_no_column_has_it() -> None:
    values = pd.DataFrame({"employees": [10.0, 5000.0, np.nan], "industry": ["A", None, "B"]})
    told = dimensions_of(values, pd.DataFrame(index=range(3)))
    assert told["size"].tolist() == ["1 to 49", "5,000 and more", "(not known)"]
    assert told["industry"].tolist() == ["A", "(not known)", "B"]
    assert dimensions_of(values[[]], pd.DataFrame(index=range(3))).empty
    nothing = Measured("chance", floats([1, 0]), floats([1, 0]), np.ones(2), np.arange(2))
    assert fairness(nothing, pd.DataFrame(index=range(2))) == {}


def a_blurred_market(seed: int, *, blur: float) -> tuple[Measured, pd.DataFrame]:
    """Honest chances everywhere, but in Care they say little of who it will be."""
    rng = np.random.default_rng(seed)
    margin, industry = rng.normal(-0.5, 1.3, 2500), INDUSTRIES[rng.integers(0, 5, 2500)]
    came = floats(rng.random(2500) < sigmoid(margin))
    hidden = (industry == "Care") & (rng.random(2500) < blur)
    said = np.where(hidden, came[industry == "Care"].mean(), sigmoid(margin))
    told = pd.DataFrame({"industry": industry, "country": rng.choice(["DE", "FR"], 2500)})
    return Measured("chance", came, floats(said), np.ones(2500), np.arange(2500)), told


def skill_flags(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (one["value"], name)
        for one in found["groups"]
        for name in ("auc", "skill")
        if one.get(f"{name}_stands_out")
    }


def test_where_it_tells_apart_worse_is_flagged_though_chances_are_right_there() -> None:
    found = fairness(*a_blurred_market(4, blur=0.8), bootstraps=2)
    assert skill_flags(found) == {("Care", "auc"), ("Care", "skill")}
    assert flags(found) == []
    care = next(one for one in found["groups"] if one["value"] == "Care")
    assert care["auc_low"] < care["auc"] < care["auc_high"] < 0.75
    assert care["auc_beside"] < -0.05
    assert care["skill"] == pytest.approx(care["figure"])


def test_where_it_tells_apart_alike_few_are_flagged() -> None:
    wrong = sum(
        bool(skill_flags(fairness(*a_market(seed), bootstraps=2, seed=seed))) for seed in range(60)
    )
    assert wrong <= 6


def test_the_error_of_an_auc_is_that_of_the_bootstrap() -> None:
    measured, _ = a_market(2, deals=400, moments=3)
    rows = Rows(measured.came, measured.said, measured.weight, measured.group)
    found = auc_of(rows)
    assert found is not None
    expected = roc_auc_score(rows.came, rows.said, sample_weight=rows.weight)
    assert found.value == pytest.approx(expected)
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(300):
        count = np.bincount(rng.integers(0, 400, 400), minlength=400)[rows.group]
        drawn.append(roc_auc_score(rows.came, rows.said, sample_weight=rows.weight * count))
    assert error_of(found.pull, rows.group) == pytest.approx(np.std(drawn), rel=0.15)
