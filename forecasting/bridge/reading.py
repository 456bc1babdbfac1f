"""What two kept forecasts rested on, and what the records say became of their deals."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from accounts.history import opportunities
from forecasting.bridge.running import Deal, State
from forecasting.bridge.steps import Fate, category
from forecasting.models import Forecast, ForecastDeal, ForecastNode
from forecasting.quarter.worlds import NOBODY, Method, teams_of
from revenue.users.models import Org

OWN = "|own"  # behind the key of somebody who leads others: what they sell themselves


@dataclass(frozen=True)
class Read:
    """`kept` are the stored P50s, `closing` the close dates of the deals."""

    state: State
    kept: Mapping[str, object]
    closing: Mapping[str, date | None]


def read(forecast: Forecast) -> Read:
    nodes = list(
        ForecastNode.objects.filter(forecast=forecast).values_list(
            "key", "parent", "is_total", "owners", "p50"
        )
    )
    teams = teams_of((key, parent, is_total, owners) for key, parent, is_total, owners, _ in nodes)
    deals, closing = {}, {}
    rows = ForecastDeal.objects.filter(forecast=forecast).values_list(
        "opportunity_ref", "owner_ref", "segment", "amount", "chance", "standing", "close_date"
    )
    for ref, owner, segment, amount, chance, standing, day in rows.iterator():
        deals[ref] = Deal(
            ref=ref,
            owner=owner or "",
            team=teams.get(owner or "", NOBODY),
            segment=segment,
            amount=float(amount or 0),
            chance=chance,
            is_won=standing == ForecastDeal.Standing.WON,
        )
        closing[ref] = day
    state = State(
        deals=deals,
        expected=forecast.method["new"].get("by_owner", {}),
        method=Method.from_json(forecast.method),
        rosters={name_of(key, is_total): owners for key, _, is_total, owners, _ in nodes},
    )
    kept = {name_of(key, is_total): p50 for key, _, is_total, _, p50 in nodes}
    return Read(state, kept, closing)


def name_of(key: str, is_total: bool) -> str:
    return key if is_total else key + OWN


Fates = Mapping[str, Fate]


def categories_of(then: State, now: State, fates: tuple[Fates, Fates]) -> dict[str, str]:
    """By deal: only of those that something happened to as a whole."""
    first, last = fates
    found = {
        ref: category(then.deals.get(ref), now.deals.get(ref), first.get(ref), last.get(ref))
        for ref in {*then.deals, *now.deals}
    }
    return {ref: said for ref, said in found.items() if said}


def same_amount(fates: tuple[Fates, Fates]) -> frozenset[str]:
    first, last = fates
    return frozenset(ref for ref in first if ref in last and first[ref].said == last[ref].said)


def fates_of(forecast: Forecast, *, refs: Collection[str]) -> dict[str, Fate]:
    rows = deals_then(forecast.org, as_of=forecast.as_of, refs=refs)
    return {
        ref: Fate(is_closed, is_won, day is not None and day < forecast.until, (amount, currency))
        for ref, is_closed, is_won, day, amount, currency in rows
    }


def deals_then(org: Org, *, as_of: datetime, refs: Collection[str]) -> list[tuple[Any, ...]]:
    known = opportunities(org=org, as_of=as_of)
    sql = f"""
        SELECT external_id, coalesce(is_closed, false), coalesce(is_won, false), close_date,
               amount, currency
        FROM ({known.sql}) known WHERE external_id = ANY(%(refs)s)
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, {**known.params, "refs": sorted(refs)})
        return list(cursor.fetchall())
