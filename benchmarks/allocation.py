"""Whose hours go where for 500,000 customers, beside the plain alternatives.

`python -m benchmarks.allocation [ACCOUNTS [SELLERS]]`: 5 types of action, hours of each seller,
quotas of three types, and strategic customers to cover. The plain alternative hands every action of
every customer to HiGHS as one whole-numbered model, through SciPy; it gets as many customers as it
finishes in the time given, and its seconds are scaled up in proportion, which favours it. Greedy is
timed at the full size, and what the plan brings beyond it is said.
"""

import resource
import sys
import time

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from benchmarks.stage import report
from crosssell.allocation.greedy import greedy
from crosssell.allocation.plan import broken
from crosssell.allocation.problem import Pools, Problem
from crosssell.allocation.solving import solve

ACCOUNTS, SELLERS = 500_000, 500
HOURS = np.array([1.5, 2.0, 3.0, 4.0, 2.5])
LIFTS = np.array([0.04, 0.06, 0.08, 0.1, 0.05])
FADES = np.array([0.6, 0.6, 0.5, 0.4, 0.5])
PLAIN_SECONDS, GAP, SOLVER_SECONDS = 60.0, 1e-3, 90.0


def company(accounts: int, sellers: int, seed: int = 1) -> Problem:
    rng = np.random.default_rng(seed)
    owner = rng.integers(0, sellers, accounts)
    worth = rng.lognormal(10, 1, accounts)[:, None] * rng.lognormal(0, 0.3, (accounts, 5))
    cover = np.zeros(accounts, np.int64)
    cover[np.argsort(-worth[:, 0])[: accounts // 100]] = 1
    return Problem(
        gains=worth * LIFTS,
        fades=FADES,
        hours=HOURS,
        pools=Pools.of_owners(owner, sellers=sellers),
        capacity=rng.integers(60, 160, sellers).astype(float),
        owner=owner,
        each=5,
        quotas=np.array([np.inf, 8.0 * sellers, 4.0 * sellers, 2.0 * sellers, np.inf]),
        cover=cover,
    )


def plain(problem: Problem, *, seconds: float) -> tuple[float, bool]:
    """Seconds that it took, and whether it came to its end; every action is a column."""
    begun = time.perf_counter()
    steps = problem.each
    number = problem.accounts * problem.types * steps
    key = np.arange(number)
    account, rest = np.divmod(key, problem.types * steps)
    action, step = np.divmod(rest, steps)
    gain = problem.gains[account, action] * problem.factors[action, step]
    rows = [account, problem.accounts + problem.owner[account]]
    values = [np.ones(number), problem.hours[action]]
    is_few = np.isfinite(problem.quota[action])
    base = problem.accounts + problem.sellers
    rows.append((base + action)[is_few])
    values.append(np.ones(int(is_few.sum())))
    places = np.concatenate([key, key, key[is_few]])
    size = (base + problem.types, number)
    matrix = csr_array((np.concatenate(values), (np.concatenate(rows), places)), shape=size)
    upper = np.concatenate(
        [np.full(problem.accounts, steps), problem.capacity, np.minimum(problem.quota, number)]
    )
    lower = np.full(len(upper), -np.inf)
    lower[: problem.accounts] = problem.covered
    found = milp(
        -gain,
        constraints=LinearConstraint(matrix, lower, upper),
        integrality=np.ones(number),
        bounds=Bounds(0, 1),
        options={"time_limit": seconds, "mip_rel_gap": GAP},
    )
    return time.perf_counter() - begun, found.status == 0


def largest_plain(accounts: int, sellers: int) -> tuple[int, float]:
    """The most customers that the plain model finishes, doubling from 500, and its seconds."""
    best: tuple[int, float] = (0, PLAIN_SECONDS)
    number = 500
    while number <= accounts:
        problem = company(number, max(1, round(sellers * number / accounts)))
        took, is_finished = plain(problem, seconds=PLAIN_SECONDS)
        if not is_finished:
            break
        best = (number, took)
        number *= 2
    return best


def peak_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main(accounts: int, sellers: int) -> None:
    problem = company(accounts, sellers)
    begun = time.perf_counter()
    found = solve(problem, gap=GAP, seconds=SOLVER_SECONDS)
    ours_s = time.perf_counter() - begun
    peak = peak_mb()
    assert broken(problem, found.plan) == []
    begun = time.perf_counter()
    other = greedy(problem)
    greedy_s = time.perf_counter() - begun
    assert other is not None
    assert found.value >= other.value(problem)
    finished, plain_s = largest_plain(accounts, sellers)
    report(
        name="allocation",
        against="every action of every customer in one whole-numbered model (SciPy's milp)",
        ours_s=ours_s,
        theirs_s=plain_s * accounts / max(finished, 1),
        plain_finishes=finished,
        plain_s=round(plain_s, 1),
        accounts=accounts,
        sellers=sellers,
        actions=found.plan.actions,
        gap=round(found.gap, 6),
        greedy_s=round(greedy_s, 1),
        over_greedy=round(found.value / other.value(problem) - 1, 4),
        own_peak_mb=peak,
    )


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:3])) if len(sys.argv) > 2 else main(ACCOUNTS, SELLERS)
