"""Questions in SOQL, of names that describe gave and literals of the type that a field has."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote_plus

from simple_salesforce.format import quote_soql_value

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
NUMBERS = {"integer", "double", "currency", "percent"}
# Salesforce refuses an address of more than 16,384 bytes; host and path are in it.
LONGEST_QUERY = 16_000
AROUND_FIELDS = 900


@dataclass(frozen=True)
class Key:
    """Everything up to this row is read; without an id, everything before this moment."""

    stamp: datetime
    record_id: str = ""


def name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError(f"{text[:60]!r} is no name of an object or a field")
    return text


def literal(value: Any, *, kind: str) -> str:
    """Of the type that describe gives the field; Salesforce compares nothing across types."""
    if kind == "datetime":
        return moment_literal(value)
    if kind == "date":
        if isinstance(value, datetime) or not isinstance(value, date):
            raise ValueError("a date is compared with a date alone")
        return value.isoformat()
    if kind == "boolean":
        if not isinstance(value, bool):
            raise ValueError("true or false is compared with true or false alone")
        return "true" if value else "false"
    if kind in NUMBERS:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            raise ValueError("a number is compared with a number alone")
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if not isinstance(value, str):
        raise ValueError("text is compared with text alone")
    return quote_soql_value(value)


def moment_literal(value: Any) -> str:
    """Not simple-salesforce's: it drops the milliseconds, and a keyset would turn in circles."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("a moment is compared with a moment that has a time zone")
    stamp = value.astimezone(UTC)
    return f"{stamp:%Y-%m-%dT%H:%M:%S}.{stamp.microsecond // 1000:03}Z".rjust(24, "0")


def select(
    fields: Sequence[str],
    object_name: str,
    *,
    where: Iterable[str] = (),
    order: Sequence[str] = (),
    limit: int = 0,
) -> str:
    text = f"SELECT {','.join(map(name, fields))} {_source(object_name, where)}"
    text += f" ORDER BY {','.join(map(name, order))}" if order else ""
    return text + (f" LIMIT {limit}" if limit else "")


def count(object_name: str, *, where: Iterable[str] = ()) -> str:
    return f"SELECT count() {_source(object_name, where)}"


def _source(object_name: str, where: Iterable[str]) -> str:
    conditions = " AND ".join(condition for condition in where if condition)
    return f"FROM {name(object_name)}" + (f" WHERE {conditions}" if conditions else "")


def from_key(cursor: str, key: Key | None) -> str:
    """Rows of one stamp stay together over any border: by stamp, and among equals by id."""
    if key is None:
        return ""
    stamp = moment_literal(key.stamp)
    if not key.record_id:
        return f"{name(cursor)} >= {stamp}"
    after = literal(key.record_id, kind="id")
    return f"{name(cursor)} >= {stamp} AND ({name(cursor)} > {stamp} OR Id > {after})"


def before(cursor: str, upper: datetime | None) -> str:
    return f"{name(cursor)} < {moment_literal(upper)}" if upper else ""


def after_id(record_id: str) -> str:
    return f"Id > {literal(record_id, kind='id')}" if record_id else ""


def one_of(record_ids: Iterable[str]) -> str:
    return f"Id IN ({','.join(literal(found, kind='id') for found in record_ids)})"


def size(text: str) -> int:
    return len(quote_plus(text))


def parts(fields: Sequence[str], *, always: Sequence[str]) -> list[list[str]]:
    """The fields in as many questions as an address has room for; `always` are in each."""
    rest = [found for found in fields if found not in always]
    room = LONGEST_QUERY - AROUND_FIELDS - size(",".join(always))
    if size(",".join(rest)) <= room:
        return [[*always, *rest]]
    found: list[list[str]] = [[*always]]
    used = 0
    for field in rest:
        # Half the room: the ids of the rows that the other parts are asked for need the rest.
        if used + size(field) + 3 > room // 2:
            found.append([*always])
            used = 0
        found[-1].append(field)
        used += size(field) + 3
    return found
