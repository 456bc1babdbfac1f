"""Many times the same quarter: which deals are won, for how much, under shocks that they share.

Every draw is one whole world: all deals of it feel the same shock of the period, those of a team
the same shock of the team, those of a segment the same of the segment. Draws of deals that knew
nothing of each other would make the band of a company far too narrow.

Amounts are whole cents held in doubles, so that sums are exact in whatever order they are made:
the owners of a team add up to the team, and the teams to the company, draw by draw, to the cent.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.quarter.streams import Stream, Words, normals, states_of
from revenue.ml.arrays import Floats, Ints, floats, logit

STEPS = 64  # of the table of amounts: what a deal is won for beside what it says, by quantile
CYCLES = 64  # of that table within a deal's wins: see `Ratios.table`
BLOCK = 16  # deals at once, so that a block of draws stays in the cache of a core
CENTS = 100.0
Singles = NDArray[np.float32]


class SimulationError(Exception):
    """Says what does not fit together."""


@dataclass(frozen=True, eq=False)
class OpenDeals:
    """`chance` is of being won within the period; the rest is which shocks and sums it takes.

    `owner` is a place; `team`, `segment` and `key` are the keys of names (`streams.keys_of`), for
    the random numbers of a deal, a team or a segment are its own, wherever it stands.
    """

    chance: Floats
    amount: Floats
    owner: Ints
    team: Ints
    segment: Ints
    key: Ints

    def __post_init__(self) -> None:
        lengths = {len(getattr(self, name)) for name in self.__dataclass_fields__}
        if len(lengths) > 1:
            raise SimulationError("Each deal needs a chance, amount, owner, team, segment and key.")
        if len(self) and not (np.isfinite(self.chance).all() and np.isfinite(self.amount).all()):
            raise SimulationError("A chance or an amount is not a number.")
        if len(self) and (self.chance.min() < 0 or self.chance.max() > 1):
            raise SimulationError("A chance lies between 0 and 1.")

    def __len__(self) -> int:
        return len(self.chance)

    def take(self, which: Any) -> "OpenDeals":
        return OpenDeals(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Shocks:
    """Their standard deviations, in log-odds of a win."""

    period: float = 0.0
    team: float = 0.0
    segment: float = 0.0

    @property
    def widening(self) -> float:
        """A shock draws the mean of a chance toward one half; this much further out undoes it."""
        variance = self.period**2 + self.team**2 + self.segment**2
        return float(np.sqrt(1 + np.pi / 8 * variance))


@dataclass(frozen=True)
class Ratios:
    """Final to present amount of won deals, by quantile: from what the past has shown."""

    quantiles: tuple[float, ...] = (1.0,) * STEPS

    @classmethod
    def of(cls, seen: Sequence[float] | Floats) -> "Ratios":
        if not len(seen):
            return cls()
        middles = (np.arange(STEPS) + 0.5) / STEPS
        return cls(tuple(float(one) for one in np.quantile(floats(seen), middles)))

    def __post_init__(self) -> None:
        if len(self.quantiles) != STEPS:
            raise SimulationError(f"A table of amounts has {STEPS} quantiles.")

    def table(self) -> Singles:
        """One place more than there are steps: what is lost is worth nothing.

        Where a deal falls among its wins says both its week and its amount: the quantiles are
        gone through many times over, so that early and late wins have all amounts alike.
        """
        return np.array([*self.quantiles * CYCLES, 0.0], dtype=np.float32)

    @property
    def mean(self) -> float:
        return float(np.mean(self.quantiles))


@dataclass(frozen=True, eq=False)
class Worlds:
    """By owner and draw, in cents."""

    cents: Floats

    def of(self, owners: Any) -> Floats:
        return floats(self.cents[owners].sum(axis=0) / CENTS)

    def rolled_up(self, parent: Ints, levels: Ints) -> "Worlds":
        """Of each person with all below: the deepest level first, each added to the one above."""
        found = self.cents.copy()
        for level in range(int(levels.max(initial=0)), 0, -1):
            here = np.flatnonzero(levels == level)
            np.add.at(found, parent[here], found[here])
        return Worlds(found)


def simulate(
    deals: OpenDeals,
    *,
    shocks: Shocks,
    ratios: Ratios,
    owners: int,
    draws: int = 10_000,
    seed: int = 1,
    threads: int = 2,
) -> Worlds:
    """Won within the period, by owner and draw. The same seed gives the same worlds."""
    odds = shocked_odds(deals, shocks, draws=draws, seed=seed)
    order = np.argsort(deals.owner, kind="stable")
    rows = deals.take(order)
    states = states_of(rows.key, seed=seed, use="deal")
    total = np.zeros((owners, draws))
    table = ratios.table()

    def fill_owner(blocks: list[slice]) -> None:
        stream = Stream()
        for block in blocks:
            part = rows.take(block)
            lots = lots_of(part, odds, states[block], stream, widening=shocks.widening)
            total[part.owner[0]] += cents_of(part, lots, table).sum(axis=0)

    # An owner's blocks stay on one thread: two would add to the same row.
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for _ in pool.map(fill_owner, blocks_by_owner(rows.owner)):
            pass
    return Worlds(total)


def blocks_by_owner(owner: Ints) -> Iterator[list[slice]]:
    if not len(owner):
        return
    borders = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1], True]).tolist()
    for begin, end in pairwise(borders):
        yield [slice(at, min(at + BLOCK, end)) for at in range(begin, end, BLOCK)]


@dataclass(frozen=True, eq=False)
class ShockedOdds:
    """By team and segment together, and draw: what the odds against a win are multiplied by."""

    place: dict[tuple[int, int], int]
    factor: Singles

    def rows(self, deals: OpenDeals) -> Singles:
        pairs = zip(deals.team.tolist(), deals.segment.tolist(), strict=True)
        found: Singles = self.factor[[self.place[pair] for pair in pairs]]
        return found


def shocked_odds(deals: OpenDeals, shocks: Shocks, *, draws: int, seed: int) -> ShockedOdds:
    pairs = sorted(set(zip(deals.team.tolist(), deals.segment.tolist(), strict=True)))

    def shock(use: str, key: int, spread: float) -> Floats:
        return normals(key, draws=draws, seed=seed, use=use) * spread

    of_period = shock("period", 0, shocks.period)
    of_team = {one: shock("team", one, shocks.team) for one in {team for team, _ in pairs}}
    of_segment = {one: shock("segment", one, shocks.segment) for one in {one for _, one in pairs}}
    factor = np.empty((len(pairs), draws), dtype=np.float32)
    for at, (team, segment) in enumerate(pairs):
        factor[at] = np.exp(-(of_period + of_team[team] + of_segment[segment]))
    return ShockedOdds({pair: at for at, pair in enumerate(pairs)}, factor)


def lots_of(
    deals: OpenDeals, odds: ShockedOdds, states: Words, stream: Stream, *, widening: float
) -> Singles:
    """By deal and draw: below one where it is won, and then even between 0 and 1.

    A deal is won where u < p, and u / p is its lot: its place among its own wins. With
    p = 1 / (1 + against), u / p is u * (1 + against).
    """
    lots = odds.rows(deals)
    lots *= odds_against(deals.chance, widening).astype(np.float32)[:, None]
    lots += 1
    numbers = np.empty_like(lots[0])
    for place, state in enumerate(states):
        stream.at(state).random(out=numbers, dtype=np.float32)
        lots[place] *= numbers
    return lots


def cents_of(deals: OpenDeals, lots: Singles, table: Singles) -> Floats:
    """Overwrites the lots."""
    lots *= STEPS * CYCLES
    np.minimum(lots, STEPS * CYCLES, out=lots)
    worth = np.where(deals.chance > 0, deals.amount * CENTS, 0.0)
    cents = table[lots.astype(np.uint16)] * worth[:, None]
    return floats(np.rint(cents, out=cents))


def odds_against(chance: Floats, widening: float) -> Floats:
    """A certain win stays one under any shock."""
    return floats(np.where(chance < 1, np.exp(-widening * logit(chance)), 0.0))
