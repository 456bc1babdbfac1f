"""Who a user of the CRM is here: the member with the same e-mail, unless an admin has said."""

from datetime import datetime

from django.db import connection

from revenue.users.models import Org

LINK = """
    UPDATE accounts_crmuser c SET membership_id = n.membership_id, synced_at = %(at)s
    FROM (
        SELECT c.id, min(m.id) AS membership_id
        FROM accounts_crmuser c
        LEFT JOIN users_user u ON lower(u.email) = lower(c.email) AND c.email <> ''
        LEFT JOIN users_membership m ON m.user_id = u.id AND m.org_id = c.org_id
        WHERE c.org_id = %(org)s AND NOT c.membership_is_set
        GROUP BY c.id
    ) n
    WHERE c.id = n.id AND c.membership_id IS DISTINCT FROM n.membership_id
"""


def link_members(*, org: Org, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(LINK, {"org": org.pk, "at": at})
        return int(cursor.rowcount)
