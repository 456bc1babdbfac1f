"""Pages of an object, one after the other: rows and the position after them are kept together."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import DataError, IntegrityError, transaction

from accounts.connectors.base import Deletion, Page, Refusal
from accounts.models import ObjectSync
from accounts.sync import refusals
from accounts.sync.captured import UNREST, unrest_after
from accounts.sync.convert import UnfitError, to_moment
from accounts.sync.deletes import mark_deleted
from accounts.sync.former import clear_former_places
from accounts.sync.plan import FRESH, ObjectPlan
from accounts.sync.rows import Kept, RowReader
from accounts.sync.upsert import Batch, write_rows
from accounts.sync.work import Tally, Turns, Work

FORMULAS = "formulas"
FORMULAS_EVERY = timedelta(hours=24)


def pull(work: Work, *, plan: ObjectPlan, state: ObjectSync) -> None:
    """From where the last committed page left off."""
    tally = work.tally(plan.name)
    is_first = not state.position
    expect_new = is_first and not plan.found.model.objects.filter(org=work.org).exists()
    if is_first and not expect_new:
        clear_former_places(org=work.org, object_name=plan.name)
    reader = RowReader(plan, currency=work.org.currency, at=work.at, marks=state.marks)
    for page in work.connector.changed_since(plan.name, state.position):
        with work.step(state, tally=tally, text=progress_text(plan, tally)):
            keep_page(work, reader=reader, page=page, state=state, expect_new=expect_new)
            state.position = page.position
            if page.read_up_to is not None:
                state.read_up_to = max(page.read_up_to, state.read_up_to or page.read_up_to)
            state.synced_at, state.problem = work.at, ""
            if is_first and state.formulas_read_at is None:
                state.formulas_read_at = work.at
    keep_marks(work, plan=plan, state=state)


def keep_marks(work: Work, *, plan: ObjectPlan, state: ObjectSync) -> None:
    """Once all is read: no field is new any more, and some may be in unrest."""
    turns = work.turns.pop(plan.found.record, Turns())
    before = state.marks.get(UNREST, {})
    unrest = unrest_after(before, turned=turns.fields, rows=turns.rows)
    if FRESH in state.marks or unrest != before:
        with work.step(state, tally=work.tally(plan.name)):
            state.marks.pop(FRESH, None)
            state.marks[UNREST] = unrest


def pull_formulas(work: Work, *, plan: ObjectPlan, state: ObjectSync) -> None:
    """What the source works out changes without the record's stamp: read anew once a day."""
    read = getattr(work.connector, "formulas", None)
    due = state.formulas_read_at is None or work.at - state.formulas_read_at >= FORMULAS_EVERY
    if read is None or not plan.formulas or not due:
        return
    tally, mark = work.tally(plan.name), formulas_mark(plan, state=state, at=work.at)
    reader = RowReader(plan, currency=work.org.currency, at=work.at)
    for page in read(plan.name, mark["position"]):
        with work.step(state, tally=tally, text=f"{plan.found.record.capitalize()}: formulas"):
            for batch in reader.read(page, is_partial=True).batches:
                tally.written += write_rows(batch, org_id=work.org.pk, at=work.at).rows
            state.marks[FORMULAS] = {**mark, "position": page.position}
    with work.step(state, tally=tally):
        state.formulas_read_at = datetime.fromisoformat(mark["began"])
        state.marks.pop(FORMULAS, None)


def formulas_mark(plan: ObjectPlan, *, state: ObjectSync, at: datetime) -> dict[str, Any]:
    """Where a run was cut off; from the beginning where that is long ago, or of other fields."""
    left, fields = state.marks.get(FORMULAS), sorted(plan.formulas)
    if left and left["fields"] == fields and is_fresh(left["began"], at=at):
        return dict(left)
    return {"began": at.isoformat(), "fields": fields, "position": {}}


def is_fresh(began: str, *, at: datetime) -> bool:
    return at - datetime.fromisoformat(began) < FORMULAS_EVERY


def keep_page(
    work: Work, *, reader: RowReader, page: Page, state: ObjectSync, expect_new: bool
) -> None:
    """Inside of a transaction."""
    name, tally, org_id = reader.plan.name, work.tally(reader.plan.name), work.org.pk
    mended = reader.mended.texts
    kept = reader.read(page)
    follows = work.columns_to_follow(reader.plan.found.model)
    for batch in kept.batches:
        ready = replace(batch, expect_new=expect_new, follows=follows)
        write_or_refuse(work, batch=ready, kept=kept, page=page, tally=tally)
    if state.refused_count or kept.refusals:
        forget_accepted(kept, page=page, org_id=org_id, name=name)
        refusals.keep_refusals(kept.refusals, org_id=org_id, object_name=name, at=work.at)
        state.refused_count = refusals.of_object(org_id=org_id, object_name=name).count()
    if gone := [deletion_of(key, row=row, work=work) for key, row in kept.deleted.items()]:
        mark_deleted(work, plan=reader.plan, deletions=gone, tally=tally)
    tally.read += len(page.rows) + len(page.refusals)
    tally.refused += len(kept.refusals)
    tally.mended += reader.mended.texts - mended


def write_or_refuse(work: Work, *, batch: Batch, kept: Kept, page: Page, tally: Tally) -> None:
    """What the database itself refuses is found by halves, so that the good rows land."""
    try:
        with transaction.atomic():
            written = write_rows(batch, org_id=work.org.pk, at=work.at)
    except (DataError, IntegrityError) as error:
        if len(batch.rows) == 1:
            row, line = kept.rows.pop(batch.rows[0][0])
            reason = f"The database cannot keep it: {said_by(error)}."
            kept.refusals.append(
                Refusal(
                    reason=reason[:500],
                    external_id=batch.rows[0][0],
                    source=page.source,
                    line=line,
                    row=row,
                )
            )
            return
        middle = len(batch.rows) // 2
        for half in (batch.rows[:middle], batch.rows[middle:]):
            part = replace(batch, rows=half)
            write_or_refuse(work, batch=part, kept=kept, page=page, tally=tally)
    else:
        tally.written += written.rows
        tally.captured += written.captured
        work.turns.setdefault(batch.record, Turns()).add(written)


def said_by(error: Exception) -> str:
    """Its first line; the others quote whole rows."""
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__


def forget_accepted(kept: Kept, *, page: Page, org_id: int, name: str) -> None:
    refusals.forget_refusals(org_id=org_id, object_name=name, ids=kept.rows)
    if page.lines:
        lines = [line for _, line in kept.rows.values() if line is not None]
        refusals.forget_lines(org_id=org_id, object_name=name, source=page.source, lines=lines)


def deletion_of(key: str, *, row: dict[str, object], work: Work) -> Deletion:
    """Of a row that the source gives as deleted: its last stamp is when it went."""
    try:
        moment = to_moment(row.get("SystemModstamp") or row.get("LastModifiedDate"))
    except UnfitError:
        moment = work.at
    return Deletion(
        external_id=key, deleted_at=moment, merged_into=str(row.get("MasterRecordId") or "")
    )


def progress_text(plan: ObjectPlan, tally: Tally) -> str:
    of = "" if tally.expected is None else f" of {tally.expected:,}"
    return f"{plan.found.record.capitalize()}: {tally.read:,}{of} rows"
