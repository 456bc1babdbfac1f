"""The best plan, or one that is proven to be near it.

First the greedy plan; then the linear relaxation, whose bound holds for every plan, and a rounding
of it; then sellers who share no account by themselves; then, of what the bound has not decided by
then, one whole-numbered model. Each step is left out where the plan is near enough already.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crosssell.allocation.assigning import assigned
from crosssell.allocation.blocks import solved_apart
from crosssell.allocation.columns import best_within, columns_of, promising
from crosssell.allocation.greedy import Filling, greedy
from crosssell.allocation.model import Model, Prices, SolverError
from crosssell.allocation.plan import Plan, broken
from crosssell.allocation.pricing import nearest, undecided
from crosssell.allocation.problem import Problem
from crosssell.allocation.relaxation import CLOSE, CannotBeMetError, Relaxed, relax
from revenue.ml.arrays import Ints

GAP, SECONDS, LEAST_SECONDS = 1e-4, 60.0, 5.0
NEXT_BEST = 8
WHOLE = 1e-7
MOST_UNDECIDED, NEAR = 20_000, 20


@dataclass(frozen=True)
class Solution:
    plan: Plan
    value: float
    bound: float
    greedy: Plan | None
    relaxed: Relaxed
    undecided: int
    seconds: float

    @property
    def gap(self) -> float:
        """How much better any plan could be, as a share of this one."""
        return max(0.0, self.bound - self.value) / self.value if self.value > 0 else 0.0

    @property
    def prices(self) -> Prices:
        return self.relaxed.prices


def solve(problem: Problem, *, gap: float = GAP, seconds: float = SECONDS) -> Solution:
    """Raises `CannotBeMetError` where the limits clash."""
    begun = time.monotonic()
    keys = promising(problem)
    base = greedy(problem, keys)
    relaxed = relax(problem, first_keys(problem, keys, base))
    plans, bound, number = [base, rounded(problem, relaxed)], relaxed.bound, 0
    best = best_of(problem, plans)
    if is_far(problem, best, bound, gap=gap):
        deadline = time.monotonic() + seconds
        apart = solved_apart(problem, relaxed.prices, gap=gap / 4, deadline=deadline)
        best = best_of(problem, [*plans, mended(problem, relaxed, apart.plan)])
        bound = min(bound, apart.bound)
    if is_far(problem, best, bound, gap=gap):
        left = max(deadline - time.monotonic(), LEAST_SECONDS)
        best, closer, number = finished(problem, relaxed, best, gap=gap, seconds=left)
        bound = min(bound, closer)
    if best is None:
        raise SolverError("No plan was found in the time given: loosen a limit and try again.")
    if found := broken(problem, best):
        raise SolverError(f"The plan does not keep to its limits: {', '.join(found)}.")
    value, took = best.value(problem), time.monotonic() - begun
    return Solution(best, value, max(bound, value), base, relaxed, number, took)


def best_of(problem: Problem, plans: Sequence[Plan | None]) -> Plan | None:
    found = [plan for plan in plans if plan is not None]
    return max(found, key=lambda plan: plan.value(problem), default=None)


def is_far(problem: Problem, best: Plan | None, bound: float, *, gap: float) -> bool:
    return best is None or bound - best.value(problem) > max(gap, CLOSE) * abs(bound)


def first_keys(problem: Problem, keys: Ints, plan: Plan | None) -> Ints:
    """What the greedy plan holds, and of each type the next best in each pool."""
    columns = columns_of(problem, keys)
    taken = np.zeros(len(keys), bool)
    if plan is not None:
        taken = np.isin(keys, keys_of(problem, plan))
    is_needed = columns.is_locked | (problem.covered[columns.account] > 0)
    others = np.flatnonzero(~taken & ~is_needed)
    group = columns.pool * problem.types + columns.action
    room = np.full(len(problem.pools.sellers) * problem.types, NEXT_BEST)
    if plan is None:
        return keys
    chosen = best_within(group[others], columns.gain[others], others, room)
    return np.concatenate([keys[taken | is_needed], keys[chosen]])


def keys_of(problem: Problem, plan: Plan) -> Ints:
    pair, place = np.unique(plan.account * problem.types + plan.action, return_inverse=True)
    count = np.bincount(place, weights=plan.count).astype(np.int64)
    found = [pair[count > step] * problem.each + step for step in range(problem.each)]
    return np.concatenate(found)


def rounded(problem: Problem, relaxed: Relaxed) -> Plan | None:
    """What the relaxation takes whole, then the rest by what it brings beyond its price."""
    columns = relaxed.columns
    cost = relaxed.prices.of_pools(problem)[columns.pool, columns.action]
    order = np.lexsort(
        (columns.step, cost - columns.gain, -np.where(relaxed.values > WHOLE, relaxed.values, 0))
    )
    filling = Filling(problem)
    if not filling.keep(problem.locks):
        return None
    free = order[~columns.is_locked[order]]
    if problem.covered.any():
        strategic = problem.covered[columns.account] > 0
        if not filling.cover(columns, free[strategic[free]]):
            return None
    filling.fill(columns, free)
    return filling.plan()


def mended(problem: Problem, relaxed: Relaxed, plan: Plan) -> Plan | None:
    """Of plans that together pass a shared limit, what brings most beyond its price stays."""
    filling = Filling(problem)
    if not filling.keep(problem.locks):
        return None
    columns = relaxed.columns
    cost = relaxed.prices.of_pools(problem)
    pool = problem.pools.of_account[plan.account]
    beyond = plan.row_gains(problem) / plan.count - cost[pool, plan.action]
    kept = problem.locked()
    rows = (plan.account, plan.action, pool, plan.seller, plan.count)
    strategic = problem.covered[plan.account] > 0
    order = np.lexsort((-beyond, ~strategic))
    for account, action, at, seller, count in zip(
        *(row[order].tolist() for row in rows), strict=True
    ):
        for _ in range(count - kept.get((account, action), 0)):
            filling.take(account, action, at, seller)
    if not filling.is_covered():
        return None
    taken = {(account, action): 0 for account, action, _ in filling.chosen}
    for account, action, _ in filling.chosen:
        taken[account, action] += 1
    of = zip(columns.account.tolist(), columns.action.tolist(), strict=True)
    count = np.array([taken.get(pair, 0) for pair in of], np.int64)
    net = columns.gain - cost[columns.pool, columns.action]
    free = np.flatnonzero(columns.step >= count)
    filling.fill(columns, free[np.lexsort((columns.step[free], -net[free]))])
    return filling.plan()


def finished(
    problem: Problem, relaxed: Relaxed, best: Plan | None, *, gap: float, seconds: float
) -> tuple[Plan | None, float, int]:
    """All that the relaxation has not decided, as whole numbers; how many those were, too.

    Where they are too many it looks among the nearest, and where no plan is known, among those of
    the relaxation alone.
    """
    bound, number = relaxed.bound, 0
    surely = maybe = np.zeros(0, np.int64)
    if best is not None:
        slack = (bound - best.value(problem)) * (1 + WHOLE) + WHOLE * relaxed.prices.scale
        surely, maybe = undecided(problem, relaxed.prices, slack=slack)
        number = len(maybe)
    is_all = best is not None and number <= MOST_UNDECIDED
    if best is not None and not is_all:
        surely, maybe = nearest(problem, relaxed.prices, number=NEAR * problem.sellers)
    keys = np.concatenate([surely, maybe])
    if best is None:
        keys = relaxed.columns.keys(problem)
    columns = columns_of(problem, keys)
    lower = (np.arange(len(keys)) < len(surely)) | columns.is_locked
    model = Model(problem, columns, lower=lower, upper=np.ones(len(keys), bool), whole=True)
    info = model.finish(gap=gap, seconds=seconds)
    if info.has_plan:
        found = assigned(problem, columns, model)
        if best is None or found.value(problem) > best.value(problem):
            best = found
    elif best is None and info.is_impossible:
        raise CannotBeMetError
    return best, min(bound, info.bound) if is_all else bound, number
