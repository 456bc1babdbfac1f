from datetime import datetime

from accounts.history.records import own_columns
from accounts.history.relation import Relation
from accounts.models import Activity
from revenue.users.models import Org


def activities(*, org: Org, before: datetime) -> Relation:
    """What had taken place by then and was written down by then; a plan for later is not in it."""
    sql = f"""
        SELECT {", ".join(own_columns(Activity))}
        FROM accounts_activity
        WHERE org_id = %(org)s AND happens_at < %(before)s
          AND (created_at IS NULL OR created_at < %(before)s)
          AND (deleted_at IS NULL OR deleted_at >= %(before)s)
    """  # noqa: S608
    return Relation(sql, {"org": org.pk, "before": before})
