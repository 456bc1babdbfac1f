"""Every id that the source has beside every id that is here: what no cursor and no list tells."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Self

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from accounts.models import FieldChange, ObjectSync
from accounts.records import CURRENCIES, OBJECTS
from accounts.salesforce_ids import CURRENCY, EMAIL, EVENT, TASK, full_id
from accounts.sync.deletes import note_bereft
from accounts.sync.plan import ObjectPlan
from accounts.sync.work import Work

EVERY = timedelta(hours=24)
MARK = "ids"
# Objects that share a table are told apart by what their ids begin with.
PREFIXES = {"Task": TASK, "Event": EVENT, "EmailMessage": EMAIL, CURRENCIES: CURRENCY}
IN_MEMORY_BYTES = 8 << 20
# How many are compared at a time; after each part a run that is killed goes on.
A_PART = 50_000
# With more to say than this no mark is kept: it would be written anew with every part.
MOST_MARKED = 10_000
LISTED = sql.Identifier("pg_temp", "sync_listed")
GONE = """
    SELECT t.external_id FROM {table} t
    WHERE t.org_id = %(org)s AND t.deleted_at IS NULL AND {own}
      AND t.external_id > %(after)s AND (%(last)s::text IS NULL OR t.external_id <= %(last)s)
      AND NOT EXISTS (SELECT FROM {listed} s WHERE s.external_id = t.external_id)
"""
MISSING = """
    SELECT s.external_id FROM {listed} s
    WHERE NOT EXISTS (
        SELECT FROM {table} t
        WHERE t.org_id = %(org)s AND t.external_id = s.external_id AND t.deleted_at IS NULL
    ) AND NOT EXISTS (
        SELECT FROM accounts_refusedrow r
        WHERE r.org_id = %(org)s AND r.object_name = %(name)s AND r.external_id = s.external_id
    )
"""
GIVEN = """(SELECT unnest(%(ids)s::text[]) COLLATE "C" AS external_id)"""
# What was written since the list began was seen in the source since.
MARK_GONE = """
    UPDATE {table} t SET deleted_at = %(at)s, synced_at = %(at)s
    WHERE t.org_id = %(org)s AND t.external_id = ANY(%(ids)s) AND t.deleted_at IS NULL
      AND t.synced_at <= %(began)s
    RETURNING t.external_id
"""
# Out of sight for a while, as by a permission, and there again with the stamp that it always had.
BACK = """
    UPDATE {table} t SET deleted_at = NULL, synced_at = %(at)s
    WHERE t.org_id = %(org)s AND t.external_id = ANY(%(ids)s) AND t.deleted_at IS NOT NULL
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
    if MARK in state.marks:
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
    tally, found = work.tally(plan.name), Compared.left_by(state, at=work.at)
    # The source is asked before anything is open here: its answer may take a new sign-in, and what
    # that brings is kept at once.
    work.tell(f"{plan.found.record.capitalize()}: comparing ids")
    for part in parts(work, plan=plan, after=found.after):
        with part as ids:
            if not ids.is_last:
                with work.step(state, tally=tally), connection.cursor() as cursor:
                    compare_part(cursor, ids=ids, found=found, work=work, plan=plan)
                    found.leave_mark(state)
                continue
            is_whole = holds_all(work, plan=plan, listed=found.listed + ids.count)
            with work.step(state, tally=tally), connection.cursor() as cursor:
                compare_part(cursor, ids=ids, found=found, work=work, plan=plan)
                state.marks.pop(MARK, None)
                if found.gone and not is_whole:
                    state.problem = CUT_SHORT
                elif found.gone:
                    mark_gone(cursor, work=work, plan=plan, found=found)
                missing = still_missing(cursor, work=work, plan=plan, found=found)
                if missing and brings_back:
                    values: dict[str, Any] = {"org": work.org.pk, "at": work.at, "ids": missing}
                    cursor.execute(sql.SQL(BACK).format(table=table_of(plan)), values)
                    tally.written += cursor.rowcount
    return len(missing)


@dataclass
class Compared:
    """What is known of the ids up to one of them."""

    began: datetime
    after: str = ""
    listed: int = 0
    gone: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @classmethod
    def left_by(cls, state: ObjectSync, *, at: datetime) -> "Compared":
        mark = state.marks.get(MARK)
        if mark and at - datetime.fromisoformat(mark["began"]) < EVERY:
            return cls(**{**mark, "began": datetime.fromisoformat(mark["began"])})
        return cls(began=at)

    def leave_mark(self, state: ObjectSync) -> None:
        state.marks.pop(MARK, None)
        if len(self.gone) + len(self.missing) <= MOST_MARKED:
            state.marks[MARK] = {**asdict(self), "began": self.began.isoformat()}


def compare_part(
    cursor: CursorWrapper, *, ids: "Listed", found: Compared, work: Work, plan: ObjectPlan
) -> None:
    values: dict[str, Any] = {
        "org": work.org.pk,
        "name": plan.name,
        "after": found.after,
        "last": None if ids.is_last else ids.last,
    }
    stage_ids(cursor, ids)
    for question, answer in ((GONE, found.gone), (MISSING, found.missing)):
        statement = sql.SQL(question).format(
            table=table_of(plan), own=own_rows(plan), listed=LISTED
        )
        cursor.execute(statement, values)
        answer.extend(row[0] for row in cursor.fetchall())
    cursor.execute(sql.SQL("DROP TABLE {}").format(LISTED))
    found.listed += ids.count
    found.after = ids.last or found.after


def still_missing(
    cursor: CursorWrapper, *, work: Work, plan: ObjectPlan, found: Compared
) -> list[str]:
    if not found.missing:
        return []
    values: dict[str, Any] = {"org": work.org.pk, "name": plan.name, "ids": found.missing}
    statement = sql.SQL(MISSING).format(table=table_of(plan), listed=sql.SQL(GIVEN))
    cursor.execute(statement, values)
    return [row[0] for row in cursor.fetchall()]


def mark_gone(cursor: CursorWrapper, *, work: Work, plan: ObjectPlan, found: Compared) -> None:
    values: dict[str, Any] = {
        "org": work.org.pk,
        "at": work.at,
        "ids": found.gone,
        "began": found.began,
    }
    cursor.execute(sql.SQL(MARK_GONE).format(table=table_of(plan)), values)
    ids = [row[0] for row in cursor.fetchall()]
    work.tally(plan.name).deleted += len(ids)
    note_bereft(work, model=plan.found.model, gone=ids)


def table_of(plan: ObjectPlan) -> sql.Identifier:
    return sql.Identifier(plan.found.model._meta.db_table)


@dataclass
class Listed:
    """Ids of the source, a line each, in memory while they are few."""

    lines: IO[str]
    count: int = 0
    last: str = ""
    is_last: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lines.close()

    def add(self, ids: list[str]) -> None:
        full = [full_id(each) for each in ids]
        self.lines.writelines(json.dumps(each) + "\n" for each in full)
        self.count += len(full)
        self.last = full[-1] if full else self.last


def parts(work: Work, *, plan: ObjectPlan, after: str) -> Iterator[Listed]:
    """Of a source that can begin in the middle, some at a time; of any other all at once."""
    ask = getattr(work.connector, "ids_after", None)
    pages = ask(plan.name, after) if ask else work.connector.ids(plan.name)
    listed = Listed(spool())
    try:
        for page in pages:
            if ask and listed.count >= A_PART:
                yield listed
                listed = Listed(spool())
            listed.add(page)
        listed.is_last = True
        yield listed
    finally:
        listed.lines.close()


def spool() -> IO[str]:
    return SpooledTemporaryFile(max_size=IN_MEMORY_BYTES, mode="w+", encoding="utf-8")


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


def holds_all(work: Work, *, plan: ObjectPlan, listed: int) -> bool:
    """A list cut short, or a permission taken away, must not look like a great deletion."""
    count = work.connector.count(plan.name)
    return count is None or listed + max(10, listed // 100) >= count


def own_rows(plan: ObjectPlan) -> sql.Composable:
    """Of a table that several objects or we ourselves fill, what came from this one."""
    if plan.found.model is FieldChange:
        return sql.SQL("t.origin = 'source' AND t.record = {}").format(
            sql.Literal(plan.found.constants["record"])
        )
    if plan.name in PREFIXES:
        return begins_with(PREFIXES[plan.name])
    others = [
        begins_with(PREFIXES[name])
        for name, found in OBJECTS.items()
        if found.model is plan.found.model and name in PREFIXES
    ]
    return sql.SQL("NOT ({})").format(sql.SQL(" OR ").join(others)) if others else sql.SQL("TRUE")


def begins_with(prefix: str) -> sql.Composed:
    return sql.SQL("starts_with(t.external_id, {})").format(sql.Literal(prefix))


def count_here(work: Work, *, plan: ObjectPlan, deleted: bool = False) -> int:
    statement = sql.SQL(
        "SELECT count(*) FROM {} t WHERE t.org_id = %(org)s AND (t.deleted_at IS NULL) = {} AND {}"
    ).format(
        sql.Identifier(plan.found.model._meta.db_table), sql.Literal(not deleted), own_rows(plan)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"org": work.org.pk})
        return int(cursor.fetchone()[0])
