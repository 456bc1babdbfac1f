"""Who does what, where the model says only how many of a type each seller of a pool does."""

import numpy as np

from crosssell.allocation.columns import Columns
from crosssell.allocation.model import Model
from crosssell.allocation.plan import Plan
from crosssell.allocation.problem import NOBODY, Problem

Action = tuple[int, int, int]


def assigned(problem: Problem, columns: Columns, model: Model) -> Plan:
    """What was kept for somebody stays theirs; then owners get their own."""
    values = model.values
    taken = columns.of(values[: len(columns)] > 0.5)
    actions = list(
        zip(taken.account.tolist(), taken.action.tolist(), taken.pool.tolist(), strict=True)
    )
    shared, many = model.shared, np.rint(values[len(columns) :]).astype(np.int64)
    parts = (shared.pool, shared.action, shared.seller)
    keys = zip(*(part.tolist() for part in parts), strict=True)
    left: dict[Action, int] = dict(zip(keys, many.tolist(), strict=True))
    named: dict[tuple[int, int], list[int]] = {}
    for lock in problem.locks:
        if lock.seller != NOBODY:
            named.setdefault((lock.account, lock.action), []).extend([lock.seller] * lock.count)
    chosen: list[Action] = []
    waiting: list[Action] = []
    for account, action, pool in actions:
        sellers = problem.pools.sellers[pool]
        kept = named.get((account, action))
        if len(sellers) == 1:
            chosen.append((account, action, sellers[0]))
        elif kept:
            chosen.append((account, action, kept[-1]))
            left[pool, action, kept.pop()] -= 1
        else:
            waiting.append((account, action, pool))
    others: list[Action] = []
    for account, action, pool in waiting:
        owner = int(problem.owner[account])
        if left.get((pool, action, owner), 0) > 0:
            left[pool, action, owner] -= 1
            chosen.append((account, action, owner))
        else:
            others.append((account, action, pool))
    for account, action, pool in others:
        seller = next(one for one in problem.pools.sellers[pool] if left[pool, action, one] > 0)
        left[pool, action, seller] -= 1
        chosen.append((account, action, seller))
    return Plan.of(chosen)
