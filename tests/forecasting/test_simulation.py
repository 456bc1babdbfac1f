import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.quarter.simulation import (
    OpenDeals,
    Ratios,
    Shocks,
    SimulationError,
    Worlds,
    simulate,
)
from revenue.ml.arrays import floats

SHOCKS = Shocks(period=0.4, team=0.3, segment=0.2)


def some_deals(number: int = 400, *, owners: int = 12, seed: int = 3) -> OpenDeals:
    rng = np.random.default_rng(seed)
    owner = rng.integers(0, owners, number)
    return OpenDeals(
        chance=rng.beta(2, 4, number),
        amount=np.round(rng.lognormal(9, 1, number), 2),
        owner=owner,
        team=owner // 4,
        segment=rng.integers(0, 3, number),
        key=np.arange(number) + 1_000,
    )


def expected(deals: OpenDeals) -> float:
    return float(deals.chance @ deals.amount)


def test_independent_deals_spread_as_their_variances_say() -> None:
    deals = some_deals()
    total = simulate(deals, shocks=Shocks(), ratios=Ratios(), owners=12).of(slice(None))
    spread = np.sqrt(deals.chance * (1 - deals.chance) @ deals.amount**2)
    assert total.mean() == pytest.approx(expected(deals), rel=0.01)
    assert total.std() == pytest.approx(spread, rel=0.03)


def test_shared_shocks_widen_the_band_and_leave_the_mean() -> None:
    deals = some_deals(2_000)
    alone, shared = (
        simulate(deals, shocks=shocks, ratios=Ratios(), owners=12).of(slice(None))
        for shocks in (Shocks(), SHOCKS)
    )
    assert shared.mean() == pytest.approx(expected(deals), rel=0.02)
    assert shared.std() > 2 * alone.std()


def test_owners_who_share_a_team_move_together() -> None:
    deals = some_deals(3_000)
    cents = simulate(deals, shocks=Shocks(team=0.6), ratios=Ratios(), owners=12).cents
    together = np.asarray(np.corrcoef(cents))
    assert together[0, 1] > 0.3  # of one team
    assert abs(together[0, 11]) < 0.1  # of two


def test_the_same_seed_gives_the_same_worlds_on_any_number_of_threads() -> None:
    deals = some_deals()
    one, two = (
        simulate(deals, shocks=SHOCKS, ratios=Ratios(), owners=12, draws=500, threads=threads).cents
        for threads in (1, 2)
    )
    assert (one == two).all()
    other = simulate(deals, shocks=SHOCKS, ratios=Ratios(), owners=12, draws=500, seed=2).cents
    assert (one != other).any()


def test_what_is_certain_is_certain_in_every_world() -> None:
    deals = OpenDeals(floats([0, 1]), floats([900.5, 120.25]), *(np.array([0, 1]),) * 4)
    cents = simulate(deals, shocks=SHOCKS, ratios=Ratios(), owners=2).cents
    assert not cents[0].any()
    assert (cents[1] == 12_025).mean() > 0.9999


def test_amounts_are_won_as_they_were_in_the_past() -> None:
    seen = np.random.default_rng(1).lognormal(-0.1, 0.3, 4_000)
    deals = OpenDeals(floats([1.0]), floats([1_000.0]), *(np.array([0]),) * 4)
    won = simulate(deals, shocks=Shocks(), ratios=Ratios.of(seen), owners=1).of(slice(None))
    for at in (0.1, 0.5, 0.9):
        assert np.quantile(won, at) == pytest.approx(1_000 * np.quantile(seen, at), rel=0.03)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 9))
def test_roll_ups_add_up_to_the_cent_in_every_world(seed: int, number: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    parent = np.array([0, *(int(rng.integers(0, at)) for at in range(1, people))])
    level = np.zeros(people, dtype=np.int64)
    for at in range(1, people):
        level[at] = level[parent[at]] + 1
    deals = some_deals(number, owners=people, seed=seed)
    alone = simulate(deals, shocks=SHOCKS, ratios=Ratios.of([0.7, 1, 1.3]), owners=people, draws=64)
    whole = alone.rolled_up(parent, level)
    assert (whole.cents[0] == alone.cents.sum(axis=0)).all()
    for boss in range(people):
        below = np.flatnonzero((parent == boss) & (np.arange(people) > 0))
        assert (whole.cents[boss] == alone.cents[boss] + whole.cents[below].sum(axis=0)).all()


def test_no_deals_are_no_money() -> None:
    none = np.array([], dtype=np.int64)
    deals = OpenDeals(floats([]), floats([]), none, none, none, none)
    found = simulate(deals, shocks=SHOCKS, ratios=Ratios(), owners=3, draws=8)
    assert found.cents.shape == (3, 8)
    assert not found.cents.any()


@pytest.mark.parametrize(
    ("chance", "amount", "said"),
    [
        ([1.2], [1.0], "between 0 and 1"),
        ([float("nan")], [1.0], "not a number"),
        ([0.2, 0.3], [1.0], "needs a chance"),
    ],
)
def test_what_cannot_be_is_refused(chance: list[float], amount: list[float], said: str) -> None:
    with pytest.raises(SimulationError, match=said):
        OpenDeals(floats(chance), floats(amount), *(np.zeros(1, dtype=np.int64),) * 4)


def test_worlds_are_in_cents() -> None:
    assert Worlds(floats([[150, 250]])).of([0]).tolist() == [1.5, 2.5]
