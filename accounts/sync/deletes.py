"""What the source has no more, marked with its end."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from psycopg import sql

from accounts.connectors.base import Deletion
from accounts.models import Fact, ObjectSync
from accounts.records import OBJECTS
from accounts.salesforce_ids import full_id
from accounts.sync.merges import children_of
from accounts.sync.plan import ObjectPlan
from accounts.sync.work import Tally, Work

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
            if page.must_reconcile:
                state.reconciled_at = None  # also where this run does not come to it
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
    if has_merges and any(values["winners"]):
        work.losers.pop(model, None)
    if gone:
        note_bereft(work, model=model, gone=gone)


def note_bereft(work: Work, *, model: type[Fact], gone: list[str]) -> None:
    """Records that the source may have taken along with their parent, without a word of them.

    Inside of the transaction that marks the parent: a run that is killed leaves word to the next.
    """
    for child, column in children_of(model):
        if child.objects.filter(org=work.org, deleted_at=None, **{f"{column}__in": gone}).exists():
            names = {name for name, found in OBJECTS.items() if found.model is child}
            states = ObjectSync.objects.filter(org=work.org, object_name__in=names)
            states.update(reconciled_at=None)
            work.bereft |= names
