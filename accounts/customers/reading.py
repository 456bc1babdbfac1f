"""What an org had recorded of its accounts by a moment, a row an account; nothing later is read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from accounts.frames import read_frame
from accounts.history import Relation, activities, opportunities, records
from revenue.users.models import Org

# What a seller can do with an hour, told by what the activity is called; the first that fits.
ACTIONS = (
    ("demo", r"\m(demo|demos|demonstration)\M"),
    ("executive", r"\m(executive|executives|board|c-level)\M"),
    ("visit", r"\m(visit|visits|on-site|onsite)\M"),
)


@dataclass(frozen=True, eq=False)
class Known:
    as_of: datetime
    accounts: pd.DataFrame
    deals: pd.DataFrame
    dealings: pd.DataFrame
    met: pd.DataFrame
    products: pd.DataFrame
    cases: pd.DataFrame
    contacts: pd.DataFrame
    own: pd.DataFrame
    own_before: pd.DataFrame


def read_known(*, org: Org, as_of: datetime, own_before_days: int = 90) -> Known:
    before = as_of - timedelta(days=own_before_days)
    return Known(
        as_of=as_of,
        accounts=read_frame(accounts(org, as_of)),
        deals=read_deals(org=org, as_of=as_of),
        dealings=read_frame(dealings(org, as_of)),
        met=read_frame(met(org, as_of)),
        products=read_frame(products(org, as_of)),
        cases=read_frame(cases(org, as_of)),
        contacts=read_frame(contacts(org, as_of)),
        own=read_frame(own_numbers(org, as_of)),
        own_before=read_frame(own_numbers(org, before)),
    )


def accounts(org: Org, as_of: datetime) -> Relation:
    known = records("account", org=org, as_of=as_of)
    sql = f"""
        SELECT external_id AS ref, owner_ref, industry, country, kind, employees, created_at
        FROM ({known.sql}) account ORDER BY external_id
    """  # noqa: S608
    return Relation(sql, known.params)


def read_deals(*, org: Org, as_of: datetime) -> pd.DataFrame:
    return read_frame(deals(org, as_of))


def deals(org: Org, as_of: datetime) -> Relation:
    """As they stood, with when those that had ended did: at the save that brought their stage."""
    known = opportunities(org=org, as_of=as_of)
    sql = f"""
        WITH deal AS ({known.sql}),
        saves AS (
            SELECT opportunity_ref, changed_at, stage,
                   lag(stage) OVER (PARTITION BY opportunity_ref ORDER BY changed_at, id) AS was
            FROM accounts_stagechange
            WHERE org_id = %(org)s AND changed_at <= %(as_of)s AND deleted_at IS NULL
        ),
        came AS (
            SELECT opportunity_ref, max(changed_at) AS at
            FROM saves WHERE was IS DISTINCT FROM stage GROUP BY opportunity_ref
        )
        SELECT deal.account_ref AS ref, deal.created_at, deal.is_closed, deal.is_won,
               deal.corporate_amount AS amount, deal.probability,
               CASE WHEN deal.is_closed THEN least(
                   coalesce(came.at, deal.close_date::timestamptz, deal.created_at), %(as_of)s
               ) END AS ended_at
        FROM deal LEFT JOIN came ON came.opportunity_ref = deal.external_id
        WHERE deal.account_ref IS NOT NULL
        ORDER BY deal.created_at, deal.external_id
    """  # noqa: S608
    return Relation(sql, known.params)


def told_apart() -> str:
    """Of an e-mail who wrote it; of a call or a meeting what it was, where its name says so."""
    cases = " ".join(
        f"WHEN done.kind <> 'email' AND done.subject ~* '{named}' THEN '{action}'"
        for action, named in ACTIONS
    )
    return f"""CASE {cases} WHEN done.kind <> 'email' THEN done.kind
        WHEN done.is_incoming THEN 'incoming' ELSE 'outgoing' END"""


def done_with(org: Org, as_of: datetime) -> Relation:
    """A year's activities with the account they were with, by their own word or their deal's."""
    done = activities(org=org, before=as_of)
    sql = f"""
        SELECT coalesce(done.account_ref, deal.account_ref) AS ref, {told_apart()} AS kind,
               done.opportunity_ref IS NULL AS is_care, done.contact_ref, done.happens_at
        FROM ({done.sql}) done
        LEFT JOIN accounts_opportunity deal
             ON deal.org_id = done.org_id AND deal.external_id = done.opportunity_ref
        WHERE done.happens_at > %(as_of)s - interval '365 days'
    """  # noqa: S608
    return Relation(sql, done.params | {"as_of": as_of})


def dealings(org: Org, as_of: datetime) -> Relation:
    done = done_with(org, as_of)
    sql = f"""
        SELECT ref, kind, is_care, count(*) AS in_365,
               {counted_within("happens_at", 30, 90)},
               {days_since("max(happens_at)")} AS days_since
        FROM ({done.sql}) done WHERE ref IS NOT NULL
        GROUP BY ref, kind, is_care ORDER BY ref, kind, is_care
    """  # noqa: S608
    return Relation(sql, done.params)


def met(org: Org, as_of: datetime) -> Relation:
    done = done_with(org, as_of)
    sql = f"""
        SELECT ref, count(DISTINCT contact_ref) AS met
        FROM ({done.sql}) done
        WHERE ref IS NOT NULL AND happens_at > %(as_of)s - interval '180 days'
        GROUP BY ref ORDER BY ref
    """  # noqa: S608
    return Relation(sql, done.params)


def products(org: Org, as_of: datetime) -> Relation:
    """What it has bought, from when it was both bought and written down."""
    sql = f"""
        SELECT item.account_ref AS ref, count(DISTINCT item.product_ref) AS products,
               count(DISTINCT nullif(product.family, '')) AS families, count(*) AS purchases,
               {days_since("max(item.at)")} AS days_since, {days_since("min(item.at)")} AS since
        FROM (
            SELECT account_ref, product_ref, greatest(purchased_at, created_at) AS at
            FROM accounts_purchase
            WHERE org_id = %(org)s AND account_ref IS NOT NULL
              AND coalesce(purchased_at, created_at) IS NOT NULL
              AND (deleted_at IS NULL OR deleted_at > %(as_of)s)
        ) item
        LEFT JOIN accounts_product product
             ON product.org_id = %(org)s AND product.external_id = item.product_ref
        WHERE item.at <= %(as_of)s
        GROUP BY item.account_ref ORDER BY item.account_ref
    """  # noqa: S608
    return Relation(sql, {"org": org.pk, "as_of": as_of})


def cases(org: Org, as_of: datetime) -> Relation:
    sql = f"""
        SELECT account_ref AS ref, {counted_within("at", 90, 365)},
               count(*) FILTER (WHERE closed_at IS NULL OR closed_at > %(as_of)s) AS open
        FROM (
            SELECT account_ref, coalesce(opened_at, created_at) AS at, closed_at
            FROM accounts_case
            WHERE org_id = %(org)s AND account_ref IS NOT NULL
              AND greatest(opened_at, created_at) <= %(as_of)s
              AND (deleted_at IS NULL OR deleted_at > %(as_of)s)
        ) told
        GROUP BY account_ref ORDER BY account_ref
    """  # noqa: S608
    return Relation(sql, {"org": org.pk, "as_of": as_of})


def contacts(org: Org, as_of: datetime) -> Relation:
    known = records("contact", org=org, as_of=as_of)
    sql = f"""
        SELECT account_ref AS ref, count(*) AS contacts FROM ({known.sql}) person
        WHERE account_ref IS NOT NULL GROUP BY account_ref ORDER BY account_ref
    """  # noqa: S608
    return Relation(sql, known.params)


def own_numbers(org: Org, as_of: datetime) -> Relation:
    """The org's own numbers of an account whose changes are recorded, as they stood.

    One that no history is kept of may have been filled in by what came later: it is left out. So
    is one before its first recorded change, when nobody had asked the CRM to keep a history yet.
    """
    known = records("account", org=org, as_of=as_of)
    sql = f"""
        WITH tracked AS (
            SELECT DISTINCT change.field_name::text AS name
            FROM accounts_fieldchange change
            JOIN accounts_sourcefield field
              ON field.org_id = %(org)s AND field.object_name = 'Account'
             AND field.name = change.field_name AND field.column = ''
             AND field.type IN ('integer', 'double', 'currency', 'percent')
            WHERE change.org_id = %(org)s AND change.record = 'account'
              AND change.changed_at <= %(as_of)s
        )
        SELECT account.external_id AS ref, tracked.name,
               (account.extra ->> tracked.name)::double precision AS value
        FROM ({known.sql}) account CROSS JOIN tracked
        WHERE jsonb_typeof(account.extra -> tracked.name) = 'number'
        ORDER BY tracked.name, account.external_id
    """  # noqa: S608
    return Relation(sql, known.params)


def untracked_numbers(org: Org) -> Relation:
    sql = """
        SELECT field.name, field.label FROM accounts_sourcefield field
        WHERE field.org_id = %(org)s AND field.object_name = 'Account' AND field.column = ''
          AND field.type IN ('integer', 'double', 'currency', 'percent')
          AND NOT EXISTS (
              SELECT FROM accounts_fieldchange change
              WHERE change.org_id = %(org)s AND change.record = 'account'
                AND change.field_name = field.name
          )
        ORDER BY field.name
    """
    return Relation(sql, {"org": org.pk})


def own_texts(org: Org, as_of: datetime, name: str) -> Relation:
    """What one of the org's own fields said of each account then; nothing where it was empty."""
    known = records("account", org=org, as_of=as_of)
    sql = f"""
        SELECT external_id AS ref, nullif(extra ->> %(field)s, '') AS value
        FROM ({known.sql}) account ORDER BY external_id
    """  # noqa: S608
    return Relation(sql, known.params | {"field": name})


def own_of_kinds(org: Org, as_of: datetime, types: tuple[str, ...], *, tracked: bool) -> Relation:
    """Own fields of these types as text; only those with recorded changes, where it is asked."""
    known = records("account", org=org, as_of=as_of)
    only = """AND EXISTS (
        SELECT FROM accounts_fieldchange change
        WHERE change.org_id = %(org)s AND change.record = 'account'
          AND change.field_name = field.name AND change.changed_at <= %(as_of)s
    )"""
    sql = f"""
        WITH named AS (
            SELECT field.name, field.label, field.type FROM accounts_sourcefield field
            WHERE field.org_id = %(org)s AND field.object_name = 'Account'
              AND field.column = '' AND NOT field.is_skipped
              AND field.type = ANY(%(types)s) {only if tracked else ""}
        )
        SELECT account.external_id AS ref, named.name, named.type,
               nullif(account.extra ->> named.name, '') AS value
        FROM ({known.sql}) account CROSS JOIN named
        WHERE account.extra ->> named.name IS NOT NULL
        ORDER BY named.name, account.external_id
    """  # noqa: S608
    return Relation(sql, known.params | {"types": list(types)})


def purchases_with_ends(org: Org, as_of: datetime) -> Relation:
    """What each account has or had, when it began, ended or is to end, and what it is worth."""
    sql = """
        SELECT account_ref AS ref, greatest(purchased_at, created_at) AS purchased_at,
               ends_date::timestamptz AS ends_at,
               coalesce(corporate_total, unit_price * coalesce(quantity, 1), 0)::double precision
                   AS worth
        FROM accounts_purchase
        WHERE org_id = %(org)s AND account_ref IS NOT NULL
          AND greatest(purchased_at, created_at) <= %(as_of)s
          AND (deleted_at IS NULL OR deleted_at > %(as_of)s)
        ORDER BY account_ref, external_id
    """
    return Relation(sql, {"org": org.pk, "as_of": as_of})


def counted_within(moment: str, *days: int) -> str:
    return ", ".join(
        f"count(*) FILTER (WHERE {moment} > %(as_of)s - interval '{each} days') AS in_{each}"
        for each in days
    )


def days_since(moment: str) -> str:
    return f"extract(epoch FROM %(as_of)s - {moment}) / 86400"
