"""What an org had recorded of its leads by a moment; nothing written down later is read."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pandas as pd

from accounts.frames import read_frame
from accounts.history import Relation, records
from forecasting.deals.reading import rates, watched_since, within
from forecasting.leads.answering import answers, lead_activities
from revenue.users.models import Org

COLUMNS = (
    "external_id AS ref, id AS row, created_at, modified_at, owner_ref, source, status, rating,"
    " first_name, last_name, company, title, email, phone, website, industry, employees,"
    " annual_revenue, currency, city, state, country, is_converted, converted_date,"
    " merged_into_ref IS NOT NULL AS is_merged, extra::text"
)


@dataclass(frozen=True, eq=False)
class Past:
    as_of: datetime
    leads: pd.DataFrame
    changes: pd.DataFrame
    activities: pd.DataFrame
    answers: pd.DataFrame
    touches: pd.DataFrame
    types: pd.DataFrame  # of the org's own fields
    rates: pd.DataFrame
    watched: datetime | None  # since when changes that the CRM keeps no history of are seen by us

    @cached_property
    def own(self) -> pd.DataFrame:
        """An org's own fields as they stood at `as_of`, in the rows of `leads`; a blank is none."""
        rows = [json.loads(text or "{}") for text in self.leads["extra"].tolist()]
        names = sorted({name for row in rows for name in row})
        columns = {name: [plain(row.get(name)) for row in rows] for name in names}
        return pd.DataFrame(columns, dtype=object, index=self.leads.index)


def plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    return json.dumps(value) if isinstance(value, list | dict) else value


def read_past(*, org: Org, as_of: datetime) -> Past:
    return Past(
        as_of=as_of,
        leads=read_frame(within(records("lead", org=org, as_of=as_of), COLUMNS, order="row")),
        changes=read_frame(changes(org, as_of)),
        activities=read_frame(lead_activities(org, as_of)),
        answers=answers(org=org, as_of=as_of),
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
