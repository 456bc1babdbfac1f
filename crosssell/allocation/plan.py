"""Who does what where, and whether it keeps to every limit: counted anew, whoever made it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from crosssell.allocation.problem import NOBODY, Lock, Problem
from revenue.ml.arrays import Floats, Ints, floats

SLACK = 1e-6


@dataclass(frozen=True)
class Plan:
    """A row for each account, type and seller; in the order of their numbers."""

    account: Ints
    action: Ints
    seller: Ints
    count: Ints

    @classmethod
    def of(cls, chosen: Iterable[tuple[int, int, int]]) -> "Plan":
        """Of single actions: account, type, seller."""
        found = np.array(sorted(chosen), dtype=np.int64).reshape(-1, 3)
        rows, count = np.unique(found, axis=0, return_counts=True)
        return cls(rows[:, 0], rows[:, 1], rows[:, 2], count.astype(np.int64))

    @property
    def actions(self) -> int:
        return int(self.count.sum())

    def hours_by_seller(self, problem: Problem) -> Floats:
        hours = self.count * problem.hours[self.action]
        return floats(np.bincount(self.seller, weights=hours, minlength=problem.sellers))

    def by_type(self, problem: Problem) -> Ints:
        found = np.bincount(self.action, weights=self.count, minlength=problem.types)
        return found.astype(np.int64)

    def row_gains(self, problem: Problem) -> Floats:
        """What each row adds; where two sellers do the same at one account, the first comes first.

        A row's actions follow those of the rows before it, so all rows sum to the plan's value.
        """
        key = self.account * problem.types + self.action
        before = np.zeros(len(key), np.int64)
        for row in np.flatnonzero(key[1:] == key[:-1]) + 1:
            before[row] = before[row - 1] + self.count[row - 1]
        fades, first = problem.fades[self.action], problem.gains[self.account, self.action]
        share = np.zeros(len(key))
        for step in range(int((before + self.count).max(initial=0))):
            here = (before <= step) & (step < before + self.count)
            share[here] += fades[here] ** step
        return first * share

    def value(self, problem: Problem) -> float:
        return float(self.row_gains(problem).sum())


def broken(problem: Problem, plan: Plan) -> list[str]:
    """Which limits a plan does not keep to; an empty list where it keeps to all."""
    n, types = problem.accounts, problem.types
    key = plan.account * types + plan.action
    of_pair = np.bincount(key, weights=plan.count, minlength=n * types).reshape(n, types)
    of_account = of_pair.sum(axis=1)
    pools = [set(sellers) for sellers in problem.pools.sellers]
    strangers = [
        account
        for account, seller in zip(plan.account.tolist(), plan.seller.tolist(), strict=True)
        if (pool := int(problem.pools.of_account[account])) == NOBODY or seller not in pools[pool]
    ]
    found = {
        "total": of_account.sum() > problem.most,
        "each": bool((of_account > problem.each).any()),
        "hours": bool((plan.hours_by_seller(problem) > problem.capacity + SLACK).any()),
        "quota": bool((of_pair.sum(axis=0) > problem.quota).any()),
        "cover": bool((of_account < problem.covered).any()),
        "excluded": problem.excluded is not None and bool((of_pair[problem.excluded] > 0).any()),
        "served": bool(strangers),
        "locks": any(of_pair[pair] < count for pair, count in problem.locked().items()),
        "locked sellers": any(
            done_by(plan, lock) < lock.count for lock in problem.locks if lock.seller != NOBODY
        ),
    }
    return [limit for limit, is_broken in found.items() if is_broken]


def done_by(plan: Plan, lock: Lock) -> int:
    here = (plan.account == lock.account) & (plan.action == lock.action)
    return int(plan.count[here & (plan.seller == lock.seller)].sum())
