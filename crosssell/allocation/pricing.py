"""At given prices every account decides for itself: what all of them together would be worth.

Whatever the prices, no plan is worth more than that and what the limits cost at those prices. It
looks at every action of every account, a block of accounts at a time, so it proves how far a plan
found among a few of them can be from the best of all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from crosssell.allocation.model import Prices
from crosssell.allocation.problem import NOBODY, Problem
from revenue.ml.arrays import Flags, Floats, Ints

BLOCK = 20_000


@dataclass(frozen=True)
class Block:
    """Accounts of a block by all that could be done there; what is not allowed is minus infinity.

    `threshold` is what a further action would have to bring at each of them, beyond its price.
    """

    accounts: Ints
    net: Floats
    locked: Flags
    worth: float
    wanted: Flags
    threshold: Floats

    def keys(self, which: Flags) -> Ints:
        row, place = np.nonzero(which)
        return np.asarray(self.accounts[row] * self.net.shape[1] + place)


def blocks(problem: Problem, prices: Prices) -> Iterator[Block]:
    cost = prices.of_pools(problem)
    locked = locked_grid(problem)
    for begin in range(0, problem.accounts, BLOCK):
        accounts = np.arange(begin, min(begin + BLOCK, problem.accounts))
        yield block(problem, cost, accounts, locked)


def locked_grid(problem: Problem) -> dict[int, Floats]:
    found: dict[int, Floats] = {}
    for (account, action), count in problem.locked().items():
        found.setdefault(account, np.zeros(problem.types))[action] = count
    return found


def block(problem: Problem, cost: Floats, accounts: Ints, locks: dict[int, Floats]) -> Block:
    pool = problem.pools.of_account[accounts]
    gains = problem.gains[accounts][:, :, None] * problem.factors
    net = gains - cost[pool][:, :, None]
    net[pool == NOBODY] = -np.inf
    if problem.excluded is not None:
        net[problem.excluded[accounts]] = -np.inf
    counts = np.zeros((len(accounts), problem.types))
    for row in np.flatnonzero(np.isin(accounts, np.array(list(locks), np.int64))):
        counts[row] = locks[int(accounts[row])]
    locked = (np.arange(problem.each) < counts[:, :, None]).reshape(len(accounts), -1)
    net = net.reshape(len(accounts), -1)
    worth = float(net[locked].sum())
    free = np.where(locked, -np.inf, net)
    taken = locked.sum(axis=1)
    slots = np.maximum(problem.each - taken, 0)
    need = np.maximum(problem.covered[accounts] - taken, 0)
    is_good = free > 0
    number = is_good.sum(axis=1)
    wanted, threshold = is_good.copy(), np.zeros(len(accounts))
    worth += float(free[(number <= slots) & (number >= need)][:, :].clip(min=0).sum())
    crowded = np.flatnonzero((number > slots) | (number < need))
    if len(crowded):
        place = np.argsort(-free[crowded], axis=1, kind="stable")
        ordered = np.take_along_axis(free[crowded], place, axis=1)
        rank = np.arange(free.shape[1])
        many = np.where(number[crowded] > slots[crowded], slots[crowded], need[crowded])
        here = rank < many[:, None]
        worth += float(ordered[here].sum())
        into = np.zeros_like(here)
        np.put_along_axis(into, place, here, axis=1)
        wanted[crowded] = into
        padded = np.pad(ordered, ((0, 0), (1, 1)), constant_values=-np.inf)
        lines = np.arange(len(crowded))
        following, last = padded[lines, many + 1], padded[lines, many]
        threshold[crowded] = np.where(
            number[crowded] > slots[crowded], np.maximum(following, 0), last
        )
    return Block(accounts, net, locked, worth, wanted, threshold)


@dataclass(frozen=True)
class Priced:
    bound: float
    keys: Ints  # of what the accounts would take

    @classmethod
    def of(cls, problem: Problem, prices: Prices) -> "Priced":
        bound, found = cost_of_limits(problem, prices), []
        for one in blocks(problem, prices):
            bound += one.worth
            found.append(one.keys(one.wanted & ~one.locked))
        return cls(bound, np.concatenate(found) if found else np.zeros(0, np.int64))


def cost_of_limits(problem: Problem, prices: Prices) -> float:
    quota = np.isfinite(problem.quota)
    found = float(prices.hours @ problem.capacity)
    found += float(prices.quota[quota] @ problem.quota[quota])
    return found + (prices.total * problem.total if problem.total is not None else 0.0)


def undecided(problem: Problem, prices: Prices, *, slack: float) -> tuple[Ints, Ints]:
    """Keys that any better plan is bound to hold, and those that it may hold.

    Forcing an action in or out costs at least what it falls short of, or exceeds, its account's
    threshold; where that is more than `slack`, the way to the best plan, it is decided.
    """
    surely, maybe = [], []
    for one in blocks(problem, prices):
        beyond = one.net - one.threshold[:, None]
        surely.append(one.keys((one.locked | (beyond > slack)) & np.isfinite(one.net)))
        maybe.append(one.keys(~one.locked & (np.abs(beyond) <= slack) & np.isfinite(one.net)))
    return np.concatenate(surely), np.concatenate(maybe)


def nearest(problem: Problem, prices: Prices, *, number: int) -> tuple[Ints, Ints]:
    """The same, where so many that are nearest to their threshold are left open."""
    far = [np.zeros(0)]
    for one in blocks(problem, prices):
        beyond = np.abs(one.net - one.threshold[:, None])[~one.locked]
        far.append(np.partition(beyond, min(number, len(beyond) - 1))[: number + 1])
    joined = np.sort(np.concatenate(far))[: number + 1]
    joined = joined[np.isfinite(joined)]
    return undecided(problem, prices, slack=float(joined[-1]) if len(joined) else 0.0)
