"""Rows that could not be kept: shown until they come in a form that can."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import QuerySet

from accounts.connectors.base import Refusal
from accounts.models import RefusedRow
from accounts.sync.convert import Mended
from accounts.sync.rows import shown_row

BATCH = 1000


def keep_refusals(
    refusals: Sequence[Refusal], *, org_id: int, object_name: str, at: datetime
) -> None:
    """In place of what was said of the same rows before."""
    ids = [each.external_id for each in refusals if each.external_id]
    forget_refusals(org_id=org_id, object_name=object_name, ids=ids)
    by_source: dict[str, list[int]] = {}
    for each in refusals:
        if each.line is not None:
            by_source.setdefault(each.source[:255], []).append(each.line)
    for source, lines in by_source.items():
        forget_lines(org_id=org_id, object_name=object_name, source=source, lines=lines)
    storable = Mended().storable
    RefusedRow.objects.bulk_create(
        (
            RefusedRow(
                org_id=org_id,
                object_name=object_name,
                source=storable(each.source)[:255],
                line=each.line,
                external_id=storable(each.external_id)[:255],
                field_name=storable(each.field_name)[:255],
                reason=storable(each.reason)[:500],
                row=shown_row(each.row),
                refused_at=at,
            )
            for each in refusals
        ),
        batch_size=BATCH,
    )


def forget_refusals(*, org_id: int, object_name: str, ids: Iterable[str]) -> int:
    rows = of_object(org_id=org_id, object_name=object_name)
    return rows.filter(external_id__in=list(ids)).delete()[0]


def forget_lines(*, org_id: int, object_name: str, source: str, lines: Sequence[int]) -> int:
    rows = of_object(org_id=org_id, object_name=object_name)
    return rows.filter(source=source, line__in=list(lines)).delete()[0]


def of_object(*, org_id: int, object_name: str) -> QuerySet[RefusedRow]:
    return RefusedRow.objects.filter(org_id=org_id, object_name=object_name)
