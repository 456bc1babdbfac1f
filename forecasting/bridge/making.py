"""The bridge between two forecasts, worked out once and kept for whoever asks for it."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from forecasting.bridge.old_model import seen_by_old_model
from forecasting.bridge.reading import Read, categories_of, fates_of, read, same_amount
from forecasting.bridge.running import Deal
from forecasting.bridge.steps import KINDS, Change, Walk, numbers_of, walk
from forecasting.models import BridgeDeal, BridgeNode, Forecast, ForecastBridge, ForecastDeal
from revenue.users.models import Org

CHUNK = 2_000
WEEK = timedelta(days=7)
NEARLY = timedelta(days=1, hours=12)  # a forecast this much younger than a week stands for one
MOST_KEPT = 100
CENT = Decimal("0.01")
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('forecast bridge', %s))"


def kept(org: Org, *, length: str, since: date) -> QuerySet[Forecast]:
    """The forecasts of a period whose deals are kept, the newest first."""
    deals = ForecastDeal.objects.filter(forecast=OuterRef("pk"))
    rows = Forecast.objects.of(org).filter(length=length, since=since)
    return rows.filter(Exists(deals) | Q(is_latest=True)).defer("worlds").order_by("-as_of", "-id")


def usual_pair(forecasts: list[Forecast]) -> tuple[Forecast, Forecast] | None:
    """The newest, and the one of a week before it; where none is so old, the oldest."""
    if len(forecasts) < 2:
        return None
    newest, *older = forecasts
    wanted = newest.as_of - WEEK + NEARLY
    return next((one for one in older if one.as_of <= wanted), older[-1]), newest


def found_bridge(before: Forecast, after: Forecast) -> ForecastBridge | None:
    """Nothing where one of the two was made anew since."""
    rows = ForecastBridge.objects.filter(org=after.org_id, before=before, after=after)
    return rows.filter(made_at__gte=max(before.made_at, after.made_at)).first()


def make_bridge(before: Forecast, after: Forecast, *, at: datetime) -> ForecastBridge:
    then, now = read(before), read(after)
    chances = {ref: deal.chance for ref, deal in now.state.deals.items() if not deal.is_won}
    by_old_model, problem = seen_by_old_model(before, after, chances)
    refs = {*then.state.deals, *now.state.deals}
    fates = (fates_of(before, refs=refs), fates_of(after, refs=refs))
    found = walk(
        then.state,
        now.state,
        categories=categories_of(then.state, now.state, fates),
        by_old_model=by_old_model,
        same_amount=same_amount(fates),
    )
    return store(before, after, found, then=then, now=now, problem=problem, at=at)


@transaction.atomic
def store(
    before: Forecast,
    after: Forecast,
    found: Walk,
    *,
    then: Read,
    now: Read,
    problem: str,
    at: datetime,
) -> ForecastBridge:
    org = after.org
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, [org.pk])
    ForecastBridge.objects.filter(org=org, before=before, after=after).delete()
    bridge = ForecastBridge.objects.create(
        org=org, before=before, after=after, problem=problem, made_at=at
    )
    BridgeNode.objects.bulk_create(
        node_of(bridge, found, key=key, then=then, now=now) for key in now.state.rosters
    )
    rows = (
        row_of(bridge, change, then=then, now=now)
        for changes in found.changes.values()
        for change in changes
    )
    BridgeDeal.objects.bulk_create(rows, batch_size=CHUNK)
    return bridge


def node_of(bridge: ForecastBridge, found: Walk, *, key: str, then: Read, now: Read) -> BridgeNode:
    """From the P50 that was shown to the one that is shown.

    Should the same worlds give another one today, the rest is a change of how it is worked out.
    """
    first, last = found.points[0].get(key, Decimal(0)), found.points[-1][key]
    shown = [one.kept.get(key) for one in (then, now)]
    before, after = (
        drawn if said is None else Decimal(str(said)).quantize(CENT)
        for said, drawn in zip(shown, (first, last), strict=True)
    )
    deltas = found.deltas(key)
    deltas["model"] += (after - last) - (before - first)
    roster = sorted({*then.state.rosters.get(key, ()), *now.state.rosters[key]})
    return BridgeNode(
        org=bridge.org,
        bridge=bridge,
        key=key,
        owners=roster,
        then=before,
        now=after,
        steps=[
            {
                "name": kind.name,
                "delta": str(deltas[kind.name]),
                "deals": numbers_of(found.changes[kind.name], roster),
            }
            for kind in KINDS
        ],
    )


def row_of(bridge: ForecastBridge, change: Change, *, then: Read, now: Read) -> BridgeDeal:
    before, after = change.before, change.after
    return BridgeDeal(
        org=bridge.org,
        bridge=bridge,
        step=change.step,
        opportunity_ref=change.ref,
        owner_then=owner(before or after),
        owner_now=owner(after or before),
        amount_then=amount(before),
        amount_now=amount(after),
        chance_then=chance(before),
        chance_now=chance(after),
        close_then=then.closing.get(change.ref),
        close_now=now.closing.get(change.ref),
        delta=Decimal(str(round(change.delta, 2))),
    )


def owner(deal: Deal | None) -> str | None:
    return deal.owner or None if deal else None


def amount(deal: Deal | None) -> Any:
    return None if deal is None else Decimal(str(round(deal.amount, 4)))


def chance(deal: Deal | None) -> float | None:
    if deal is None:
        return None
    return 1.0 if deal.is_won else deal.chance


def forget_old(*, org: Org) -> int:
    """Of bridges that were asked for, those nobody is likely to ask for again."""
    rows = ForecastBridge.objects.filter(org=org)
    newest = rows.order_by("-made_at", "-pk").values_list("pk", flat=True)[:MOST_KEPT]
    number, _ = rows.exclude(pk__in=list(newest)).delete()
    return number
