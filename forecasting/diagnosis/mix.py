"""How much of a change of the win rate is another mix of deals, and how much another rate.

Of a set of dimensions the deals fall into cells; with shares s and rates r, before and now,

    mix  = Σ (s_now - s_before) × (r_now + r_before) / 2
    rate = Σ (s_now + s_before) / 2 × (r_now - r_before)

which sum to the change exactly and do not depend on which is changed first. The mix of all
dimensions together is shared among them by Shapley's values over every subset, so the order in
which dimensions are named does not matter either. Rates of small cells are drawn toward what is
expected of their deals, or a cell of three deals would speak as loud as one of three hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np

from forecasting.diagnosis.closed import Closed, Codes, Dimension
from revenue.ml.arrays import Anything, Flags, Floats, floats

HELD = 20.0  # deals that what is expected weighs beside those of a cell
MOST_DIMENSIONS = 10


@dataclass(frozen=True)
class LevelSplit:
    """One level of one dimension: shares, rates, and its parts of the change."""

    level: str
    before: int
    now: int
    rate_before: float
    rate_now: float
    mix: float
    rate: float


@dataclass(frozen=True)
class Split:
    """Of one dimension: its levels' parts sum to the whole change of the win rate."""

    name: str
    mix: float
    rate: float
    levels: tuple[LevelSplit, ...]


def split_by(closed: Closed, name: str) -> Split:
    """As it is, without drawing anything together: a table that anybody can add up."""
    one = closed.dimension(name)
    whole = closed.won.mean()
    many = [tally(one.codes, closed.now == later, len(one.levels)) for later in (False, True)]
    won = [
        tally(one.codes, (closed.now == later) & closed.won, len(one.levels))
        for later in (False, True)
    ]
    share = [part / max(part.sum(), 1) for part in many]
    overall = [
        part.sum() / max(whole_of.sum(), 1) for part, whole_of in zip(won, many, strict=True)
    ]
    rates = [
        np.where(part > 0, wins / np.maximum(part, 1), np.nan)
        for part, wins in zip(many, won, strict=True)
    ]
    # A level that was not there has no rate: its deals came or went at the rate of the other time.
    before = np.where(np.isnan(rates[0]), rates[1], rates[0])
    later = np.where(np.isnan(rates[1]), rates[0], rates[1])
    before, later = (np.nan_to_num(each, nan=float(whole)) for each in (before, later))
    centre = float(np.mean(overall))
    mix = (share[1] - share[0]) * ((later + before) / 2 - centre)
    rate = (share[1] + share[0]) / 2 * (later - before)
    levels = tuple(
        LevelSplit(
            level=level,
            before=int(many[0][at]),
            now=int(many[1][at]),
            rate_before=float(rates[0][at]),
            rate_now=float(rates[1][at]),
            mix=float(mix[at]),
            rate=float(rate[at]),
        )
        for at, level in enumerate(one.levels)
    )
    return Split(name, float(mix.sum()), float(rate.sum()), levels)


def tally(codes: Anything, chosen: Flags, levels: int) -> Floats:
    return floats(np.bincount(codes[chosen], minlength=levels))


@dataclass(frozen=True)
class MixShares:
    """The mix part by dimension; with `rate` they sum to the change."""

    change: float
    by_dimension: dict[str, float]
    rate: float

    @property
    def mix(self) -> float:
        return sum(self.by_dimension.values())


def shapley_mix(closed: Closed, expected: Floats) -> MixShares:
    """`expected` is each deal's chance had nothing changed."""
    dimensions = closed.dimensions[:MOST_DIMENSIONS]
    cells: dict[tuple[int, ...], Codes] = {(): np.zeros(len(closed), dtype=np.int32)}
    worth: dict[tuple[int, ...], float] = {(): 0.0}
    for size in range(1, len(dimensions) + 1):
        for chosen in combinations(range(len(dimensions)), size):
            cells[chosen] = finer(cells[chosen[:-1]], dimensions[chosen[-1]])
            worth[chosen] = mix_of_cells(cells[chosen], closed, expected)
    change = closed.rate(now=True) - closed.rate(now=False)
    parts = {
        one.name: shapley_value(at, len(dimensions), worth) for at, one in enumerate(dimensions)
    }
    return MixShares(change, parts, change - sum(parts.values()))


def shapley_value(player: int, players: int, worth: dict[tuple[int, ...], float]) -> float:
    total, others = 0.0, [at for at in range(players) if at != player]
    for size in range(players):
        weight = factorial(size) * factorial(players - size - 1) / factorial(players)
        for chosen in combinations(others, size):
            joined = tuple(sorted((*chosen, player)))
            total += weight * (worth[joined] - worth[chosen])
    return total


def mix_of(dimensions: Sequence[Dimension], closed: Closed, expected: Floats) -> float:
    cell: Codes = np.zeros(len(closed), dtype=np.int32)
    for one in dimensions:
        cell = finer(cell, one)
    return mix_of_cells(cell, closed, expected) if dimensions else 0.0


def finer(cell: Codes, one: Dimension) -> Codes:
    """Cells parted by one more dimension, numbered without gaps."""
    both = cell.astype(np.int64) * len(one.levels) + one.codes
    _, found = np.unique(both, return_inverse=True)
    return np.asarray(found, dtype=np.int32)


def mix_of_cells(cell: Codes, closed: Closed, expected: Floats) -> float:
    if not len(closed):
        return 0.0
    number = int(cell.max()) + 1
    share, rate = [], []
    for later in (False, True):
        chosen = closed.now == later
        many = tally(cell, chosen, number)
        wins = tally(cell, chosen & closed.won, number)
        share.append(many / max(many.sum(), 1))
        rate.append((wins, many))
    hoped = np.bincount(cell, weights=expected, minlength=number) / np.bincount(cell)
    before, later_rate = ((wins + HELD * hoped) / (many + HELD) for wins, many in rate)
    return float(((share[1] - share[0]) * (before + later_rate) / 2).sum())
