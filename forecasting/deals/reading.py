"""What an org had recorded of its deals by a moment; nothing written down later is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from django.db.models import Min

from accounts.frames import read_frame
from accounts.history import Relation, opportunities, records
from accounts.models import SyncRun
from revenue.users.models import Org

OWN_NAMES = {
    "stage": ("stage", "StageName"),
    "amount": ("amount", "Amount"),
    "close_date": ("close_date", "CloseDate"),
    "owner_ref": ("owner_ref", "OwnerId", "Owner"),
    "next_step": ("next_step", "NextStep"),
    "source": ("source", "LeadSource"),
}
COLUMN_OF = {said: column for column, names in OWN_NAMES.items() for said in names}
ACCOUNT_NAMES = {
    "industry": ("industry", "Industry"),
    "country": ("country", "BillingCountry"),
    "employees": ("employees", "NumberOfEmployees"),
}
ACCOUNT_FACTS = tuple(said for names in ACCOUNT_NAMES.values() for said in names)
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
    account_changes: pd.DataFrame
    titles: pd.DataFrame
    purchases: pd.DataFrame
    rates: pd.DataFrame
    watched: datetime | None  # since when changes that the CRM keeps no history of are seen by us
    first_month: int = 1  # of the fiscal year


def read_past(*, org: Org, as_of: datetime, first_month: int | None = None) -> Past:
    """A model goes on counting quarters as it learned to, whatever the org does by now."""
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
        account_changes=read_frame(changes_of_record(org, as_of, "account", ACCOUNT_FACTS)),
        titles=read_frame(changes_of_record(org, as_of, "contact", ("title", "Title"))),
        purchases=read_frame(purchases(org, as_of)),
        rates=read_frame(rates(org, as_of)),
        watched=watched_since(org, as_of),
        first_month=first_month or org.fiscal_month,
    )


def within(relation: Relation, columns: str, *, order: str = "", where: str = "") -> Relation:
    sql = f"SELECT {columns} FROM ({relation.sql}) known"  # noqa: S608
    sql += f" WHERE {where}" if where else ""
    return Relation(sql + (f" ORDER BY {order}" if order else ""), relation.params)


def deals(org: Org, as_of: datetime) -> Relation:
    columns = (
        "external_id AS ref, account_ref, owner_ref, created_at, stage, currency, close_date,"
        f" is_closed, is_won, {then('source')} AS source, next_step"
    )
    known = opportunities(org=org, as_of=as_of)
    known = with_later_changes(known, "opportunity", "source", OWN_NAMES["source"])
    return within(known, columns, order="created_at, external_id")


def then(column: str) -> str:
    return f"CASE WHEN has_changed THEN was ELSE {column} END"


def with_later_changes(known: Relation, record: str, column: str, names: Sequence[str]) -> Relation:
    """Of a column that `accounts.history` does not turn back: what its first later change left."""
    sql = f"""
        SELECT now.*, first_later.record_ref IS NOT NULL AS has_changed, first_later.was
        FROM ({known.sql}) now
        LEFT JOIN (
            SELECT DISTINCT ON (record_ref) record_ref, old_value AS was
            FROM accounts_fieldchange
            WHERE org_id = %(org)s AND record = %(record_of_{column})s
              AND field_name = ANY(%(names_of_{column})s) AND changed_at > %(as_of)s
            ORDER BY record_ref, changed_at, id
        ) first_later ON first_later.record_ref = now.external_id
    """  # noqa: S608
    names_of = {f"record_of_{column}": record, f"names_of_{column}": list(names)}
    return Relation(sql, known.params | names_of)


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
        SELECT record_ref AS ref, field_name, old_value, new_value, changed_at,
               origin = 'source' AS is_kept
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


def changes_of_record(org: Org, as_of: datetime, record: str, names: Sequence[str]) -> Relation:
    sql = """
        SELECT record_ref AS ref, field_name, old_value, new_value, changed_at
        FROM accounts_fieldchange
        WHERE org_id = %(org)s AND record = %(record)s AND changed_at <= %(as_of)s
          AND field_name = ANY(%(names)s)
        ORDER BY changed_at, origin = 'captured', id
    """
    params = {"org": org.pk, "as_of": as_of, "record": record, "names": list(names)}
    return Relation(sql, params)


def watched_since(org: Org, as_of: datetime) -> datetime | None:
    """When the first sync had ended: what a record held before that, no change of ours tells."""
    runs = SyncRun.objects.filter(org=org, state=SyncRun.State.SUCCEEDED, finished_at__lte=as_of)
    found: datetime | None = runs.aggregate(first=Min("finished_at"))["first"]
    return found


def deal_activities(org: Org, as_of: datetime) -> Relation:
    """Known from the later of its own moment and of when it was written down; planned, before."""
    sql = """
        SELECT opportunity_ref AS ref,
               CASE WHEN kind <> 'email' THEN kind
                    WHEN is_incoming THEN 'incoming' ELSE 'outgoing' END AS kind,
               coalesce(created_at, happens_at) AS written_at,
               greatest(happens_at, created_at) AS at
        FROM accounts_activity
        WHERE org_id = %(org)s AND opportunity_ref IS NOT NULL AND happens_at IS NOT NULL
          AND coalesce(created_at, happens_at) < %(as_of)s
          AND (deleted_at IS NULL OR deleted_at >= %(as_of)s)
    """
    return Relation(sql, {"org": org.pk, "as_of": as_of})


def roles(org: Org, as_of: datetime) -> Relation:
    """Who belongs to a deal, by a role that was given, or by having been written to or met."""
    people = records("contact", org=org, as_of=as_of)
    sql = f"""
        WITH person AS ({people.sql}),
        engaged AS (
            SELECT opportunity_ref, contact_ref, created_at AS at, true AS by_role, is_primary
            FROM accounts_opportunitycontact
            WHERE org_id = %(org)s AND (created_at IS NULL OR created_at <= %(as_of)s)
              AND (deleted_at IS NULL OR deleted_at > %(as_of)s)
            UNION ALL
            SELECT opportunity_ref, contact_ref,
                   min(greatest(happens_at, created_at)), false, false
            FROM accounts_activity
            WHERE org_id = %(org)s AND happens_at < %(as_of)s
              AND (created_at IS NULL OR created_at < %(as_of)s)
              AND (deleted_at IS NULL OR deleted_at >= %(as_of)s)
              AND opportunity_ref IS NOT NULL AND contact_ref IS NOT NULL
            GROUP BY opportunity_ref, contact_ref
        )
        SELECT engaged.opportunity_ref AS ref, engaged.contact_ref, engaged.at, engaged.by_role,
               engaged.is_primary, person.title
        FROM engaged LEFT JOIN person ON person.external_id = engaged.contact_ref
        ORDER BY engaged.opportunity_ref, engaged.at, engaged.contact_ref
    """  # noqa: S608
    return Relation(sql, people.params)


def purchases(org: Org, as_of: datetime) -> Relation:
    """What accounts had, from when it was both bought and written down."""
    sql = """
        SELECT account_ref, greatest(purchased_at, created_at) AS at
        FROM accounts_purchase
        WHERE org_id = %(org)s AND account_ref IS NOT NULL
          AND (created_at IS NULL OR created_at <= %(as_of)s)
          AND (deleted_at IS NULL OR deleted_at > %(as_of)s)
    """
    return Relation(sql, {"org": org.pk, "as_of": as_of})


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
    columns = f"external_id AS ref, industry, {then('country')} AS country, employees"
    known = records("account", org=org, as_of=as_of)
    known = with_later_changes(known, "account", "country", ACCOUNT_NAMES["country"])
    return within(known, columns, order="external_id")


def rates(org: Org, as_of: datetime) -> Relation:
    sql = """
        SELECT DISTINCT ON (currency) currency, rate FROM accounts_currencyrate
        WHERE org_id = %(org)s AND starts_date <= (%(as_of)s AT TIME ZONE 'UTC')::date
          AND (deleted_at IS NULL OR deleted_at > %(as_of)s)
        ORDER BY currency, starts_date DESC, id DESC
    """
    return Relation(sql, {"org": org.pk, "as_of": as_of})
