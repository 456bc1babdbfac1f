"""Deals of two stretches of time, what they may be told apart by, and the days of each step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.deals.sizes import sizes_of
from forecasting.diagnosis.closed import Closed, Dimension
from revenue.ml.arrays import Flags, Floats, floats

CYCLES = ((30, "Under a month"), (90, "1–3 months"), (180, "3–6 months"), (365, "6–12 months"))
LONGEST_CYCLE = "Over a year"
TITLES = {
    "region": "Region",
    "industry": "Industry",
    "size": "Employees",
    "source": "Source",
    "product": "Product",
    "kind": "Deal type",
    "seller": "Seller",
    "team": "Team",
    "division": "Division",
    "cycle": "Length of the cycle",
}
# How long a deal took is known at its end, and follows from it: told, and no cause of it.
FOLLOWS = ("cycle",)
MOST_LEVELS = 60
LEAST_OF_LEVEL = 5
OTHERS = "All others"


@dataclass(frozen=True)
class Stretches:
    """From `since` to `turn`, beside from `turn` to `until`; the last day is outside."""

    since: date
    turn: date
    until: date

    def __post_init__(self) -> None:
        if not self.since < self.turn < self.until:
            raise ValueError("Give three days in the order of time.")


@dataclass(frozen=True, eq=False)
class Reading:
    """`deals` and `closed` have the same rows in the same order.

    `steps` are those of all deals, also of open ones, each in the stretch of its own day: NaN where
    it was taken outside both. `days` says when. `made` are the deals that were made in either.
    """

    deals: pd.DataFrame
    closed: Closed
    steps: Closed
    days: NDArray[np.datetime64]
    made: pd.DataFrame

    def without(self, names: Sequence[str]) -> "Reading":
        closed, steps = (
            replace(
                one, dimensions=tuple(each for each in one.dimensions if each.name not in names)
            )
            for one in (self.closed, self.steps)
        )
        return replace(self, closed=closed, steps=steps)


def reading_of(
    deals: pd.DataFrame, ways: pd.DataFrame, sellers: pd.DataFrame, stretches: Stretches
) -> Reading:
    values = told_apart(deals, sellers)
    days = pd.to_datetime(deals["close_date"]).to_numpy().astype("datetime64[D]")
    first, turn, last = (
        np.datetime64(one) for one in (stretches.since, stretches.turn, stretches.until)
    )
    closed = deals["is_closed"].to_numpy(dtype=bool) & (days >= first) & (days < last)
    won = deals["is_won"].to_numpy(dtype=bool) & closed
    stages, reached_on = way_of(deals["ref"], ways)
    ended_on = np.where(closed, days, np.datetime64("NaT"))
    passed, stepped_on = steps_of(reached_on, won=won, ended_on=ended_on)
    within = (stepped_on >= first) & (stepped_on < last)
    steps = Closed(
        now=ended_on >= turn,
        value=floats(deals["value"].fillna(0)),
        dimensions=tuple(
            Dimension.of(name, one) for name, one in values.items() if len(set(one)) > 1
        ),
        passed=np.where(within, passed, np.nan),
        steps=stages or ("All the way",),
        stepped_now=stepped_on >= turn,
    )
    chosen = np.flatnonzero(closed)
    of_closed = Closed(
        now=steps.now[chosen],
        value=steps.value[chosen],
        dimensions=tuple(one.take(chosen) for one in steps.dimensions),
        passed=passed[chosen],
        steps=steps.steps,
        # What a deal never came to would have come when it ended.
        stepped_now=np.where(np.isnat(stepped_on), steps.now[:, None], stepped_on >= turn)[chosen],
    )
    told = deals.assign(**values).iloc[chosen].reset_index(drop=True)
    seen = np.flatnonzero(within.any(axis=1))
    made_on = deals["created_at"].dt.tz_convert(None).to_numpy().astype("datetime64[D]")
    made = deals[(made_on >= first) & (made_on < last)]
    return Reading(told, of_closed, steps.take(seen), stepped_on[seen], made)


def told_apart(deals: pd.DataFrame, sellers: pd.DataFrame) -> Mapping[str, list[str]]:
    owner = deals["owner_ref"].astype(object).where(deals["owner_ref"].notna(), "")
    boss = owner.map(sellers["manager_ref"])
    above = boss.map(sellers["manager_ref"])
    country, of_seller = text(deals["country"]), text(owner.map(sellers["region"]))
    took = pd.to_datetime(deals["close_date"], utc=True) - pd.to_datetime(deals["created_at"])
    found = {
        "region": [mine or theirs for mine, theirs in zip(of_seller, country, strict=True)],
        "industry": text(deals["industry"]),
        "size": sizes_of(deals["employees"].to_numpy()).tolist(),
        "source": text(deals["source"]),
        "product": text(deals["product"]),
        "kind": text(deals["kind"]),
        "seller": text(owner.map(sellers["name"])),
        "team": text(boss.map(sellers["name"])),
        "division": text(above.map(sellers["name"])),
        "cycle": [cycle_of(days) for days in took.dt.days],
    }
    return {name: few_levels(one) for name, one in found.items()}


def text(column: "pd.Series[str]") -> list[str]:
    return [one if isinstance(one, str) else "" for one in column.astype(object)]


def cycle_of(days: float) -> str:
    return next((name for most, name in CYCLES if days < most), LONGEST_CYCLE)


def few_levels(values: list[str]) -> list[str]:
    """What only a handful of deals have cannot be judged alone."""
    counts = pd.Series(values).value_counts()
    kept = set(counts[counts >= LEAST_OF_LEVEL].index[:MOST_LEVELS])
    return [one if one in kept or not one else OTHERS for one in values]


def way_of(
    refs: "pd.Series[str]", ways: pd.DataFrame
) -> tuple[tuple[str, ...], NDArray[np.datetime64]]:
    """Stages in order, and of each deal the first day on which it had come so far, or farther."""
    if not len(ways):
        return (), np.full((len(refs), 1), np.datetime64("1970-01-01"))
    order = ways.groupby("stage")["probability"].median()
    if order.isna().all():
        order = ways.groupby("ref").cumcount().groupby(ways["stage"]).mean()
    common = ways["stage"].value_counts()
    stages = [str(one) for one in order.sort_values().index if common[one] >= LEAST_OF_LEVEL]
    rank = {stage: at for at, stage in enumerate(stages)}
    day = pd.to_datetime(ways["at"], utc=True).dt.tz_localize(None).dt.floor("D")
    first = day.groupby([ways["ref"], ways["stage"].map(rank)]).min().unstack()
    first = first.reindex(index=refs, columns=range(len(stages)))
    found = first.to_numpy().astype("datetime64[D]")
    # Who never had the first stage on record began there, or was past it.
    found[:, 0] = np.where(np.isnat(found[:, 0]), np.datetime64("1970-01-01"), found[:, 0])
    for at in range(found.shape[1] - 2, -1, -1):
        found[:, at] = np.fmin(found[:, at], found[:, at + 1])
    return tuple(stages), found


def steps_of(
    reached_on: NDArray[np.datetime64], *, won: Flags, ended_on: NDArray[np.datetime64]
) -> tuple[Floats, NDArray[np.datetime64]]:
    """Of each stage whether it was passed, NaN where it is not known yet, and the day."""
    nowhere = np.full((len(won), 1), np.datetime64("NaT"))
    next_on = np.concatenate([reached_on[:, 1:], nowhere], axis=1)
    next_on = np.where(won[:, None] & np.isnat(next_on), ended_on[:, None], next_on)
    is_passed = ~np.isnat(next_on)
    far = is_passed.sum(axis=1)
    lost_here = (np.arange(reached_on.shape[1])[None, :] == far[:, None]) & (
        ~np.isnat(ended_on) & ~won
    )[:, None]
    passed = np.select([is_passed, lost_here], [1.0, 0.0], np.nan)
    return floats(passed), np.where(
        is_passed, next_on, np.where(lost_here, ended_on[:, None], nowhere)
    )
