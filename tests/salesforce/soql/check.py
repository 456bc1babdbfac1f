"""A query held against describe: which fields there are and what they may be compared with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.salesforce.schema import NUMBERS, TEXT, ObjectSchema
from tests.salesforce.soql.errors import (
    QueryError,
    invalid_field,
    malformed,
    no_such_column,
)
from tests.salesforce.soql.parser import Path, Query, Value

SchemaOf = Callable[[str], ObjectSchema | None]

# What the message calls the type, and whether a literal of it stands in quotes.
NAMES = {
    **dict.fromkeys(TEXT, "string"),
    **dict.fromkeys(NUMBERS, "double"),
    "int": "int",
    "id": "ID",
    "reference": "ID",
    "boolean": "boolean",
    "date": "date",
    "datetime": "dateTime",
    "time": "time",
}
LITERALS = {
    **{kind: {"string"} for kind in TEXT},
    **{kind: {"number"} for kind in NUMBERS},
    "boolean": {"boolean"},
    "date": {"date", "days"},
    "datetime": {"datetime", "days"},
    "time": {"string"},
}


@dataclass(frozen=True)
class Field:
    """A path that was found: the relations to go along, and the field at the end."""

    relations: tuple[str, ...]  # the reference fields on the way, as Salesforce writes them
    names: tuple[str, ...]  # the path as Salesforce writes it
    body: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.body["type"])


def resolve(query: Query, schema: ObjectSchema, path: Path, schema_of: SchemaOf) -> Field:
    names = path.names[1:] if path.names[0].lower() == schema.name.lower() else path.names
    relations, written = [], []
    for relation in names[:-1]:
        found = _relation(schema, relation)
        target = schema_of(found["referenceTo"][0]) if found and found["referenceTo"] else None
        if found is None or target is None:
            raise invalid_field(
                query.soql,
                path.at,
                f"Didn't understand relationship '{relation}' in field path. If you are attempting"
                " to use a custom relationship, be sure to append the '__r' after the custom"
                " relationship name. Please reference your WSDL or the describe call for the"
                " appropriate names.",
            )
        relations.append(found["name"])
        written.append(found["relationshipName"])
        schema = target
    body = schema.find(names[-1]) if names else None
    if body is None:
        raise no_such_column(query.soql, path.at, path.names[-1], schema.name)
    return Field(tuple(relations), (*written, body["name"]), body)


def _relation(schema: ObjectSchema, name: str) -> dict[str, Any] | None:
    low = name.lower()
    named = (each for each in schema.visible() if each["relationshipName"])
    return next((each for each in named if each["relationshipName"].lower() == low), None)


def filterable(query: Query, found: Field, path: Path) -> None:
    if not found.body["filterable"]:
        name = found.body["name"]
        message = f"field '{name}' can not be filtered in a query call"
        raise invalid_field(query.soql, path.at, message)


def sortable(query: Query, found: Field, path: Path) -> None:
    if not found.body["sortable"]:
        name = found.body["name"]
        message = f"field '{name}' can not be sorted in a query call"
        raise malformed(query.soql, path.at, message)


def comparable(query: Query, found: Field, operator: str, value: Value) -> None:
    name, kind = found.body["name"], found.kind
    if value.kind == "null":
        if operator not in {"=", "!=", "IN"}:
            raise invalid_field(query.soql, value.at, f"invalid operator on null: '{operator}'")
        return
    if value.kind not in LITERALS.get(kind, set()):
        quoted = "should be" if kind in TEXT else "should not be"
        message = (
            f"value of filter criterion for field '{name}' must be of type"
            f" {NAMES.get(kind, kind)} and {quoted} enclosed in quotes"
        )
        raise invalid_field(query.soql, value.at, message)
    if operator == "LIKE" and (kind not in TEXT or kind in {"id", "reference"}):
        raise invalid_field(query.soql, value.at, f"invalid operator on {NAMES[kind]} field")
    if kind == "boolean" and operator not in {"=", "!=", "IN"}:
        raise invalid_field(query.soql, value.at, "invalid operator on boolean field")
    if kind in {"id", "reference"} and operator in {"=", "IN"}:
        _must_be_an_id(name, value)


def _must_be_an_id(name: str, value: Value) -> None:
    if len(value.value) not in {15, 18} or not value.value.isalnum():
        raise QueryError(
            "INVALID_QUERY_FILTER_OPERATOR", f"{name}: invalid ID field: {value.value}"
        )
