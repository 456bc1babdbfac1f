"""Two moments of an org's deals held side by side, as sets."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Q

from accounts.history import Relation, opportunities
from forecasting.models import PipelineComparison
from revenue.users.models import Org

LONGEST = timedelta(days=3 * 366)
KEPT = timedelta(days=14)
MOST_KEPT = 60
# Below what the queue allows: the database does not go on for a job that was ended.
MOST_TIME = "50s"

STANDING = """CASE WHEN {side}.external_id IS NULL THEN 'none' WHEN NOT {side}.is_closed THEN 'open'
    WHEN {side}.is_won THEN 'won' ELSE 'lost' END"""
# In the money of now: what changed between the days is the amount, and not the rate.
AMOUNT_THEN = """CASE WHEN first.currency = later.currency AND later.amount <> 0
        AND later.corporate_amount IS NOT NULL
    THEN round(first.amount * later.corporate_amount / later.amount, 4)
    ELSE first.corporate_amount END"""
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('pipeline comparison', %s))"
COMPARE = """
    INSERT INTO forecasting_pipelinechange (
        org_id, comparison_id, opportunity_ref, name, account_name, standing_then, standing_now,
        stage_then, stage_now, amount_then, amount_now, close_then, close_now,
        owner_then, owner_now
    )
    SELECT %(org)s, %(comparison)s, later.external_id, later.name, coalesce(account.name, ''),
           {then}, {now}, coalesce(first.stage, ''), later.stage,
           {amount_then}, later.corporate_amount, first.close_date, later.close_date,
           first.owner_ref, later.owner_ref
    FROM ({until}) later
    LEFT JOIN ({since}) first ON first.external_id = later.external_id
    LEFT JOIN accounts_account account
        ON account.org_id = %(org)s AND account.external_id = later.account_ref
    WHERE NOT later.is_closed OR first.external_id IS NULL OR NOT first.is_closed
"""
STAGES = """
    SELECT stage FROM accounts_opportunity
    WHERE org_id = %s AND deleted_at IS NULL AND NOT is_closed AND stage <> ''
    GROUP BY stage ORDER BY avg(probability) NULLS LAST, stage
"""


class ComparisonError(ValueError):
    """Says which days can be compared."""


def check_days(*, since: date, until: date, today: date) -> None:
    if until > today:
        raise ComparisonError(f"The later day is still to come: today is {today:%-d %b %Y}.")
    if since >= until:
        raise ComparisonError("Choose a first day that is before the last.")
    if until - since > LONGEST:
        raise ComparisonError("Choose days that are at most three years apart.")


def end_of(day: date, *, org: Org) -> datetime:
    return datetime.combine(day, time.max, tzinfo=ZoneInfo(org.timezone))


@transaction.atomic
def compare(*, org: Org, since: date, until: date, at: datetime) -> PipelineComparison:
    """In the place of the same comparison made earlier; whoever reads that one reads it whole."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, [org.pk])
    PipelineComparison.objects.filter(org=org, since=since, until=until).delete()
    found = PipelineComparison.objects.create(
        org=org, since=since, until=until, made_at=at, stages=stages_of(org)
    )
    sides = {
        "since": renamed(opportunities(org=org, as_of=end_of(since, org=org)), "since"),
        "until": renamed(opportunities(org=org, as_of=end_of(until, org=org)), "until"),
    }
    sql = COMPARE.format(
        then=STANDING.format(side="first"),
        now=STANDING.format(side="later"),
        amount_then=AMOUNT_THEN,
        **{name: side.sql for name, side in sides.items()},
    )
    params: dict[str, Any] = {"comparison": found.pk}
    for side in sides.values():
        params |= side.params
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [MOST_TIME])
        cursor.execute(sql, params)
    return found


def renamed(relation: Relation, name: str) -> Relation:
    """Two moments in one statement: each by a name of its own."""
    params = {key: value for key, value in relation.params.items() if key != "as_of"}
    sql = relation.sql.replace("%(as_of)s", f"%({name})s")
    return Relation(sql, {**params, name: relation.params["as_of"]})


def stages_of(org: Org) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(STAGES, [org.pk])
        return [str(stage) for (stage,) in cursor.fetchall()]


def forget_old(*, org: Org, at: datetime) -> int:
    """Of comparisons that were asked for, those nobody is likely to ask for again."""
    rows = PipelineComparison.objects.filter(org=org)
    newest = rows.order_by("-made_at", "-pk").values_list("pk", flat=True)[:MOST_KEPT]
    number, _ = rows.filter(Q(made_at__lt=at - KEPT) | ~Q(pk__in=list(newest))).delete()
    return number
