"""When open deals are won: the curves of a model, as far as a period goes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from forecasting.deals.calendar_chance import WEEK as WEEK_S
from forecasting.deals.calendar_chance import cells, weeks_of
from forecasting.deals.dataset import learnable, rows_at
from forecasting.deals.moments import Lives, moments_of, open_at
from forecasting.deals.training import SETTINGS
from forecasting.models import DealScore
from forecasting.quarter.bending import Bends, bends_of
from forecasting.quarter.clock import begin_of
from revenue.ml.arrays import Anything, Flags, Floats, floats
from revenue.ml.curves import walked
from revenue.ml.frames import Frame, FrameError, with_all_of
from revenue.ml.hazard import Hazard, fit_hazard, settings_of
from revenue.ml.weeks import LOST, OPEN, WON
from revenue.periods import Period
from revenue.users.models import Org

WEEKS = 26
HELD = 10.0  # of the features of a hazard that is learned anew for each past period
LEAST_ENDED = 40  # won, and as many lost: below that no model is learned
DAYS_A_WEEK = 7.0
MODEL, RATES = "model", "rates"


@dataclass(frozen=True, eq=False)
class WonBy:
    """Of each deal the chance of being won by the end of each coming week, and at all."""

    by_week: Floats
    at_all: Floats
    source: str

    def within(self, days: float) -> Floats:
        """Of being won within so many days; later than the curves go, what is left comes evenly."""
        weeks = max(days, 0.0) / DAYS_A_WEEK
        length = self.by_week.shape[1]
        if weeks >= length:
            last = self.by_week[:, -1]
            more = min((weeks - length) / length, 1.0)
            return floats(last + more * np.maximum(self.at_all - last, 0))
        low = int(weeks)
        before = self.by_week[:, low - 1] if low else np.zeros(len(self.by_week))
        return floats(before + (weeks - low) * (self.by_week[:, low] - before))


Until = Callable[[date], float]


def days_from(org: Org, as_of: datetime) -> Until:
    """How many days are left until a day begins where the org is."""

    def until(day: date) -> float:
        return max((begin_of(org, day) - as_of).total_seconds() / 86_400, 0.0)

    return until


def in_period(found: WonBy, *, until: Until, period: Period) -> tuple[Floats, Floats]:
    """Of being won within it, and the share of that by the end of each of its weeks."""
    begin = found.within(until(period.since))
    chance = np.clip(found.within(until(period.until)) - begin, 0, 1)
    shares = np.zeros((len(chance), len(period.weeks)))
    for place, end in enumerate(week_ends(period)):
        by_then = found.within(until(end)) - begin
        with np.errstate(invalid="ignore", divide="ignore"):
            shares[:, place] = np.where(chance > 0, by_then / chance, 1.0)
    return floats(chance), np.clip(shares, 0, 1)


def week_ends(period: Period) -> list[date]:
    return [*period.weeks[1:], period.until]


@dataclass(frozen=True, eq=False)
class Learned:
    hazard: Hazard
    bends: Bends


def learn(lives: Lives, *, as_of: datetime) -> Learned | None:
    """None where too few deals have ended by then."""
    frame = learnable(rows_at(lives, moments_of(lives))).frame
    if too_few(frame):
        return None
    settings = settings_of(frame, SETTINGS)
    until = np.datetime64(as_of.astimezone(UTC).replace(tzinfo=None), "s")
    try:
        hazard = fit_hazard(frame, until=until, settings=settings, hold=HELD)
    except FrameError:
        return None
    return Learned(hazard, bends_of(hazard, frame, until=until))


def too_few(frame: Frame) -> bool:
    ends = frame.is_known
    won = len(np.unique(frame.group[ends & (frame.label > 0)]))
    lost = len(np.unique(frame.group[ends & (frame.label <= 0)]))
    return min(won, lost) < LEAST_ENDED


def by_hazard(lives: Lives, learned: Learned, refs: Anything) -> WonBy:
    frame = with_all_of(rows_at(lives, open_at(lives)), learned.hazard.encoder)
    won = learned.bends.bent(learned.hazard.curves(frame).won, frame)
    return aligned(refs, frame.ids, won, won[:, -1], source=MODEL)


def by_scores(*, org: Org, as_of: datetime, refs: Anything) -> WonBy | None:
    """As the live model has said of the very moment; none where it gives no curves."""
    rows = DealScore.objects.of(org).filter(as_of=as_of, won_by__isnull=False)
    said = list(rows.values_list("opportunity_ref", "won_by", "probability"))
    if not said:
        return None
    ids = np.array([ref for ref, _, _ in said], dtype=object)
    curves = floats([curve for _, curve, _ in said])
    return aligned(refs, ids, curves, floats([chance for _, _, chance in said]), source=MODEL)


def by_rates(lives: Lives, refs: Anything) -> WonBy:
    """Where there is no model: how deals of an age were won, drawn toward all."""
    moments = open_at(lives)
    past = weeks_of(lives)
    ages = (moments.at - lives.created[moments.deal]) // WEEK_S
    chances = np.zeros((len(moments), WEEKS, 3))
    for ahead in range(WEEKS):
        cell = cells(ages + ahead, moments.at + ahead * WEEK_S)
        chances[:, ahead, WON], chances[:, ahead, LOST] = past.chances(cell, moments.at)
    chances[:, :, OPEN] = np.maximum(1 - chances.sum(axis=2), 0)
    won = walked(chances).won
    ids = lives.refs.to_numpy(dtype=object)[moments.deal]
    return aligned(refs, ids, won, won[:, -1], source=RATES)


def aligned(refs: Anything, ids: Anything, curves: Floats, at_all: Floats, *, source: str) -> WonBy:
    """In the order of `refs`; of a deal that nothing is said of, what is said of most."""
    place = {ref: at for at, ref in enumerate(ids.tolist())}
    found = np.array([place.get(ref, -1) for ref in refs.tolist()], dtype=np.int64)
    if not len(ids):
        return WonBy(np.zeros((len(refs), WEEKS)), np.zeros(len(refs)), source)
    known: Flags = found >= 0
    by_week = np.where(known[:, None], curves[found], curves.mean(axis=0)[None, :])
    return WonBy(floats(by_week), np.where(known, at_all[found], at_all.mean()), source)
