"""Pages of a sorted queryset by the keys of their edge rows: page 10,000 costs what page 1 does.

A cursor is signed and names the sort it was made for: a changed or foreign one is no cursor. Blank
values come last in both directions, ties are broken by the primary key.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy

Row = TypeVar("Row", bound=Model)

SALT = "revenue.web.keyset"
READERS: dict[str, Callable[[Any], Any]] = {
    "p": lambda raw: raw,
    "n": Decimal,
    "t": dt.datetime.fromisoformat,
    "d": dt.date.fromisoformat,
    "c": dt.time.fromisoformat,
    "s": lambda raw: dt.timedelta(days=raw[0], seconds=raw[1], microseconds=raw[2]),
    "u": uuid.UUID,
}


@dataclass(frozen=True)
class Key:
    """One column of the order; `path` is a field path or an annotation of the queryset."""

    path: str
    descending: bool = False

    @property
    def spec(self) -> str:
        return f"-{self.path}" if self.descending else self.path


@dataclass(frozen=True)
class Cursor:
    """The edge row's keys; `at` is the number of rows before the page that it was made on."""

    values: tuple[Any, ...]
    backward: bool
    at: int


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    start: int
    previous: str
    next: str


def pack(value: Any) -> list[Any]:
    """JSON with the type beside the value, to compare with what the database said."""
    match value:
        case None | bool() | int() | float() | str():
            return ["p", value]
        case Decimal() | uuid.UUID():
            return ["n" if isinstance(value, Decimal) else "u", str(value)]
        case dt.datetime():
            return ["t", value.isoformat()]
        case dt.date() | dt.time():
            return ["d" if isinstance(value, dt.date) else "c", value.isoformat()]
        case dt.timedelta():
            return ["s", [value.days, value.seconds, value.microseconds]]
    raise TypeError(f"A list cannot be sorted by values of {type(value).__name__}.")


def seal(cursor: Cursor, *, scope: str) -> str:
    body = [[pack(value) for value in cursor.values], cursor.backward, cursor.at]
    return signing.dumps(body, salt=f"{SALT}:{scope}", compress=True)


def unseal(text: str, *, scope: str) -> Cursor | None:
    """None for what was not made here for this very sort."""
    if not text:
        return None
    try:
        packed, backward, at = signing.loads(text, salt=f"{SALT}:{scope}")
    except signing.BadSignature:
        return None
    return Cursor(
        values=tuple(READERS[kind](raw) for kind, raw in packed), backward=backward, at=at
    )


@dataclass(frozen=True)
class Pager(Generic[Row]):
    queryset: QuerySet[Row]
    keys: tuple[Key, ...]
    page_size: int
    scope: str = ""

    @property
    def full_keys(self) -> tuple[Key, ...]:
        """The primary key last, in the direction of the key before it, so that an index serves."""
        descending = self.keys[-1].descending if self.keys else False
        return (*self.keys, Key(path="pk", descending=descending))

    @property
    def full_scope(self) -> str:
        return f"{self.scope}:{','.join(key.spec for key in self.keys)}"

    def aliases(self) -> list[str]:
        return [f"_key{index}" for index in range(len(self.full_keys))]

    def keyed(self) -> QuerySet[Row]:
        pairs = zip(self.aliases(), self.full_keys, strict=True)
        keyed: QuerySet[Row] = self.queryset.annotate(
            **{alias: F(key.path) for alias, key in pairs}
        )
        return keyed

    def nullable(self) -> list[bool]:
        return [may_be_blank(self.queryset.model, key.path) for key in self.full_keys]

    def ordering(self, *, backward: bool) -> list[OrderBy]:
        found = []
        for alias, key, blank in zip(self.aliases(), self.full_keys, self.nullable(), strict=True):
            descending = key.descending != backward
            nulls: dict[str, Any] = {}
            if blank:
                nulls = {"nulls_first": True} if backward else {"nulls_last": True}
            found.append(F(alias).desc(**nulls) if descending else F(alias).asc(**nulls))
        return found

    def beyond(self, cursor: Cursor) -> Q | None:
        """Rows strictly after the cursor, or before it going backward; None where none can be."""
        nullable = self.nullable()
        branches: list[Q] = []
        same = Q()
        for index, (alias, key) in enumerate(zip(self.aliases(), self.full_keys, strict=True)):
            value = cursor.values[index]
            further = further_than(
                alias,
                value,
                descending=key.descending != cursor.backward,
                blank_ahead=nullable[index] and not cursor.backward,
                backward=cursor.backward,
            )
            if further is not None:
                branches.append(same & further)
            same &= Q(**{f"{alias}__isnull": True}) if value is None else Q(**{alias: value})
        if not branches:
            return None
        either = branches[0]
        for branch in branches[1:]:
            either |= branch
        return self.bound(cursor, nullable=nullable) & either

    def bound(self, cursor: Cursor, *, nullable: list[bool]) -> Q:
        """A plain range on the first key, which says nothing new but lets the index be used."""
        first, value = self.full_keys[0], cursor.values[0]
        if nullable[0] or value is None:
            return Q()
        lookup = "lte" if first.descending != cursor.backward else "gte"
        return Q(**{f"{self.aliases()[0]}__{lookup}": value})

    def ordered(self) -> QuerySet[Row]:
        return self.keyed().order_by(*self.ordering(backward=False))

    def cursor_at(self, row: Row, *, backward: bool, at: int) -> str:
        values = tuple(getattr(row, alias) for alias in self.aliases())
        return seal(Cursor(values=values, backward=backward, at=at), scope=self.full_scope)

    def page(self, text: str = "") -> Page[Row]:
        """The page that the cursor names; the first one where it names none that holds rows."""
        cursor = unseal(text, scope=self.full_scope)
        if cursor is not None and len(cursor.values) == len(self.full_keys):
            found = self.page_beyond(cursor)
            if found is not None:
                return found
        return self.cut(list(self.ordered()[: self.page_size + 1]), start=0, has_previous=False)

    def page_beyond(self, cursor: Cursor) -> Page[Row] | None:
        condition = self.beyond(cursor)
        if condition is None:
            return None
        queryset = self.keyed().filter(condition)
        ordering = self.ordering(backward=cursor.backward)
        rows = list(queryset.order_by(*ordering)[: self.page_size + 1])
        if not cursor.backward:
            start = cursor.at + self.page_size
            return self.cut(rows, start=start, has_previous=True) if rows else None
        more = len(rows) > self.page_size
        if len(rows) < self.page_size:
            # Rows went away before this page: the first page, filled, is what is wanted.
            return None
        page = list(reversed(rows[: self.page_size]))
        start = max(0, cursor.at - self.page_size) if more else 0
        return self.linked(page, start=start, has_previous=more, has_next=True)

    def cut(self, rows: Sequence[Row], *, start: int, has_previous: bool) -> Page[Row]:
        page = list(rows[: self.page_size])
        has_next = len(rows) > self.page_size
        return self.linked(page, start=start, has_previous=has_previous, has_next=has_next)

    def linked(
        self, rows: list[Row], *, start: int, has_previous: bool, has_next: bool
    ) -> Page[Row]:
        return Page(
            rows=rows,
            start=start,
            previous=self.cursor_at(rows[0], backward=True, at=start) if has_previous else "",
            next=self.cursor_at(rows[-1], backward=False, at=start) if has_next else "",
        )


def further_than(
    alias: str, value: Any, *, descending: bool, blank_ahead: bool, backward: bool
) -> Q | None:
    if value is None:
        return Q(**{f"{alias}__isnull": False}) if backward else None
    further = Q(**{f"{alias}__{'lt' if descending else 'gt'}": value})
    return further | Q(**{f"{alias}__isnull": True}) if blank_ahead else further


def may_be_blank(model: type[Model], path: str) -> bool:
    """False only where it is certain: a plain column that the database keeps filled."""
    if path == "pk":
        return False
    try:
        field = model._meta.get_field(path)
    except FieldDoesNotExist:
        return True
    return bool(getattr(field, "null", True))
