"""A forecast of each period that people ask for, as of a moment: worked out and kept whole."""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from forecasting.models import DealScore, Forecast, ForecastDeal, ForecastNode
from forecasting.quarter.backtest import Tell, forget_misaligned, is_aligned, looked_before, silent
from forecasting.quarter.calibration import Correction, correction
from forecasting.quarter.clock import local_day
from forecasting.quarter.curves import LEAST_ENDED, RATES, WonBy, by_rates, by_scores
from forecasting.quarter.looking import Look, Moment, corrected, look, moment_of, owners_of
from forecasting.quarter.summing import Summed, node_rows, summed
from forecasting.quarter.tree import places_of
from revenue.periods import Length, Period
from revenue.users.models import Org

DAYS_TO_CLOSE = 14  # after a period: wins of its last days are still being written down
DAYS_FILLED = 31
DAYS_KEPT = 120  # of every forecast; older ones, one a week
CHUNK = 2_000
NO_WINS = "No deal has been won yet: how many are won, and for how much, is not known."
FEW_WINS = (
    f"Fewer than {LEAST_ENDED} deals were won, or lost: chances are shrunken rates of all deals of"
    " an age."
)
NO_CURVES = "The deals are not scored by a model yet: chances are rates of all deals of an age."
NO_PAST = (
    "No past period could be looked at yet: the width of the band is a usual one, not learned from"
    " this org."
)


def periods_for(org: Org, *, as_of: datetime) -> list[Period]:
    """What pages show: this month, this quarter and the next, this year; and what just ended."""
    today = local_day(org, as_of)
    now = {
        length: Period.of(today, length=length, first_month=org.fiscal_month)
        for length in (Length.QUARTER, Length.MONTH, Length.YEAR)
    }
    ended = [
        one.before() for one in now.values() if today < one.since + timedelta(days=DAYS_TO_CLOSE)
    ]
    return [now[Length.QUARTER], now[Length.QUARTER].after(), *list(now.values())[1:], *ended]


@dataclass(frozen=True, eq=False)
class Made:
    """Worked out, and not kept yet: the first takes long, and the other does not."""

    forecast: Forecast
    nodes: list[ForecastNode]
    deals: list[ForecastDeal]


@dataclass(frozen=True, eq=False)
class Forecasting:
    """What all periods of an org rest on, as of a moment."""

    moment: Moment
    curves: WonBy
    by: Correction

    @classmethod
    def of(cls, *, org: Org, as_of: datetime) -> "Forecasting":
        forget_other_counts(org)
        moment = moment_of(org=org, as_of=as_of)
        refs = moment.state.refs[moment.state.is_open]
        scored = by_scores(org=org, as_of=as_of, refs=refs)
        curves = scored or by_rates(moment.lives, refs)
        return cls(moment, curves, correction(looked_before(org, Length.QUARTER)))

    @property
    def periods(self) -> list[Period]:
        return periods_for(self.moment.org, as_of=self.moment.as_of)

    def made(self, period: Period, *, at: datetime) -> Made:
        found = look(self.moment, self.curves, period).at_level(self.by.level)
        deals = found.rows()
        places = places_of(self.moment.org, owners=owners_of(deals, found.new))
        method = corrected(found, self.by)
        worlds = summed(method, deals, places, weeks=len(period.weeks))
        made = Forecast(
            org=self.moment.org,
            length=period.length.value,
            since=period.since,
            until=period.until,
            as_of=self.moment.as_of,
            made_at=at,
            run=run_of(self.moment),
            source=found.source,
            method=method,
            worlds=packed(worlds),
            problem=problem_of(found, self.by),
            currency=self.moment.org.currency,
        )
        return Made(made, node_rows(made, worlds, found, places), deals)


def forecast(*, org: Org, as_of: datetime, at: datetime, tell: Tell = silent) -> list[Forecast]:
    work = Forecasting.of(org=org, as_of=as_of)
    found = []
    for period in work.periods:
        tell(f"Forecasting {period.label}")
        found.append(store(work.made(period, at=at)))
    thin(org=org, as_of=as_of)
    return found


def weeks_to_fill(org: Org, *, as_of: datetime) -> list[datetime]:
    """Of an org that nothing was foreseen of: the weeks before, of which scores were filled in."""
    if Forecast.objects.filter(org=org).exists():
        return []
    since = as_of - timedelta(days=DAYS_FILLED)
    rows = DealScore.objects.of(org).filter(as_of__lt=as_of, as_of__gte=since)
    return list(rows.order_by("as_of").values_list("as_of", flat=True).distinct())


def forget_other_counts(org: Org) -> None:
    """What was said in another currency, or of another fiscal year, stands beside nothing now."""
    rows = Forecast.objects.filter(org=org)
    rows.exclude(currency__in=["", org.currency]).delete()
    for length, since in set(rows.values_list("length", "since")):
        if not is_aligned(org, length, since):
            rows.filter(length=length, since=since).delete()
    forget_misaligned(org)


def packed(worlds: Summed) -> bytes:
    total = worlds.cents.sum(axis=0).astype("<i8")
    return zlib.compress(total.tobytes(), level=6)


def unpacked(worlds: bytes | memoryview) -> Any:
    """The org's total in cents, by draw."""
    return np.frombuffer(zlib.decompress(bytes(worlds)), dtype="<i8")


def problem_of(found: Look, by: Correction) -> str:
    said = []
    if not found.moment.state.is_won.any():
        said.append(NO_WINS)
    elif found.source == RATES:
        won = int(found.moment.state.is_won.sum())
        said.append(FEW_WINS if won < LEAST_ENDED else NO_CURVES)
    if not by.periods:
        said.append(NO_PAST)
    return " ".join(said)


def run_of(moment: Moment) -> Any:
    row = DealScore.objects.of(moment.org).filter(as_of=moment.as_of).select_related("run").first()
    return row.run if row else None


@transaction.atomic
def store(found: Made) -> Forecast:
    """In the place of one of the same moment; older ones are the latest no more."""
    made = found.forecast
    # Two jobs of one org would both take theirs for the latest.
    Org.objects.select_for_update(no_key=True).get(pk=made.org_id)
    same = Forecast.objects.filter(org=made.org, length=made.length, since=made.since)
    same.filter(as_of=made.as_of).delete()
    newer = same.filter(as_of__gt=made.as_of).exists()
    if not newer:
        same.filter(is_latest=True).update(is_latest=False)
    made.is_latest = not newer
    made.save()
    for node in found.nodes:
        node.forecast = made
    for deal in found.deals:
        deal.forecast = made
    ForecastNode.objects.bulk_create(found.nodes, batch_size=CHUNK)
    ForecastDeal.objects.bulk_create(found.deals, batch_size=CHUNK)
    return made


@transaction.atomic
def thin(*, org: Org, as_of: datetime) -> None:
    """One a day; after months one a week. Deals of those that are not the latest, one a week."""
    rows = Forecast.objects.filter(org=org)
    seen: set[tuple[Any, ...]] = set()
    weekly: set[tuple[Any, ...]] = set()
    dropped, without = [], []
    old = as_of - timedelta(days=DAYS_KEPT)
    newest_first = rows.order_by("-as_of", "-id")
    for pk, length, since, then, is_latest in newest_first.values_list(
        "pk", "length", "since", "as_of", "is_latest"
    ):
        week = (length, since, *then.isocalendar()[:2])
        day = (length, since, then.date()) if then >= old else week
        if not is_latest and day in seen:
            dropped.append(pk)
            continue
        seen.add(day)
        if week in weekly and not is_latest:
            without.append(pk)
        if not is_latest:
            weekly.add(week)
    rows.filter(pk__in=dropped).delete()
    ForecastDeal.objects.filter(org=org, forecast__in=without).delete()
