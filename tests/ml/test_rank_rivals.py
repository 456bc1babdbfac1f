"""Each rival by its own formula, as of a moment, and over the full catalogue."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revenue.ml.arrays import Floats
from revenue.ml.frames import FrameError
from revenue.ml.rank.ease import ease, fit_ease
from revenue.ml.rank.interactions import DAY, Interactions, bought_later, make_interactions
from revenue.ml.rank.items import fit_cosine, fit_lift, fit_next, jaccard, lift, transitions
from revenue.ml.rank.likeness import fit_lookalike, nearest
from revenue.ml.rank.rivals import WAYS, Way, pair_scores, tops_of
from tests.ml.markets import market

CUSTOMERS, ITEMS = 7, 6
ROWS = st.lists(
    st.tuples(st.integers(0, CUSTOMERS - 1), st.integers(0, ITEMS - 1), st.integers(0, 400)),
    min_size=1,
    max_size=40,
)
AT = 300 * DAY


def made(rows: list[tuple[int, int, int]]) -> Interactions:
    columns = np.array(rows).T
    return make_interactions(
        customer=columns[0],
        item=columns[1],
        moment=columns[2] * DAY,
        n_customers=CUSTOMERS,
        n_items=ITEMS,
    )


def dense(past: Interactions) -> Floats:
    return np.asarray(past.owned().toarray())


@settings(max_examples=30, deadline=None)
@given(ROWS, st.floats(0.1, 1000))
def test_ease_is_the_ridge_regression_of_each_product_on_the_others(
    rows: list[tuple[int, int, int]], strength: float
) -> None:
    has = dense(made(rows))
    weights = ease(has.T @ has, strength)
    assert (np.diag(weights) == 0).all()
    for item in range(ITEMS):
        others = [one for one in range(ITEMS) if one != item]
        part = has[:, others]
        told = np.linalg.solve(
            part.T @ part + strength * np.eye(len(others)), part.T @ has[:, item]
        )
        np.testing.assert_allclose(weights[others, item], told, atol=1e-8)


def test_a_product_that_nobody_bought_is_suggested_by_nothing() -> None:
    past = made([(0, 0, 1), (0, 1, 2), (1, 0, 3), (1, 1, 4), (2, 0, 5)])
    scores = fit_ease(past, at=AT, strength=1.0).scores(np.arange(CUSTOMERS))
    np.testing.assert_allclose(scores[:, 2:], 0, atol=1e-8)
    assert scores[2, 1] > 0.3


def test_with_a_half_life_the_late_purchase_speaks_louder() -> None:
    pairs = [(one, item, 290) for one in (2, 3) for item in (0, 1)]
    pairs += [(one, item, 290) for one in (4, 5) for item in (2, 3)]
    past = made([*pairs, (0, 0, 1), (0, 2, 295)])
    plain = fit_ease(past, at=AT, strength=1.0).scores(np.array([0]))[0]
    recent = fit_ease(past, at=AT, strength=1.0, half_life_days=60).scores(np.array([0]))[0]
    assert plain[1] == pytest.approx(plain[3], rel=1e-3)
    assert recent[3] > recent[1] * 2


@settings(max_examples=30, deadline=None)
@given(ROWS)
def test_what_came_later_changes_no_score(rows: list[tuple[int, int, int]]) -> None:
    past = made(rows)
    everybody = np.arange(CUSTOMERS)
    turned = Interactions(
        past.customer,
        np.where(past.moment > AT, (past.item + 1) % ITEMS, past.item),
        past.moment,
        past.weight,
        CUSTOMERS,
        ITEMS,
    )
    for way in (*WAYS, Way("ease"), Way("ease_recent", {"half_life_days": 90.0})):
        first, second = (way.fit(one, at=AT).scores(everybody) for one in (past, turned))
        np.testing.assert_array_equal(first, second)


@settings(max_examples=30, deadline=None)
@given(ROWS)
def test_what_is_new_within_the_horizon_is_found_as_by_hand(
    rows: list[tuple[int, int, int]],
) -> None:
    past = made(rows)
    customer = np.tile(np.arange(CUSTOMERS), 2)
    at = np.repeat([100 * DAY, 200 * DAY], CUSTOMERS)
    found = bought_later(past, customer=customer, at=at, horizon_days=90).toarray()
    for place, (who, when) in enumerate(zip(customer, at // DAY, strict=True)):
        before = {i for c, i, day in rows if c == who and day <= when}
        later = {i for c, i, day in rows if c == who and when < day <= when + 90}
        assert set(np.flatnonzero(found[place])) == later - before


@settings(max_examples=30, deadline=None)
@given(ROWS)
def test_jaccard_and_lift_by_hand(rows: list[tuple[int, int, int]]) -> None:
    past = made(rows)
    has = dense(past) > 0
    people = max(len({row[0] for row in rows}), 1)
    alike, more = jaccard(past), lift(past, pull=2.0)
    for one in range(ITEMS):
        for other in range(ITEMS):
            both = (has[:, one] & has[:, other]).sum()
            either = (has[:, one] | has[:, other]).sum()
            assert alike[one, other] == pytest.approx(both / either if either else 0)
            chance = has[:, one].sum() * has[:, other].sum() / people
            assert more[one, other] == pytest.approx((both + 2) / (chance + 2))


def test_next_counts_the_first_order_after() -> None:
    past = made([(0, 0, 1), (0, 1, 5), (0, 2, 9), (1, 0, 2), (1, 1, 8), (2, 0, 3)])
    moved = transitions(past, pull=0.0 + 1e-12)
    np.testing.assert_allclose(moved[0, :3], [0, 1, 0], atol=1e-9)
    np.testing.assert_allclose(moved[1, :3], [0, 0, 1], atol=1e-9)
    assert fit_next(past, at=AT, pull=0.1).scores(np.array([2]))[0].argmax() == 1


def test_because_names_what_speaks_for_it() -> None:
    rows = [(one, item, 9) for one in (1, 2, 3) for item in (0, 1)]
    past = made([*rows, *((one, 4, 9) for one in (4, 5, 6)), (0, 0, 9), (0, 3, 9)])
    for scorer in (fit_cosine(past), fit_lift(past), fit_ease(past, at=AT, strength=1.0)):
        found = scorer.because(0, 1)
        assert found[0][0] == 0
        assert found[0][1] > 0


def test_look_alikes_go_by_vectors_and_never_by_themselves() -> None:
    past = made([(0, 0, 1), (1, 1, 1), (2, 2, 1)])
    vectors = np.array([[1.0, 0], [0.9, 0.1], [0, 1], [1, 0], [0, 0], [0, 0], [0, 0]])
    scorer = fit_lookalike(past, vectors=vectors, neighbours=1)
    scores = scorer.scores(np.arange(CUSTOMERS))
    assert scores[0].argmax() == 1
    assert scores[1].argmax() == 0
    assert scores[3].argmax() == 0
    near, like = nearest(scorer.units, np.array([0]), among=np.array([0, 1, 2]), count=3)
    assert near[0][like[0] > 0].tolist() == [1]


def test_what_is_owned_is_never_among_the_best() -> None:
    past = market(signal=True, customers=40, items=12).past
    at = 400 * DAY
    owned = past.by(at).owned().toarray()
    for way in (Way("popular"), Way("cosine"), Way("random")):
        tops = tops_of(way.fit(past, at=at), past.by(at).owned(), customers=np.arange(40), k=12)
        for customer, row in enumerate(tops):
            shown = row[row >= 0]
            assert sorted(shown) == np.flatnonzero(owned[customer] == 0).tolist()


def test_pairs_are_scored_as_the_whole_table_is() -> None:
    past = market(signal=True, customers=30, items=12).past
    scorer = Way("ease_recent", {"half_life_days": 90.0}).fit(past, at=AT)
    rng = np.random.default_rng(1)
    customer, item = rng.integers(0, 30, 99), rng.integers(0, 12, 99)
    np.testing.assert_array_equal(
        pair_scores(scorer, customer, item, width=12),
        scorer.scores(np.arange(30))[customer, item],
    )


def test_chance_is_the_same_however_it_is_asked() -> None:
    past = made([(0, 0, 1)])
    scorer = Way("random", {"seed": 3}).fit(past, at=AT)
    np.testing.assert_array_equal(
        scorer.scores(np.array([4, 2]))[1], scorer.scores(np.array([2]))[0]
    )


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(FrameError, match="beyond the 2 that there are"):
        make_interactions(customer=[2], item=[0], moment=[0], n_customers=2, n_items=1)
    with pytest.raises(FrameError, match="no way of ranking named 'best'"):
        Way("best").fit(made([(0, 0, 1)]), at=AT)
    with pytest.raises(FrameError, match="as many customers"):
        Interactions(np.arange(2), np.arange(1), np.arange(1), np.ones(1), 2, 2)
