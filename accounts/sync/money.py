"""Amounts in the org's own currency, at the rate of their day; without a known rate, nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from accounts.models import (
    CurrencyRate,
    Fact,
    LineItem,
    Opportunity,
    PipelineSnapshot,
    Purchase,
    Quota,
)
from accounts.models.fact import MONEY_DIGITS
from revenue.users.models import Org


@dataclass(frozen=True)
class Money:
    """An amount, the same in the org's currency, and the day whose rate counts."""

    model: type[Fact] | type[PipelineSnapshot]
    amount: str
    corporate: str
    day: str
    needs: str


DAY_OF_DEAL = (
    "(SELECT o.close_date FROM accounts_opportunity o"
    " WHERE o.org_id = %(org)s AND o.external_id = t.opportunity_ref)"
)
MONEY = (
    Money(Opportunity, "amount", "corporate_amount", "t.close_date", "close_date"),
    Money(LineItem, "total_price", "corporate_total", DAY_OF_DEAL, "opportunity_ref"),
    Money(
        Purchase,
        "total_price",
        "corporate_total",
        "(t.purchased_at AT TIME ZONE 'UTC')::date",
        "purchased_at",
    ),
    Money(Quota, "amount", "corporate_amount", "t.starts_date", "starts_date"),
)
# What was converted on a day that is past is not touched by later rates, only by another currency.
KEPT_DAYS = Money(PipelineSnapshot, "amount", "corporate_amount", "t.close_date", "close_date")
# Just below what a column of money holds, so that no rounding gets there.
LIMIT = 10 ** (MONEY_DIGITS["max_digits"] - MONEY_DIGITS["decimal_places"]) - 1
# Dividing once, here, so that a page and the whole table come to the same digits.
CONVERTED = """
    CASE WHEN t.currency IN ('', %(currency)s) THEN t.{amount} ELSE (
        SELECT CASE WHEN abs(t.{amount}) < {limit} * r.rate
               THEN round(t.{amount} / r.rate, 4) END FROM {rates} r
        WHERE r.org_id = %(org)s AND r.deleted_at IS NULL AND r.currency = t.currency
          AND r.starts_date <= coalesce({day}, r.starts_date)
          AND (r.ends_date IS NULL OR r.ends_date > {day})
        ORDER BY r.starts_date DESC, r.ends_date NULLS LAST, r.id DESC LIMIT 1
    ) END
"""


def money_of(model: type[Fact]) -> Money | None:
    return next((each for each in MONEY if each.model is model), None)


def converted(money: Money) -> sql.Composed:
    return sql.SQL(CONVERTED).format(
        amount=sql.Identifier(money.amount),
        rates=sql.Identifier(CurrencyRate._meta.db_table),
        day=sql.SQL(money.day),
        limit=sql.Literal(LIMIT),
    )


def convert_staged(
    cursor: CursorWrapper, *, money: Money, staging: sql.Identifier, values: dict[str, Any]
) -> None:
    statement = sql.SQL(
        "UPDATE {} t SET {} = {} WHERE t.currency NOT IN ('', %(currency)s) AND t.{} IS NOT NULL"
    ).format(
        staging, sql.Identifier(money.corporate), converted(money), sql.Identifier(money.amount)
    )
    cursor.execute(statement, values)


def convert_all(*, org: Org, at: datetime, also: tuple[Money, ...] = ()) -> int:
    """Where a rate, the day of a deal or the org's currency has changed."""
    values: dict[str, Any] = {"org": org.pk, "currency": org.currency, "at": at}
    written = 0
    with connection.cursor() as cursor:
        for money in (*MONEY, *also):
            statement = sql.SQL(
                "UPDATE {table} w SET {corporate} = n.value{stamp}"
                " FROM (SELECT t.id, t.{corporate} AS old, {converted} AS value"
                "       FROM {table} t WHERE t.org_id = %(org)s) n"
                " WHERE w.org_id = %(org)s AND w.id = n.id AND n.old IS DISTINCT FROM n.value"
            ).format(
                table=sql.Identifier(money.model._meta.db_table),
                corporate=sql.Identifier(money.corporate),
                converted=converted(money),
                stamp=sql.SQL(", synced_at = %(at)s" if issubclass(money.model, Fact) else ""),
            )
            cursor.execute(statement, values)
            written += cursor.rowcount
    return written
