"""What is read of each object and where it goes: describe beside what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from accounts.connectors.base import SourceFieldSpec, SourceObjectSpec
from accounts.models import ObjectSync, SourceField
from accounts.records import COMMON, OBJECTS, SourceObject
from accounts.records.columns import open_columns
from accounts.sync.captured import own_fields
from revenue.users.models import Org

FAMILIES = {
    "text": {"string", "text", "picklist", "multipicklist", "email", "phone", "url"},
    "id": {"id", "reference"},
    "number": {"integer", "double", "currency", "percent"},
}
# Of the reader, not of the record: they change with every look at it.
PASSING = {"LastViewedDate", "LastReferencedDate", "IsDeleted", "attributes"}
STAMPS = ("SystemModstamp", "LastModifiedDate")
# Marks the fields of an object that nobody has read of all its rows yet.
FRESH = "fresh"
# Often enough to see when a field was last there, without a write a run.
SEEN_EVERY = timedelta(hours=12)

State = SourceField.State


@dataclass(frozen=True)
class ObjectPlan:
    found: SourceObject
    spec: SourceObjectSpec
    # Source field → columns.
    columns: dict[str, tuple[str, ...]]
    # Source field → its type by describe, for what lands in `extra`.
    extra: dict[str, str]
    formulas: frozenset[str] = field(default_factory=frozenset)
    # Of those in `extra`, the ones whose changes are kept.
    own: frozenset[str] = field(default_factory=frozenset)

    @property
    def name(self) -> str:
        return self.found.name


def plan_objects(
    *, org: Org, specs: Mapping[str, SourceObjectSpec], at: datetime
) -> dict[str, ObjectPlan]:
    """In the order in which they are read; what changed in the source is written down first.

    Of rows that did not change, nobody has read a field that comes into view: all are read anew.
    """
    known: dict[str, dict[str, SourceField]] = {}
    for each in SourceField.objects.filter(org=org):
        known.setdefault(each.object_name, {})[each.name] = each
    plans = {}
    for name, found in OBJECTS.items():
        if name in specs:
            fields = known.get(name, {})
            with transaction.atomic():
                fresh = compare(org=org, found=found, spec=specs[name], fields=fields, at=at)
                if fresh:
                    read_anew(org, spec=specs[name], fresh=fresh)
            plans[name] = plan_object(found=found, spec=specs[name], fields=fields)
    return plans


def read_anew(org: Org, *, spec: SourceObjectSpec, fresh: list[str]) -> None:
    """What has no cursor is read whole in any case."""
    for state in ObjectSync.objects.filter(org=org, object_name=spec.name):
        state.marks[FRESH] = sorted({*state.marks.get(FRESH, ()), *fresh})
        state.position = {} if spec.cursor else state.position
        state.save(update_fields=["marks", "position"])


def compare(
    *,
    org: Org,
    found: SourceObject,
    spec: SourceObjectSpec,
    fields: dict[str, SourceField],
    at: datetime,
) -> list[str]:
    """Fields that came into view of which rows that are here may have values."""
    new, changed, before = [], [], {name: each.state for name, each in fields.items()}
    for name, said in spec.fields.items():
        if name not in fields:
            fields[name] = SourceField(
                org=org, object_name=found.name, name=name, first_seen_at=at, last_seen_at=at
            )
            describe(fields[name], said=said, column=usual_column(found, spec, said))
            new.append(fields[name])
        elif meet(fields[name], said=said, column=usual_column(found, spec, said), at=at):
            changed.append(fields[name])
    for name, each in fields.items():
        if name not in spec.fields and each.state != State.STALE:
            each.state = State.STALE
            changed.append(each)
    SourceField.objects.bulk_create(new, batch_size=1000)
    if changed:
        SourceField.objects.bulk_update(changed, CHANGING, batch_size=1000)
    back = [
        each
        for each in changed
        if each.state == State.CURRENT != before[each.name] and not each.is_skipped
    ]
    return [each.name for each in (*new, *back)] if before else []


CHANGING = [
    *("label", "type", "is_custom", "is_formula", "column", "state", "previous_type"),
    "last_seen_at",
]


def describe(each: SourceField, *, said: SourceFieldSpec, column: str) -> None:
    each.label, each.type = said.label[:255], said.type
    each.is_custom, each.is_formula = said.is_custom, said.is_formula
    if not each.is_set_by_admin:
        each.column = column


def meet(each: SourceField, *, said: SourceFieldSpec, column: str, at: datetime) -> bool:
    """What describe says now against what it said before; whether anything is to be kept of it."""
    before = {name: getattr(each, name) for name in CHANGING}
    if each.state == State.STALE:
        each.state = State.CURRENT
    if not alike(each.type, said.type) and not said.column:
        each.state, each.previous_type = turned(each, said=said)
    describe(each, said=said, column=column)
    if at - each.last_seen_at >= SEEN_EVERY:
        each.last_seen_at = at
    return any(getattr(each, name) != value for name, value in before.items())


def turned(each: SourceField, *, said: SourceFieldSpec) -> tuple[str, str]:
    """A type that turned is not trusted with the column, until it turns back or an admin says."""
    if each.state == State.QUARANTINED and alike(each.previous_type, said.type):
        return State.CURRENT, ""
    kept = each.previous_type if each.state == State.QUARANTINED else each.type
    return State.QUARANTINED, kept


def family(kind: str) -> str:
    return next((name for name, kinds in FAMILIES.items() if kind in kinds), kind)


def alike(kind: str, other: str) -> bool:
    return family(kind) == family(other)


def usual_column(found: SourceObject, spec: SourceObjectSpec, said: SourceFieldSpec) -> str:
    column = said.column or found.column_of(said.name)
    if not column and said.name == stamp_of(spec):
        return "modified_at"
    return column if is_open(found, column) else ""


def stamp_of(spec: SourceObjectSpec) -> str:
    """The field that says when a record last changed, where the source has one."""
    return next((name for name in STAMPS if name in spec.fields), "")


def is_open(found: SourceObject, column: str) -> bool:
    return column in open_columns(found)


def plan_object(
    *, found: SourceObject, spec: SourceObjectSpec, fields: Mapping[str, SourceField]
) -> ObjectPlan:
    columns: dict[str, list[str]] = {}
    extra: dict[str, str] = {}
    taken: set[str] = set()
    # What an admin has said first, then in the order of describe: a column has one source.
    names = sorted(spec.fields, key=lambda name: not fields[name].is_set_by_admin)
    for name in names:
        each = fields[name]
        if name in PASSING or (each.is_skipped and name != "Id"):
            continue
        column = "" if each.state == State.QUARANTINED else each.column
        if column and is_open(found, column) and column not in taken:
            columns[name] = [column]
            taken.add(column)
        elif COMMON.get(name) != "modified_at":
            extra[name] = each.type
    for name, column in COMMON.items():
        if name in spec.fields and column not in taken:
            columns.setdefault(name, []).append(column)
            extra.pop(name, None)
            taken.add(column)
    formulas = frozenset(name for name, said in spec.fields.items() if said.is_formula)
    return ObjectPlan(
        found=found,
        spec=spec,
        columns={name: tuple(given) for name, given in columns.items()},
        extra=extra,
        formulas=formulas,
        own=own_fields(extra, formulas=formulas) if found.captured else frozenset(),
    )
