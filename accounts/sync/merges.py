"""What hung on a record that was merged hangs on the winner, however late its source notices."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from accounts import models as m
from accounts.models import Fact
from accounts.models.reference import Reference
from accounts.records import OBJECTS
from revenue.users.models import Org

MERGED: tuple[type[Fact], ...] = (m.Account, m.Contact, m.Lead, m.Case)
# References without a relation: they may lead to records of several kinds.
LOOSE: dict[type[Fact], tuple[tuple[type[Fact], str], ...]] = {
    m.Account: ((m.Activity, "what_ref"),),
    m.Contact: ((m.Activity, "who_ref"), (m.Contact, "reports_to_ref")),
    m.Lead: ((m.Activity, "who_ref"),),
    m.Case: ((m.Activity, "what_ref"), (m.Activity, "case_ref")),
    m.Opportunity: ((m.FieldChange, "record_ref"),),
}
# Of a record that was merged into one that was merged in its turn, the last.
LAST = """
    WITH RECURSIVE losers AS (
        SELECT t.external_id AS loser, t.merged_into_ref AS winner, 1 AS depth
        FROM {table} t
        WHERE t.org_id = %(org)s AND t.merged_into_ref IS NOT NULL AND t.deleted_at IS NOT NULL
          AND {wanted}
        UNION
        SELECT l.loser, t.merged_into_ref, l.depth + 1
        FROM losers l JOIN {table} t ON t.org_id = %(org)s AND t.external_id = l.winner
        WHERE t.merged_into_ref IS NOT NULL AND t.deleted_at IS NOT NULL AND l.depth < 20
    ),
    last AS (SELECT DISTINCT ON (loser) loser, winner FROM losers ORDER BY loser, depth DESC)
"""
MOVE = """
    UPDATE {child} c SET {column} = last.winner, synced_at = %(at)s
    FROM last
    WHERE c.org_id = %(org)s AND c.{column} = last.loser AND last.winner <> last.loser
"""
MOVE_STAGED = """
    UPDATE {child} c SET {column} = last.winner FROM last
    WHERE c.{column} = last.loser AND last.winner <> last.loser
"""
MOVE_STORED = """
    UPDATE {stored} c SET {column} = last.winner, synced_at = %(at)s
    FROM last, {child} s
    WHERE c.org_id = %(org)s AND c.external_id = s.external_id AND c.{column} = last.loser
      AND last.winner <> last.loser
"""
STAGED = "t.external_id = ANY (ARRAY (SELECT DISTINCT s.{column} FROM {child} s))"


def has_losers(model: type[Fact], *, org: Org) -> bool:
    rows = model.objects.filter(org=org, deleted_at__isnull=False)
    return bool(rows.filter(merged_into_ref__isnull=False).exists())


def children_of(model: type[Fact]) -> list[tuple[type[Fact], str]]:
    related = [
        (found.model, each.column_of_id)
        for found in OBJECTS.values()
        for each in found.model._meta.get_fields()
        if isinstance(each, Reference) and each.related_model is model
    ]
    return list(dict.fromkeys([*related, *LOOSE.get(model, ())]))


def follow_merges(*, org: Org, at: datetime) -> int:
    """Children that were here before the merge was known."""
    moved = 0
    values: dict[str, Any] = {"org": org.pk, "at": at}
    for model in MERGED:
        if not has_losers(model, org=org):
            continue
        with connection.cursor() as cursor:
            for child, column in children_of(model):
                statement = sql.SQL(LAST + MOVE).format(
                    table=sql.Identifier(model._meta.db_table),
                    wanted=sql.SQL("TRUE"),
                    child=sql.Identifier(child._meta.db_table),
                    column=sql.Identifier(column),
                )
                cursor.execute(statement, values)
                moved += cursor.rowcount
    return moved


def follow_staged(
    cursor: CursorWrapper,
    *,
    staging: sql.Identifier,
    stored: type[Fact],
    columns: Iterable[tuple[str, type[Fact]]],
    values: dict[str, Any],
) -> None:
    """Before both sides are compared: whichever still names the loser, it is no change of ours."""
    for name, model in columns:
        column = sql.Identifier(name)
        places = {
            "table": sql.Identifier(model._meta.db_table),
            "stored": sql.Identifier(stored._meta.db_table),
            "child": staging,
            "column": column,
        }
        staged = sql.SQL(STAGED).format(**places)
        for statement, wanted in ((MOVE_STAGED, staged), (MOVE_STORED, sql.SQL("TRUE"))):
            cursor.execute(sql.SQL(LAST + statement).format(wanted=wanted, **places), values)
