"""How near a forecast can come at best: who knows all that is hidden in a company but its luck.

`python -m benchmarks.floor [COMPANIES] [SCALE] [ORG] [FIRST_SEED]`: the same companies, quarters
and cut-offs as `benchmarks.backtests`. Of open deals it lives on many futures with the true hazard,
of deals that do not exist yet it makes other ones of the same customers at the true rates; what it
says is closed and the mean of both. Beside it what stands in the CRM then, weighed by stage, and
how far off the luck of such quarters alone usually puts whoever knows the rest (`usual_error`).
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as midnight
from statistics import NormalDist, fmean, median
from typing import Any

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import (
    DAY,
    NEVER,
    beginning_for,
    day_number,
    quarters_later,
    second_of,
)
from accounts.connectors.demo.chunk import Chunk, chunk_of
from accounts.connectors.demo.deals import CURRENCIES, Deals, deals_of
from accounts.connectors.demo.draws import Draws, Floats, Ints
from accounts.connectors.demo.futures import state_at
from accounts.connectors.demo.life import State, at_creation, live_a_week, move_moment
from accounts.connectors.demo.sellers import Sellers
from accounts.connectors.demo.setting import Setting
from accounts.connectors.demo.tables_deals import current_save
from accounts.connectors.demo.tables_people import DOLLARS

COMPANIES, SCALE, ORG, FIRST_SEED = 20, "medium", "meridian-cloud", 101
CUTS = {"day_1": 0, "week_4": 28, "week_8": 56}
QUARTERS = range(2, 10)  # of the company's life: those that the record judges
COPIES, ELSEWHERE = 64, 24
CHANCES = np.array(e.STAGE_PROBABILITY) / 100
MEDIAN_IN_SPREADS = NormalDist().inv_cdf(0.75)


@dataclass(frozen=True)
class Moment:
    """In the org's currency; `expected` and `spread` of open and of new deals."""

    seed: int
    since: str
    cut: str
    closed: float
    open_came: float
    open_expected: float
    open_spread: float
    new_came: float
    new_expected: float
    new_spread: float
    stage_weighted: float

    @property
    def actual(self) -> float:
        return self.closed + self.open_came + self.new_came

    @property
    def said(self) -> float:
        return self.closed + self.open_expected + self.new_expected

    @property
    def spread(self) -> float:
        return float(np.hypot(self.open_spread, self.new_spread))


@dataclass(frozen=True)
class Fates:
    """Of each deal when it is won, NEVER where it is not by then, and for how much."""

    created_at: Ints
    won_at: Ints
    worth: Floats

    def won_before(self, second: int) -> Floats:
        return np.where(self.won_at // DAY < second // DAY, self.worth, 0.0)


def company(seed: int, scale: str, slug: str, *, now: datetime) -> Iterator[Moment]:
    setting = Setting(slug, scale, seed, beginning_for(now))
    whole = [chunk_of(setting, part, second_of(now)) for part in range(setting.chunks)]
    others = [[elsewhere(one, number) for one in whole] for number in range(ELSEWHERE)]
    for number in QUARTERS:
        since, until = (quarters_later(setting.began, number + more) for more in (0, 1))
        for cut, days in CUTS.items():
            at, end = second(since + timedelta(days=days)), second(until)
            then = [chunk_of(setting, part, at) for part in range(setting.chunks)]
            opened = sum((of_open(chunk, end) for chunk in then), start=np.zeros(COPIES))
            new = [sum(of_new(one, at, end) for one in parts) for parts in others]
            closed, open_came, new_came = sum(
                (came(chunk, since, until, at) for chunk in whole), start=np.zeros(3)
            ).tolist()
            yield Moment(
                seed=seed,
                since=since.isoformat(),
                cut=cut,
                closed=closed,
                open_came=open_came,
                open_expected=float(opened.mean()),
                open_spread=float(opened.std()),
                new_came=new_came,
                new_expected=fmean(new),
                new_spread=float(np.std(new)),
                stage_weighted=closed + sum(weighed(chunk, since, until) for chunk in then),
            )


def second(day: date) -> int:
    return second_of(datetime.combine(day, midnight(), tzinfo=UTC))


def worth_in(setting: Setting, deals: Deals, cents: Ints) -> Floats:
    """In the org's currency, as rates are on the whole."""
    dollars = np.array([DOLLARS[name] for name in CURRENCIES]) / DOLLARS[setting.market.currency]
    return np.asarray(np.maximum(cents, 0) * dollars[deals.currency] / 100)


def lived_on(
    setting: Setting,
    sellers: Sellers,
    deals: Deals,
    state: State,
    week: Ints,
    *,
    until: int,
    copy: Ints | None = None,
) -> Fates:
    won_at, cents = np.full(len(deals), NEVER), np.zeros(len(deals), dtype=np.int64)
    active, nth = np.arange(len(deals)), week.copy()
    while len(active):
        begins = (deals.created_at[active] // DAY + 7 * nth[active]) * DAY
        active = active[(begins <= until) & (nth[active] < e.MOST_WEEKS)]
        part, lived, now = deals.take(active), state.take(active), nth[active]
        live_a_week(setting, sellers, part, lived, now, None if copy is None else copy[active])
        state.put(active, lived)
        won = lived.stage == e.WON
        won_at[active[won]] = move_moment(setting, part, now)[won]
        cents[active[won]] = lived.amount[won]
        nth[active] += 1
        active = active[lived.stage < e.OPEN_STAGES]
    return Fates(deals.created_at, won_at, worth_in(setting, deals, cents))


def of_open(chunk: Chunk, end: int) -> Floats:
    """What the open deals bring until then, in each of many futures."""
    state, week = state_at(chunk)
    is_open = (state.stage < e.OPEN_STAGES) & (chunk.deals.deleted_at == NEVER)
    rows = np.repeat(np.flatnonzero(is_open), COPIES)
    fates = lived_on(
        chunk.setting,
        chunk.sellers,
        chunk.deals.take(rows),
        state.take(rows),
        week[rows],
        until=end,
        copy=np.tile(1 + np.arange(COPIES), is_open.sum()),
    )
    return np.asarray(fates.won_before(end).reshape(-1, COPIES).sum(axis=0))


def elsewhere(chunk: Chunk, number: int) -> Fates:
    """Other deals of the same customers and sellers, who feel as they do, by other luck."""
    setting = replace(chunk.setting)
    setting.__dict__["draws"] = Draws("elsewhere", number, setting.seed, setting.org_slug)
    deals = deals_of(
        setting, chunk.sellers, chunk.companies, chunk.leads, chunk.satisfaction, chunk.until
    )
    deals = deals.take(np.flatnonzero(deals.deleted_at == NEVER))
    return lived_on(
        setting,
        chunk.sellers,
        deals,
        at_creation(setting, deals),
        np.zeros(len(deals), dtype=np.int64),
        until=chunk.until,
    )


def of_new(fates: Fates, at: int, end: int) -> float:
    return float(fates.won_before(end)[fates.created_at > at].sum())


def came(chunk: Chunk, since: date, until: date, at: int) -> Floats:
    """What the quarter brought: before, from deals that were open then, and from later ones."""
    deals, story = chunk.deals, chunk.story
    save, day = current_save(chunk), story.closed_at // DAY
    won = (story.saves.stage[save] == e.WON) & (deals.deleted_at == NEVER)
    won &= (day >= day_number(since)) & (day < day_number(until))
    worth = np.where(won, worth_in(chunk.setting, deals, story.saves.amount[save]), 0.0)
    before, later = story.closed_at <= at, deals.created_at > at
    return np.array([worth[which].sum() for which in (before, ~before & ~later, later)])


def weighed(chunk: Chunk, since: date, until: date) -> float:
    """Amount times the chance of the stage, of what is open and due in the quarter."""
    saves, save = chunk.story.saves, current_save(chunk)
    stage, day = saves.stage[save], saves.close_day[save]
    due = (chunk.deals.deleted_at > chunk.until) & (stage < e.OPEN_STAGES)
    due &= (day >= day_number(since)) & (day < day_number(until))
    worth = worth_in(chunk.setting, chunk.deals, saves.amount[save])
    return float((worth * CHANCES[stage])[due].sum())


def standing(moments: list[Moment]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for cut in CUTS:
        rows = [one for one in moments if one.cut == cut]
        actual = sum(one.actual for one in rows)
        found[cut] = {
            "quarters": len(rows),
            "knows_all": off([(one.said, one.actual) for one in rows], actual),
            "stage_weighted": off([(one.stage_weighted, one.actual) for one in rows], actual),
            "usual_error": round(
                MEDIAN_IN_SPREADS * fmean(one.spread / one.actual for one in rows), 4
            ),
        }
    return found


def off(pairs: list[tuple[float, float]], actual: float) -> dict[str, float]:
    return {
        "median_error": round(median(abs(said / came - 1) for said, came in pairs), 4),
        "bias": round(sum(said - came for said, came in pairs) / actual, 4),
    }


def main(companies: int, scale: str, slug: str, first: int) -> None:
    now, found = datetime.now(UTC), list[Moment]()
    for seed in range(first, first + companies):
        begun = time.perf_counter()
        moments = list(company(seed, scale, slug, now=now))
        found += moments
        took = round(time.perf_counter() - begun)
        line = {"seed": seed, "seconds": took, "moments": [asdict(one) for one in moments]}
        sys.stderr.write(json.dumps(line) + "\n")
    said = {"name": "floor", "companies": companies, "scale": scale, "org": slug}
    sys.stdout.write(json.dumps({**said, "standing": standing(found)}) + "\n")


if __name__ == "__main__":
    usual = (str(COMPANIES), SCALE, ORG, str(FIRST_SEED))
    number, wanted, org, first_one = (*sys.argv[1:], *usual[len(sys.argv) - 1 :])
    main(int(number), wanted, org, int(first_one))
