"""What an org had recorded of its leads by a moment; nothing written down later is read."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from accounts.frames import read_frame
from accounts.history import Relation, records
from forecasting.deals.reading import rates, watched_since, within
from revenue.users.models import Org

COLUMNS = (
    "external_id AS ref, id AS row, created_at, modified_at, owner_ref, source, status, rating,"
    " first_name, last_name, company, title, email, phone, website, industry, employees,"
    " annual_revenue, currency, city, state, country, is_converted, converted_date, extra::text"
)


@dataclass(frozen=True, eq=False)
class Past:
    as_of: datetime
    leads: pd.DataFrame
    changes: pd.DataFrame
    activities: pd.DataFrame
    touches: pd.DataFrame
    types: pd.DataFrame  # of the org's own fields
    rates: pd.DataFrame
    watched: datetime | None  # since when changes that the CRM keeps no history of are seen by us


def read_past(*, org: Org, as_of: datetime) -> Past:
    return Past(
        as_of=as_of,
        leads=read_frame(within(records("lead", org=org, as_of=as_of), COLUMNS, order="row")),
        changes=read_frame(changes(org, as_of)),
        activities=read_frame(lead_activities(org, as_of)),
        touches=read_frame(touches(org, as_of)),
        types=read_frame(types_of_own(org)),
        rates=read_frame(rates(org, as_of)),
        watched=watched_since(org, as_of),
    )


def changes(org: Org, as_of: datetime) -> Relation:
    sql = """
        SELECT record_ref AS ref, field_name, old_value, new_value, changed_at,
               origin = 'source' AS is_kept
        FROM accounts_fieldchange
        WHERE org_id = %(org)s AND record = 'lead' AND changed_at <= %(as_of)s
          AND NOT (field_name IN ('OwnerId', 'Owner') AND new_value ~ '\\s')
        ORDER BY changed_at, origin = 'captured', id
    """
    return Relation(sql, {"org": org.pk, "as_of": as_of})


def lead_activities(org: Org, as_of: datetime) -> Relation:
    """Known from the later of its own moment and of when it was written down.

    Where a lead is converted, a CRM hands what was done with it on to the contact that it became.
    """
    sql = """
        WITH act AS (
            SELECT lead_ref, contact_ref, kind, is_incoming, is_done, happens_at, created_at
            FROM accounts_activity
            WHERE org_id = %(org)s AND coalesce(created_at, happens_at) <= %(as_of)s
              AND (deleted_at IS NULL OR deleted_at > %(as_of)s)
              AND (lead_ref IS NOT NULL OR contact_ref IS NOT NULL)
        ),
        whose AS (
            SELECT lead_ref AS ref, act.* FROM act WHERE lead_ref IS NOT NULL
            UNION ALL
            SELECT lead.external_id, act.*
            FROM act JOIN accounts_lead lead
              ON lead.org_id = %(org)s AND lead.converted_contact_ref = act.contact_ref
             AND act.lead_ref IS NULL AND lead.created_at <= greatest(happens_at, act.created_at)
        )
        SELECT ref, CASE WHEN kind <> 'email' THEN kind
                    WHEN is_incoming THEN 'incoming' ELSE 'outgoing' END AS kind,
               kind <> 'task' OR is_done AS is_done,
               coalesce(created_at, happens_at) AS written_at,
               greatest(happens_at, created_at) AS at
        FROM whose
    """
    return Relation(sql, {"org": org.pk, "as_of": as_of})


def touches(org: Org, as_of: datetime) -> Relation:
    """Of campaigns; a response without a day of its own is known since the row was last changed."""
    sql = """
        SELECT lead_ref AS ref, created_at AS at, has_responded,
               CASE WHEN has_responded
                    THEN greatest(created_at, coalesce(responded_date, modified_at)) END AS answered
        FROM accounts_campaignmember
        WHERE org_id = %(org)s AND lead_ref IS NOT NULL AND created_at <= %(as_of)s
          AND (deleted_at IS NULL OR deleted_at > %(as_of)s)
    """
    return Relation(sql, {"org": org.pk, "as_of": as_of})


def types_of_own(org: Org) -> Relation:
    sql = """
        SELECT name, label, type, is_formula FROM accounts_sourcefield
        WHERE org_id = %(org)s AND object_name = 'Lead' AND NOT is_skipped
          AND ("column" = '' OR state = 'quarantined')
        ORDER BY name
    """
    return Relation(sql, {"org": org.pk})
