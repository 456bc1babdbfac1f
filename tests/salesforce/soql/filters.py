"""Conditions as functions over rows, with SOQL's own ideas of equal and of nothing."""

import operator
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tests.salesforce.ids import long_id
from tests.salesforce.schema import NUMBERS, ObjectSchema, Row
from tests.salesforce.soql import check
from tests.salesforce.soql.parser import (
    Among,
    Chain,
    Compare,
    Condition,
    Negation,
    Path,
    Query,
    Value,
)

Test = Callable[[Row], bool]
Read = Callable[[Row], Any]
Parent = Callable[[str, str], Row | None]

ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
IDS = {"id", "reference"}
WILD = {"\ufdd0": "_", "\ufdd1": "%"}


def literal(text: str) -> str:
    return text.replace("\ufdd0", "_").replace("\ufdd1", "%")


def comparer(kind: str) -> Callable[[Any], Any]:
    """What of a value takes part in comparisons: text without its case, ids with it."""
    if kind in IDS:
        return lambda value: (
            value if len(value) == 18 else long_id(value) if len(value) == 15 else value
        )
    if kind in NUMBERS:
        return lambda value: Decimal(repr(value)) if isinstance(value, float) else value
    if kind in {"boolean", "date", "datetime"}:
        return lambda value: value
    return lambda value: str(value).casefold()


def like(pattern: str) -> re.Pattern[str]:
    signs = {"%": ".*", "_": "."}
    body = "".join(
        signs[sign] if sign in signs else re.escape(WILD.get(sign, sign)) for sign in pattern
    )
    return re.compile(body, re.DOTALL | re.IGNORECASE)


def days_of(value: Value, today: date) -> tuple[date, date]:
    """First day, and the day after the last."""
    name, count = value.value
    one = timedelta(days=1)
    return {
        "TODAY": (today, today + one),
        "YESTERDAY": (today - one, today),
        "TOMORROW": (today + one, today + 2 * one),
        "LAST_N_DAYS": (today - count * one, today + one),
        "NEXT_N_DAYS": (today + one, today + (count + 1) * one),
    }[name]


class Filters:
    def __init__(
        self,
        query: Query,
        schema: ObjectSchema,
        schema_of: check.SchemaOf,
        parent: Parent,
        now: datetime,
    ) -> None:
        self.query = query
        self.schema = schema
        self.schema_of = schema_of
        self.parent = parent
        self.now = now

    def field(self, path: Path) -> check.Field:
        return check.resolve(self.query, self.schema, path, self.schema_of)

    def reader(self, found: check.Field) -> Read:
        name = found.body["name"]
        empty = False if found.kind == "boolean" and not found.body["nillable"] else None
        if not found.relations:
            return lambda row: row.get(name, empty)

        def along(row: Row) -> Any:
            current: Row | None = row
            for relation in found.relations:
                to = current.get(relation) if current else None
                current = self.parent(relation, to) if to else None
            return current.get(name, empty) if current else None

        return along

    def test(self, condition: Condition) -> Test:
        if isinstance(condition, Negation):
            inner = self.test(condition.inner)
            return lambda row: not inner(row)
        if isinstance(condition, Chain):
            parts = [self.test(part) for part in condition.parts]
            if condition.word == "AND":
                return lambda row: all(part(row) for part in parts)
            return lambda row: any(part(row) for part in parts)
        return self.among(condition) if isinstance(condition, Among) else self.compare(condition)

    def among(self, condition: Among) -> Test:
        found = self.field(condition.path)
        check.filterable(self.query, found, condition.path)
        for value in condition.values:
            check.comparable(self.query, found, "IN", value)
        compared, read = comparer(found.kind), self.reader(found)
        wanted = {
            None if value.kind == "null" else compared(self.plain(value))
            for value in condition.values
        }
        negated = condition.negated

        def test(row: Row) -> bool:
            value = read(row)
            return ((None if value is None else compared(value)) in wanted) != negated

        return test

    def plain(self, value: Value) -> Any:
        return literal(value.value) if value.kind == "string" else value.value

    def compare(self, condition: Compare) -> Test:
        found = self.field(condition.path)
        check.filterable(self.query, found, condition.path)
        check.comparable(self.query, found, condition.operator, condition.value)
        read = self.reader(found)
        if condition.operator == "LIKE":
            pattern = like(condition.value.value)
            return lambda row: bool(pattern.fullmatch(str(read(row) or "")))
        if condition.value.kind == "days":
            return self.days(condition, found, read)
        if condition.value.kind == "null":
            wants_null = condition.operator == "="
            return lambda row: (read(row) is None) == wants_null
        compared = comparer(found.kind)
        wanted = compared(self.plain(condition.value))
        return _comparison(condition.operator, read, compared, wanted)

    def days(self, condition: Compare, found: check.Field, read: Read) -> Test:
        first, after = days_of(condition.value, self.now.date())
        start: Any = first
        end: Any = after
        if found.kind == "datetime":
            start = datetime.combine(first, time(), UTC)
            end = datetime.combine(after, time(), UTC)
        tests: dict[str, Callable[[Any], bool]] = {
            "=": lambda value: start <= value < end,
            "!=": lambda value: not start <= value < end,
            "<": lambda value: value < start,
            "<=": lambda value: value < end,
            ">": lambda value: value >= end,
            ">=": lambda value: value >= start,
        }
        test, of_null = tests[condition.operator], condition.operator == "!="
        return lambda row: of_null if (value := read(row)) is None else test(value)


def _comparison(sign: str, read: Read, compared: Callable[[Any], Any], wanted: Any) -> Test:
    if sign in {"=", "!="}:
        equal = sign == "="
        return lambda row: ((value := read(row)) is not None and compared(value) == wanted) == equal
    ordered = ORDERED[sign]
    return lambda row: (value := read(row)) is not None and ordered(compared(value), wanted)
