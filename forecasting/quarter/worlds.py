"""All that a period may bring, many times: won so far, what is open, and what is not there yet.

The forecast, its bridge and every what-if rest on the same worlds: each deal, owner, team and
segment has random numbers of its own, so two runs differ only by what was changed between them.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any

import numpy as np

from forecasting.models import Forecast, ForecastDeal, ForecastNode
from forecasting.quarter.calibration import MOST_SHOCK
from forecasting.quarter.new_deals import Each, NewBusiness, simulated
from forecasting.quarter.simulation import (
    CENTS,
    OpenDeals,
    Ratios,
    ShockedOdds,
    Shocks,
    SimulationError,
    Worlds,
    cents_of,
    lots_of,
    shocked_odds,
    simulate,
)
from forecasting.quarter.streams import Stream, keys_of, states_of
from revenue.ml.arrays import Floats, Ints, floats

LEVELS = (0.1, 0.5, 0.9)
CENT = Decimal("0.01")
NOBODY = "-"  # the team of owners who stand nowhere in the hierarchy
AT_ONCE = 16  # deals, as in the simulation
__all__ = ["Band", "Each", "Inputs", "Method", "NewBusiness", "Worlds", "band", "by_week", "run"]


@dataclass(frozen=True)
class Method:
    """What the draws take that is no deal. `level` is of open and new deals; see `finished`."""

    shocks: Shocks = field(default_factory=Shocks)
    ratios: Ratios = field(default_factory=Ratios)
    each: Each = field(default_factory=Each)
    level: float = 1.0
    widening: float = 1.0
    draws: int = 10_000
    seed: int = 1

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Method":
        """Of `Forecast.method`; what it says beside that is passed over.

        No past teaches a larger shock than the most: what says so is read as that.
        """
        new = data["new"]
        try:
            return cls(
                shocks=Shocks(
                    **{name: min(float(one), MOST_SHOCK) for name, one in data["shocks"].items()}
                ),
                ratios=Ratios(tuple(float(one) for one in data["ratios"])),
                each=Each(float(new["spread"]), float(new["each_mean"]), float(new["each_sd"])),
                level=float(data["level"]),
                widening=float(data["widening"]),
                draws=int(data["draws"]),
                seed=int(data["seed"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise SimulationError(f"The method of a forecast cannot be read: {error}.") from None

    def as_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "draws": self.draws,
            "shocks": asdict(self.shocks),
            "ratios": list(self.ratios.quantiles),
            "level": self.level,
            "widening": self.widening,
            "new": {
                "spread": self.each.spread,
                "each_mean": self.each.mean,
                "each_sd": self.each.sd,
            },
        }


@dataclass(frozen=True, eq=False)
class Inputs:
    """`closed` is by owner, in units of the currency."""

    deals: OpenDeals
    closed: Floats
    new: NewBusiness
    method: Method

    def __post_init__(self) -> None:
        if len(self.new.expected) != len(self.closed):
            raise SimulationError(
                "Each owner needs what is closed and what new deals are expected."
            )
        if len(self.deals) and int(self.deals.owner.max()) >= len(self.closed):
            raise SimulationError("A deal belongs to an owner who is not there.")

    @property
    def owners(self) -> int:
        return len(self.closed)

    def of(self, owners: Ints) -> "Inputs":
        """Of these alone, in this order: their worlds are the same as among all."""
        place = np.full(self.owners, -1)
        place[owners] = np.arange(len(owners))
        deals = self.deals.take(place[self.deals.owner] >= 0)
        return Inputs(
            replace(deals, owner=place[deals.owner]),
            self.closed[owners],
            NewBusiness(self.new.expected[owners], self.new.key[owners]),
            self.method,
        )


@dataclass(frozen=True)
class Band:
    p10: Decimal
    p50: Decimal
    p90: Decimal
    mean: Decimal


def run(inputs: Inputs, *, threads: int = 2) -> Worlds:
    """By owner and draw, in cents: everything that the period brings."""
    method = inputs.method
    worlds = simulate(
        inputs.deals,
        shocks=method.shocks,
        ratios=method.ratios,
        owners=inputs.owners,
        draws=method.draws,
        seed=method.seed,
        threads=threads,
    )
    found = worlds.cents
    found += simulated(inputs.new, method.each, draws=method.draws, seed=method.seed)
    for row, closed in zip(found, closed_cents(inputs), strict=True):
        row[:] = finished(row, closed, method)
    return Worlds(found)


def closed_cents(inputs: Inputs) -> Floats:
    return floats(np.rint(inputs.closed * CENTS))


def finished(raw: Floats, closed: float, method: Method) -> Floats:
    """An owner's total: what is closed, and the rest at its level, widened about its mean.

    No world brings less than what is closed. That cuts off losses alone, so the rest is then
    scaled back to its mean. Whole cents by owner, so that teams add up in every world.
    """
    rest = raw * method.level
    mean = rest.mean()
    if method.widening != 1 and mean > 0:
        rest = np.maximum(mean + method.widening * (rest - mean), 0)
        rest *= mean / rest.mean()
    return floats(np.rint(closed + rest))


def band(draws: Floats) -> Band:
    """Of draws in units of the currency."""
    return Band(*(to_the_cent(one) for one in (*np.quantile(draws, LEVELS), draws.mean())))


def to_the_cent(value: float) -> Decimal:
    return Decimal(str(round(float(value), 2))).quantize(CENT)


def by_week(
    inputs: Inputs, *, weeks: Floats, new_weeks: Sequence[float], owners: Ints, threads: int = 2
) -> Floats:
    """What these owners have won by the end of each week, by week and draw.

    `weeks` is by deal and week, and `new_weeks` by week: the share by the week's end. A deal's lot
    says its week too. The last week is the total of `run`, exactly.
    """
    chosen = np.isin(inputs.deals.owner, owners)
    some, shares = inputs.of(owners), weeks[chosen]
    odds = shocked_odds(
        some.deals, some.method.shocks, draws=some.method.draws, seed=some.method.seed
    )
    states = states_of(some.deals.key, seed=some.method.seed, use="deal")
    coming = new_shares(new_weeks, number=weeks.shape[1])
    closed = closed_cents(some)

    def of_group(group: Ints) -> Floats:
        total = np.zeros((weeks.shape[1], some.method.draws))
        for owner in group.tolist():
            own = np.flatnonzero(some.deals.owner == owner)
            raw = week_sums(some, own, shares, odds, states)
            new = simulated(
                NewBusiness(some.new.expected[[owner]], some.new.key[[owner]]),
                some.method.each,
                draws=some.method.draws,
                seed=some.method.seed,
            )
            raw += np.diff(coming, prepend=0.0)[:, None] * new
            total += paths_of(raw, closed[owner], some.method)
        return total

    groups = [np.arange(at, some.owners, threads) for at in range(threads)]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        found = sum(pool.map(of_group, groups), start=np.zeros(()))
    return floats(found / CENTS)


def new_shares(shares: Sequence[float], *, number: int) -> Floats:
    """By each week's end; evenly where nothing is known of it."""
    known = floats(shares) if len(shares) == number else (np.arange(number) + 1) / number
    known = np.maximum.accumulate(np.clip(known, 0, 1))
    known[-1] = 1.0
    return floats(known)


def week_sums(inputs: Inputs, own: Ints, shares: Floats, odds: ShockedOdds, states: Any) -> Floats:
    """Of one owner's open deals, won in each week, by week and draw."""
    found = np.zeros((shares.shape[1], inputs.method.draws))
    table, stream = inputs.method.ratios.table(), Stream()
    for at in range(0, len(own), AT_ONCE):
        block = own[at : at + AT_ONCE]
        deals = inputs.deals.take(block)
        lots = lots_of(deals, odds, states[block], stream, widening=inputs.method.shocks.widening)
        won = [np.flatnonzero(row < 1) for row in lots]
        week = [
            np.searchsorted(share[:-1], row[draws], side="right")
            for share, row, draws in zip(shares[block], lots, won, strict=True)
        ]
        cents = cents_of(deals, lots, table)
        for row, draws, weeks in zip(cents, won, week, strict=True):
            found[weeks, draws] += row[draws]
    return found


def paths_of(raw: Floats, closed: float, method: Method) -> Floats:
    """The way to the total: of each world its own, and where a world had none the usual one."""
    way = raw.cumsum(axis=0)
    # Whole cents but for new business, whose parts by week need not be: their sum is.
    whole = np.rint(way[-1])
    usual = way.mean(axis=1, keepdims=True)
    usual = usual / usual[-1] if usual[-1] > 0 else np.linspace(0, 1, len(raw))[:, None]
    share = np.where(whole > 0, way / np.where(whole > 0, whole, 1), usual)
    share[-1] = 1.0
    return floats(np.rint(closed + (finished(whole, closed, method) - closed) * share))


def teams_of(nodes: Iterable[tuple[str, str | None, bool, Sequence[str]]]) -> dict[str, str]:
    """By owner, whose team they are in: a leader's own deals are in their own team.

    Of nodes their key, parent, whether all below is in them, and owners.
    """
    rows = list(nodes)
    above = {parent for _, parent, _, _ in rows} | {
        key for key, _, is_total, _ in rows if not is_total
    }
    found: dict[str, str] = {}
    for key, parent, is_total, owners in rows:
        if not is_total:
            found |= dict.fromkeys(owners, key)
        elif key and key not in above:
            found |= dict.fromkeys(owners, NOBODY if key == NOBODY else parent or "")
    return found


def inputs_of(forecast: Forecast) -> tuple[Inputs, list[str], list[str]]:
    """From stored rows: inputs, the refs of owners, and those of open deals, in their order."""
    nodes = ForecastNode.objects.filter(forecast=forecast)
    deals = ForecastDeal.objects.filter(forecast=forecast).order_by("opportunity_ref")
    return inputs_from(
        forecast.method,
        deals=deals.only("opportunity_ref", "owner_ref", "segment", "standing", "amount", "chance"),
        teams=teams_of(nodes.values_list("key", "parent", "is_total", "owners")),
    )


def inputs_from(
    method: Mapping[str, Any], *, deals: Iterable[ForecastDeal], teams: Mapping[str, str]
) -> tuple[Inputs, list[str], list[str]]:
    """The same from rows that need not be stored, so that what is stored gives what was shown."""
    rows = list(deals)
    expected = method["new"].get("by_owner", {})
    owners = sorted({*teams, *expected, *(row.owner_ref or "" for row in rows)})
    place = {ref: at for at, ref in enumerate(owners)}
    closed = np.zeros(len(owners))
    for row in rows:
        if row.standing == ForecastDeal.Standing.WON:
            closed[place[row.owner_ref or ""]] += np.rint(float(row.amount or 0) * CENTS)
    opened = [row for row in rows if row.standing == ForecastDeal.Standing.OPEN]
    refs = [row.opportunity_ref for row in opened]
    inputs = Inputs(
        deals=OpenDeals(
            chance=floats([row.chance for row in opened]),
            amount=floats([row.amount or 0 for row in opened]),
            owner=np.array([place[row.owner_ref or ""] for row in opened], dtype=np.int64),
            team=keys_of(teams.get(row.owner_ref or "", NOBODY) for row in opened),
            segment=keys_of(row.segment for row in opened),
            key=keys_of(refs),
        ),
        closed=closed / CENTS,
        new=NewBusiness(floats([expected.get(ref, 0) for ref in owners]), keys_of(owners)),
        method=Method.from_json(method),
    )
    return inputs, owners, refs
