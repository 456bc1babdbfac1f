"""When each lead was first answered by us: what is learned from, and what the report counts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
import pandas as pd

from accounts.frames import read_frame
from accounts.history import Relation
from revenue.users.models import Org

# Fields in which CRMs write down a first answer, as people name them.
OWN_FIELD = "(first|initial).*(respon|answer|contact|reply|replied|touch|call)"
DAY_LENGTH = len("2024-03-05")
END_OF_DAY = "T23:59:59"  # a plain day does not say when: by its end everybody knew
HOUR = 3_600
# As arrays, they are found by index.
OF_THE_ASKED = """(
    lead_ref = ANY (ARRAY (SELECT external_id FROM asked))
    OR contact_ref = ANY (ARRAY (SELECT converted_contact_ref FROM asked))
)"""
UTC_MOMENT: Final = "datetime64[us, UTC]"


def answers(
    *,
    org: Org,
    as_of: datetime,
    since: datetime | None = None,
    owners: Sequence[str] | None = None,
) -> pd.DataFrame:
    """A row a lead that was there by then, in order of their ids; of some owners, or all.

    `answered_at` is the first call, meeting, task or e-mail from us, or what a field of the org's
    own says if that was earlier; nothing where nobody had answered by then. Leads that do not say
    when they came are not in it.
    """
    found = read_frame(answered_leads(org, as_of, since=since, owners=owners))
    own = pd.to_datetime(found["own"], errors="coerce", utc=True, format="ISO8601")
    own = own.astype(UTC_MOMENT)
    told = found.pop("acted_at").astype(UTC_MOMENT)
    own = own.where(own <= pd.Timestamp(as_of))
    first = pd.concat([own, told], axis=1).min(axis=1).astype(UTC_MOMENT)
    created = found["created_at"].astype(UTC_MOMENT)
    first = first.where(first.isna() | (first >= created), created)
    hours = (first - created).dt.total_seconds() / HOUR
    return found.drop(columns=["own"]).assign(answered_at=first, hours=hours.astype(np.float64))


def answered_leads(
    org: Org, as_of: datetime, *, since: datetime | None, owners: Sequence[str] | None
) -> Relation:
    is_part = since is not None or owners is not None
    ours = lead_activities(org, as_of, among=OF_THE_ASKED if is_part else "true")
    sql = f"""
        WITH asked AS (
            SELECT * FROM accounts_lead WHERE org_id = %(org)s
              {"" if since is None else "AND created_at >= %(since)s"}
              {"" if owners is None else "AND owner_ref = ANY (%(owners)s)"}
        ),
        acted AS (
            SELECT ref, min(at) AS at FROM ({ours.sql}) act
            WHERE kind <> 'incoming' AND is_done AND at <= %(as_of)s GROUP BY ref
        )
        SELECT lead.external_id AS ref, lead.created_at, lead.owner_ref, lead.source,
               lead.is_converted AND coalesce(
                   lead.converted_date <= (%(as_of)s AT TIME ZONE 'UTC')::date, true
               ) AS converted,
               lead.converted_date, acted.at AS acted_at,
               (SELECT min(CASE WHEN length(value) = %(day)s THEN value || %(end)s ELSE value END)
                FROM jsonb_each_text(lead.extra)
                WHERE key ~* %(own)s AND value ~ '^\\d{{4}}-\\d\\d-\\d\\d') AS own
        FROM asked lead
        LEFT JOIN acted ON acted.ref = lead.external_id
        WHERE lead.created_at <= %(as_of)s
          AND (lead.deleted_at IS NULL OR lead.deleted_at > %(as_of)s)
        ORDER BY lead.external_id
    """  # noqa: S608
    known = {"own": OWN_FIELD, "day": DAY_LENGTH, "end": END_OF_DAY}
    some = {"since": since, "owners": None if owners is None else list(owners)}
    return Relation(sql, ours.params | known | some)


def lead_activities(org: Org, as_of: datetime, *, among: str = "true") -> Relation:
    """Known from the later of its own moment and of when it was written down.

    Where a lead is converted, a CRM hands what was done with it on to the contact that it became.
    One that was there before has dealings of its own: that it has them is told by the conversion.
    """
    sql = f"""
        WITH act AS (
            SELECT lead_ref, contact_ref, kind, is_incoming, is_done, happens_at, created_at
            FROM accounts_activity
            WHERE org_id = %(org)s AND coalesce(created_at, happens_at) <= %(as_of)s
              AND (deleted_at IS NULL OR deleted_at > %(as_of)s)
              AND (lead_ref IS NOT NULL OR contact_ref IS NOT NULL) AND {among}
        ),
        whose AS (
            SELECT lead_ref AS ref, act.* FROM act WHERE lead_ref IS NOT NULL
            UNION ALL
            SELECT lead.external_id, act.*
            FROM act JOIN accounts_lead lead
              ON lead.org_id = %(org)s AND lead.converted_contact_ref = act.contact_ref
             AND act.lead_ref IS NULL AND lead.created_at <= greatest(happens_at, act.created_at)
            JOIN accounts_contact contact
              ON contact.org_id = %(org)s AND contact.external_id = act.contact_ref
             AND (contact.created_at AT TIME ZONE 'UTC')::date >= lead.converted_date
        )
        SELECT ref, CASE WHEN kind <> 'email' THEN kind
                    WHEN is_incoming THEN 'incoming' ELSE 'outgoing' END AS kind,
               kind <> 'task' OR is_done AS is_done,
               coalesce(created_at, happens_at) AS written_at,
               greatest(happens_at, created_at) AS at
        FROM whose
    """  # noqa: S608
    return Relation(sql, {"org": org.pk, "as_of": as_of})
