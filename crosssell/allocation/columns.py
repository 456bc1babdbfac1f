"""Single actions that a plan may hold, and those worth looking at first."""

from dataclasses import dataclass

import numpy as np

from crosssell.allocation.problem import NOBODY, Problem
from revenue.ml.arrays import Flags, Floats, Ints

SPARE = 3


@dataclass(frozen=True)
class Columns:
    """One action each: the `step`-th (from 0) of a type at an account."""

    account: Ints
    action: Ints
    step: Ints
    gain: Floats
    pool: Ints
    is_locked: Flags

    def __len__(self) -> int:
        return len(self.account)

    def of(self, chosen: Flags | Ints) -> "Columns":
        return Columns(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def keys(self, problem: Problem) -> Ints:
        return (self.account * problem.types + self.action) * problem.each + self.step


def columns_of(problem: Problem, keys: Ints) -> Columns:
    """By number: account, then type, then step."""
    pair, step = np.divmod(keys, problem.each)
    account, action = np.divmod(pair, problem.types)
    count = np.zeros(len(keys), np.int64)
    if problem.locks:
        locked = problem.locked()
        at = np.array([a * problem.types + t for a, t in locked], np.int64)
        order = np.argsort(at)
        place = np.searchsorted(at[order], pair).clip(max=len(at) - 1)
        counts = np.array(list(locked.values()), np.int64)[order]
        count = np.where(at[order][place] == pair, counts[place], 0)
    gain = problem.gains[account, action] * problem.factors[action, step]
    return Columns(account, action, step, gain, problem.pools.of_account[account], step < count)


def all_keys(problem: Problem, accounts: Ints) -> Ints:
    """Of each action that is allowed at these accounts, whatever it brings."""
    served = accounts[problem.pools.of_account[accounts] != NOBODY]
    pairs = served[:, None] * problem.types + np.arange(problem.types)
    if problem.excluded is not None:
        pairs = pairs[~problem.excluded[served]]
    return np.asarray((pairs.reshape(-1, 1) * problem.each + np.arange(problem.each)).ravel())


def needy(problem: Problem) -> Ints:
    """Accounts where something has to be done."""
    locked = {account for account, _ in problem.locked()}
    return np.union1d(np.flatnonzero(problem.covered), np.array(sorted(locked), np.int64))


def promising(problem: Problem) -> Ints:
    """Keys of the best of each type in each pool, as many as its hours could ever hold and some.

    Two of a type in one pool take the same of everything but the account's own limit, so the one
    that brings more comes first.
    """
    found = [all_keys(problem, needy(problem))]
    hours = np.array([problem.capacity[list(who)].sum() for who in problem.pools.sellers])
    served = np.flatnonzero(problem.pools.of_account != NOBODY)
    for action in range(problem.types):
        gains = problem.gains[served, action]
        here = gains > 0
        if problem.excluded is not None:
            here &= ~problem.excluded[served, action]
        account = served[here]
        pool = problem.pools.of_account[account]
        limit = min(problem.most, float(problem.quota[action]))
        room = np.minimum(hours / problem.hours[action] + SPARE, limit).astype(np.int64)
        account = best_within(pool, gains[here], account, room)
        steps = np.arange(problem.each)
        keys = ((account[:, None] * problem.types + action) * problem.each + steps).ravel()
        gain = (problem.gains[account, action][:, None] * problem.factors[action]).ravel()
        pool = np.repeat(problem.pools.of_account[account], problem.each)
        is_some = gain > 0
        found.append(best_within(pool[is_some], gain[is_some], keys[is_some], room))
    return np.unique(np.concatenate(found))


def best_within(group: Ints, gain: Floats, what: Ints, room: Ints) -> Ints:
    """Of each group the first by gain, at most as many as its room."""
    order = np.lexsort((what, -gain, group))
    ordered = group[order]
    begins = np.searchsorted(ordered, ordered, side="left")
    return what[order][np.arange(len(order)) - begins < room[ordered]]
