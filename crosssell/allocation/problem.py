"""Whose hours may go where, and what each action brings: arrays, no database.

The first action of a type at an account brings `gains[account, type]`, each further one `fades`
times the one before. So what an account brings is concave in what is done there, and an action of
it is a column of its own: account, type, which one.
"""

from dataclasses import dataclass

import numpy as np

from revenue.ml.arrays import Flags, Floats, Ints

NOBODY = -1
MOST_EACH = 20


class ProblemError(ValueError):
    """What stands in the limits cannot be meant; the message says what to change."""


@dataclass(frozen=True)
class Lock:
    """A person chose it: at least so many of a type at an account, by a seller where named."""

    account: int
    action: int
    count: int
    seller: int = NOBODY


@dataclass(frozen=True)
class Pools:
    """Which sellers may serve which account: each pool is served by all of its sellers.

    The first pools are the sellers themselves, one by one; shared ones follow.
    """

    of_account: Ints
    sellers: tuple[tuple[int, ...], ...]

    @classmethod
    def of_owners(cls, owner: Ints, *, sellers: int) -> "Pools":
        return cls(owner, tuple((seller,) for seller in range(sellers)))

    @classmethod
    def of_territories(cls, owner: Ints, account: Ints, seller: Ints) -> "Pools":
        """Every seller of an account's territory may serve it; without one, its owner alone."""
        pools: list[tuple[int, ...]] = [(one,) for one in range(len(seller))]
        places = range(int(max(account.max(initial=-1), seller.max(initial=-1))) + 1)
        shared = [tuple(np.flatnonzero(seller == place).tolist()) for place in places]
        numbers = np.full(len(shared) + 1, NOBODY)
        for place, whose in enumerate(shared):
            if len(whose) == 1:
                numbers[place] = whose[0]
            elif whose:
                numbers[place] = len(pools)
                pools.append(whose)
        found = numbers[account]
        return cls(np.where(found == NOBODY, owner, found), tuple(pools))


@dataclass(frozen=True)
class Problem:
    gains: Floats
    fades: Floats
    hours: Floats
    pools: Pools
    capacity: Floats
    owner: Ints
    each: int = 5
    total: int | None = None
    quotas: Floats | None = None
    cover: Ints | None = None
    locks: tuple[Lock, ...] = ()
    excluded: Flags | None = None

    def __post_init__(self) -> None:
        for problem in problems_of(self):
            raise ProblemError(problem)

    @property
    def accounts(self) -> int:
        return len(self.gains)

    @property
    def types(self) -> int:
        return len(self.hours)

    @property
    def sellers(self) -> int:
        return len(self.capacity)

    @property
    def quota(self) -> Floats:
        return np.full(self.types, np.inf) if self.quotas is None else self.quotas

    @property
    def most(self) -> float:
        return np.inf if self.total is None else float(self.total)

    @property
    def covered(self) -> Ints:
        return np.zeros(self.accounts, np.int64) if self.cover is None else self.cover

    @property
    def factors(self) -> Floats:
        """What the k-th of a type brings as a share of the first: a row a type."""
        return np.asarray(self.fades[:, None] ** np.arange(self.each))

    def locked(self) -> dict[tuple[int, int], int]:
        found: dict[tuple[int, int], int] = {}
        for lock in self.locks:
            key = lock.account, lock.action
            found[key] = found.get(key, 0) + lock.count
        return found

    def gain_of(self, account: int, action: int, count: int) -> float:
        share = self.fades[action] ** np.arange(count)
        return float(self.gains[account, action] * share.sum())


def problems_of(problem: Problem) -> list[str]:
    """In sentences; an empty list where everything can be meant."""
    sizes = {
        "An owner for each account": (len(problem.owner), problem.accounts),
        "A pool of sellers for each account": (len(problem.pools.of_account), problem.accounts),
        "Hours for each type of action": (problem.gains.shape[1], problem.types),
        "A fading for each type of action": (len(problem.fades), problem.types),
    }
    wanted = {
        "Each account takes at least 1 action and at most 20.": 1 <= problem.each <= MOST_EACH,
        "The number of actions in all is 0 or more.": problem.total is None or problem.total >= 0,
        "An action takes more than 0 hours.": bool((problem.hours > 0).all()),
        "A seller has 0 hours or more.": bool((problem.capacity >= 0).all()),
        "A quota is 0 or more.": bool((problem.quota >= 0).all()),
        "The cover of an account is 0 or more.": bool((problem.covered >= 0).all()),
        "A fading lies between 0 and 1.": bool(((problem.fades >= 0) & (problem.fades <= 1)).all()),
        "What an action brings is a number, 0 or more.": bool(
            (np.isfinite(problem.gains) & (problem.gains >= 0)).all()
        ),
        "A choice that is kept is of 1 action or more, by somebody who may serve the account.": all(
            lock.count > 0 and may_serve(problem, lock) for lock in problem.locks
        ),
    }
    found = [f"{what} is needed." for what, (one, other) in sizes.items() if one != other]
    return found or [sentence for sentence, holds in wanted.items() if not holds]


def may_serve(problem: Problem, lock: Lock) -> bool:
    pool = int(problem.pools.of_account[lock.account])
    if lock.seller == NOBODY:
        return True
    return pool != NOBODY and lock.seller in problem.pools.sellers[pool]
