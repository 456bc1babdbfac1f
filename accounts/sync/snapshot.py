"""The open deals as they stand on a day: one row a deal, refreshed until the day is over."""

from datetime import datetime
from typing import Any

from django.db import connection

from revenue.users.models import Org

FACTS = (
    *("account_ref", "owner_ref", "stage", "amount", "currency", "corporate_amount"),
    *("probability", "close_date", "forecast_category"),
)
TAKE = """
    INSERT INTO accounts_pipelinesnapshot AS s (org_id, day, opportunity_ref, {columns})
    SELECT o.org_id, %(day)s, o.external_id, {of_deal} FROM accounts_opportunity o
    WHERE o.org_id = %(org)s AND o.deleted_at IS NULL AND NOT o.is_closed
    ON CONFLICT (org_id, day, opportunity_ref) DO UPDATE SET {changes}
    WHERE ({of_snapshot}) IS DISTINCT FROM ({of_new})
""".format(  # noqa: S608
    columns=", ".join(FACTS),
    of_deal=", ".join(f"o.{name}" for name in FACTS),
    changes=", ".join(f"{name} = excluded.{name}" for name in FACTS),
    of_snapshot=", ".join(f"s.{name}" for name in FACTS),
    of_new=", ".join(f"excluded.{name}" for name in FACTS),
)
DROP = """
    DELETE FROM accounts_pipelinesnapshot s
    WHERE s.org_id = %(org)s AND s.day = %(day)s AND NOT EXISTS (
        SELECT FROM accounts_opportunity o
        WHERE o.org_id = s.org_id AND o.external_id = s.opportunity_ref
          AND o.deleted_at IS NULL AND NOT o.is_closed
    )
"""


def take_snapshot(*, org: Org, at: datetime) -> int:
    values: dict[str, Any] = {"org": org.pk, "day": org.today(at=at)}
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        written = cursor.rowcount
        cursor.execute(DROP, values)
        return int(written + cursor.rowcount)
