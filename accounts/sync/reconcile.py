"""Every id that the source has beside every id that is here: what no cursor and no list tells."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from accounts.models import FieldChange, ObjectSync
from accounts.records import OBJECTS
from accounts.sync.deletes import note_bereft
from accounts.sync.ids import EMAIL, EVENT, TASK, full_id
from accounts.sync.plan import ObjectPlan
from accounts.sync.work import Work

EVERY = timedelta(hours=24)
# Objects that share a table are told apart by what their ids begin with.
PREFIXES = {"Task": TASK, "Event": EVENT, "EmailMessage": EMAIL}
IN_MEMORY_BYTES = 8 << 20
LISTED = sql.Identifier("pg_temp", "sync_listed")
GONE = """
    FROM {table} t WHERE t.org_id = %(org)s AND t.deleted_at IS NULL AND {own}
    AND NOT EXISTS (SELECT FROM {listed} s WHERE s.external_id = t.external_id)
"""
MISSING = """
    SELECT count(*) FROM {listed} s
    WHERE NOT EXISTS (
        SELECT FROM {table} t
        WHERE t.org_id = %(org)s AND t.external_id = s.external_id AND t.deleted_at IS NULL
    ) AND NOT EXISTS (
        SELECT FROM accounts_refusedrow r
        WHERE r.org_id = %(org)s AND r.object_name = %(name)s AND r.external_id = s.external_id
    )
"""
# Out of sight for a while, as by a permission, and there again with the stamp that it always had.
BACK = """
    UPDATE {table} t SET deleted_at = NULL, synced_at = %(at)s FROM {listed} s
    WHERE t.org_id = %(org)s AND t.external_id = s.external_id AND t.deleted_at IS NOT NULL
"""
UNREADABLE = (
    "The source lists {count:,} records that it does not hand out: look at what its user may read."
)
CUT_SHORT = (
    "The source's list of ids was cut short, so nothing was marked as deleted by it: "
    "it is asked again at the next sync."
)


def is_due(work: Work, *, plan: ObjectPlan, state: ObjectSync, asked: bool, is_first: bool) -> bool:
    """A first run has just read everything; after that once a day, or where there is a reason."""
    if not plan.spec.has_deletes:
        return False
    if asked or plan.name in work.bereft or (work.is_full and not is_first):
        return True
    if is_first:
        return False
    if state.reconciled_at is None or work.at - state.reconciled_at >= EVERY:
        return True
    return has_drifted(state)


def has_drifted(state: ObjectSync) -> bool:
    if state.source_count is None or state.local_count is None:
        return False
    return state.source_count != state.local_count + state.refused_count


def reconcile(work: Work, *, plan: ObjectPlan, state: ObjectSync, pull: Callable[[], None]) -> None:
    """What is gone is marked; what is missing is read again: what changed, then all of it."""
    state.problem = ""
    missing = compare_ids(work, plan=plan, state=state)
    if missing:
        pull()
        missing = compare_ids(work, plan=plan, state=state, brings_back=True)
    if missing:
        state.position = {}
        pull()
        missing = compare_ids(work, plan=plan, state=state)
    if missing:
        state.problem = UNREADABLE.format(count=missing)
    with work.step(state, tally=work.tally(plan.name)):
        state.reconciled_at = None if state.problem == CUT_SHORT else work.at


def compare_ids(
    work: Work, *, plan: ObjectPlan, state: ObjectSync, brings_back: bool = False
) -> int:
    """How many the source has and we have not, after marking those that it has no more."""
    tally = work.tally(plan.name)
    table = sql.Identifier(plan.found.model._meta.db_table)
    values: dict[str, Any] = {"org": work.org.pk, "at": work.at, "name": plan.name}
    gone = sql.SQL(GONE).format(table=table, own=own_rows(plan), listed=LISTED)
    # The source is asked before anything is open here: its answer may take a new sign-in, and what
    # that brings is kept at once.
    work.tell(f"{plan.found.record.capitalize()}: comparing ids")
    with listed_ids(work.connector.ids(plan.name)) as ids:
        is_cut_short = not is_whole(work, plan=plan, listed=ids.count)
        with work.step(state, tally=tally), connection.cursor() as cursor:
            stage_ids(cursor, ids)
            cursor.execute(sql.SQL("SELECT EXISTS (SELECT {})").format(gone), values)
            any_gone = cursor.fetchone()[0]
            if any_gone and is_cut_short:
                state.problem = CUT_SHORT
            elif any_gone:
                mark_gone(cursor, work=work, plan=plan, gone=gone, values=values)
            cursor.execute(sql.SQL(MISSING).format(table=table, listed=LISTED), values)
            missing = int(cursor.fetchone()[0])
            if missing and brings_back:
                cursor.execute(sql.SQL(BACK).format(table=table, listed=LISTED), values)
                tally.written += cursor.rowcount
            cursor.execute(sql.SQL("DROP TABLE {}").format(LISTED))
    return missing


def mark_gone(
    cursor: CursorWrapper,
    *,
    work: Work,
    plan: ObjectPlan,
    gone: sql.Composed,
    values: dict[str, Any],
) -> None:
    statement = sql.SQL(
        "UPDATE {} SET deleted_at = %(at)s, synced_at = %(at)s WHERE id IN (SELECT t.id {})"
        " RETURNING external_id"
    ).format(sql.Identifier(plan.found.model._meta.db_table), gone)
    cursor.execute(statement, values)
    ids = [row[0] for row in cursor.fetchall()]
    work.tally(plan.name).deleted += len(ids)
    note_bereft(work, model=plan.found.model, gone=ids)


@dataclass
class Listed:
    """Ids of the source, a line each, in memory while they are few."""

    lines: IO[str]
    count: int = 0


@contextmanager
def listed_ids(pages: Iterable[list[str]]) -> Iterator[Listed]:
    with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES, mode="w+", encoding="utf-8") as lines:
        found = Listed(lines)
        for page in pages:
            lines.writelines(json.dumps(full_id(each)) + "\n" for each in page)
            found.count += len(page)
        yield found


def stage_ids(cursor: CursorWrapper, ids: Listed) -> None:
    cursor.execute('CREATE TEMP TABLE sync_listed (external_id varchar(255) COLLATE "C")')
    ids.lines.seek(0)
    with (
        connection.wrap_database_errors,
        cursor.copy(sql.SQL("COPY {} FROM STDIN").format(LISTED)) as into,
    ):
        for line in ids.lines:
            into.write_row((json.loads(line),))
    cursor.execute(sql.SQL("CREATE INDEX ON {} (external_id)").format(LISTED))
    cursor.execute(sql.SQL("ANALYZE {}").format(LISTED))


def is_whole(work: Work, *, plan: ObjectPlan, listed: int) -> bool:
    """A list cut short, or a permission taken away, must not look like a great deletion."""
    count = work.connector.count(plan.name)
    return count is None or listed + max(10, listed // 100) >= count


def own_rows(plan: ObjectPlan) -> sql.Composable:
    """Of a table that several objects or we ourselves fill, what came from this one."""
    if plan.found.model is FieldChange:
        return sql.SQL("t.origin = 'source' AND t.record = {}").format(
            sql.Literal(plan.found.constants["record"])
        )
    sharing = [found for found in OBJECTS.values() if found.model is plan.found.model]
    if len(sharing) > 1:
        return sql.SQL("starts_with(t.external_id, {})").format(
            sql.Literal(PREFIXES.get(plan.name, ""))
        )
    return sql.SQL("TRUE")


def count_here(work: Work, *, plan: ObjectPlan, deleted: bool = False) -> int:
    statement = sql.SQL(
        "SELECT count(*) FROM {} t WHERE t.org_id = %(org)s AND (t.deleted_at IS NULL) = {} AND {}"
    ).format(
        sql.Identifier(plan.found.model._meta.db_table), sql.Literal(not deleted), own_rows(plan)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"org": work.org.pk})
        return int(cursor.fetchone()[0])
