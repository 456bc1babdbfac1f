"""How long deals that were won stood in each stage: what a deal's own days stand beside."""

from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection

from revenue.users.models import Org

NEWEST = 1_000
LEAST = 10
KEPT_S = 900
# The newest won deals by their close date, and the saves of those alone: both are found by index.
SQL = """
    WITH won AS MATERIALIZED (
        SELECT external_id, stage FROM accounts_opportunity
        WHERE org_id = %(org)s AND is_closed AND is_won AND deleted_at IS NULL
        ORDER BY close_date DESC NULLS LAST, id DESC LIMIT %(newest)s
    ),
    spans AS (
        SELECT saved.opportunity_ref, saved.stage, won.stage AS final,
            EXTRACT(epoch FROM lead(saved.changed_at) OVER deal - saved.changed_at) / 86400 AS days
        FROM won
        JOIN accounts_stagechange saved ON saved.org_id = %(org)s
            AND saved.opportunity_ref = won.external_id AND saved.deleted_at IS NULL
        WINDOW deal AS (PARTITION BY saved.opportunity_ref ORDER BY saved.changed_at, saved.id)
    ),
    stays AS (
        SELECT stage, opportunity_ref, sum(days)::float8 AS days FROM spans
        WHERE days IS NOT NULL AND stage <> final AND stage <> '' GROUP BY stage, opportunity_ref
    )
    SELECT stage, count(*),
        percentile_cont(0.25) WITHIN GROUP (ORDER BY days),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY days),
        percentile_cont(0.75) WITHIN GROUP (ORDER BY days)
    FROM stays GROUP BY stage HAVING count(*) >= %(least)s
"""


@dataclass(frozen=True)
class Usual:
    """Days of the won deals that stood in a stage: of how many, and their quartiles."""

    deals: int
    low: float
    median: float
    high: float


def usual_days(org: Org) -> dict[str, Usual]:
    """By stage, of the newest won deals; a stage that few passed has none."""
    key = f"pace:{org.pk}"
    found: dict[str, Usual] | None = cache.get(key)
    if found is None:
        params = {"org": org.pk, "newest": NEWEST, "least": LEAST}
        with connection.cursor() as cursor:
            cursor.execute(SQL, params)
            found = {stage: Usual(*rest) for stage, *rest in cursor.fetchall()}
        cache.set(key, found, timeout=KEPT_S)
    return found
