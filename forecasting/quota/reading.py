"""Quotas, wins and open pipeline by owner: each one query for a whole org, however many teams."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Sum

from accounts.models import Opportunity, Quota
from forecasting.owners import owned_by
from forecasting.quarter.clock import begin_of
from forecasting.quota.arithmetic import PERIODS, Share, Won, added, earlier
from forecasting.quota.stretches import Line, with_ends
from revenue.periods import Period
from revenue.users.models import Org

# So far around a period its neighbours are, which say how long quotas of the org are.
AROUND = timedelta(days=400)
KEPT_S = 6 * 3600
# The amount then in the money of the org, as the amount now is: a rate that changed is no win.
DUE_THEN = """
    SELECT past.place, o.owner_ref, count(*),
           sum(CASE WHEN s.amount IS NOT NULL AND o.amount > 0
               THEN o.corporate_amount * s.amount / o.amount ELSE o.corporate_amount END),
           sum(o.corporate_amount) FILTER (WHERE o.is_won AND o.close_date < past.until)
    FROM unnest(%(places)s::int[], %(days)s::date[], %(begins)s::timestamptz[],
                %(sinces)s::date[], %(untils)s::date[])
         AS past (place, day, begins, since, until)
    JOIN accounts_opportunity o
         ON o.org_id = %(org)s AND o.deleted_at IS NULL AND o.created_at < past.begins
         AND (NOT o.is_closed OR o.close_date >= past.day)
    JOIN LATERAL (
        SELECT save.amount, save.close_date FROM accounts_stagechange save
        WHERE save.org_id = o.org_id AND save.opportunity_ref = o.external_id
          AND save.changed_at < past.begins AND save.deleted_at IS NULL
        ORDER BY save.changed_at DESC, save.id DESC LIMIT 1
    ) s ON s.close_date >= past.since AND s.close_date < past.until
    WHERE o.corporate_amount IS NOT NULL
    GROUP BY past.place, o.owner_ref
"""
ByOwner = Mapping[str, Any]
Due = dict[str, dict[int, tuple[int, Decimal, Decimal]]]


@dataclass(frozen=True)
class Books:
    """`None` as owners means everybody, also who has left and who was never there."""

    quotas: Mapping[str, list[Line]]
    won: Mapping[str, dict[date, Decimal]]
    pipeline: Mapping[str, Decimal]
    due: Due

    def lines(self, owners: Collection[str] | None) -> list[Line]:
        return [line for owner in among(self.quotas, owners) for line in self.quotas[owner]]

    def wins(self, owners: Collection[str] | None) -> Won:
        return added([self.won[owner] for owner in among(self.won, owners)])

    def open_due(self, owners: Collection[str] | None) -> Decimal:
        return sum((self.pipeline[one] for one in among(self.pipeline, owners)), Decimal())

    def share(self, owners: Collection[str] | None) -> Share:
        found = [
            (place, part)
            for owner in among(self.due, owners)
            for place, part in self.due[owner].items()
        ]
        return Share(
            due=sum((due for _, (_, due, _) in found), Decimal()),
            won=sum((won for _, (_, _, won) in found), Decimal()),
            deals=sum(deals for _, (deals, _, _) in found),
            periods=len({place for place, _ in found}),
        )


def among(by_owner: ByOwner, owners: Collection[str] | None) -> list[str]:
    return list(by_owner) if owners is None else [one for one in set(owners) if one in by_owner]


def books_of(org: Org, period: Period, *, owners: Collection[str] | None, today: date) -> Books:
    return Books(
        quotas=quotas_of(org, period, owners=owners),
        won=won_by_day(org, period, owners=owners),
        pipeline=pipeline_due(org, period, owners=owners),
        due=due_then(org, period, today=today),
    )


def quotas_of(org: Org, period: Period, *, owners: Collection[str] | None) -> dict[str, list[Line]]:
    rows = (
        Quota.objects.of(org)
        .present()
        .filter(starts_date__gte=period.since - AROUND, starts_date__lt=period.until + AROUND)
    )
    rows = of_owners(rows, owners).exclude(amount=None)
    columns = ("starts_date", "ends_date", "corporate_amount", "kind", "currency")
    lines = [Line(owner or "", *said) for owner, *said in rows.values_list("owner_ref", *columns)]
    found: dict[str, list[Line]] = defaultdict(list)
    for line in with_ends(lines):
        found[line.owner].append(line)
    return found


def won_by_day(
    org: Org, period: Period, *, owners: Collection[str] | None
) -> dict[str, dict[date, Decimal]]:
    """Of the period and of those that it is compared with."""
    rows = (
        Opportunity.objects.of(org)
        .present()
        .filter(
            is_won=True, close_date__gte=period.before(PERIODS).since, close_date__lt=period.until
        )
    )
    sums = (
        of_owners(rows, owners)
        .order_by()
        .values_list("owner_ref", "close_date")
        .annotate(total=Sum("corporate_amount"))
    )
    found: dict[str, dict[date, Decimal]] = defaultdict(dict)
    for owner, day, total in sums:
        found[owner or ""][day] = total or Decimal()
    return found


def pipeline_due(org: Org, period: Period, *, owners: Collection[str] | None) -> dict[str, Decimal]:
    rows = (
        Opportunity.objects.of(org)
        .present()
        .filter(is_closed=False, close_date__gte=period.since, close_date__lt=period.until)
    )
    sums = of_owners(rows, owners).order_by().values_list("owner_ref")
    return {
        owner or "": total or Decimal()
        for owner, total in sums.annotate(total=Sum("corporate_amount"))
    }


def of_owners(rows: Any, owners: Collection[str] | None) -> Any:
    return rows if owners is None else rows.filter(owned_by(owners))


def due_then(org: Org, period: Period, *, today: date) -> Due:
    """What was due at the same point of earlier periods, as the CRM had it then: kept a while."""
    if today >= period.until:
        return {}
    done = period.share_of(today)
    said = (org.pk, period.length.value, period.since, today, org.data_as_of)
    key = "due-then:" + ":".join(str(one).replace(" ", "T") for one in said)
    found: Due | None = cache.get(key)
    if found is None:
        found = count_due(org, earlier(period), done=done)
        cache.set(key, found, timeout=KEPT_S)
    return found


def count_due(org: Org, periods: list[Period], *, done: float) -> Due:
    days = [one.day_at(done) for one in periods]
    values: dict[str, Any] = {
        "org": org.pk,
        "places": list(range(len(periods))),
        "days": days,
        "begins": [begin_of(org, day) for day in days],
        "sinces": [one.since for one in periods],
        "untils": [one.until for one in periods],
    }
    found: Due = {}
    with connection.cursor() as cursor:
        cursor.execute(DUE_THEN, values)
        for place, owner, deals, due, won in cursor.fetchall():
            parts = found.setdefault(owner or "", {})
            parts[place] = (deals, due or Decimal(), won or Decimal())
    return found
