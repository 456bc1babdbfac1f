"""Weights on the simplex, scales, and a network that says what it is made of."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from revenue.ml.arrays import Floats, Ints
from revenue.ml.frames import FrameError
from revenue.ml.rank.blending import Bench, around, by_list, fit_weights, scaled, simplex
from revenue.ml.rank.judging import judge
from revenue.ml.rank.network import Network, fit_network
from revenue.ml.rank.tops import top_items
from tests.ml.worlds import world


@given(st.integers(2, 4), st.sampled_from([0.1, 0.2, 0.25, 0.5]))
@settings(max_examples=12, deadline=None)
def test_the_simplex_is_walked_whole(members: int, step: float) -> None:
    found = list(simplex(members, step))
    assert len({tuple(one) for one in found}) == len(found)
    for one in found:
        assert one.sum() == pytest.approx(1)
        assert (one >= 0).all()
        assert all(move.sum() == pytest.approx(1) for move in around(one, 0.05))
        assert all((move >= 0).all() for move in around(one, 0.05))
    assert {tuple(one) for one in np.eye(members)} <= {tuple(one) for one in found}


def bench(seed: int, *, lists: int = 60, size: int = 20, said: tuple[float, ...]) -> Bench:
    """Members see the same truth, each as well as it is told."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=lists * size)
    hit = truth > 1.2
    of = np.repeat(np.arange(lists), size)
    margins = np.column_stack([truth * one + rng.normal(size=len(truth)) for one in said])
    count = np.maximum(np.bincount(of, weights=hit).astype(int), 1)
    best = np.cumsum(1 / np.log2(np.arange(2, 12)))[np.minimum(count, 10) - 1]
    table = margins.reshape(lists, size, len(said)).astype(np.float32)
    is_there = np.ones((lists, size), dtype=np.bool_)
    return Bench(table, hit.reshape(lists, size), is_there, best, 10)


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_fitted_weights_are_no_worse_than_any_member_where_they_were_fitted(seed: int) -> None:
    made = bench(seed, said=(0.5, 1.0, 0.2))
    weights = fit_weights(made, members=3)
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    assert made.ndcg(weights) >= max(made.ndcg(one) for one in np.eye(3))


def test_who_sees_nothing_gets_little_weight() -> None:
    weights = fit_weights(bench(1, lists=400, said=(1.5, 0.0, 0.0)), members=3)
    assert weights[0] >= 0.7
    both = fit_weights(bench(1, lists=400, said=(1.0, 1.0, 0.0)), members=3)
    assert both[:2].min() > both[2]


def test_the_bench_judges_as_the_judge_does() -> None:
    made = bench(5, said=(1.0, 0.5))
    weights = np.array([0.5, 0.5])
    of, item = np.repeat(np.arange(60), 20), np.tile(np.arange(20), 60)
    wanted = sparse.csr_array((made.hit.ravel().astype(float), (of, item)), shape=(60, 20))
    wanted.eliminate_zeros()
    score = (made.margins @ weights).ravel()
    tops = top_items(score, of, item, lists=60, k=10)
    found = judge(tops, wanted, customer=np.arange(60))
    np.testing.assert_allclose(made.by_list(weights)[found.customer], found.by_list["ndcg"])


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_on_its_lists_own_scale_each_list_has_mean_nought(places: list[int], seed: int) -> None:
    of: Ints = np.array(places)
    margins: Floats = np.random.default_rng(seed).normal(3, 2, size=(len(of), 2))
    found = scaled(margins, of, "list", (np.zeros(2), np.ones(2)))
    for one in set(places):
        np.testing.assert_allclose(found.margins[of == one].mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(found.margins * found.spread + found.middle, margins)
    middle, spread = by_list(margins, of)
    assert (spread > 0).all()
    assert middle.shape == margins.shape


@pytest.fixture(scope="module")
def network() -> Network:
    frame = world(deals=300, signal="curved", seed=1)
    return fit_network(frame, check=world(deals=100, signal="curved", seed=2), seed=3)


def test_the_reasons_of_a_network_sum_and_leave_nothing_to_be_shared_out(network: Network) -> None:
    frame = world(deals=80, signal="curved", seed=4)
    found = network.contributions(frame)
    np.testing.assert_allclose(found.margin, network.margin(frame), atol=1e-9)
    usual = network.forward(network.usual[None, :])
    np.testing.assert_allclose(found.base, usual[0])


def test_the_slopes_of_a_network_are_those_of_its_margin(network: Network) -> None:
    columns = network.columns(world(deals=5, signal="curved", seed=4))
    slopes, step = network.slopes(columns), 1e-5
    for place in range(columns.shape[1]):
        moved = columns.copy()
        moved[:, place] += step
        told = (network.forward(moved) - network.forward(columns)) / step
        np.testing.assert_allclose(slopes[:, place], told, atol=1e-3)


def test_a_network_comes_back_alike_from_plain_numbers(network: Network) -> None:
    frame = world(deals=30, signal="curved", seed=4)
    again = Network.from_json(network.as_json(), network.blobs())
    np.testing.assert_array_equal(again.margin(frame), network.margin(frame))
    with pytest.raises(FrameError, match="at least one round"):
        fit_network(frame, check=frame, seed=1, rounds=0)


def test_a_network_learns_what_no_line_can(network: Network) -> None:
    frame = world(deals=200, signal="curved", seed=9)
    margin, label = network.margin(frame), frame.label
    assert margin[label == 1].mean() > margin[label == 0].mean() + 0.8
