"""Rows of a page into rows of our tables; a row that cannot be kept is refused with its reason."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from accounts.connectors.base import Page, Refusal, Row
from accounts.salesforce_ids import full_id
from accounts.sync.captured import UNREST, restless
from accounts.sync.convert import (
    Converter,
    Mended,
    UnfitError,
    converter_of,
    number_text,
    text_of,
    to_decimal,
)
from accounts.sync.derive import RULES
from accounts.sync.money import money_of
from accounts.sync.plan import FRESH, ObjectPlan
from accounts.sync.upsert import Batch

NUMBERS = {"integer", "double", "currency", "percent"}
IDS = {"id", "reference"}
SHOWN_TEXT = 1000


@dataclass
class Kept:
    """What of a page can be written: batches by columns, and what cannot."""

    batches: list[Batch] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    # Of each row that is written, by its id: as it came, for a database that refuses it after all.
    rows: dict[str, tuple[Row, int | None]] = field(default_factory=dict)
    # Ids of rows that the source itself calls deleted, with the rows.
    deleted: dict[str, Row] = field(default_factory=dict)


class RowReader:
    """Compiled for an object: one function a field, found once and not for each row."""

    def __init__(
        self,
        plan: ObjectPlan,
        *,
        currency: str,
        at: datetime,
        marks: Mapping[str, Any] | None = None,
    ) -> None:
        self.plan = plan
        self.currency = currency
        self.at = at
        self.mended = Mended()
        self.unread = frozenset((marks or {}).get(FRESH, ()))
        self.restless = restless((marks or {}).get(UNREST, {}))
        self.required = ("external_id", *plan.found.required)
        fields = {each.name: each for each in plan.found.model._meta.concrete_fields}
        self.fields: dict[str, list[tuple[str, Converter]]] = {
            name: [(column, converter_of(fields[column], self.mended)) for column in columns]
            for name, columns in plan.columns.items()
        }
        self.extra = {
            self.mended.storable(name): (name, extra_converter(kind, self.mended))
            for name, kind in plan.extra.items()
        }
        self.money = money_of(plan.found.model)
        has_currency = any("currency" in found for found in plan.columns.values())
        self.currency_column = "currency" if has_currency else "external_id"

    def read(self, page: Page, *, is_partial: bool = False) -> Kept:
        kept = Kept(refusals=list(page.refusals))
        newest: dict[str, dict[str, Any]] = {}
        lines: list[int | None] = [*page.lines] or [None] * len(page.rows)
        for row, line in zip(page.rows, lines, strict=True):
            try:
                values = self.values_of(row, is_partial=is_partial)
            except RefusedError as refused:
                kept.refusals.append(self.refusal(row, refused, line=line, source=page.source))
                continue
            key = values["external_id"]
            if key in newest and is_older(values, newest[key]):
                continue
            newest[key] = values
            kept.rows[key] = (row, line)
            if row.get("IsDeleted") is True:
                kept.deleted[key] = row
            else:
                kept.deleted.pop(key, None)
        there = [values for key, values in newest.items() if key not in kept.deleted]
        gone = [newest[key] for key in kept.deleted]
        kept.batches = self.batches(there, is_partial=is_partial)
        kept.batches += [
            replace(batch, is_gone=True) for batch in self.batches(gone, is_partial=is_partial)
        ]
        return kept

    def values_of(self, row: Row, *, is_partial: bool) -> dict[str, Any]:
        values: dict[str, Any] = {} if is_partial else dict(self.plan.found.constants)
        name = ""
        try:
            for name, value in row.items():
                for column, convert in self.fields.get(name, ()):
                    values[column] = convert(value)
            name = "The row"
            if not values.get("external_id"):
                name = "Id"
                raise UnfitError("is missing")
            if not is_partial:
                self.check(values)
                self.derive(values, row)
        except UnfitError as error:
            raise RefusedError(name, str(error)) from None
        values["extra"], values["extra_gone"] = self.extra_of(row)
        return values

    def check(self, values: dict[str, Any]) -> None:
        for column in self.required:
            if values.get(column) in (None, ""):
                named = [name for name, found in self.plan.columns.items() if column in found]
                raise UnfitError(f"has no {named[0] if named else column}, and cannot be without")

    def derive(self, values: dict[str, Any], row: Row) -> None:
        if rule := RULES.get(self.plan.name):
            rule(values, row, self.at)
        money = self.money
        if money and {money.amount, money.needs, self.currency_column} <= values.keys():
            own = values.get("currency", "") in ("", self.currency)
            values[money.corporate] = values[money.amount] if own else None

    def extra_of(self, row: Row) -> tuple[str, list[str]]:
        if not self.extra:
            return "{}", []
        kept, gone = [], []
        for key, (name, convert) in self.extra.items():
            if name in row:
                value = row[name]
                if value is None or value == "":
                    gone.append(key)
                else:
                    kept.append(f"{encode_basestring(key)}:{convert(value)}")
        return "{" + ",".join(kept) + "}", gone

    def batches(self, found: Iterable[dict[str, Any]], *, is_partial: bool) -> list[Batch]:
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for values in found:
            alike.setdefault(tuple(sorted(values)), []).append(values)
        made = []
        for names, group in alike.items():
            columns = ["external_id", *(name for name in names if name != "external_id")]
            if not any(values["extra_gone"] for values in group):
                columns.remove("extra_gone")
            made.append(
                Batch(
                    model=self.plan.found.model,
                    columns=tuple(columns),
                    rows=[tuple([values[name] for name in columns]) for values in group],
                    record=self.plan.found.record,
                    captured=self.plan.found.captured,
                    own=self.plan.own - self.unread,
                    restless=self.restless,
                    is_partial=is_partial,
                    currency=self.currency,
                )
            )
        return made

    def refusal(
        self, row: Row, refused: "RefusedError", *, line: int | None, source: str
    ) -> Refusal:
        return Refusal(
            reason=f"{refused.name} {refused.reason}."[:500],
            external_id=self.id_of(row),
            field_name=refused.name if refused.name in row else "",
            source=source,
            line=line,
            row=row,
        )

    def id_of(self, row: Row) -> str:
        names = [name for name, found in self.plan.columns.items() if "external_id" in found]
        given = next((row[name] for name in names if row.get(name) is not None), "")
        return full_id(Mended().storable(str(given)).strip())[:255]


class RefusedError(Exception):
    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} {reason}")
        self.name, self.reason = name, reason


def is_older(values: dict[str, Any], other: dict[str, Any]) -> bool:
    mine, theirs = values.get("modified_at"), other.get("modified_at")
    return mine is not None and theirs is not None and mine < theirs


def extra_converter(kind: str, mended: Mended) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        return extra_json(value, kind=kind, mended=mended)

    return convert


def extra_json(value: Any, *, kind: str, mended: Mended) -> str:
    """A value as JSON: numbers by their digits, moments and days as ISO text."""
    if isinstance(value, str):
        text = mended.storable(value)
        if kind in NUMBERS:
            return extra_number(text)
        return encode_basestring(full_id(text) if kind in IDS else text)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float | Decimal):
        return extra_number(value)
    if isinstance(value, datetime | date):
        return encode_basestring(text_of(value))
    return nested_json(value, mended=mended)


def nested_json(value: Any, *, mended: Mended) -> str:
    if isinstance(value, dict):
        pairs = [
            f"{encode_basestring(mended.storable(str(key)))}:"
            f"{extra_json(each, kind='', mended=mended)}"
            for key, each in value.items()
        ]
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(extra_json(each, kind="", mended=mended) for each in value) + "]"
    return encode_basestring(mended.storable(str(value)))


def extra_number(value: Any) -> str:
    """A number stays one, exactly; what calls itself a number and is none stays text."""
    try:
        return number_text(to_decimal(value))
    except UnfitError:
        return encode_basestring(str(value))


def shown_row(row: Row) -> dict[str, Any]:
    """As it is kept beside a refusal: storable, and no longer than a person reads."""
    mended = Mended()
    said = {
        name: value[:SHOWN_TEXT] if isinstance(value, str) else value for name, value in row.items()
    }
    made: dict[str, Any] = json.loads(extra_json(said, kind="", mended=mended))
    return made
