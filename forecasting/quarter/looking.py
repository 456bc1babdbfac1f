"""A period as it looks at a moment: its deals as rows, and what is expected of each part."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
from scipy.optimize import brentq

from forecasting.deals.moments import Lives, lives_of
from forecasting.deals.reading import read_past
from forecasting.models import ForecastDeal
from forecasting.quarter.amounts import Amounts, amounts_of
from forecasting.quarter.calibration import Correction
from forecasting.quarter.curves import WonBy, days_from, in_period
from forecasting.quarter.new_business import Coming, coming
from forecasting.quarter.state import State, read_state
from forecasting.quarter.worlds import Each, Method
from revenue.ml.arrays import Anything, Floats, logit, sigmoid
from revenue.periods import Period
from revenue.users.models import Org

SEED = 20_261_121
DRAWS = 10_000
LEAST_CHANCE = 1e-4
MOST_SEGMENTS, OTHERS = 40, "Others"
TINY, FAR = 1e-6, 10.0
MOST_OF_ALL = 0.98  # of what all open deals are worth: no level lifts beyond
CENT = Decimal("0.01")


@dataclass(frozen=True, eq=False)
class Moment:
    """All that was known then, whatever period is asked for."""

    org: Org
    as_of: datetime
    state: State
    lives: Lives
    amounts: Amounts
    segments: Mapping[str, str]

    def segment_of(self, refs: Anything) -> list[str]:
        return [self.segments.get(ref, "") for ref in refs.tolist()]


def moment_of(*, org: Org, as_of: datetime) -> Moment:
    state = read_state(org=org, as_of=as_of)
    lives = lives_of(read_past(org=org, as_of=as_of))
    return Moment(org, as_of, state, lives, amounts_of(lives, state), segments_of(lives))


def segments_of(lives: Lives) -> dict[str, str]:
    """By deal, the industry of its customer."""
    past = lives.past
    industry = dict(zip(past.accounts["ref"], past.accounts["industry"], strict=True))
    pairs = zip(past.deals["ref"], past.deals["account_ref"], strict=True)
    found = {ref: str(industry.get(account) or "")[:120] for ref, account in pairs}
    # Where anybody may type an industry, those that few deals have share one luck.
    kept = {name for name, _ in Counter(found.values()).most_common(MOST_SEGMENTS)}
    return {ref: name if name in kept else OTHERS for ref, name in found.items()}


@dataclass(frozen=True, eq=False)
class Look:
    """`chance` and `weeks` are of the open deals, in the order of `opened`."""

    moment: Moment
    period: Period
    opened: State
    chance: Floats
    weeks: Floats
    worth: Floats
    won: State
    new: Coming
    source: str

    @property
    def method(self) -> Method:
        return Method(
            ratios=self.moment.amounts.spread,
            each=Each(self.new.spread, self.new.each_mean, self.new.each_sd),
            draws=DRAWS,
            seed=SEED,
        )

    def at_level(self, level: float) -> "Look":
        """All odds moved alike, so that what is expected of open deals is so many times as much."""
        return replace(self, chance=lifted(self.chance, self.worth, level))

    def rows(self) -> list[ForecastDeal]:
        """What each deal brings to it: those that cannot come within it are left out."""
        kept = np.flatnonzero(self.chance >= LEAST_CHANCE)
        opened, org = self.opened.take(kept), self.moment.org
        segments = self.moment.segment_of(opened.refs)
        found = [
            ForecastDeal(
                org=org,
                opportunity_ref=opened.refs[at],
                owner_ref=opened.owner[at] or None,
                segment=segments[at],
                standing=ForecastDeal.Standing.OPEN,
                stage=opened.stage[at],
                category=opened.category[at],
                close_date=day_of(opened.closes[at]),
                amount=money(self.worth[place]),
                chance=float(self.chance[place]),
                weeks=np.round(self.weeks[place], 6).tolist(),
            )
            for at, place in enumerate(kept.tolist())
        ]
        segments = self.moment.segment_of(self.won.refs)
        return found + [
            ForecastDeal(
                org=org,
                opportunity_ref=self.won.refs[at],
                owner_ref=self.won.owner[at] or None,
                segment=segments[at],
                standing=ForecastDeal.Standing.WON,
                stage=self.won.stage[at],
                category=self.won.category[at],
                close_date=day_of(self.won.closes[at]),
                amount=money(self.won.amount[at]),
                chance=1.0,
            )
            for at in range(len(self.won))
        ]


def lifted(chance: Floats, worth: Floats, level: float) -> Floats:
    some = (chance > 0) & (chance < 1)
    value = np.where(worth > 0, worth, 0.0)
    expected, most = float((chance * value).sum()), float(value[chance > 0].sum())
    wanted = min(level * expected, MOST_OF_ALL * most)
    if not some.any() or expected <= 0 or abs(wanted - expected) < TINY * expected:
        return chance
    odds = logit(chance[some])

    def missing(by: float) -> float:
        moved = chance.copy()
        moved[some] = sigmoid(odds + by)
        return float((moved * value).sum()) - wanted

    if missing(-FAR) > 0 or missing(FAR) < 0:
        return chance
    found = chance.copy()
    found[some] = sigmoid(odds + float(brentq(missing, -FAR, FAR)))
    return found


def look(moment: Moment, curves: WonBy, period: Period) -> Look:
    """`curves` are of the moment's open deals, in their order."""
    state = moment.state
    opened = state.take(state.is_open)
    until = days_from(moment.org, moment.as_of)
    chance, weeks = in_period(curves, until=until, period=period)
    return Look(
        moment=moment,
        period=period,
        opened=opened,
        chance=chance,
        weeks=weeks,
        worth=moment.amounts.expected(opened),
        won=state.take(state.won_in(period.since, period.until)),
        new=coming(state, period),
        source=curves.source,
    )


def corrected(found: Look, by: Correction) -> dict[str, Any]:
    """`Forecast.method`: what the worlds are drawn from. Open deals are at their level already."""
    plain = found.method
    method = Method(
        shocks=by.shocks,
        ratios=plain.ratios,
        each=plain.each,
        widening=by.widening,
        draws=plain.draws,
        seed=plain.seed,
    )
    said = method.as_json()
    owners = {ref: number * by.new_level for ref, number in found.new.by_owner.items()}
    said["new"] |= {"by_owner": owners, "mean": found.new.mean * by.new_level}
    said["open_level"], said["new_level"] = by.level, by.new_level
    said["new_weeks"] = list(found.new.weeks)
    said["history"] = by.periods
    said["amounts_seen"] = found.moment.amounts.seen
    return said


def owners_of(found: Sequence[ForecastDeal], new: Coming) -> set[str]:
    return {row.owner_ref or "" for row in found} | set(new.by_owner)


def money(value: float) -> Decimal | None:
    return None if not np.isfinite(value) else Decimal(str(round(float(value), 2))).quantize(CENT)


def day_of(day: Any) -> Any:
    return None if np.isnat(day) else day.astype(object)
