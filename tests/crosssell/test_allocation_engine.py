"""Plans keep to every limit, are no worse than greedy, and are the best where all can be tried."""

import itertools
import os
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from crosssell.allocation.clashes import can_be_met, clashing, with_only
from crosssell.allocation.curve import curve
from crosssell.allocation.plan import Plan, broken
from crosssell.allocation.prices import prices_of
from crosssell.allocation.problem import NOBODY, Lock, Pools, Problem, ProblemError
from crosssell.allocation.relaxation import CannotBeMetError
from crosssell.allocation.solving import solve

INSTANCES = int(os.environ.get("ALLOCATION_INSTANCES", "200"))
CALMLY: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def a_problem(seed: int, *, accounts: int, sellers: int, types: int, each: int) -> Problem:
    """Any limits may be there or not; about one in four cannot be met."""
    rng = np.random.default_rng(seed)
    owner = rng.integers(NOBODY, sellers, accounts)
    if rng.random() < 0.4:
        place, of_seller = rng.integers(0, 2, accounts), rng.integers(0, 2, sellers)
        pools = Pools.of_territories(owner, place, of_seller)
    else:
        pools = Pools.of_owners(owner, sellers=sellers)
    gains = np.round(rng.lognormal(3, 1, (accounts, types)), 2) * (rng.random(types) > 0.1)
    served = np.flatnonzero(pools.of_account != NOBODY)
    quotas = np.where(rng.random(types) < 0.5, rng.integers(0, accounts + 1, types), np.inf)
    cover = np.zeros(accounts, np.int64)
    if rng.random() < 0.5 and len(served):
        cover[rng.choice(served, min(len(served), 2), replace=False)] = 1
    locks: tuple[Lock, ...] = ()
    if rng.random() < 0.4 and len(served):
        locks = (Lock(int(rng.choice(served)), int(rng.integers(types)), 1),)
    return Problem(
        gains=gains,
        fades=np.round(rng.random(types), 2),
        hours=rng.choice([0.5, 1.0, 1.5, 2.0, 3.0], types),
        pools=pools,
        capacity=rng.integers(0, 8, sellers).astype(float),
        owner=owner,
        each=each,
        total=int(rng.integers(0, accounts * 2)) if rng.random() < 0.6 else None,
        quotas=quotas if rng.random() < 0.7 else None,
        cover=cover,
        locks=locks,
        excluded=rng.random((accounts, types)) < 0.1 if rng.random() < 0.5 else None,
    )


def best_of_all(problem: Problem) -> float | None:
    """Every plan there is, tried one by one, by those who may serve each account."""
    ways = []
    for account in range(problem.accounts):
        pool = int(problem.pools.of_account[account])
        who = () if pool == NOBODY else problem.pools.sellers[pool]
        single = [(account, t, s) for t in range(problem.types) for s in who]
        counts = range(problem.each + 1)
        found = [one for k in counts for one in itertools.combinations_with_replacement(single, k)]
        ways.append(found)
    best = None
    for chosen in itertools.product(*ways):
        plan = Plan.of([one for some in chosen for one in some])
        if not broken(problem, plan):
            value = plan.value(problem)
            best = value if best is None or value > best else best
    return best


@settings(max_examples=INSTANCES, **CALMLY)
@given(
    seed=st.integers(0, 2**32 - 1),
    accounts=st.integers(1, 40),
    sellers=st.integers(1, 5),
    types=st.integers(1, 5),
    each=st.integers(1, 5),
)
def test_a_plan_keeps_to_every_limit_and_is_no_worse_than_greedy(
    seed: int, accounts: int, sellers: int, types: int, each: int
) -> None:
    problem = a_problem(seed, accounts=accounts, sellers=sellers, types=types, each=each)
    try:
        found = solve(problem, gap=1e-3)
    except CannotBeMetError:
        assert clashing(problem)
        return
    assert broken(problem, found.plan) == []
    if found.greedy is not None:
        assert broken(problem, found.greedy) == []
        assert found.value >= found.greedy.value(problem) - 1e-9
    assert found.bound >= found.value - 1e-6
    assert found.gap <= 0.2 or found.value < 1


@settings(max_examples=min(INSTANCES, 400) // 2, **CALMLY)
@given(
    seed=st.integers(0, 2**32 - 1),
    accounts=st.integers(1, 3),
    sellers=st.integers(1, 2),
    types=st.integers(1, 2),
)
def test_on_small_ones_it_is_the_best_of_all_plans(
    seed: int, accounts: int, sellers: int, types: int
) -> None:
    problem = a_problem(seed, accounts=accounts, sellers=sellers, types=types, each=2)
    best = best_of_all(problem)
    if best is None:
        with pytest.raises(CannotBeMetError):
            solve(problem, gap=0)
    else:
        found = solve(problem, gap=0)
        assert found.value == pytest.approx(best, abs=1e-6)
        assert found.bound >= best - 1e-6


def relaxed_value(problem: Problem) -> float:
    """The relaxation anew, spelled out by account, type, step and seller, by another solver."""
    places = [
        (account, t, k, s)
        for account in range(problem.accounts)
        for t in range(problem.types)
        for k in range(problem.each)
        for s in (problem.pools.sellers[int(problem.pools.of_account[account])])
    ]
    account, t, k, s = (np.array(one) for one in zip(*places, strict=True))
    gain = problem.gains[account, t] * problem.factors[t, k]
    hours = problem.hours[t]
    rows = [hours * (s == one) for one in range(problem.sellers)]
    rows += [1.0 * (t == one) for one in range(problem.types)]
    rows += [np.ones(len(t))]
    rows += [1.0 * (account == one) for one in range(problem.accounts)]
    key = (account * problem.types + t) * problem.each + k
    rows += [1.0 * (key == one) for one in np.unique(key)]
    rows += [-1.0 * (account == one) for one in range(problem.accounts)]
    limits = [
        *problem.capacity,
        *np.minimum(problem.quota, 1e6),
        min(problem.most, 1e6),
        *[problem.each] * problem.accounts,
        *[1] * len(np.unique(key)),
        *-problem.covered,
    ]
    found = linprog(-gain, A_ub=np.array(rows), b_ub=limits, bounds=(0, None))
    assert found.status == 0, found.message
    return -float(found.fun)


def one_more(problem: Problem, kind: str, place: int) -> Problem:
    if kind == "total":
        return replace(problem, total=(problem.total or 0) + 1)
    if kind == "quota":
        return replace(problem, quotas=problem.quota + np.eye(problem.types)[place])
    if kind == "hours":
        return replace(problem, capacity=problem.capacity + np.eye(problem.sellers)[place])
    return replace(problem, cover=None)


def a_scarce_problem(seed: int) -> Problem:
    rng = np.random.default_rng(seed)
    accounts, owner = 15, rng.integers(0, 3, 15)
    shared = Pools.of_territories(owner, owner // 2, np.array([0, 0, 1]))
    return Problem(
        gains=rng.lognormal(3, 1, (accounts, 3)),
        fades=np.array([0.5, 0.6, 0.4]),
        hours=np.array([1.0, 2.0, 3.0]),
        pools=shared if seed % 2 else Pools.of_owners(owner, sellers=3),
        capacity=rng.integers(3, 12, 3).astype(float),
        owner=owner,
        each=3,
        total=int(rng.integers(8, 20)),
        quotas=np.array([np.inf, float(rng.integers(3, 8)), 3.0]),
        cover=np.array([1, 1] + [0] * (accounts - 2)),
    )


@pytest.mark.parametrize("seed", range(12))
def test_a_price_is_what_one_more_brings(seed: int) -> None:
    problem = a_scarce_problem(seed)
    relaxed = solve(problem, gap=0).relaxed
    before = relaxed_value(problem)
    assert relaxed.bound == pytest.approx(before, rel=1e-6)
    prices = prices_of(problem, relaxed)
    assert prices
    for price in prices:
        after = relaxed_value(one_more(problem, price.kind, price.place))
        assert price.worth == pytest.approx(after - before, rel=1e-6, abs=1e-6)
        if price.kind != "cover":
            assert price.worth <= price.slope * (1 + 1e-9) + 1e-6


def test_an_hour_is_worth_the_action_that_it_allows() -> None:
    """One seller, actions of an hour that bring 100, 50 and 25, and two hours."""
    problem = one_account(capacity=2.0)
    found = solve(problem, gap=0)
    assert found.value == 150
    (price,) = prices_of(problem, found.relaxed)
    assert (price.kind, price.place) == ("hours", 0)
    assert price.worth == pytest.approx(25.0)


def one_account(**other: Any) -> Problem:
    given: dict[str, Any] = {
        "gains": np.array([[100.0]]),
        "fades": np.array([0.5]),
        "hours": np.array([1.0]),
        "pools": Pools.of_owners(np.array([0]), sellers=1),
        "capacity": np.array([9.0]),
        "owner": np.array([0]),
        "each": 3,
    }
    if "capacity" in other:
        other["capacity"] = np.array([other["capacity"]])
    return Problem(**(given | other))


CLASHES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "cover and hours": (
        {"capacity": 1.0, "cover": np.array([2])},
        ["cover", "hours"],
    ),
    "cover and total": ({"total": 0, "cover": np.array([1])}, ["cover", "total"]),
    "cover and the account's limit": ({"cover": np.array([4])}, ["cover", "each"]),
    "cover and what is excluded": (
        {"excluded": np.array([[True]]), "cover": np.array([1])},
        ["cover", "excluded"],
    ),
    "cover of whom nobody serves": (
        {"pools": Pools.of_owners(np.array([NOBODY]), sellers=1), "cover": np.array([1])},
        ["cover", "served"],
    ),
    "a choice and a quota": (
        {"quotas": np.array([1.0]), "locks": (Lock(0, 0, 2),)},
        ["locks", "quota"],
    ),
}


@pytest.mark.parametrize("name", CLASHES)
def test_what_clashes_is_named_and_nothing_else(name: str) -> None:
    given, kinds = CLASHES[name]
    problem = one_account(**given)
    with pytest.raises(CannotBeMetError):
        solve(problem)
    assert sorted(limit.kind for limit in clashing(problem)) == kinds


def of_two_sellers(**other: Any) -> Problem:
    given: dict[str, Any] = {
        "gains": np.ones((60, 2)),
        "fades": np.array([0.5, 0.5]),
        "hours": np.array([1.0, 2.0]),
        "pools": Pools.of_owners(np.arange(60) % 2, sellers=2),
        "capacity": np.array([10.0, 10.0]),
        "owner": np.arange(60) % 2,
        "cover": np.ones(60, np.int64),
    }
    return Problem(**(given | other))


def test_of_several_clashes_the_plainest_is_told() -> None:
    """Neither the total nor the hours of either seller nor the quotas allow sixty to be covered."""
    whole = of_two_sellers(total=5, quotas=np.array([20.0, 20.0]))
    assert [limit.kind for limit in clashing(whole)] == ["cover", "total"]
    assert [limit.kind for limit in clashing(replace(whole, total=None))] == ["cover", "hours"]
    roomy = replace(whole, total=None, capacity=np.array([99.0, 99.0]))
    assert [limit.kind for limit in clashing(roomy)] == ["cover", "quota", "quota"]


def test_few_hours_are_told_before_many_quotas() -> None:
    """By quotas three limits would clash, by the hours of one seller two."""
    problem = of_two_sellers(quotas=np.array([20.0, 20.0]), capacity=np.array([99.0, 10.0]))
    assert [(one.kind, one.place) for one in clashing(problem)] == [("cover", 0), ("hours", 1)]


@settings(max_examples=max(20, INSTANCES // 5), **CALMLY)
@given(seed=st.integers(0, 2**32 - 1))
def test_without_any_one_of_the_clashing_limits_the_others_can_be_met(seed: int) -> None:
    problem = a_problem(seed, accounts=6, sellers=3, types=2, each=2)
    problem = replace(problem, total=int(seed % 4), cover=np.ones(6, np.int64))
    found = clashing(problem)
    assert bool(found) == (best_is_impossible(problem))
    for limit in found:
        others = [one for one in found if one != limit]
        assert can_be_met(with_only(problem, others)), found
    assert not found or not can_be_met(with_only(problem, found))


def best_is_impossible(problem: Problem) -> bool:
    try:
        solve(problem)
    except CannotBeMetError:
        return True
    return False


def test_more_budget_never_brings_less() -> None:
    problem = a_scarce_problem(2)
    problem = replace(problem, cover=None)
    points = list(curve(problem, solve(problem, gap=0).plan))
    values = [point.value for point in points if point.value is not None]
    assert len(values) == len(points)
    assert all(one <= other + 1e-9 for one, other in itertools.pairwise(values))
    assert all((point.greedy or 0) <= (point.value or 0) + 1e-9 for point in points)


def test_a_larger_company_is_solved_with_a_proof_of_how_near_it_is() -> None:
    """Where not every action is looked at: 3,000 accounts, 20 sellers, all limits at once."""
    rng = np.random.default_rng(5)
    owner = rng.integers(0, 20, 3000)
    problem = Problem(
        gains=rng.lognormal(10, 1, 3000)[:, None] * np.array([0.04, 0.06, 0.08, 0.1, 0.05]),
        fades=np.array([0.6, 0.6, 0.5, 0.4, 0.5]),
        hours=np.array([1.5, 2.0, 3.0, 4.0, 2.5]),
        pools=Pools.of_owners(owner, sellers=20),
        capacity=rng.integers(20, 60, 20).astype(float),
        owner=owner,
        total=250,
        quotas=np.array([np.inf, 60, 40, 20, np.inf]),
        cover=(np.arange(3000) < 30).astype(np.int64),
    )
    found = solve(problem, seconds=20)
    assert broken(problem, found.plan) == []
    assert found.greedy is not None
    assert found.value > found.greedy.value(problem)
    assert found.gap < 0.002
    assert len(found.relaxed.columns) < 3000


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"each": 0}, "Each account takes at least 1 action"),
        ({"hours": np.array([0.0])}, "An action takes more than 0 hours."),
        ({"total": -1}, "The number of actions in all is 0 or more."),
        ({"fades": np.array([1.5])}, "A fading lies between 0 and 1."),
        ({"gains": np.array([[np.nan]])}, "What an action brings is a number"),
        ({"locks": (Lock(0, 0, 0),)}, "A choice that is kept is of 1 action or more"),
    ],
)
def test_limits_that_cannot_be_meant_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ProblemError, match=said):
        one_account(**wrong)
