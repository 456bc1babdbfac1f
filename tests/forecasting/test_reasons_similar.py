"""Like deals: the nearest of each outcome at the same stage, found exactly."""

import numpy as np
import pytest

from forecasting.reasons import nearest as kit
from forecasting.reasons.nearest import nearest
from forecasting.reasons.similar import LEAST, NEAREST, OF_THE_SELLER, Pool, Rows, similar_to

RNG = np.random.default_rng(8)


def some(count: int, *, mark: str, stages: tuple[str, ...] = ("Talk", "Offer")) -> Rows:
    rng = np.random.default_rng(count)
    return Rows(
        refs=np.array([f"{mark}{at:04d}" for at in range(count)], dtype=object),
        stage=rng.choice(np.array(stages, dtype=object), count),
        seller=rng.choice(np.array(["U1", "U2", "U3", ""], dtype=object), count),
        space=(rng.normal(size=(count, 6)) + 50).astype(np.float32),
    )


@pytest.mark.parametrize("cells", [1, 999, 8_000_000])
def test_the_nearest_are_those_of_every_pair(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit, "MOST_CELLS", cells)
    asked, among = some(40, mark="O").space, some(300, mark="C").space
    places, far = nearest(asked, among, count=7)
    every = np.linalg.norm(asked[:, None].astype(float) - among[None].astype(float), axis=2)
    np.testing.assert_allclose(far, np.sort(every, axis=1)[:, :7], rtol=1e-4)
    np.testing.assert_allclose(np.take_along_axis(every, places, axis=1), far, rtol=1e-4)


def test_of_fewer_than_asked_for_all_are_given() -> None:
    places, _ = nearest(some(3, mark="O").space, some(2, mark="C").space, count=5)
    assert [sorted(one) for one in places.tolist()] == [[0, 1]] * 3
    none, _ = nearest(some(3, mark="O").space, some(2, mark="C").space[:0], count=5)
    assert none.shape == (3, 0)


def test_each_is_of_the_same_stage_and_outcome_in_order_of_distance() -> None:
    asked, closed = some(50, mark="O"), some(900, mark="C")
    won = RNG.random(900) < 0.4
    facts = dict(zip(closed.refs, zip(closed.stage, won, strict=True), strict=True))
    for at, found in enumerate(similar_to(asked, Pool(closed, won))):
        assert found["words"] == ""
        for outcome in ("won", "lost"):
            refs = found[outcome]
            assert NEAREST <= len(refs) <= NEAREST + OF_THE_SELLER
            assert {facts[ref] for ref in refs} == {(asked.stage[at], outcome == "won")}
            far = [found["distances"][ref] for ref in refs]
            assert far == sorted(far)


def test_a_seller_finds_the_nearest_of_their_own_among_them() -> None:
    asked, closed = some(50, mark="O"), some(900, mark="C")
    won = RNG.random(900) < 0.5
    found = similar_to(asked, Pool(closed, won))
    seller_of = dict(zip(closed.refs, closed.seller, strict=True))
    for at in np.flatnonzero(asked.seller == "U2"):
        own = won & (closed.seller == "U2") & (closed.stage == asked.stage[at])
        far = np.linalg.norm(closed.space[own] - asked.space[at], axis=1)
        expected = closed.refs[own][np.argsort(far, kind="stable")[:OF_THE_SELLER]]
        mine = [ref for ref in found[at]["won"] if seller_of[ref] == "U2"]
        assert mine[:OF_THE_SELLER] == expected.tolist()


def test_with_too_few_of_either_nobody_is_compared() -> None:
    asked, closed = some(10, mark="O", stages=("Talk",)), some(200, mark="C", stages=("Talk",))
    won = np.zeros(200, dtype=np.bool_)
    won[: LEAST - 1] = True
    found = similar_to(asked, Pool(closed, won))
    assert {tuple(one["won"] + one["lost"]) for one in found} == {()}
    assert found[0]["words"] == (
        "Too few to compare with: of deals once in Talk, 29 were won and 171 lost;"
        " 30 of each are needed."
    )
    won[:LEAST] = True
    assert all(one["won"] and one["lost"] for one in similar_to(asked, Pool(closed, won)))
    elsewhere = some(10, mark="O", stages=("Sign",))
    (told,) = {one["words"] for one in similar_to(elsewhere, Pool(closed, won))}
    assert "of deals once in Sign, 0 were won and 0 lost;" in told
