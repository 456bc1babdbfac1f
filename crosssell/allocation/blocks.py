"""Sellers who share no account, each group by itself: small models that HiGHS finishes.

What all sellers share, quotas and the total, is paid for at the prices of the relaxation. So each
group finds its own best plan in whole actions, and the sum of what they are worth, with what the
shared limits cost, is a bound for every plan that is closer than the relaxation's.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from crosssell.allocation.assigning import assigned
from crosssell.allocation.columns import columns_of, promising
from crosssell.allocation.greedy import filled
from crosssell.allocation.model import Model, Prices
from crosssell.allocation.plan import Plan
from crosssell.allocation.pricing import Priced, cost_of_limits, nearest, undecided
from crosssell.allocation.problem import NOBODY, Pools, Problem
from crosssell.allocation.relaxation import CannotBeMetError
from revenue.ml.arrays import Floats, Ints

NEAR, MOST = 60, 2000
SECONDS, LEAST_SECONDS = 3.0, 0.5
EDGE = 1e-6


@dataclass(frozen=True)
class Part:
    """Some sellers and the accounts that they alone may serve, without what others share."""

    problem: Problem
    accounts: Ints
    sellers: Ints
    prices: Prices
    fees: Floats

    def net(self, plan: Plan) -> float:
        return plan.value(self.problem) - float(self.fees[plan.action] @ plan.count)

    def back(self, plan: Plan) -> Plan:
        return replace(plan, account=self.accounts[plan.account], seller=self.sellers[plan.seller])


def groups(pools: Pools, *, sellers: int) -> list[list[int]]:
    """Sellers that a shared pool binds together."""
    of = list(range(sellers))
    for who in pools.sellers:
        first = of[who[0]]
        joined = {of[one] for one in who}
        if len(joined) > 1:
            of = [first if group in joined else group for group in of]
    found: dict[int, list[int]] = {}
    for seller, group in enumerate(of):
        found.setdefault(group, []).append(seller)
    return list(found.values())


def parts(problem: Problem, prices: Prices) -> Iterator[Part]:
    who = groups(problem.pools, sellers=problem.sellers)
    group_of = np.zeros(problem.sellers, np.int64)
    for number, sellers in enumerate(who):
        group_of[sellers] = number
    group_of_pool = np.array([group_of[one[0]] for one in problem.pools.sellers], np.int64)
    pool = problem.pools.of_account
    group = np.where(pool == NOBODY, NOBODY, group_of_pool[pool])
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(len(who) + 1))
    fees = prices.quota + prices.total
    for number, members in enumerate(who):
        accounts = order[ends[number] : ends[number + 1]]
        pools = np.flatnonzero(group_of_pool == number)
        yield part(problem, prices, fees, accounts, np.array(members), pools)


def part(
    problem: Problem, prices: Prices, fees: Floats, accounts: Ints, sellers: Ints, pools: Ints
) -> Part:
    seller_at = {seller: place for place, seller in enumerate(sellers.tolist())}
    pool_at = np.full(len(problem.pools.sellers), NOBODY)
    pool_at[pools] = np.arange(len(pools))
    here = {account: place for place, account in enumerate(accounts.tolist())}
    within = replace(
        problem,
        gains=problem.gains[accounts],
        pools=Pools(
            pool_at[problem.pools.of_account[accounts]],
            tuple(
                tuple(seller_at[one] for one in problem.pools.sellers[pool])
                for pool in pools.tolist()
            ),
        ),
        capacity=problem.capacity[sellers],
        owner=np.array(
            [seller_at.get(one, NOBODY) for one in problem.owner[accounts].tolist()], np.int64
        ),
        total=None,
        quotas=None,
        cover=None if problem.cover is None else problem.cover[accounts],
        locks=tuple(
            replace(
                lock, account=here[lock.account], seller=seller_at.get(lock.seller, lock.seller)
            )
            for lock in problem.locks
            if lock.account in here
        ),
        excluded=None if problem.excluded is None else problem.excluded[accounts],
    )
    own = Prices(prices.hours[sellers], prices.quota, prices.total)
    return Part(within, accounts, sellers, own, fees)


@dataclass(frozen=True)
class Apart:
    """The plans of all groups; together they may pass what they share by a little."""

    plan: Plan
    bound: float


def solved_apart(problem: Problem, prices: Prices, *, gap: float, deadline: float) -> Apart:
    nothing = replace(problem, capacity=np.zeros(problem.sellers))
    bound, plans = cost_of_limits(nothing, prices), []
    for one in parts(problem, prices):
        plan, worth = solved(one, gap=gap, deadline=deadline)
        bound += worth
        plans.append(one.back(plan))
    names = ("account", "action", "seller", "count")
    return Apart(
        Plan(*(np.concatenate([getattr(plan, name) for plan in plans]) for name in names)), bound
    )


def solved(one: Part, *, gap: float, deadline: float) -> tuple[Plan, float]:
    """Its best plan at the prices of what is shared, and what no plan of it exceeds.

    First among the actions that are nearest to being worth their price, which is nearly always
    where the best plan is; then, to prove it, among all that are near enough to be better.
    """
    problem = one.problem
    bound = Priced.of(problem, one.prices).bound
    found = Found(one, by_net(one))
    number = NEAR * problem.sellers
    if found.is_far(bound, gap=gap):
        found.search(nearest(problem, one.prices, number=number), gap=gap, deadline=deadline)
    if found.is_far(bound, gap=gap) and time.monotonic() < deadline:
        slack = (bound - found.worth) * (1 + EDGE) + EDGE * one.prices.scale
        keys = undecided(problem, one.prices, slack=slack)
        if found.plan is None or len(keys[1]) <= MOST * problem.sellers:
            bound = min(bound, found.search(keys, gap=gap, deadline=deadline))
    if found.plan is None:
        raise CannotBeMetError
    return found.plan, max(bound, found.worth)


class Found:
    """The best plan so far of some sellers."""

    def __init__(self, one: Part, plan: Plan | None) -> None:
        self.one, self.plan = one, plan
        self.worth = -np.inf if plan is None else one.net(plan)

    def is_far(self, bound: float, *, gap: float) -> bool:
        return self.plan is None or bound - self.worth > gap * abs(bound)

    def search(self, keys: tuple[Ints, Ints], *, gap: float, deadline: float) -> float:
        """What no plan exceeds that holds the first and any of the second."""
        surely, maybe = keys
        problem = self.one.problem
        columns = columns_of(problem, np.concatenate([surely, maybe]))
        columns = replace(columns, gain=columns.gain - self.one.fees[columns.action])
        lower = np.arange(len(columns)) < len(surely)
        model = Model(problem, columns, lower=lower, upper=np.ones(len(columns), bool), whole=True)
        left = max(deadline - time.monotonic(), LEAST_SECONDS)
        if not len(columns):
            return 0.0
        ended = model.finish(gap=gap, seconds=min(left, SECONDS))
        if ended.has_plan:
            plan = assigned(problem, columns, model)
            if self.plan is None or self.one.net(plan) > self.worth:
                self.plan, self.worth = plan, self.one.net(plan)
        return ended.bound


def by_net(one: Part) -> Plan | None:
    """Kept, covered, then whatever brings most an hour beyond its fee."""
    problem = one.problem
    columns = columns_of(problem, promising(problem))
    net = columns.gain - one.fees[columns.action]
    order = np.lexsort((columns.step, -net / problem.hours[columns.action]))
    return filled(problem, columns, order[net[order] > 0], covering=order)
