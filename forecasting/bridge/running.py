"""The worlds of a period while one thing after another is changed in them.

Cents are whole numbers, so that what a deal brought is taken out as exactly as it was put in: a
step costs only the deals that it changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from forecasting.quarter.new_deals import Each, NewBusiness, simulated
from forecasting.quarter.simulation import CENTS, OpenDeals, simulate
from forecasting.quarter.streams import keys_of
from forecasting.quarter.worlds import Method, finished, to_the_cent
from revenue.ml.arrays import Floats, floats


@dataclass(frozen=True)
class Deal:
    ref: str
    owner: str
    team: str
    segment: str
    amount: float
    chance: float
    is_won: bool = False


@dataclass(frozen=True)
class State:
    """What one forecast rests on; `rosters` are the owners of each team."""

    deals: Mapping[str, Deal]
    expected: Mapping[str, float]
    method: Method
    rosters: Mapping[str, Sequence[str]]

    @property
    def owners(self) -> set[str]:
        of_teams = (owner for roster in self.rosters.values() for owner in roster)
        return {*(deal.owner for deal in self.deals.values()), *self.expected, *of_teams}


class Running:
    def __init__(self, state: State, *, owners: Sequence[str], threads: int = 2) -> None:
        self.owners, self.threads = list(owners), threads
        self.place = {ref: at for at, ref in enumerate(self.owners)}
        self.keys = keys_of(self.owners)
        self.method, self.expected = state.method, dict(state.expected)
        self.deals = dict(state.deals)
        self.draw_anew()

    def draw_anew(self) -> None:
        self.closed = np.zeros(len(self.owners))
        for deal in self.deals.values():
            if deal.is_won:
                self.closed[self.place[deal.owner]] += cents(deal.amount)
        self.opened = self.drawn([deal for deal in self.deals.values() if not deal.is_won])
        self.coming = self.to_come()
        self.totals = np.empty_like(self.opened)
        self.finish(range(len(self.owners)))

    def drawn(self, deals: Sequence[Deal]) -> Floats:
        worlds = simulate(
            OpenDeals(
                chance=floats([deal.chance for deal in deals]),
                amount=floats([deal.amount for deal in deals]),
                owner=np.array([self.place[deal.owner] for deal in deals], dtype=np.int64),
                team=keys_of(deal.team for deal in deals),
                segment=keys_of(deal.segment for deal in deals),
                key=keys_of(deal.ref for deal in deals),
            ),
            shocks=self.method.shocks,
            ratios=self.method.ratios,
            owners=len(self.owners),
            draws=self.method.draws,
            seed=self.method.seed,
            threads=self.threads,
        )
        return worlds.cents

    def to_come(self) -> Floats:
        expected = floats([self.expected.get(ref, 0.0) for ref in self.owners])
        method = self.method
        return simulated(
            NewBusiness(expected, self.keys), method.each, draws=method.draws, seed=method.seed
        )

    def finish(self, places: Iterable[int]) -> None:
        for at in places:
            raw = self.opened[at] + self.coming[at]
            self.totals[at] = finished(raw, self.closed[at], self.method)

    def change(self, pairs: Sequence[tuple[Deal | None, Deal | None]]) -> None:
        """Each deal as it was, and as it is from here on."""
        if not pairs:
            return
        for sign, deals in (
            (-1, [old for old, _ in pairs if old is not None]),
            (1, [new for _, new in pairs if new is not None]),
        ):
            for deal in deals:
                if deal.is_won:
                    self.closed[self.place[deal.owner]] += sign * cents(deal.amount)
            if still_open := [deal for deal in deals if not deal.is_won]:
                self.opened += sign * self.drawn(still_open)
        for old, new in pairs:
            if new is not None:
                self.deals[new.ref] = new
            elif old is not None:
                del self.deals[old.ref]
        self.finish(sorted({self.place[one.owner] for pair in pairs for one in pair if one}))

    def switch(self, method: Method) -> None:
        if method != self.method:
            self.method = method
            self.draw_anew()

    def expect(self, expected: Mapping[str, float], each: Each) -> None:
        self.expected = dict(expected)
        self.method = Method(**{**vars(self.method), "each": each})
        self.coming = self.to_come()
        self.finish(range(len(self.owners)))

    def middles(self, rosters: Mapping[str, Sequence[str]]) -> dict[str, Decimal]:
        """The P50 of each team."""
        found = {}
        for team, roster in rosters.items():
            places = [self.place[ref] for ref in roster if ref in self.place]
            draws = self.totals[places].sum(axis=0) / CENTS
            found[team] = to_the_cent(float(np.quantile(draws, 0.5)))
        return found


def cents(amount: float) -> float:
    return float(np.rint(amount * CENTS))
