"""A million deals with what happened to each, into a frame: ours, the query alone, and the ORM."""

import os
import resource
from typing import Any

from django.db import connection

from benchmarks.stage import report, seconds, stage

DEALS = int(os.environ.get("BENCH_DEALS", "1000000"))
PER_DEAL = 10
FILL = (
    """
    INSERT INTO users_org (slug, name, kind, timezone, is_active, created_at, currency, hierarchy)
    VALUES ('bench', 'Bench', 'csv', 'UTC', true, now(), 'USD', 'managers')
    """,
    """
    INSERT INTO accounts_opportunity (
        org_id, external_id, created_at, modified_at, extra, synced_at, account_ref, owner_ref,
        name, stage, amount, currency, corporate_amount, probability, close_date, is_closed,
        is_won, forecast_category, kind, source, next_step, description
    )
    SELECT org.id, '006' || lpad(n::text, 15, '0'),
           '2024-01-01'::timestamptz + n * '40 s'::interval, '2025-06-01', '{}', now(),
           '001' || lpad((n %% 200000)::text, 15, '0'), '005' || lpad((n %% 500)::text, 15, '0'),
           'Deal ' || n, 'Stage ' || n %% 7, n %% 90000,
           'USD', n %% 90000, n %% 100, '2025-01-01'::date + (n %% 700)::int, n %% 3 > 0,
           n %% 3 = 1, 'Pipeline', 'New', 'Web', '', ''
    FROM users_org org, generate_series(1, %(deals)s) n WHERE org.slug = 'bench'
    """,
    """
    INSERT INTO accounts_activity (
        org_id, external_id, created_at, modified_at, extra, synced_at, kind, subject, description,
        owner_ref, account_ref, opportunity_ref, happens_at, status, priority, is_done
    )
    SELECT org.id, '00T' || lpad(n::text, 15, '0'), '2024-01-01'::timestamptz + n * '4 s'::interval,
           '2025-06-01', '{}', now(), (ARRAY['task', 'call', 'meeting', 'email'])[1 + n %% 4],
           'About it', '', '005' || lpad((n %% 500)::text, 15, '0'),
           '001' || lpad((n %% 200000)::text, 15, '0'),
           '006' || lpad((1 + (n * 7919::bigint) %% %(deals)s)::text, 15, '0'),
           '2024-01-01'::timestamptz + n * '4 s'::interval, 'Completed', '', true
    FROM users_org org, generate_series(1, %(activities)s) n WHERE org.slug = 'bench'
    """,
)
QUERY = """
    SELECT deal.external_id, deal.account_ref, deal.owner_ref, deal.name, deal.stage, deal.amount,
           deal.currency, deal.corporate_amount, deal.probability, deal.close_date,
           deal.is_closed, deal.is_won, deal.forecast_category, deal.kind, deal.source,
           deal.created_at, done.activities, done.meetings, done.last_at, done.first_at
    FROM accounts_opportunity deal
    LEFT JOIN (
        SELECT opportunity_ref, count(*) AS activities,
               count(*) FILTER (WHERE kind = 'meeting') AS meetings,
               max(happens_at) AS last_at, min(happens_at) AS first_at
        FROM accounts_activity WHERE org_id = %(org)s GROUP BY opportunity_ref
    ) done ON done.opportunity_ref = deal.external_id
    WHERE deal.org_id = %(org)s
"""
COLUMNS = (
    "external_id account_ref owner_ref name stage amount currency corporate_amount probability "
    "close_date is_closed is_won forecast_category kind source created_at"
)


def main() -> None:
    with stage():
        fill()
        measure()


def fill() -> None:
    """Indexes that neither way reads are left out while it is filled: they cost minutes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'accounts_activity'"
            " AND indexname ~ '(account|contact|owner|lead|opportunity)$'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')
        for statement in FILL:
            cursor.execute(statement, {"deals": DEALS, "activities": DEALS * PER_DEAL})
        cursor.execute("ANALYZE accounts_opportunity")
        cursor.execute("ANALYZE accounts_activity")
        cursor.execute("SET work_mem = '128MB'")


def measure() -> None:
    import pandas as pd
    from django.db.models import Count, Max, Min, Q

    from accounts.frames import read_frame
    from accounts.history import Relation
    from accounts.models import Opportunity
    from revenue.users.models import Org

    org = Org.objects.get(slug="bench")
    relation = Relation(QUERY, {"org": org.pk})
    frames: dict[str, Any] = {}

    def query_alone() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {QUERY}", relation.params)

    def ours() -> None:
        frames.clear()
        frames["ours"] = read_frame(relation)

    def orm() -> None:
        rows = (
            Opportunity.objects.filter(org=org)
            .annotate(
                activities_done=Count("activities"),
                meetings=Count("activities", filter=Q(activities__kind="meeting")),
                last_at=Max("activities__happens_at"),
                first_at=Min("activities__happens_at"),
            )
            .values(*COLUMNS.split(), "activities_done", "meetings", "last_at", "first_at")
        )
        frames["theirs"] = pd.DataFrame.from_records(list(rows))

    # The first read of the process: whatever comes later could only hide what it took.
    ours()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    alone_s = seconds(query_alone, times=3)
    ours_s = seconds(ours, times=3)
    orm_s = seconds(orm, times=1)
    both = (frames["ours"], frames["theirs"].rename(columns={"activities_done": "activities"}))
    mine, theirs = (frame.set_index("external_id").sort_index() for frame in both)
    if not (mine["activities"] == theirs["activities"]).all() or len(mine) != DEALS:
        raise SystemExit("The two ways read different rows.")
    report(
        name="reading",
        against="Django ORM into pandas",
        ours_s=ours_s,
        theirs_s=orm_s,
        query_alone_s=round(alone_s, 3),
        times_query_alone=round(ours_s / alone_s, 2),
        ours_peak_mb=round(peak_mb),
        deals=DEALS,
        activities=DEALS * PER_DEAL,
    )


if __name__ == "__main__":
    main()
