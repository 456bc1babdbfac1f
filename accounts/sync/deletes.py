"""What the source has no more: marked with its end, and what hung on a merged record moves over."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from psycopg import sql

from accounts import models as m
from accounts.connectors.base import Deletion
from accounts.models import Fact, ObjectSync
from accounts.models.reference import Reference
from accounts.records import OBJECTS
from accounts.sync.ids import full_id
from accounts.sync.plan import ObjectPlan
from accounts.sync.work import Tally, Work

# References without a relation: they may lead to records of several kinds.
LOOSE: dict[type[Fact], tuple[tuple[type[Fact], str], ...]] = {
    m.Account: ((m.Activity, "what_ref"),),
    m.Contact: ((m.Activity, "who_ref"), (m.Contact, "reports_to_ref")),
    m.Lead: ((m.Activity, "who_ref"),),
    m.Case: ((m.Activity, "what_ref"), (m.Activity, "case_ref")),
    m.Opportunity: ((m.FieldChange, "record_ref"),),
}
MARK = """
    UPDATE {table} t SET deleted_at = d.deleted_at, synced_at = %(at)s {merged}
    FROM unnest(%(ids)s::text[], %(moments)s::timestamptz[], %(winners)s::text[])
        AS d (external_id, deleted_at, merged_into)
    WHERE t.org_id = %(org)s AND t.external_id = d.external_id COLLATE "C"
      AND (t.deleted_at IS NULL {news})
      AND (t.modified_at IS NULL OR t.modified_at <= d.deleted_at)
    RETURNING t.external_id
"""
MERGED = ", merged_into_ref = coalesce(nullif(d.merged_into, ''), t.merged_into_ref)"
MERGED_SINCE = "OR (d.merged_into <> '' AND t.merged_into_ref IS DISTINCT FROM d.merged_into)"
# Of a record that was merged into one that was merged in its turn, the last.
MOVE = """
    WITH RECURSIVE losers AS (
        SELECT t.external_id AS loser, t.merged_into_ref AS winner, 1 AS depth
        FROM {table} t
        WHERE t.org_id = %(org)s AND t.merged_into_ref IS NOT NULL AND t.deleted_at IS NOT NULL
        UNION
        SELECT l.loser, t.merged_into_ref, l.depth + 1
        FROM losers l JOIN {table} t ON t.org_id = %(org)s AND t.external_id = l.winner
        WHERE t.merged_into_ref IS NOT NULL AND t.deleted_at IS NOT NULL AND l.depth < 20
    ),
    last AS (SELECT DISTINCT ON (loser) loser, winner FROM losers ORDER BY loser, depth DESC)
    UPDATE {child} c SET {column} = last.winner, synced_at = %(at)s
    FROM last
    WHERE c.org_id = %(org)s AND c.{column} = last.loser AND last.winner <> last.loser
"""


def pull_deletions(work: Work, *, plan: ObjectPlan, state: ObjectSync) -> bool:
    """Whether the source could not say all of it, so that the ids must be compared."""
    must_reconcile = False
    tally = work.tally(plan.name)
    for page in work.connector.deleted_since(plan.name, state.deletes_position):
        must_reconcile = must_reconcile or page.must_reconcile
        if not page.deletions and page.position == state.deletes_position:
            continue
        with work.step(state, tally=tally, text=f"{plan.found.record.capitalize()}: deletions"):
            mark_deleted(work, plan=plan, deletions=page.deletions, tally=tally)
            state.deletes_position = page.position
    return must_reconcile


def mark_deleted(
    work: Work, *, plan: ObjectPlan, deletions: Sequence[Deletion], tally: Tally
) -> None:
    """Inside of a transaction. Deleted twice is deleted once; an undelete since then stands."""
    if not deletions:
        return
    model = plan.found.model
    latest = {full_id(each.external_id): each for each in deletions}
    has_merges = "merged_into_ref" in {each.name for each in model._meta.concrete_fields}
    statement = sql.SQL(MARK).format(
        table=sql.Identifier(model._meta.db_table),
        merged=sql.SQL(MERGED if has_merges else ""),
        news=sql.SQL(MERGED_SINCE if has_merges else ""),
    )
    values: dict[str, Any] = {
        "org": work.org.pk,
        "at": work.at,
        "ids": list(latest),
        "moments": [each.deleted_at for each in latest.values()],
        "winners": [full_id(each.merged_into) for each in latest.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        gone = [row[0] for row in cursor.fetchall()]
    tally.deleted += len(gone)
    if gone:
        note_bereft(work, model=model, gone=gone)


def note_bereft(work: Work, *, model: type[Fact], gone: list[str]) -> None:
    """Records that the source may have taken along with their parent, without a word of them."""
    for child, column in children_of(model):
        if child.objects.filter(org=work.org, deleted_at=None, **{f"{column}__in": gone}).exists():
            work.bereft |= {name for name, found in OBJECTS.items() if found.model is child}


def follow_merges(work: Work) -> int:
    """Children that came late, or again from before the merge, go to the winner as well."""
    moved = 0
    values: dict[str, Any] = {"org": work.org.pk, "at": work.at}
    for model in (m.Account, m.Contact, m.Lead, m.Case):
        rows = model.objects.filter(org=work.org, deleted_at__isnull=False)
        if not rows.filter(merged_into_ref__isnull=False).exists():
            continue
        with connection.cursor() as cursor:
            for child, column in children_of(model):
                statement = sql.SQL(MOVE).format(
                    table=sql.Identifier(model._meta.db_table),
                    child=sql.Identifier(child._meta.db_table),
                    column=sql.Identifier(column),
                )
                cursor.execute(statement, values)
                moved += cursor.rowcount
    return moved


def children_of(model: type[Fact]) -> list[tuple[type[Fact], str]]:
    related = [
        (found.model, each.column_of_id)
        for found in OBJECTS.values()
        for each in found.model._meta.get_fields()
        if isinstance(each, Reference) and each.related_model is model
    ]
    return list(dict.fromkeys([*related, *LOOSE.get(model, ())]))
