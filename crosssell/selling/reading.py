"""What the orgs that sell together had recorded by a moment; nothing written down later is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from accounts.frames import read_frame
from accounts.history import Relation, opportunities, records
from revenue.users.models import Org

RECENT_DAYS = 90
# An order system or an asset may tell again, some days later, what a won deal has told.
SAME_SALE_DAYS = 60


@dataclass(frozen=True, eq=False)
class Past:
    """Rows of all of `orgs`; the column `org` is the place of their org among them."""

    as_of: datetime
    orgs: tuple[Org, ...]
    products: pd.DataFrame
    accounts: pd.DataFrame
    links: pd.DataFrame  # which accounts are one customer
    sales: pd.DataFrame  # each once, whether a deal, an order or an asset tells of it
    offers: pd.DataFrame  # lines of deals that were lost or are open
    activities: pd.DataFrame
    answers: pd.DataFrame  # what became of earlier recommendations


def orgs_beside(org: Org) -> tuple[Org, ...]:
    """Those that an admin has grouped with it, itself among them; alone where nobody has."""
    if org.group_id is None:
        return (org,)
    grouped = Org.objects.active().filter(group=org.group_id).order_by("pk")
    return tuple(grouped) or (org,)


def read_past(*, orgs: Sequence[Org], as_of: datetime) -> Past:
    def read(relation: Callable[[Org, datetime], Relation]) -> pd.DataFrame:
        frames = [read_frame(relation(org, as_of)).assign(org=at) for at, org in enumerate(orgs)]
        return pd.concat(frames, ignore_index=True)

    lines = read(lines_of_deals)
    return Past(
        as_of=as_of,
        orgs=tuple(orgs),
        products=read(products),
        accounts=read(accounts),
        links=read(links),
        sales=sales_of(lines, read(purchases)),
        offers=lines[~lines["is_won"].astype(bool)].reset_index(drop=True),
        activities=read(activities),
        answers=read(answers),
    )


def sales_of(lines: pd.DataFrame, purchases: pd.DataFrame) -> pd.DataFrame:
    """Won lines, and what was bought beside them."""
    won = lines[lines["is_won"].astype(bool)]
    won = won.assign(began_at=won["at"], at=won["closed_at"], is_line=True)
    won["ends_date"] = pd.NaT
    parts: list[pd.DataFrame] = [won, purchases.assign(is_line=False)]
    both = pd.concat(parts)
    key = ["org", "account_ref", "product_ref"]
    both = both.sort_values([*key, "at", "is_line"], kind="stable", ignore_index=True)
    by_line = both["at"].where(both["is_line"])
    same = [both[name] for name in key]
    apart = [both["at"] - by_line.groupby(same).ffill(), by_line.groupby(same).bfill() - both["at"]]
    near = pd.Timedelta(days=SAME_SALE_DAYS)
    told = (apart[0] <= near) | (apart[1] <= near)
    both["is_told_again"] = told & ~both["is_line"]
    return both


def lines_of_deals(org: Org, as_of: datetime) -> Relation:
    """Of every deal that had any by then, with how it stood and what the lines held."""
    deals = opportunities(org=org, as_of=as_of)
    sql = f"""
        WITH later AS (
            SELECT record_ref,
                   max(old_value) FILTER (WHERE column_name = 'quantity') AS quantity,
                   max(old_value) FILTER (WHERE column_name = 'total_price') AS total
            FROM (
                SELECT DISTINCT ON (record_ref, column_name) record_ref, old_value, column_name
                FROM (
                    SELECT *, CASE WHEN field_name IN ('quantity', 'Quantity')
                              THEN 'quantity' ELSE 'total_price' END AS column_name
                    FROM accounts_fieldchange
                    WHERE org_id = %(org)s AND record = 'line item' AND changed_at > %(as_of)s
                      AND field_name IN ('quantity', 'Quantity', 'total_price', 'TotalPrice')
                      AND old_value ~ '^-?\\d+(\\.\\d+)?$'
                ) named
                ORDER BY record_ref, column_name, changed_at, id
            ) first
            GROUP BY record_ref
        )
        SELECT deal.external_id AS deal, deal.account_ref, line.product_ref,
               deal.is_closed, deal.is_won,
               least(deal.close_date::timestamptz, %(as_of)s) AS closed_at,
               greatest(line.created_at, deal.created_at) AS at,
               coalesce(later.quantity::numeric, line.quantity, 1) AS quantity,
               CASE WHEN later.total IS NULL THEN line.corporate_total
                    WHEN line.total_price <> 0
                    THEN line.corporate_total * later.total::numeric / line.total_price
               END AS total
        FROM ({deals.sql}) deal
        JOIN accounts_lineitem line
          ON line.org_id = %(org)s AND line.opportunity_ref = deal.external_id
        LEFT JOIN later ON later.record_ref = line.external_id
        WHERE deal.account_ref IS NOT NULL AND line.product_ref IS NOT NULL
          AND (line.created_at IS NULL OR line.created_at <= %(as_of)s)
          AND (line.deleted_at IS NULL OR line.deleted_at > %(as_of)s)
        ORDER BY deal.created_at, deal.external_id, line.created_at, line.external_id
    """  # noqa: S608
    return Relation(sql, deals.params)


def purchases(org: Org, as_of: datetime) -> Relation:
    """From when it was both bought and written down; what was taken back (less than nothing of it)
    is no purchase. Quantity and end are those of then, as far as changes are recorded."""
    known = records("purchase", org=org, as_of=as_of)
    sql = f"""
        SELECT had.account_ref, had.product_ref,
               coalesce(had.purchased_at, had.created_at) AS at,
               coalesce(had.quantity, 1) AS quantity,
               CASE WHEN had.quantity IS NOT DISTINCT FROM now.quantity OR now.quantity = 0
                    THEN now.corporate_total
                    ELSE now.corporate_total * coalesce(had.quantity, 1) / now.quantity
               END AS total,
               had.ends_date, NULL::timestamptz AS began_at
        FROM ({known.sql}) had
        JOIN accounts_purchase now
          ON now.org_id = %(org)s AND now.external_id = had.external_id
        WHERE had.account_ref IS NOT NULL AND had.product_ref IS NOT NULL
          AND coalesce(had.quantity, 1) > 0
          AND coalesce(had.purchased_at, had.created_at) <= %(as_of)s
        ORDER BY 3, had.external_id
    """  # noqa: S608
    return Relation(sql, known.params)


def products(org: Org, as_of: datetime) -> Relation:
    sql = """
        SELECT external_id AS ref, name, code, family, is_active,
               CASE WHEN currency IN ('', %(currency)s) THEN price END AS price
        FROM accounts_product
        WHERE org_id = %(org)s AND (created_at IS NULL OR created_at <= %(as_of)s)
          AND (deleted_at IS NULL OR deleted_at > %(as_of)s)
        ORDER BY external_id
    """
    return Relation(sql, {"org": org.pk, "as_of": as_of, "currency": org.currency})


def accounts(org: Org, as_of: datetime) -> Relation:
    known = records("account", org=org, as_of=as_of)
    sql = f"""
        SELECT external_id AS ref, industry, country, employees, created_at
        FROM ({known.sql}) known WHERE merged_into_ref IS NULL ORDER BY external_id
    """  # noqa: S608
    return Relation(sql, known.params)


def links(org: Org, as_of: datetime) -> Relation:
    """Who is one customer is a fact about companies: as it is known today, of every moment."""
    sql = """
        SELECT link.account_ref, link.customer_id AS customer
        FROM accounts_customeraccount link
        JOIN accounts_customer customer ON customer.id = link.customer_id
        WHERE link.org_id = %(org)s AND customer.group_id = %(group)s
        ORDER BY link.account_ref
    """
    return Relation(sql, {"org": org.pk, "group": org.group_id, "as_of": as_of})


def activities(org: Org, as_of: datetime) -> Relation:
    """Planned ones, and what was written down later, are none yet; an e-mail may name a deal
    alone, and is with whose that is."""
    sql = """
        SELECT coalesce(done.account_ref, deal.account_ref) AS account_ref,
               max(done.happens_at) AS last_at,
               count(*) FILTER (
                   WHERE done.happens_at > %(as_of)s - make_interval(days => %(days)s)
               ) AS recent
        FROM accounts_activity done
        LEFT JOIN accounts_opportunity deal
          ON done.account_ref IS NULL AND deal.org_id = done.org_id
         AND deal.external_id = done.opportunity_ref
        WHERE done.org_id = %(org)s AND done.happens_at <= %(as_of)s
          AND coalesce(done.account_ref, deal.account_ref) IS NOT NULL
          AND (done.created_at IS NULL OR done.created_at <= %(as_of)s)
          AND (done.deleted_at IS NULL OR done.deleted_at > %(as_of)s)
        GROUP BY 1 ORDER BY 1
    """
    return Relation(sql, {"org": org.pk, "as_of": as_of, "days": RECENT_DAYS})


def answers(org: Org, as_of: datetime) -> Relation:
    """Decisions and ends that had come by then; nobody answered what nobody was shown.

    What an account has already tells nothing of what it buys first.
    """
    sql = """
        SELECT account_ref, product_ref, said.state, said.at
        FROM crosssell_recommendation one
        CROSS JOIN LATERAL (VALUES
            ('shown', one.suggested_at),
            ('dismissed', CASE WHEN one.state = 'dismissed' THEN one.decided_at END),
            ('accepted', CASE WHEN one.state = 'accepted' THEN one.decided_at END),
            ('converted', one.bought_at),
            ('expired', CASE WHEN one.state = 'expired' THEN one.ended_at END)
        ) said (state, at)
        WHERE one.org_id = %(org)s AND NOT one.is_held_out AND said.at <= %(as_of)s
          AND one.kind NOT IN ('renewal', 'upsell')
        ORDER BY said.at, one.id
    """
    return Relation(sql, {"org": org.pk, "as_of": as_of})
