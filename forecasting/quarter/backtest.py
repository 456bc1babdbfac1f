"""What the forecast would have said of past periods, from what was known then, beside others.

Each period is looked at on its first day, after four weeks and after eight. For each a hazard is
learned from nothing later than its first day, and corrected by periods that were over by then.
Whose team a seller is in is taken as it is today: the CRM keeps no past of it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Min

from accounts.models import Opportunity
from forecasting.models import BacktestRow, ForecastCall
from forecasting.quarter.alternatives import beside
from forecasting.quarter.calibration import Correction, Looked, Part, correction
from forecasting.quarter.clock import begin_of, local_day
from forecasting.quarter.curves import Learned, WonBy, by_hazard, by_rates, learn
from forecasting.quarter.looking import Look, Moment, corrected, look, moment_of, owners_of
from forecasting.quarter.state import State, between, read_state
from forecasting.quarter.summing import cents, summed
from forecasting.quarter.tree import WHOLE, Place, is_team, places_of
from forecasting.quarter.worlds import band
from revenue.ml.arrays import Anything, Floats, floats
from revenue.periods import Length, Period
from revenue.users.models import Org

CUTS = {"day_1": 0, "week_4": 28, "week_8": 56}
WANTED = 8
MOST = 12
DRAWS = 4_000
LEAST_HISTORY = timedelta(days=170)  # before a period, for it to be looked at
Tell = Callable[[str], object]


def silent(_text: str) -> None:
    """Nobody waits for it."""


@dataclass(frozen=True, eq=False)
class Origin:
    period: Period
    cut: str
    as_of: datetime


def origins(*, org: Org, first: Any, today: Any, length: Length = Length.QUARTER) -> list[Origin]:
    """In order of time: of every period that is over, and began late enough."""
    now = Period.of(today, length=length, first_month=org.fiscal_month)
    found = []
    for number in range(MOST, 0, -1):
        period = now.before(number)
        if first is None or period.since < first + LEAST_HISTORY:
            continue
        for cut, days in CUTS.items():
            day = period.since + timedelta(days=days)
            if day < period.until:
                found.append(Origin(period, cut, begin_of(org, day)))
    return found


def backtest(
    *,
    org: Org,
    as_of: datetime,
    length: Length = Length.QUARTER,
    anew: bool = False,
    tell: Tell = silent,
) -> int:
    """How many moments were looked at anew; what is on record of others stays."""
    done = 0
    for rows in looks(org=org, as_of=as_of, length=length, anew=anew, tell=tell):
        store(rows)
        done += 1
    return done


def looks(
    *,
    org: Org,
    as_of: datetime,
    length: Length = Length.QUARTER,
    anew: bool = False,
    tell: Tell = silent,
) -> Iterator[list[BacktestRow]]:
    """The rows of each moment in turn, for whoever asked to keep them."""
    forget_misaligned(org)
    final = read_state(org=org, as_of=as_of)
    refresh(org, final)
    made = final.created[~np.isnat(final.created)]
    first = made.min().astype(object) if len(made) else None
    past = [] if anew else looked_before(org, length)
    known = {(one.period, one.cut) for one in past}
    learned: tuple[Period, Learned | None] | None = None
    ended = final
    for origin in origins(org=org, first=first, today=final.today, length=length):
        if (str(origin.period.since), origin.cut) in known:
            continue
        tell(f"{origin.period.label} as it looked on {origin.as_of:%-d %b %Y}")
        moment = moment_of(org=org, as_of=origin.as_of)
        if learned is None or learned[0] != origin.period:
            learned = origin.period, learn_then(moment, origin)
            # What came of it as it was known when it was over: later forecasts learn from that.
            ended = read_state(org=org, as_of=min(begin_of(org, origin.period.until), as_of))
        found = look(moment, curves_of(moment, learned[1]), origin.period)
        before = [one for one in past if one.period < str(origin.period.since)]
        seen, rows = rows_of(origin, found, ended, final, correction(before))
        past.append(seen)
        yield rows


def learn_then(moment: Moment, origin: Origin) -> Learned | None:
    """From what was known on the period's first day, also where its later days are asked for."""
    begin = begin_of(moment.org, origin.period.since)
    if begin != origin.as_of:
        moment = moment_of(org=moment.org, as_of=begin)
    return learn(moment.lives, as_of=begin)


def curves_of(moment: Moment, learned: Learned | None) -> WonBy:
    refs = moment.state.refs[moment.state.is_open]
    if learned is None:
        return by_rates(moment.lives, refs)
    return by_hazard(moment.lives, learned, refs)


def unseen(*, org: Org, as_of: datetime, length: Length = Length.QUARTER) -> list[Origin]:
    """Past moments that nobody has looked at yet."""
    deals = Opportunity.objects.of(org).present()
    made = deals.aggregate(first=Min("created_at"))["first"]
    first = local_day(org, made) if made else None
    known = {(one.period, one.cut) for one in looked_before(org, length)}
    wanted = origins(org=org, first=first, today=local_day(org, as_of), length=length)
    return [one for one in wanted if (str(one.period.since), one.cut) not in known]


def looked_before(org: Org, length: Length) -> list[Looked]:
    rows = BacktestRow.objects.filter(
        org=org, length=length.value, key=WHOLE, method=BacktestRow.Method.MODEL
    ).order_by("since", "as_of")
    return [Looked.from_json(str(row.since), row.cut, row.raw) for row in rows]


def rows_of(
    origin: Origin, found: Look, ended: State, final: State, by: Correction
) -> tuple[Looked, list[BacktestRow]]:
    org, deals = found.moment.org, found.at_level(by.level).rows()
    owners = owners_of(deals, found.new) | set(final.owner[won_then(final, origin.period)].tolist())
    places = places_of(org, owners=owners)
    seen = looked(origin, found, ended, places)
    worlds = summed(
        {**corrected(found, by), "draws": DRAWS}, deals, places, weeks=len(origin.period.weeks)
    )
    rows = []
    for place in places:
        if place.key != WHOLE and not (place.is_total and is_team(place, places)):
            continue
        of_place = {
            "org": org,
            "length": origin.period.length.value,
            "since": origin.period.since,
            "cut": origin.cut,
            "as_of": origin.as_of,
            "key": place.key,
            "name": place.name,
            "owners": list(place.owners),
            "actual": cents(worth_of(final, origin.period, place.owners)),
            "currency": org.currency,
        }
        said = band(worlds.total(place.owners))
        rows.append(
            BacktestRow(
                **of_place,
                method=BacktestRow.Method.MODEL,
                said=said.p50,
                p10=said.p10,
                p90=said.p90,
                raw=seen.as_json() if place.key == WHOLE else {},
            )
        )
        for method, value in others(origin, found, place).items():
            if value is not None:
                rows.append(BacktestRow(**of_place, method=method, said=value))
    return seen, rows


@transaction.atomic
def store(rows: Sequence[BacktestRow]) -> None:
    """All of one moment, in the place of what was said of it before."""
    one = rows[0]
    BacktestRow.objects.filter(
        org=one.org, length=one.length, since=one.since, cut=one.cut
    ).delete()
    BacktestRow.objects.bulk_create(rows)


def is_aligned(org: Org, length: str, since: date) -> bool:
    """By the org's fiscal year as it is now."""
    return Period.of(since, length=Length(length), first_month=org.fiscal_month).since == since


def forget_misaligned(org: Org) -> None:
    """What is on record in another currency, or of another fiscal year, is looked at anew."""
    rows = BacktestRow.objects.filter(org=org)
    rows.exclude(currency__in=["", org.currency]).delete()
    for length, since in set(rows.values_list("length", "since")):
        if not is_aligned(org, length, since):
            rows.filter(length=length, since=since).delete()


def refresh(org: Org, final: State) -> None:
    """Wins that were booked late, or taken back, count in the record as they are now."""
    changed = []
    worth: dict[tuple[Any, ...], Decimal | None] = {}
    for row in BacktestRow.objects.filter(org=org).defer("raw"):
        length = Length(row.length)
        period = Period.of(row.since, length=length, first_month=org.fiscal_month)
        key = (row.length, row.since, row.key)
        if key not in worth:
            worth[key] = cents(worth_of(final, period, row.owners))
        if row.actual != worth[key]:
            row.actual = worth[key]
            changed.append(row)
    BacktestRow.objects.bulk_update(changed, ["actual"], batch_size=500)


def won_then(final: State, period: Period) -> Anything:
    return final.won_in(period.since, period.until)


def worth_of(final: State, period: Period, owners: Sequence[str]) -> float:
    wanted = set(owners)
    mine = np.array([owner in wanted for owner in final.owner.tolist()], dtype=np.bool_)
    return float(np.nansum(final.amount[mine & won_then(final, period)]))


def others(origin: Origin, found: Look, place: Place) -> dict[str, Decimal | None]:
    said = beside(found.moment.state, origin.period, owners=place.owners)
    submitted, adjusted = calls_then(origin, found.moment.org, place.key)
    return {
        BacktestRow.Method.STAGE: cents(said.stage_weighted),
        BacktestRow.Method.CATEGORY: cents(said.category_weighted),
        BacktestRow.Method.YEAR_BEFORE: cents(said.year_before),
        BacktestRow.Method.SUBMITTED: submitted,
        BacktestRow.Method.ADJUSTED: adjusted,
    }


def calls_then(origin: Origin, org: Org, key: str) -> tuple[Decimal | None, Decimal | None]:
    rows = (
        ForecastCall.objects.of(org)
        .filter(
            length=origin.period.length.value,
            since=origin.period.since,
            key=key,
            made_at__lte=origin.as_of,
        )
        .order_by("-made_at", "-id")
    )
    found: dict[str, Decimal | None] = {}
    for row in rows:
        found.setdefault(row.kind, row.amount)
    return found.get(ForecastCall.Kind.SUBMISSION), found.get(ForecastCall.Kind.ADJUSTMENT)


def looked(origin: Origin, found: Look, final: State, places: Sequence[Place]) -> Looked:
    """Before any correction: what was expected of open and of new deals, and what came."""
    opened = found.opened
    came_of = dict(zip(final.refs.tolist(), came_in(final, origin.period).tolist(), strict=True))
    came = floats([came_of.get(ref, 0.0) for ref in opened.refs.tolist()])
    mean = found.chance * found.worth
    feel = found.chance * (1 - found.chance) * found.worth
    squared = np.array([one**2 for one in found.moment.amounts.spread.quantiles]).mean()
    variance = found.worth**2 * (found.chance * squared - found.chance**2)

    def part(chosen: Any) -> Part:
        sums = (float(one[chosen].sum()) for one in (mean, variance, feel, came))
        return Part(*sums)

    known = set(opened.refs.tolist())
    closed_before = set(found.won.refs.tolist())
    in_period = won_then(final, origin.period)
    new = np.array(
        [ref not in known and ref not in closed_before for ref in final.refs.tolist()],
        dtype=np.bool_,
    )
    new &= between(final.created, found.moment.state.today, origin.period.until) & in_period
    segments = np.array(found.moment.segment_of(opened.refs), dtype=object)
    teams = [one for one in places if one.is_total and is_team(one, places) and one.key != WHOLE]
    lowest = [one for one in teams if not any(other.parent == one.key for other in teams)]
    return Looked(
        str(origin.period.since),
        origin.cut,
        part(slice(None)),
        Part(
            found.new.mean,
            found.new.variance,
            found.new.mean,
            float(np.nansum(final.amount[new])),
        ),
        tuple(part(np.isin(opened.owner.astype(str), one.owners)) for one in lowest),
        tuple(part(segments == name) for name in sorted(set(segments.tolist()))),
    )


def came_in(final: State, period: Period) -> Floats:
    return floats(np.where(won_then(final, period), np.nan_to_num(final.amount), 0.0))
