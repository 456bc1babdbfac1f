from dataclasses import replace
from decimal import Decimal
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.models import ForecastDeal
from forecasting.quarter.new_deals import Each, NewBusiness, poisson_at, simulated, sums_table
from forecasting.quarter.simulation import OpenDeals, Ratios, Shocks, SimulationError
from forecasting.quarter.streams import keys_of
from forecasting.quarter.worlds import (
    Inputs,
    Method,
    band,
    by_week,
    inputs_from,
    inputs_of,
    run,
    teams_of,
)
from revenue.ml.arrays import floats
from revenue.users.models import Org
from tests.factories.people import OrgFactory
from tests.factories.quarter import METHOD, a_forecast, a_forecast_deal, a_node

OWNERS = 6
SHOCKS = Shocks(period=0.3, team=0.2, segment=0.1)


def some_inputs(number: int = 120, *, seed: int = 3, **changed: Any) -> Inputs:
    rng = np.random.default_rng(seed)
    owner = rng.integers(0, OWNERS, number)
    usual: dict[str, Any] = {
        "shocks": SHOCKS,
        "ratios": Ratios.of(rng.lognormal(0, 0.2, 200)),
        "each": Each(spread=0.3, mean=9_000.0, sd=12_000.0),
        "level": 0.95,
        "widening": 1.25,
        "draws": 2_000,
    }
    return Inputs(
        deals=OpenDeals(
            chance=rng.beta(2, 5, number),
            amount=np.round(rng.lognormal(9, 1, number), 2),
            owner=owner,
            team=keys_of(f"team {one // 2}" for one in owner),
            segment=keys_of(f"segment {one}" for one in rng.integers(0, 3, number)),
            key=keys_of(f"deal {at}" for at in range(number)),
        ),
        closed=np.round(rng.lognormal(9, 1, OWNERS), 2),
        new=NewBusiness(rng.uniform(0, 3, OWNERS), keys_of(f"owner {at}" for at in range(OWNERS))),
        method=Method(**usual | changed),
    )


def shares_of(inputs: Inputs, weeks: int = 13) -> Any:
    made = np.random.default_rng(5).dirichlet(np.ones(weeks), len(inputs.deals))
    return np.minimum(made.cumsum(axis=1), 1.0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 60), st.floats(0.5, 2), st.floats(0.5, 2))
def test_owners_add_up_to_teams_and_the_org_to_the_cent(
    seed: int, number: int, level: float, widening: float
) -> None:
    inputs = some_inputs(number, seed=seed, level=level, widening=widening, draws=64)
    found = run(inputs)
    assert (found.cents == np.rint(found.cents)).all()
    parent, levels = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 1, 1, 2, 2, 2])
    whole = found.rolled_up(parent, levels).cents
    assert (whole[0] == found.cents.sum(axis=0)).all()
    assert (whole[1] == found.cents[[1, 3, 4]].sum(axis=0)).all()
    assert (found.cents >= np.rint(inputs.closed * 100)[:, None]).all()


def test_dropping_a_deal_changes_its_owner_alone() -> None:
    inputs = some_inputs()
    left = np.arange(len(inputs.deals)) != 17
    before, after = run(inputs).cents, run(replace(inputs, deals=inputs.deals.take(left))).cents
    changed = (before != after).any(axis=1)
    assert changed.tolist() == [at == inputs.deals.owner[17] for at in range(OWNERS)]


def test_dropping_a_deal_leaves_the_others_as_they_were() -> None:
    inputs = some_inputs(widening=1.0, level=1.0, each=Each())
    one = int(inputs.deals.owner[17])
    left, alone = np.arange(len(inputs.deals)) != 17, np.arange(len(inputs.deals)) == 17
    nothing = replace(inputs, closed=np.zeros(OWNERS))
    parts = [run(replace(nothing, deals=inputs.deals.take(which))).cents for which in (left, alone)]
    assert (parts[0] + parts[1] == run(nothing).cents).all()
    assert parts[1][one].any()


def test_the_order_of_deals_is_of_no_account() -> None:
    inputs = some_inputs()
    turned = replace(inputs, deals=inputs.deals.take(slice(None, None, -1)))
    assert (run(inputs).cents == run(turned).cents).all()


def test_threads_change_nothing_and_the_seed_does() -> None:
    inputs = some_inputs()
    once = run(inputs, threads=1).cents
    assert (once == run(inputs, threads=3).cents).all()
    other = replace(inputs, method=replace(inputs.method, seed=2))
    assert (once != run(other).cents).any()


def test_the_mean_is_what_is_expected() -> None:
    inputs = some_inputs(400, draws=20_000, shocks=Shocks(), ratios=Ratios(), level=1.0)
    expected = (
        inputs.closed.sum()
        + inputs.deals.chance @ inputs.deals.amount
        + inputs.new.expected.sum() * 9_000
    )
    assert band(run(inputs).of(slice(None))).mean == pytest.approx(
        Decimal(expected), rel=Decimal("0.02")
    )


def test_level_and_widening_do_as_they_say() -> None:
    plain, lower, wider = (
        run(some_inputs(level=level, widening=widening)).of(slice(None))
        for level, widening in ((1.0, 1.0), (0.8, 1.0), (1.0, 1.5))
    )
    closed = some_inputs().closed.sum()
    assert lower.mean() - closed == pytest.approx(0.8 * (plain.mean() - closed), rel=1e-4)
    assert wider.mean() == pytest.approx(plain.mean(), rel=1e-4)
    assert wider.std() > 1.3 * plain.std()


def test_a_part_of_the_owners_has_the_worlds_that_it_has_among_all() -> None:
    inputs, some = some_inputs(), np.array([4, 1])
    assert (run(inputs.of(some)).cents == run(inputs).cents[some]).all()


@pytest.mark.parametrize("widening", [0.7, 1.0, 1.6])
def test_the_last_week_is_the_total(widening: float) -> None:
    inputs = some_inputs(widening=widening, draws=500)
    every, some = np.arange(OWNERS), np.array([1, 4])
    shares = shares_of(inputs)
    asked: dict[str, Any] = {"weeks": shares, "new_weeks": np.linspace(0.1, 1, 13).tolist()}
    for owners in (every, some):
        weeks = by_week(inputs, owners=owners, **asked)
        assert (weeks[-1] == run(inputs).of(owners)).all()
        assert (np.diff(weeks, axis=0) >= 0).all()
        assert (weeks[0] >= inputs.closed[owners].sum() - 0.01).all()
    assert (
        by_week(inputs, owners=every, threads=1, **asked) == by_week(inputs, owners=every, **asked)
    ).all()


def test_weeks_come_as_their_shares_say() -> None:
    inputs = some_inputs(300, draws=4_000, each=Each(), shocks=Shocks(), level=1.0, widening=1.0)
    inputs = replace(inputs, closed=np.zeros(OWNERS))
    shares = shares_of(inputs)
    weeks = by_week(inputs, weeks=shares, new_weeks=[], owners=np.arange(OWNERS)).mean(axis=1)
    worth = inputs.deals.chance * inputs.deals.amount * inputs.method.ratios.mean
    assert weeks == pytest.approx(worth @ shares, rel=0.03)


def test_early_wins_are_no_larger_than_late_ones() -> None:
    inputs = some_inputs(1, draws=40_000, each=Each(), shocks=Shocks(), level=1.0, widening=1.0)
    ratios = Ratios.of(np.random.default_rng(1).lognormal(0, 0.5, 2_000))
    inputs = replace(inputs, closed=np.zeros(OWNERS), method=replace(inputs.method, ratios=ratios))
    weeks = by_week(inputs, weeks=floats([[0.5, 1]]), new_weeks=[], owners=np.arange(OWNERS))
    early, late = weeks[0], weeks[1] - weeks[0]
    assert early[early > 0].mean() == pytest.approx(late[late > 0].mean(), rel=0.1)


def test_new_business_is_shared_luck() -> None:
    rows = NewBusiness(np.full(2, 30.0), keys_of(["one", "two"]))
    alone, together = (
        simulated(rows, Each(spread, 100.0, 50.0), draws=8_000, seed=1) for spread in (0.0, 0.4)
    )
    assert abs(np.asarray(np.corrcoef(alone))[0, 1]) < 0.05
    assert np.asarray(np.corrcoef(together))[0, 1] > 0.5
    assert together.mean() == pytest.approx(30 * 100 * 100, rel=0.02)
    spread = np.sqrt(30 * (100**2 + 50**2) + (30 * 100 * 0.4) ** 2) * 100
    assert together[0].std() == pytest.approx(spread, rel=0.04)


def test_expecting_more_never_brings_less() -> None:
    less, more = (
        simulated(
            NewBusiness(floats([one]), keys_of(["a"])), Each(0.3, 80.0, 60.0), draws=3_000, seed=4
        )
        for one in (1.5, 1.7)
    )
    assert (more >= less).all()
    assert more.sum() > less.sum()


@pytest.mark.parametrize("mean", [0.3, 4.0, 90.0, 900.0])
def test_numbers_are_poisson(mean: float) -> None:
    level = (np.arange(20_000) + 0.5) / 20_000
    found = poisson_at(level, np.full(20_000, mean))
    assert found.mean() == pytest.approx(mean, rel=0.002)
    assert found.var() == pytest.approx(mean, rel=0.01)


def test_sums_of_several_have_their_mean_and_spread() -> None:
    table = sums_table(Each(0, 100.0, 80.0), most=60)
    for number in (1, 5, 60):
        assert table[number].mean() == pytest.approx(100 * number)
        assert table[number].std() == pytest.approx(80 * np.sqrt(number), rel=0.02)
    assert not table[0].any()


def test_a_method_is_kept_as_it_is() -> None:
    method = some_inputs().method
    assert Method.from_json(method.as_json()) == method
    assert Method.from_json(METHOD).draws == 200
    far = Method.from_json(METHOD | {"shocks": {"period": 9.0, "team": 1.5, "segment": 0.1}})
    assert far.shocks == Shocks(period=1.5, team=1.5, segment=0.1)


@pytest.mark.parametrize("broken", [{"ratios": [1.0]}, {"level": "x"}, {"shocks": {"luck": 1}}])
def test_a_method_that_cannot_be_read_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(SimulationError):
        Method.from_json(METHOD | broken)


def test_a_band_has_cents() -> None:
    found = band(floats([10.004, 20, 30]))
    assert (found.p50, found.mean) == (Decimal("20.00"), Decimal("20.00"))


def test_teams_are_read_off_the_nodes() -> None:
    nodes = [
        ("", None, True, ["a", "b", "c", "d", "x"]),
        ("boss", "", True, ["a", "b", "c"]),
        ("boss", "boss", False, ["a"]),
        ("b", "boss", True, ["b"]),
        ("peers", "boss", True, ["c", "d"]),
        ("-", "", True, ["x"]),
    ]
    assert teams_of(nodes) == {"a": "boss", "b": "boss", "c": "boss", "d": "boss", "x": "-"}


@pytest.mark.django_db
def test_stored_rows_give_the_inputs_of_rows_not_yet_stored() -> None:
    org: Org = OrgFactory()
    new = {"spread": 0.2, "each_mean": 1.0, "each_sd": 1.0, "by_owner": {"two": 1.5}}
    forecast = a_forecast(org=org, method={**METHOD, "new": new})
    for key, parent, owners in (
        ("", None, ["one", "two"]),
        ("one", "", ["one"]),
        ("two", "", ["two"]),
    ):
        a_node(forecast, key=key, parent=parent, owners=owners)
    a_forecast_deal(forecast, ref="d2", owner_ref="one", amount=Decimal("120.50"), chance=0.25)
    a_forecast_deal(forecast, ref="d1", owner_ref="two", amount=None)
    a_forecast_deal(
        forecast, ref="d3", owner_ref="two", standing="won", amount=Decimal("70"), chance=1
    )
    a_forecast_deal(forecast, ref="d4", owner_ref=None)
    inputs, owners, refs = inputs_of(forecast)
    assert (owners, refs) == (["", "one", "two"], ["d1", "d2", "d4"])
    assert inputs.closed.tolist() == [0, 0, 70]
    assert inputs.new.expected.tolist() == [0, 0, 1.5]
    assert inputs.deals.amount.tolist() == [0, 120.5, 10]
    rows = list(ForecastDeal.objects.filter(forecast=forecast).order_by("opportunity_ref"))
    again, *names = inputs_from(forecast.method, deals=rows, teams={"one": "", "two": ""})
    assert names == [owners, refs]
    assert (run(again).cents == run(inputs).cents).all()


def test_five_thousand_deals_are_drawn_within_reach_of_a_page() -> None:
    inputs = some_inputs(5_000, draws=2_000)
    begun = perf_counter()
    run(inputs)
    assert perf_counter() - begun < 5
