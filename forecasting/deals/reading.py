"""What an org had recorded of its deals by a moment; nothing written down later is read."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from accounts.frames import read_frame
from accounts.history import Relation, activities, opportunities, records
from revenue.users.models import Org

OWN_NAMES = {
    "stage": ("stage", "StageName"),
    "amount": ("amount", "Amount"),
    "close_date": ("close_date", "CloseDate"),
    "owner_ref": ("owner_ref", "OwnerId", "Owner"),
    "next_step": ("next_step", "NextStep"),
}
COLUMN_OF = {said: column for column, names in OWN_NAMES.items() for said in names}
# Fields of the CRM that follow from others, or that the deal's own columns already say.
NOT_CUSTOM = (
    "account_ref",
    "AccountId",
    "Account",
    "created",
    "currency",
    "CurrencyIsoCode",
    "forecast_category",
    "ForecastCategoryName",
    "is_closed",
    "IsClosed",
    "is_won",
    "IsWon",
    "kind",
    "Type",
    "name",
    "Name",
    "probability",
    "Probability",
)


@dataclass(frozen=True, eq=False)
class Past:
    as_of: datetime
    deals: pd.DataFrame
    saves: pd.DataFrame
    changes: pd.DataFrame
    custom: pd.DataFrame
    activities: pd.DataFrame
    roles: pd.DataFrame
    items: pd.DataFrame
    accounts: pd.DataFrame
    rates: pd.DataFrame


def read_past(*, org: Org, as_of: datetime) -> Past:
    return Past(
        as_of=as_of,
        deals=read_frame(deals(org, as_of)),
        saves=read_frame(saves(org, as_of)),
        changes=read_frame(changes(org, as_of)),
        custom=read_frame(custom_fields(org, as_of)),
        activities=read_frame(deal_activities(org, as_of)),
        roles=read_frame(roles(org, as_of)),
        items=read_frame(items(org, as_of)),
        accounts=read_frame(accounts(org, as_of)),
        rates=read_frame(rates(org, as_of)),
    )


def within(relation: Relation, columns: str, *, order: str = "", where: str = "") -> Relation:
    sql = f"SELECT {columns} FROM ({relation.sql}) known"  # noqa: S608
    sql += f" WHERE {where}" if where else ""
    return Relation(sql + (f" ORDER BY {order}" if order else ""), relation.params)


def deals(org: Org, as_of: datetime) -> Relation:
    columns = (
        "external_id AS ref, account_ref, owner_ref, created_at, stage, currency, close_date,"
        " is_closed, is_won, source, next_step"
    )
    known = opportunities(org=org, as_of=as_of)
    return within(known, columns, order="created_at, external_id")


def saves(org: Org, as_of: datetime) -> Relation:
    sql = """
        SELECT opportunity_ref AS ref, changed_at, stage, amount, close_date, probability
        FROM accounts_stagechange
        WHERE org_id = %(org)s AND changed_at <= %(as_of)s
          AND (deleted_at IS NULL OR deleted_at > %(as_of)s)
        ORDER BY changed_at, id
    """
    return Relation(sql, {"org": org.pk, "as_of": as_of})


def changes(org: Org, as_of: datetime) -> Relation:
    """Only of fields that are no number of a save: owners, next steps, and an org's own fields."""
    sql = """
        SELECT record_ref AS ref, field_name, old_value, new_value, changed_at
        FROM accounts_fieldchange
        WHERE org_id = %(org)s AND record = 'opportunity' AND changed_at <= %(as_of)s
          AND NOT (field_name IN ('OwnerId', 'Owner') AND new_value ~ '\\s')
        ORDER BY changed_at, origin = 'captured', id
    """
    return Relation(sql, {"org": org.pk, "as_of": as_of})


def custom_fields(org: Org, as_of: datetime) -> Relation:
    """An org's own fields whose changes are recorded, as they stood; others cannot be turned back.

    A field counts as recorded from its first change on: by then somebody had asked the CRM to.
    """
    sql = """
        WITH named AS (
            SELECT DISTINCT field_name FROM accounts_fieldchange
            WHERE org_id = %(org)s AND record = 'opportunity' AND changed_at <= %(as_of)s
              AND NOT field_name = ANY(%(known)s)
        ),
        later AS (
            SELECT DISTINCT ON (record_ref, field_name) record_ref, field_name, old_value
            FROM accounts_fieldchange
            WHERE org_id = %(org)s AND record = 'opportunity' AND changed_at > %(as_of)s
            ORDER BY record_ref, field_name, changed_at, id
        )
        SELECT deal.external_id AS ref, named.field_name,
               CASE WHEN later.record_ref IS NULL THEN deal.extra ->> named.field_name
                    ELSE later.old_value END AS value
        FROM accounts_opportunity deal
        CROSS JOIN named
        LEFT JOIN later ON later.record_ref = deal.external_id
             AND later.field_name = named.field_name
        WHERE deal.org_id = %(org)s AND deal.created_at <= %(as_of)s
          AND deal.extra ? named.field_name
        ORDER BY named.field_name, deal.external_id
    """
    known = [*COLUMN_OF, *NOT_CUSTOM]
    return Relation(sql, {"org": org.pk, "as_of": as_of, "known": known})


def deal_activities(org: Org, as_of: datetime) -> Relation:
    """Known at the later of its own moment and of when it was written down."""
    columns = (
        "opportunity_ref AS ref, account_ref, contact_ref, kind, is_incoming,"
        " greatest(happens_at, coalesce(created_at, happens_at)) AS at"
    )
    known = activities(org=org, before=as_of)
    where = "opportunity_ref IS NOT NULL OR account_ref IS NOT NULL"
    return within(known, columns, order="at, external_id", where=where)


def roles(org: Org, as_of: datetime) -> Relation:
    """Who belongs to a deal, by a role that was given, or by having been written to or met."""
    people = records("contact", org=org, as_of=as_of)
    sql = f"""
        WITH person AS ({people.sql}),
        engaged AS (
            SELECT opportunity_ref, contact_ref, created_at AS at, true AS by_role
            FROM accounts_opportunitycontact
            WHERE org_id = %(org)s AND (created_at IS NULL OR created_at <= %(as_of)s)
              AND (deleted_at IS NULL OR deleted_at > %(as_of)s)
            UNION ALL
            SELECT opportunity_ref, contact_ref,
                   min(greatest(happens_at, coalesce(created_at, happens_at))), false
            FROM accounts_activity
            WHERE org_id = %(org)s AND happens_at < %(as_of)s
              AND (created_at IS NULL OR created_at < %(as_of)s)
              AND (deleted_at IS NULL OR deleted_at >= %(as_of)s)
              AND opportunity_ref IS NOT NULL AND contact_ref IS NOT NULL
            GROUP BY opportunity_ref, contact_ref
        )
        SELECT engaged.opportunity_ref AS ref, engaged.at, engaged.by_role, person.title
        FROM engaged LEFT JOIN person ON person.external_id = engaged.contact_ref
        ORDER BY engaged.opportunity_ref, engaged.at, engaged.contact_ref
    """  # noqa: S608
    return Relation(sql, people.params)


def items(org: Org, as_of: datetime) -> Relation:
    sql = """
        SELECT item.opportunity_ref AS ref, item.created_at,
               coalesce(nullif(product.family, ''), 'Other') AS family,
               coalesce(nullif(product.name, ''), item.product_ref) AS product
        FROM accounts_lineitem item
        LEFT JOIN accounts_product product
             ON product.org_id = item.org_id AND product.external_id = item.product_ref
        WHERE item.org_id = %(org)s AND (item.created_at IS NULL OR item.created_at <= %(as_of)s)
          AND (item.deleted_at IS NULL OR item.deleted_at > %(as_of)s)
        ORDER BY item.opportunity_ref, item.created_at, item.external_id
    """
    return Relation(sql, {"org": org.pk, "as_of": as_of})


def accounts(org: Org, as_of: datetime) -> Relation:
    columns = "external_id AS ref, industry, country, employees"
    return within(records("account", org=org, as_of=as_of), columns, order="external_id")


def rates(org: Org, as_of: datetime) -> Relation:
    sql = """
        SELECT DISTINCT ON (currency) currency, rate FROM accounts_currencyrate
        WHERE org_id = %(org)s AND starts_date <= (%(as_of)s AT TIME ZONE 'UTC')::date
          AND (deleted_at IS NULL OR deleted_at > %(as_of)s)
        ORDER BY currency, starts_date DESC, id DESC
    """
    return Relation(sql, {"org": org.pk, "as_of": as_of})
