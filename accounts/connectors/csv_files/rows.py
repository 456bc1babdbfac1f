"""A record of a file into a row for the sync: values by the type of their column, or a refusal."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from django.db import models

from accounts.connectors.base import Refusal, Row, SourceFieldSpec
from accounts.connectors.csv_files import values
from accounts.connectors.csv_files.layouts.base import (
    Field,
    Layout,
    Target,
    model_field,
    source_name,
)
from accounts.connectors.csv_files.naming import made_id
from accounts.connectors.csv_files.profile import Column, Profile
from accounts.connectors.csv_files.reading import Record, Table
from accounts.connectors.csv_files.values import DATES, NUMBERS, Kind
from accounts.records import COMMON, OBJECTS

Convert = Callable[[str], Any]
SHOWN = 60
DELETED = "IsDeleted"
RESERVED = {*COMMON, DELETED, "attributes"}
NOUNS = {
    "number": "no number",
    "date": "no day",
    "boolean": "neither yes nor no",
}
TYPES: tuple[tuple[type[models.Field[Any, Any]], str], ...] = (
    (models.BooleanField, "boolean"),
    (models.DateTimeField, "datetime"),
    (models.DateField, "date"),
    (models.DecimalField, "currency"),
    (models.FloatField, "double"),
    (models.IntegerField, "integer"),
    (models.TextField, "text"),
)


@dataclass(frozen=True)
class Part:
    """One column of the file: where it stands, what the sync calls it, how it is read."""

    place: int
    header: str
    name: str
    convert: Convert
    noun: str = ""
    is_extra: bool = False
    column: str = ""


@dataclass
class RowMaker:
    """Compiled for one record of one layout; `made` gives the rows in the order of the file."""

    table: Table
    layout: Layout
    target: Target
    profile: Profile
    zone: tzinfo
    repeats: frozenset[int]
    seen: set[int] = field(default_factory=set)
    times: dict[str, int] = field(default_factory=dict)
    # Reason → rows, of the main record of a row.
    left_out: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places = {name: place for place, name in enumerate(self.table.header)}
        self.parts = self.parts_of()
        self.finished = {
            column: source_name(self.target.object_name, column)
            for column in (*self.target.constants, *self.target.finished)
        }
        self.key_of = key_reader(self.target, self.table.header)

    def parts_of(self) -> list[Part]:
        found = [
            self.part(name, self.target.fields[name])
            for name in self.table.header
            if name in self.target.fields
        ]
        return [*found, *self.rest()] if self.target.keeps_rest else found

    def part(self, header: str, said: Field) -> Part:
        place = self.places[header]
        name = source_name(self.target.object_name, said.column)
        column = self.profile.columns[place]
        convert, noun = converter(said, self.target.object_name, column=column, zone=self.zone)
        return Part(place, header, name, convert, noun=noun, column=said.column)

    def rest(self) -> list[Part]:
        """What nobody has claimed is kept under its own name, with the type that it shows."""
        claimed = {*self.layout.skipped, self.target.deleted_by}
        claimed.update(name for each in self.layout.targets if each.is_main for name in each.fields)
        claimed.update(name for name in self.target.key if len(self.target.key) == 1)
        known = {*OBJECTS[self.target.object_name].columns, *RESERVED}
        found = []
        for place, header in enumerate(self.table.header):
            column = self.profile.columns[place]
            if header not in claimed and not column.is_blank:
                name = f"{header} (file)" if header in known else header
                read = extra_converter(column, zone=self.zone)
                found.append(Part(place, header, name, read, is_extra=True))
        return found

    def specs(self) -> dict[str, SourceFieldSpec]:
        found = {"Id": SourceFieldSpec("Id", "id", label=" + ".join(self.target.key))}
        for part in self.parts:
            if part.is_extra:
                kind = extra_type(self.profile.columns[part.place])
                is_custom = part.name == part.header
                found[part.name] = SourceFieldSpec(
                    part.name, kind, label=part.header, is_custom=is_custom
                )
            else:
                found[part.name] = self.spec(part.column, label=part.header)
        for column, name in self.finished.items():
            found.setdefault(name, self.spec(column, label=column))
        if self.target.deleted_by:
            found[DELETED] = SourceFieldSpec(DELETED, "boolean", label=self.target.deleted_by)
        return found

    def spec(self, column: str, *, label: str) -> SourceFieldSpec:
        object_name = self.target.object_name
        kind = type_of(model_field(object_name, column), is_ref=column.endswith("_ref"))
        return SourceFieldSpec(source_name(object_name, column), kind, label=label, column=column)

    def begin(self, seen: set[int]) -> None:
        """`seen` is shared by the files of an object."""
        self.seen = seen
        self.times.clear()
        self.left_out.clear()

    def note(self, record: Record) -> None:
        """A record that an earlier attempt has kept: only what later ones depend on."""
        if record.problem:
            return
        leave_out = self.target.leave_out
        cells = dict(zip(self.table.header, record.cells, strict=True)) if leave_out else {}
        if leave_out and (why := leave_out(cells)):
            self.count_out(why)
        elif key := self.key_of(record.cells):
            if self.target.repeats == "first":
                self.seen.add(hash(key))
            elif hash(key) in self.repeats:
                self.count(key, record)

    def make(self, record: Record) -> Row | Refusal | None:
        target = self.target
        if record.problem:
            return self.refusal(record, record.problem) if target.is_main else None
        cells = dict(zip(self.table.header, record.cells, strict=True))
        if target.leave_out and (why := target.leave_out(cells)):
            self.count_out(why)
            return None
        key = self.key_of(record.cells)
        if not key:
            return self.without_key(record)
        external_id = self.id_of(key, record)
        if not external_id:
            return self.refusal(record, self.repeat(key)) if target.repeats == "refuse" else None
        return self.row(record, cells, external_id=external_id)

    def count_out(self, why: str) -> None:
        if self.target.is_main:
            self.left_out[why] = self.left_out.get(why, 0) + 1

    def without_key(self, record: Record) -> Refusal | None:
        if not any(each.strip() for each in record.cells):
            self.count_out("The row is empty.")
            return None
        if not self.target.is_main:
            return None
        empty = next(
            name for name in self.target.key if not record.cells[self.places[name]].strip()
        )
        return self.refusal(record, f"“{empty}” is empty, and says which record it is.", empty)

    def id_of(self, key: str, record: Record) -> str:
        """Empty where another row has been the record of this id."""
        target, keys = self.target, key.split("\x1f")
        if target.repeats == "first":
            if hash(key) in self.seen:
                return ""
            self.seen.add(hash(key))
        elif hash(key) in self.repeats:
            again = self.count(key, record)
            if again > 1 and target.repeats == "refuse":
                return ""
            keys = [*keys, str(again)] if again > 1 else keys
        return made_id(target.object_name, *keys) if target.makes_id else key

    def count(self, key: str, record: Record) -> int:
        """How often it has come so far; of what may come once, the line is kept beside."""
        self.times[key] = self.times.get(key, 0) + 1
        if self.times[key] == 1 and self.target.repeats == "refuse":
            self.times[f"line\x1e{key}"] = record.line
        return self.times[key]

    def repeat(self, key: str) -> str:
        line = self.times.get(f"line\x1e{key}", 0)
        return f"Line {line} has the same id; a record may come once in a file."

    def row(self, record: Record, cells: dict[str, str], *, external_id: str) -> Row | Refusal:
        row: Row = {"Id": external_id}
        ours: dict[str, Any] = {}
        blanks = self.layout.blanks
        for part in self.parts:
            text = record.cells[part.place]
            if not text or text in blanks:
                value = None
            else:
                try:
                    value = part.convert(text)
                except (ValueError, OverflowError):
                    said = f"“{part.header}” is “{shown(text)}”, which is {part.noun}."
                    return self.refusal(record, said, part.header)
            row[part.name] = value
            if part.column:
                ours[part.column] = value
        if self.target.finish:
            ours = self.target.finish(ours, cells)
        for column, name in self.finished.items():
            row[name] = self.target.constants.get(column, ours.get(column))
        if self.target.deleted_by:
            row[DELETED] = cells[self.target.deleted_by].strip().lower() in values.YES
        return row

    def refusal(self, record: Record, reason: str, field_name: str = "") -> Refusal:
        given = dict(zip(self.table.header, record.cells, strict=False))
        return Refusal(
            reason=reason,
            field_name=field_name,
            source=self.table.name,
            line=record.line,
            row=given,
        )


def key_reader(target: Target, header: list[str]) -> Callable[[list[str]], str]:
    """What makes a row of the file the record that it is; empty where a part of it is missing."""
    places = [header.index(name) for name in target.key]
    read = target.read_key or str.strip
    normal = target.normal if target.makes_id else str.strip

    def key_of(cells: list[str]) -> str:
        found = [normal(read(cells[place])) for place in places]
        return "\x1f".join(found) if all(found) else ""

    return key_of


def converter(
    said: Field, object_name: str, *, column: Column, zone: tzinfo
) -> tuple[Convert, str]:
    found = model_field(object_name, said.column)
    if said.refers_to:
        return reference(said), ""
    if isinstance(found, models.BooleanField):
        return nothing_or(values.boolean), NOUNS["boolean"]
    if isinstance(found, models.DateTimeField):
        kind = date_kind(column)
        read = nothing_or(lambda text: values.moment_of(values.moment(text, kind=kind, zone=zone)))
        return read, NOUNS["date"]
    if isinstance(found, models.DateField):
        kind = date_kind(column)
        read = nothing_or(
            lambda text: values.day_of(values.moment(text, kind=kind, zone=zone), zone=zone)
        )
        return read, NOUNS["date"]
    if isinstance(found, models.DecimalField | models.FloatField | models.IntegerField):
        return number_reader(column, scale=said.scale), NOUNS["number"]
    return said.read or (lambda text: text), ""


def reference(said: Field) -> Convert:
    """By name: the name itself for now, and the id when the page is looked up."""
    if said.by_name:
        return lambda text: text.strip() or None

    def refer(text: str) -> str | None:
        key = said.normal(text)
        return made_id(said.refers_to, key) if key else None

    return refer


def number_reader(column: Column, *, scale: Decimal | None) -> Convert:
    kind = column.kind if column.kind in NUMBERS else Kind.NUMBER_POINT
    if scale is None:
        return nothing_or(lambda text: values.number(text, kind=kind))
    return nothing_or(lambda text: values.number(text, kind=kind) * scale)


def date_kind(column: Column) -> Kind:
    return column.kind if column.kind in DATES else Kind.DATE_ISO


def nothing_or(read: Convert) -> Convert:
    def convert(text: str) -> Any:
        text = text.strip()
        return None if values.is_nothing(text) else read(text)

    return convert


def extra_converter(column: Column, *, zone: tzinfo) -> Convert:
    kind = column.kind
    if kind in NUMBERS:
        return nothing_or(lambda text: values.number(text, kind=kind))
    if kind is Kind.BOOLEAN:
        return nothing_or(values.boolean)
    if kind in DATES:
        if column.has_time:
            return nothing_or(
                lambda text: values.moment_of(values.moment(text, kind=kind, zone=zone))
            )
        return nothing_or(lambda text: values.moment(text, kind=kind, zone=zone))
    return lambda text: text


def extra_type(column: Column) -> str:
    if column.kind in NUMBERS:
        return "double"
    if column.kind is Kind.BOOLEAN:
        return "boolean"
    if column.kind in DATES:
        return "datetime" if column.has_time else "date"
    return "string"


def type_of(found: "models.Field[Any, Any]", *, is_ref: bool) -> str:
    if is_ref:
        return "reference"
    return next((name for kind, name in TYPES if isinstance(found, kind)), "string")


def shown(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
