"""What deals bring that do not exist yet: how many an owner finds and wins, and for how much.

The number of an owner is Poisson around what is expected, times a factor that all owners share in
a world: a good quarter is one for everybody. What several bring together is a gamma sum, which is
exact for gamma amounts. Both are read off even random numbers, so that expecting a little more
never brings less in any world.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtri

from forecasting.quarter.streams import Stream, key_of, states_of
from revenue.ml.arrays import Floats, Ints, floats

CENTS = 100.0
LEVELS = 1024  # of the table of sums
SMOOTH = 30.0  # a gamma of this shape or more is near enough to a cubed normal
LEAST_SHAPE = 0.01
Counts = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class NewBusiness:
    """By owner: how many deals are expected within the period; `key` is of the owner's ref."""

    expected: Floats
    key: Ints

    def __post_init__(self) -> None:
        if len(self.expected) != len(self.key):
            raise ValueError("Each owner's new business needs a number and a key.")
        if len(self.expected) and not (
            np.isfinite(self.expected).all() and self.expected.min() >= 0
        ):
            raise ValueError("An expected number of deals is no less than nothing.")


@dataclass(frozen=True)
class Each:
    """Of the shared factor its spread; of the amount of one new deal its mean and spread."""

    spread: float = 0.0
    mean: float = 0.0
    sd: float = 0.0


def simulated(new: NewBusiness, each: Each, *, draws: int, seed: int) -> Floats:
    """By owner and draw, in cents."""
    found = np.zeros((len(new.expected), draws))
    if each.mean <= 0 or not new.expected.any():
        return found
    factor = shared_factor(each.spread, draws=draws, seed=seed)
    active = np.flatnonzero(new.expected > 0)
    counts, levels = {}, {}
    stream = Stream()
    for at, state in zip(active, states_of(new.key[active], seed=seed, use="new"), strict=True):
        numbers = stream.at(state)
        counts[at] = poisson_at(numbers.random(draws), new.expected[at] * factor)
        levels[at] = numbers.integers(0, LEVELS, draws)
    table = sums_table(each, most=max(int(one.max()) for one in counts.values()))
    for at in active:
        found[at] = np.rint(table[counts[at], levels[at]] * CENTS)
    return found


def shared_factor(spread: float, *, draws: int, seed: int) -> Floats:
    """Of mean 1."""
    if spread <= 0:
        return np.ones(draws)
    state = states_of(np.array([key_of("all owners")]), seed=seed, use="new together")[0]
    shape = 1 / spread**2
    return gamma_at(Stream().at(state).random(draws), shape) / shape


def gamma_at(level: Floats, shape: float) -> Floats:
    if shape < SMOOTH:
        return floats(gammaincinv(shape, level))
    ninth = 1 / (9 * shape)
    return floats(shape * (1 - ninth + np.sqrt(ninth) * ndtri(level)) ** 3)


def poisson_at(level: Floats, mean: Floats) -> Counts:
    """The count of which so many of the worlds have no more."""
    most = float(mean.max())
    if most > 500:  # where exp(-mean) is nearly nothing, and a normal is near enough
        rough = mean + np.sqrt(mean) * ndtri(level) + (ndtri(level) ** 2 - 1) / 6
        whole: Counts = np.maximum(np.rint(rough), 0).astype(np.int32)
        return whole
    count = np.zeros(len(mean), dtype=np.int32)
    here = np.exp(-mean)
    below = here.copy()
    for number in range(1, int(most + 12 * np.sqrt(most) + 20)):
        beyond = level > below
        if not beyond.any():
            break
        count += beyond
        here *= mean / number
        below += here
    return count


def sums_table(each: Each, *, most: int) -> Floats:
    """By number of deals and level: what so many bring together. Each row has its exact mean."""
    found = np.zeros((most + 1, LEVELS))
    if each.sd <= 0:
        found[:] = (np.arange(most + 1) * each.mean)[:, None]
        return found
    shape = max((each.mean / each.sd) ** 2, LEAST_SHAPE)
    middles = (np.arange(LEVELS) + 0.5) / LEVELS
    for number in range(1, most + 1):
        row = gamma_at(middles, number * shape)
        found[number] = row * (number * each.mean / row.mean())
    return found
