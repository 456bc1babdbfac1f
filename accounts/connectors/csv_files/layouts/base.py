"""What a layout says: which records a row of the file is, and which column is which of ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from django.db import models

from accounts.connectors.csv_files.naming import plain_key
from accounts.connectors.csv_files.profile import Family
from accounts.records import COMMON, OBJECTS

Cells = Mapping[str, str]
Values = dict[str, Any]  # by column of ours
FAMILIES: tuple[tuple[type[models.Field[Any, Any]], Family], ...] = (
    (models.BooleanField, "boolean"),
    (models.DateField, "date"),
    (models.DecimalField, "number"),
    (models.FloatField, "number"),
    (models.IntegerField, "number"),
)


@dataclass(frozen=True)
class Field:
    """A column of the file in a column of ours.

    `refers_to`: the value is a name, and the record of that object has an id made of it.
    `by_name`: where a record of that name is here under an id of its own, that one is meant.
    """

    column: str
    refers_to: str = ""
    by_name: bool = False
    normal: Callable[[str], str] = plain_key
    read: Callable[[str], str] | None = None
    scale: Decimal | None = None


@dataclass(frozen=True)
class Target:
    """One record of a row.

    `repeats` says of two rows with one id: the second is refused, or both are records and numbered,
    or the first says it all, as of a customer who is named on every order line.
    """

    object_name: str
    key: tuple[str, ...]
    fields: Mapping[str, Field]
    makes_id: bool = False
    is_main: bool = True
    repeats: Literal["refuse", "number", "first"] = "refuse"
    # Made only of a name that no record here has.
    only_missing: bool = False
    keeps_rest: bool = False
    normal: Callable[[str], str] = plain_key
    read_key: Callable[[str], str] | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)
    # The column of the file that says of a row that the CRM has deleted it.
    deleted_by: str = ""
    # Columns that `finish` adds to those of `fields`.
    finish: Callable[[Values, Cells], Values] | None = None
    finished: tuple[str, ...] = ()
    # Why a row is no record of this kind, which is nobody's fault; empty where it is one.
    leave_out: Callable[[Cells], str] | None = None

    def columns(self) -> tuple[str, ...]:
        named = (each.column for each in self.fields.values())
        return tuple(dict.fromkeys(("external_id", *named, *self.constants, *self.finished)))


@dataclass(frozen=True)
class Layout:
    name: str
    targets: tuple[Target, ...]
    blanks: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    said: Mapping[str, str] = field(default_factory=dict)  # of numbers and dates, by a mapping

    @property
    def main(self) -> Target | None:
        return next((each for each in self.targets if each.is_main), None)

    def families(self) -> dict[str, Family]:
        """Of each column of the file that has one of ours."""
        found: dict[str, Family] = {}
        for target in self.targets:
            for name, each in target.fields.items():
                is_named = each.refers_to or each.column == "external_id"
                found[name] = "text" if is_named else family_of(target.object_name, each.column)
            for name in target.key:
                found.setdefault(name, "text")
        return found


def model_field(object_name: str, column: str) -> "models.Field[Any, Any]":
    fields = {found.name: found for found in OBJECTS[object_name].model._meta.concrete_fields}
    return fields[column]


def family_of(object_name: str, column: str) -> Family:
    found = model_field(object_name, column)
    return next((family for kind, family in FAMILIES if isinstance(found, kind)), "text")


def source_name(object_name: str, column: str) -> str:
    """What the sync calls the field of a column: the CRM's name of it, else our own."""
    everywhere = {ours: theirs for theirs, ours in COMMON.items()}
    own = {ours: theirs for theirs, ours in OBJECTS[object_name].columns.items()}
    return everywhere.get(column) or own.get(column) or column


def named_in(column: str, object_name: str, *, only_missing: bool = False) -> Target:
    """The record that a column names, of which the file says no more."""
    return Target(
        object_name,
        key=(column,),
        makes_id=True,
        is_main=False,
        repeats="first",
        only_missing=only_missing,
        fields={column: Field("name")},
        leave_out=lambda cells: "" if cells[column].strip() else "Nobody is named.",
    )


def by_lower_case(header: list[str]) -> dict[str, str]:
    """Names of known columns, however they are cased in the file."""
    return {name.lower(): name for name in header}


def has(header: list[str], *names: str) -> bool:
    return {name.lower() for name in names} <= {name.lower() for name in header}


def found_fields(header: list[str], wanted: Mapping[str, Field]) -> dict[str, Field]:
    """Those of the wanted columns that the file has, under the file's own names."""
    named = by_lower_case(header)
    return {named[name.lower()]: each for name, each in wanted.items() if name.lower() in named}
