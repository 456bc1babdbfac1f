"""Which limits clash where no plan keeps to all of them: as few as clash among themselves.

Only what has to be done can clash with what must not be passed: strategic accounts that have to be
covered and choices that are kept, against hours, quotas, the total, the limit of an account, what
is excluded, and who may serve whom. Each subset asked about is a small whole-numbered model.

Several sets may clash at once. The smallest is told, and of those as small the plainest: the total
before a quota, a quota before the hours of a seller.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from crosssell.allocation.columns import all_keys, columns_of, needy
from crosssell.allocation.model import Model
from crosssell.allocation.problem import MOST_EACH, NOBODY, Pools, Problem

SECONDS = 20.0
PLAINEST = 2


@dataclass(frozen=True, order=True)
class Limit:
    kind: str  # hours, quota, total, each, excluded, served, cover or locks
    place: int = 0


def required_of(problem: Problem) -> list[Limit]:
    found = [Limit("cover")] if problem.covered.any() else []
    return found + ([Limit("locks")] if problem.locks else [])


def families_of(problem: Problem) -> list[list[Limit]]:
    """What must not be passed, by its kind: the plainest first."""
    pools = problem.pools.of_account[needy(problem)]
    served = {seller for pool in set(pools.tolist()) - {NOBODY} for seller in who(problem, pool)}
    found = [
        [Limit("served")] if (pools == NOBODY).any() else [],
        [Limit("total")] if problem.total is not None else [],
        [Limit("each")],
        [Limit("excluded")] if problem.excluded is not None else [],
        [Limit("quota", int(one)) for one in np.flatnonzero(np.isfinite(problem.quota))],
        [Limit("hours", seller) for seller in sorted(served)],
    ]
    return [family for family in found if family]


def who(problem: Problem, pool: int) -> tuple[int, ...]:
    return problem.pools.sellers[pool]


def with_only(problem: Problem, limits: Sequence[Limit]) -> Problem:
    """What must be done under these limits alone; what it brings does not matter."""
    kinds = {limit.kind for limit in limits}
    hours = [limit.place for limit in limits if limit.kind == "hours"]
    quotas = [limit.place for limit in limits if limit.kind == "quota"]
    accounts = needy(problem)
    at = {account: place for place, account in enumerate(accounts.tolist())}
    capacity = np.full(problem.sellers + 1, float(len(accounts) * MOST_EACH * 1e4))
    capacity[hours] = problem.capacity[hours]
    quota = np.full(problem.types, np.inf)
    quota[quotas] = problem.quota[quotas]
    pool = problem.pools.of_account[accounts]
    pools = (*problem.pools.sellers, (problem.sellers,))
    if "served" not in kinds:
        pool = np.where(pool == NOBODY, len(pools) - 1, pool)
    locks = tuple(replace(lock, account=at[lock.account]) for lock in problem.locks)
    is_excluding = "excluded" in kinds and problem.excluded is not None
    return Problem(
        gains=np.zeros((len(accounts), problem.types)),
        fades=problem.fades,
        hours=problem.hours,
        pools=Pools(pool, pools),
        capacity=capacity,
        owner=problem.owner[accounts],
        each=problem.each if "each" in kinds else MOST_EACH,
        total=problem.total if "total" in kinds else None,
        quotas=quota,
        cover=problem.covered[accounts] if "cover" in kinds else None,
        locks=locks if "locks" in kinds else (),
        excluded=problem.excluded[accounts]
        if is_excluding and problem.excluded is not None
        else None,
    )


def can_be_met(problem: Problem) -> bool:
    """Whether what has to be done can be done at all."""
    keys = all_keys(problem, needy(problem))
    columns = columns_of(problem, keys)
    if columns.is_locked.sum() != sum(problem.locked().values()):
        return False
    if not len(keys):
        return not problem.covered.any()
    upper = np.ones(len(keys), bool)
    model = Model(problem, columns, lower=columns.is_locked, upper=upper, whole=True)
    ended = model.finish(gap=1.0, seconds=SECONDS)
    return ended.has_plan or not ended.is_impossible


def clashing(problem: Problem) -> list[Limit]:
    """As few limits as cannot all be kept to: without any one of them, the others can."""

    def holds(some: Sequence[Limit]) -> bool:
        return can_be_met(with_only(problem, some))

    required, families = required_of(problem), families_of(problem)
    limits = [*required, *chain(*families)]
    if holds(limits):
        return []
    found: list[list[Limit]] = []
    for asked in [[one] for one in required] + [required]:
        for family in families:
            # One that must be done and one that must not be passed: no clash is plainer.
            if any(len(one) <= PLAINEST for one in found):
                break
            if not holds([*asked, *family]):
                found.append(fewest([], [*asked, *family], holds, has_grown=False))
    if not found or min(map(len, found)) > PLAINEST:
        found.append(fewest([], limits, holds, has_grown=False))
    smallest = min(found, key=len)
    return sorted(smallest)


def fewest(
    kept: list[Limit],
    among: list[Limit],
    holds: Callable[[Sequence[Limit]], bool],
    *,
    has_grown: bool,
) -> list[Limit]:
    """Halves and halves again (QuickXplain): questions grow with the logarithm of the limits."""
    if has_grown and not holds(kept):
        return []
    if len(among) == 1:
        return among
    middle = len(among) // 2
    first, second = among[:middle], among[middle:]
    of_second = fewest([*kept, *first], second, holds, has_grown=bool(first))
    of_first = fewest([*kept, *of_second], first, holds, has_grown=bool(of_second))
    return [*of_first, *of_second]
