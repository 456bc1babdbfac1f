"""The fast judge beside a slow one that reads like the definition."""

from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from revenue.ml.arrays import Floats
from revenue.ml.rank.judging import FIGURES, Judgement, gain, intervals, judge
from revenue.ml.rank.tops import top_items, top_places, top_rows

LISTS = st.lists(
    st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=12, max_size=12),
    min_size=1,
    max_size=8,
)


def table(drawn: list[list[tuple[int, bool]]]) -> tuple[Floats, Floats]:
    scores = np.array([[float(one[0]) for one in row] for row in drawn])
    wanted = np.array([[float(one[1]) for one in row] for row in drawn])
    return scores, wanted


def slow_top(scores: list[float], k: int) -> list[int]:
    return sorted(range(len(scores)), key=lambda place: (-scores[place], place))[:k]


def slow(scores: list[float], wanted: list[float], k: int) -> dict[str, float]:
    hits = [wanted[place] > 0 for place in slow_top(scores, k)]
    sought = int(sum(wanted))
    gained = sum(1 / log2(place + 2) for place, hit in enumerate(hits) if hit)
    most = sum(1 / log2(place + 2) for place in range(min(sought, k)))
    return {
        "ndcg": gained / most,
        "precision": sum(hits) / k,
        "recall": sum(hits) / sought,
        "hit_rate": float(any(hits)),
        "mrr": 1 / (hits.index(True) + 1) if any(hits) else 0.0,
    }


@settings(max_examples=50, deadline=None)
@given(LISTS, st.integers(1, 10))
def test_every_figure_is_that_of_the_slow_judge(
    drawn: list[list[tuple[int, bool]]], k: int
) -> None:
    scores, wanted = table(drawn)
    found = judge(top_places(scores, k), sparse.csr_array(wanted), customer=np.arange(len(scores)))
    kept = [place for place, row in enumerate(wanted) if row.any()]
    assert found.customer.tolist() == kept
    assert found.nothing_to_find == len(scores) - len(kept)
    for place, row in enumerate(kept):
        told = slow(scores[row].tolist(), wanted[row].tolist(), k)
        for name in FIGURES:
            assert found.by_list[name][place] == pytest.approx(told[name])
    shown = {item for row in scores.tolist() for item in slow_top(row, k)}
    assert found.coverage == pytest.approx(len(shown) / 12)


@settings(max_examples=50, deadline=None)
@given(LISTS, st.integers(1, 12), st.integers(0, 5))
def test_the_top_of_rows_in_any_order_is_the_top_of_the_table(
    drawn: list[list[tuple[int, bool]]], k: int, seed: int
) -> None:
    scores, kept = table(drawn)
    of, item = np.nonzero(kept)
    score = scores[of, item]
    wanted = np.where(kept > 0, scores, -np.inf)
    np.testing.assert_array_equal(
        top_items(score, of, item, lists=len(scores), k=k), top_places(wanted, k)
    )
    order = np.random.default_rng(seed).permutation(len(of))
    rows = top_rows(score[order], of[order], lists=len(scores), k=k)
    found = np.where(rows < 0, -np.inf, score[order][rows]) if len(of) else rows * -np.inf
    again = top_rows(score, of, lists=len(scores), k=k)
    told = np.where(again < 0, -np.inf, score[again]) if len(of) else again * -np.inf
    np.testing.assert_array_equal(found, told)


def of_two(low: float, high: float, *, lists: int = 60) -> Judgement:
    rng = np.random.default_rng(4)
    by_list = {name: rng.uniform(low, high, lists) for name in FIGURES}
    return Judgement(by_list, np.arange(lists) // 2, 0.5, 0)


def test_what_candidates_missed_counts_against_the_list() -> None:
    wanted = sparse.csr_array(np.ones((1, 4)))
    tops = top_items(np.array([2.0]), np.array([0]), np.array([3]), lists=1, k=10)
    found = judge(tops, wanted, customer=np.array([0]))
    assert found.by_list["recall"][0] == 0.25
    assert found.by_list["ndcg"][0] < 0.5


def test_the_interval_holds_the_mean_and_narrows_with_customers() -> None:
    few, many = (of_two(0.2, 0.8, lists=count) for count in (40, 4000))
    low, high = intervals(few, bootstraps=200, seed=1)["ndcg"]
    assert low < few.ndcg < high
    near, far = intervals(many, bootstraps=200, seed=1)["ndcg"]
    assert far - near < (high - low) / 4


def test_lists_of_one_customer_hang_together() -> None:
    single = of_two(0.2, 0.8, lists=200)
    one_each = Judgement(single.by_list, np.arange(200), 0.5, 0)
    doubled = {name: np.repeat(one[:100], 2) for name, one in single.by_list.items()}
    copied = Judgement(doubled, np.repeat(np.arange(100), 2), 0.5, 0)
    width = [np.ptp(intervals(one, bootstraps=300, seed=1)["ndcg"]) for one in (one_each, copied)]
    assert width[1] > width[0] * 1.2


def test_a_gain_is_paired() -> None:
    theirs = of_two(0.1, 0.9)
    ours = Judgement(
        {name: one + 0.01 for name, one in theirs.by_list.items()}, theirs.customer, 0.5, 0
    )
    found = gain(ours, theirs, bootstraps=100)
    assert found.value == pytest.approx(0.01)
    assert found.low == pytest.approx(0.01)
    assert found.chance == 1.0
    assert gain(theirs, theirs, bootstraps=100).chance == 0.0
