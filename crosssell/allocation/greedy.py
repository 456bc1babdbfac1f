"""What a careful person would do: keep what is kept, cover who must be covered, then best first.

Best is what an hour brings where hours are scarce, or what an action brings where actions are; both
are tried, and the better plan is kept.
"""

import numpy as np

from crosssell.allocation.columns import Columns, columns_of, promising
from crosssell.allocation.plan import SLACK, Plan
from crosssell.allocation.problem import NOBODY, Lock, Problem
from revenue.ml.arrays import Ints


class Filling:
    """A plan in the making: what has been taken, and what is left of each limit."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.hours = problem.hours.tolist()
        self.left = problem.capacity.tolist()
        self.quota = problem.quota.tolist()
        self.total = problem.most
        self.taken: dict[int, int] = {}
        self.chosen: list[tuple[int, int, int]] = []
        self.owner = problem.owner.tolist()
        self.pools = problem.pools.sellers

    def take(self, account: int, action: int, pool: int, seller: int = NOBODY) -> bool:
        if self.total < 1 or self.quota[action] < 1 or pool == NOBODY:
            return False
        if self.taken.get(account, 0) >= self.problem.each:
            return False
        who = self.whose(account, pool, self.hours[action]) if seller == NOBODY else seller
        if who == NOBODY or self.left[who] + SLACK < self.hours[action]:
            return False
        self.left[who] -= self.hours[action]
        self.quota[action] -= 1
        self.total -= 1
        self.taken[account] = self.taken.get(account, 0) + 1
        self.chosen.append((account, action, who))
        return True

    def whose(self, account: int, pool: int, hours: float) -> int:
        """The owner first, else who has most time left."""
        sellers = self.pools[pool]
        if len(sellers) == 1:
            return sellers[0]
        owner = self.owner[account]
        if owner in sellers and self.left[owner] + SLACK >= hours:
            return int(owner)
        return max(sellers, key=lambda one: self.left[one])

    def keep(self, locks: tuple[Lock, ...]) -> bool:
        pools = self.problem.pools.of_account
        excluded = self.problem.excluded
        for lock in sorted(locks, key=lambda one: one.seller == NOBODY):
            if excluded is not None and excluded[lock.account, lock.action]:
                return False
            for _ in range(lock.count):
                if not self.take(lock.account, lock.action, int(pools[lock.account]), lock.seller):
                    return False
        return True

    def fill(self, columns: Columns, order: Ints) -> None:
        lists = (columns.account, columns.action, columns.pool)
        if self.total < 1:
            return
        for account, action, pool in zip(*(one[order].tolist() for one in lists), strict=True):
            self.take(account, action, pool)

    def cover(self, columns: Columns, order: Ints) -> bool:
        """Each strategic account gets what it must have, before anybody else gets anything."""
        wanted = self.problem.covered
        lists = (columns.account, columns.action, columns.pool)
        for account, action, pool in zip(*(one[order].tolist() for one in lists), strict=True):
            if self.taken.get(account, 0) < wanted[account]:
                self.take(account, action, pool)
        return self.is_covered()

    def is_covered(self) -> bool:
        wanted = self.problem.covered
        return all(
            self.taken.get(account, 0) >= wanted[account]
            for account in np.flatnonzero(wanted).tolist()
        )

    def plan(self) -> Plan:
        return Plan.of(self.chosen)


def greedy(problem: Problem, keys: Ints | None = None) -> Plan | None:
    """Nothing where it cannot keep to the limits, which is not to say that nobody can."""
    columns = columns_of(problem, promising(problem) if keys is None else keys)
    hours = problem.hours[columns.action]
    plain = np.lexsort((-columns.gain, hours, np.isfinite(problem.quota)[columns.action]))
    found = []
    for by in (columns.gain / hours, columns.gain):
        best_first = np.lexsort((columns.step, -by))
        covers = (best_first, plain) if problem.covered.any() else (best_first,)
        found += [filled(problem, columns, best_first, covering=cover) for cover in covers]
    plans = [plan for plan in found if plan is not None]
    return max(plans, key=lambda plan: plan.value(problem), default=None)


def filled(problem: Problem, columns: Columns, order: Ints, *, covering: Ints) -> Plan | None:
    """`covering` may differ: what is scarce is not spent on whom somebody has to see anyway."""
    filling = Filling(problem)
    if not filling.keep(problem.locks):
        return None
    if problem.covered.any():
        here = (problem.covered[columns.account] > 0) & ~columns.is_locked
        if not filling.cover(columns, covering[here[covering]]):
            return None
    filling.fill(columns, order[~columns.is_locked[order]])
    return filling.plan()
