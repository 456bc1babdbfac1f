"""A quarter simulated 10,000 times, against straightforward NumPy and a plain loop.

`python -m benchmarks.simulation [DEALS]`: 500 owners in four levels, shared shocks. Straightforward
NumPy makes one world after another, each with all its deals; the plain loop asks deal by deal. Both
are timed on a part of the draws and scaled up to all of them.
"""

import sys
import time

import numpy as np

from benchmarks.stage import report
from forecasting.quarter.simulation import OpenDeals, Ratios, Shocks, simulate
from revenue.ml.arrays import Floats, Ints, logit, sigmoid

DEALS, OWNERS, TEAMS, SEGMENTS, DRAWS = 50_000, 500, 50, 12, 10_000
SHOCKS = Shocks(period=0.25, team=0.2, segment=0.15)
NUMPY_DRAWS, LOOP_DRAWS = 300, 3


def company(deals: int) -> tuple[OpenDeals, Ints, Ints]:
    """Owner 0 leads 9, each of whom leads some; of those, each leads ten at the lowest level."""
    rng = np.random.default_rng(1)
    owner = rng.integers(0, OWNERS, deals)
    place = np.arange(OWNERS)
    parent = np.select([place < 10, place < TEAMS], [0, 1 + place % 9], 10 + place % (TEAMS - 10))
    level = np.select([place == 0, place < 10, place < TEAMS], [0, 1, 2], 3)
    return (
        OpenDeals(
            chance=rng.beta(1, 5, deals),
            amount=np.round(rng.lognormal(10, 1, deals), 2),
            owner=owner,
            team=parent[owner],
            segment=rng.integers(0, SEGMENTS, deals),
            key=np.arange(deals),
        ),
        parent,
        level,
    )


def straightforward(deals: OpenDeals, ratios: Floats, *, draws: int) -> Floats:
    rng = np.random.default_rng(2)
    margin, total = logit(deals.chance) * SHOCKS.widening, np.zeros((OWNERS, draws))
    for draw in range(draws):
        shock = rng.normal(0, SHOCKS.team, OWNERS)[deals.team]
        shock += rng.normal(0, SHOCKS.segment, SEGMENTS)[deals.segment]
        shock += rng.normal(0, SHOCKS.period)
        is_won = rng.random(len(deals)) < sigmoid(margin + shock)
        amount = deals.amount * rng.choice(ratios, len(deals)) * is_won
        total[:, draw] = np.bincount(deals.owner, weights=amount, minlength=OWNERS)
    return total


def plain_loop(deals: OpenDeals, ratios: Floats, *, draws: int) -> list[list[float]]:
    rng = np.random.default_rng(3)
    margin = (logit(deals.chance) * SHOCKS.widening).tolist()
    owner, team, segment = (one.tolist() for one in (deals.owner, deals.team, deals.segment))
    amount, seen = deals.amount.tolist(), ratios.tolist()
    worlds = []
    for _ in range(draws):
        total = [0.0] * OWNERS
        of_period = float(rng.normal(0, SHOCKS.period))
        of_team = rng.normal(0, SHOCKS.team, OWNERS).tolist()
        of_segment = rng.normal(0, SHOCKS.segment, SEGMENTS).tolist()
        for at, one in enumerate(margin):
            shifted = one + of_period + of_team[team[at]] + of_segment[segment[at]]
            if rng.random() < 1 / (1 + np.e**-shifted):
                total[owner[at]] += amount[at] * seen[int(rng.random() * len(seen))]
        worlds.append(total)
    return worlds


def main(number: int) -> None:
    deals, parent, level = company(number)
    seen = np.random.default_rng(4).lognormal(0, 0.2, 500)
    begun = time.perf_counter()
    worlds = simulate(deals, shocks=SHOCKS, ratios=Ratios.of(seen), owners=OWNERS, draws=DRAWS)
    whole = worlds.rolled_up(parent, level)
    bands = np.quantile(whole.cents, (0.1, 0.5, 0.9), axis=1)
    ours_s = time.perf_counter() - begun

    begun = time.perf_counter()
    theirs = straightforward(deals, seen, draws=NUMPY_DRAWS)
    numpy_s = (time.perf_counter() - begun) * DRAWS / NUMPY_DRAWS
    begun = time.perf_counter()
    plain_loop(deals, seen, draws=LOOP_DRAWS)
    loop_s = (time.perf_counter() - begun) * DRAWS / LOOP_DRAWS

    total, other = whole.of([0]), theirs.sum(axis=0)
    assert abs(total.mean() / other.mean() - 1) < 0.05
    report(
        name="simulation",
        against="straightforward NumPy, one world after another",
        ours_s=ours_s,
        theirs_s=numpy_s,
        plain_loop_s=round(loop_s, 1),
        times_plain_loop=round(loop_s / ours_s),
        deals=number,
        draws=DRAWS,
        owners=OWNERS,
        band=[round(one) for one in (bands[:, 0] / 100).tolist()],
        spread={"ours": round(total.std()), "theirs": round(other.std())},
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEALS)
