"""Keyset pagination: a page begins after a row, so rows that come and go move no other page."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Field, Model, Q, QuerySet

from revenue.api.problems import Problem

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
MAX_CURSOR_LENGTH = 2000
SALT = "revenue.api.cursor"
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Order:
    """`name` is what the client says, such as -joined_at; `field` is a path of not-null columns."""

    name: str
    field: str

    @property
    def descending(self) -> bool:
        return self.name.startswith("-")


@dataclass(frozen=True)
class Cursor:
    value: Any
    id: int | str
    backward: bool


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    next: str | None
    previous: str | None


def page_of(rows: QuerySet[Row], *, order: Order, size: int, cursor: str, place: str) -> Page[Row]:
    """`place` names the list, so that a cursor of another list is refused."""
    start = read_cursor(cursor, model=rows.model, order=order, place=place) if cursor else None
    backward = bool(start and start.backward)
    descending = order.descending != backward
    if start:
        rows = rows.filter(beyond(start, field=order.field, descending=descending))
    sign = "-" if descending else ""
    found = list(rows.order_by(f"{sign}{order.field}", f"{sign}pk")[: size + 1])
    more, found = len(found) > size, found[:size]
    if backward:
        found.reverse()
    ahead, behind = (bool(start), more) if backward else (more, bool(start))
    return Page(
        rows=found,
        next=cursor_at(found[-1], order=order, place=place) if found and ahead else None,
        previous=(
            cursor_at(found[0], order=order, place=place, backward=True)
            if found and behind
            else None
        ),
    )


def beyond(cursor: Cursor, *, field: str, descending: bool) -> Q:
    word = "lt" if descending else "gt"
    later = Q(**{f"{field}__{word}": cursor.value})
    tied = Q(**{field: cursor.value, f"pk__{word}": cursor.id})
    # The first condition follows from the second, and lets the database begin inside an index.
    return Q(**{f"{field}__{word}e": cursor.value}) & (later | tied)


def cursor_at(row: Model, *, order: Order, place: str, backward: bool = False) -> str:
    value: Any = row
    for name in order.field.split("__"):
        value = getattr(value, name)
    plain = value.isoformat() if isinstance(value, date) else value
    plain = plain if isinstance(plain, int | str) else str(plain)
    pk = row.pk if isinstance(row.pk, int) else str(row.pk)
    return signing.dumps([order.name, plain, pk, int(backward)], salt=f"{SALT}.{place}")


def read_cursor(text: str, *, model: type[Model], order: Order, place: str) -> Cursor:
    try:
        name, plain, pk, backward = signing.loads(text, salt=f"{SALT}.{place}")
        if name != order.name:
            raise other_order()
        value = column(model, order.field).to_python(plain)
        return Cursor(value, column(model, "pk").to_python(pk), bool(backward))
    except (signing.BadSignature, ValueError, TypeError, DjangoValidationError) as error:
        raise Problem(
            400,
            "bad-cursor",
            "This cursor is not one of ours",
            "Follow `next` and `previous` as they are, or begin again without `cursor`.",
        ) from error


def other_order() -> Problem:
    return Problem(
        400,
        "bad-cursor",
        "This cursor belongs to another order",
        "Begin again without `cursor` when you change `order`.",
    )


def column(model: type[Model], path: str) -> "Field[Any, Any]":
    found: Any = None
    for name in path.split("__"):
        meta = model._meta
        found = meta.pk if name == "pk" else meta.get_field(name)
        if found.related_model:
            model = found.related_model
    if not isinstance(found, Field):
        raise FieldDoesNotExist(path)
    return found
