"""Where a field of the source goes: a column of ours, the other fields of a record, or nowhere.

A change makes the next sync read the object from the beginning; nothing is moved here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, F
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpRequest

from accounts.models import ObjectSync, SourceField
from accounts.models.reference import ID_LENGTH
from accounts.records import COMMON, OBJECTS, SourceObject
from accounts.records.columns import open_columns
from accounts.sync.locks import SyncRunningError, org_lock
from accounts.sync.plan import family
from revenue.users import audit
from revenue.users.models import AuditEvent, Org, User

EXTRA, SKIP, COLUMN = "extra", "skip", "column:"
SAMPLE = 20_000
EXAMPLES, EXAMPLE_LENGTH = 5, 80
DAYS = {"date", "datetime"}
WORDS = {"text", "id", "number", "date", "datetime", "time"}
BUSY = "A sync of this org is running. Change the mapping when it has ended."
FIXED = "Records are known by this field: it always goes where it goes now."


@dataclass(frozen=True)
class Filled:
    """In how many of the records that were looked at."""

    rows: int
    looked_at: int
    examples: tuple[str, ...] = ()


def fits(kind: str, column: "models.Field[Any, Any]") -> bool:
    """Whether values of a source's type can be kept in a column."""
    kind = family(kind)
    if isinstance(column, models.CharField | models.TextField):
        is_reference = column.max_length == ID_LENGTH and column.db_collation == "C"
        return kind == "id" if is_reference else kind in WORDS
    if isinstance(column, models.BooleanField):
        return kind == "boolean"
    if isinstance(column, models.DateField):
        return kind in DAYS
    if isinstance(column, models.DecimalField | models.FloatField | models.IntegerField):
        return kind == "number"
    return False


def fixed_columns(found: SourceObject) -> set[str]:
    """By these a record is known and its changes are found, or it could not be kept at all."""
    return {*COMMON.values(), *found.required, *found.constants}


def is_fixed(field: SourceField) -> bool:
    return field.name == "Id" or field.column in fixed_columns(OBJECTS[field.object_name])


def columns_for(field: SourceField) -> list[str]:
    found = OBJECTS[field.object_name]
    fixed = fixed_columns(found)
    return sorted(
        name
        for name, column in open_columns(found).items()
        if name not in fixed and fits(field.type, column)
    )


def destination_of(field: SourceField) -> str:
    if field.is_skipped:
        return SKIP
    is_apart = field.state == SourceField.State.QUARANTINED or not field.column
    return EXTRA if is_apart else f"{COLUMN}{field.column}"


def set_destination(
    *, field: SourceField, destination: str, by: User, request: HttpRequest | None = None
) -> None:
    """The field that filled the column before goes to the other fields."""
    column = destination.removeprefix(COLUMN) if destination.startswith(COLUMN) else ""
    if is_fixed(field):
        raise ValidationError(FIXED)
    if column and column not in columns_for(field):
        raise ValidationError(f"Values of the type {field.type} do not fit into {column}.")
    with changing(field.org):
        before = destination_of(field)
        for other in displaced(field, column):
            decide(other, column="", is_skipped=False)
        decide(field, column=column, is_skipped=destination == SKIP)
        read_anew(field)
        note(field, by=by, detail={"from": before, "to": destination}, request=request)


def accept_type(*, field: SourceField, by: User, request: HttpRequest | None = None) -> None:
    """The field goes on filling its column where the new type fits into it."""
    column = field.column if field.column in columns_for(field) else ""
    with changing(field.org):
        if column != field.column:
            field.is_set_by_admin = True
        detail = {"accepted": field.type, "before": field.previous_type}
        decide(field, column=column, is_skipped=field.is_skipped, by_admin=field.is_set_by_admin)
        read_anew(field)
        note(field, by=by, detail=detail, request=request)


def keep_apart(*, field: SourceField, by: User, request: HttpRequest | None = None) -> None:
    """What the column has stays; values of the new type go to the other fields."""
    with changing(field.org):
        detail = {"kept_apart": field.type, "before": field.previous_type}
        decide(field, column="", is_skipped=False)
        read_anew(field)
        note(field, by=by, detail=detail, request=request)


def release(*, field: SourceField, by: User, request: HttpRequest | None = None) -> None:
    """Undoes what admins said: it goes to its usual place, and so do those that it displaced."""
    if is_fixed(field):
        raise ValidationError(FIXED)
    with changing(field.org):
        before, freed = destination_of(field), field.column
        decide(field, column=usual_column(field), is_skipped=False, by_admin=False)
        theirs = SourceField.objects.filter(
            org=field.org, object_name=field.object_name, is_set_by_admin=True, column=""
        )
        for other in theirs.filter(is_skipped=False).exclude(pk=field.pk):
            if freed and usual_column(other) == freed:
                decide(other, column=freed, is_skipped=False, by_admin=False)
        read_anew(field)
        detail = {"released": before, "to": destination_of(field)}
        note(field, by=by, detail=detail, request=request)


def usual_column(field: SourceField) -> str:
    """The next sync has the last word: files know more about their columns than their names say."""
    found = OBJECTS[field.object_name]
    column = found.column_of(field.name)
    return column if column in columns_for(field) else ""


@contextmanager
def changing(org: Org) -> Iterator[None]:
    """No sync runs meanwhile: it would write down a position of before the change."""
    try:
        with org_lock(org_id=org.pk), transaction.atomic():
            yield
    except SyncRunningError as error:
        raise ValidationError(BUSY) from error


def displaced(field: SourceField, column: str) -> list[SourceField]:
    if not column:
        return []
    same = SourceField.objects.filter(
        org=field.org, object_name=field.object_name, column=column, is_skipped=False
    )
    return list(same.exclude(pk=field.pk))


def decide(field: SourceField, *, column: str, is_skipped: bool, by_admin: bool = True) -> None:
    field.column, field.is_skipped, field.is_set_by_admin = column, is_skipped, by_admin
    if field.state == SourceField.State.QUARANTINED:
        field.state, field.previous_type = SourceField.State.CURRENT, ""
    field.save(update_fields=["column", "is_skipped", "is_set_by_admin", "state", "previous_type"])


def read_anew(field: SourceField) -> None:
    ObjectSync.objects.filter(org=field.org, object_name=field.object_name).update(position={})


def note(
    field: SourceField, *, by: User, detail: dict[str, str], request: HttpRequest | None
) -> None:
    audit.record(
        AuditEvent.Action.ORG_CHANGED,
        by=by,
        org=field.org,
        subject=f"Mapping of {field}",
        detail={"mapping": str(field), **detail},
        request=request,
    )


def filled(field: SourceField) -> Filled | None:
    """Counted in some of the records: all of a large org would take too long for a page."""
    found, destination = OBJECTS[field.object_name], destination_of(field)
    name = destination.removeprefix(COLUMN)
    column = open_columns(found).get(name)
    if destination == SKIP or (destination != EXTRA and column is None):
        return None
    rows = found.model.objects.filter(org=field.org, **found.constants)
    sample = rows.filter(pk__in=rows.values("pk")[:SAMPLE])
    held: Any = KeyTextTransform(field.name, "extra") if column is None else F(name)
    with_value = sample.annotate(held=held).exclude(held=None)
    if column is None or isinstance(column, models.CharField | models.TextField):
        with_value = with_value.exclude(held="")
    commonest = with_value.values_list("held").annotate(count=Count("pk"))
    examples = commonest.order_by("-count", "held")[:EXAMPLES]
    return Filled(
        rows=with_value.count(),
        looked_at=sample.count(),
        examples=tuple(in_short(value) for value, _ in examples),
    )


def in_short(value: Any) -> str:
    text = value if isinstance(value, str) else f"{value}"
    return text if len(text) <= EXAMPLE_LENGTH else f"{text[:EXAMPLE_LENGTH]}…"
