"""A column of a list, and what one row says in it: to people, and to a file."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Aggregate
from django.utils.safestring import SafeString

from revenue.web.templatetags import web

Kind = Literal[
    "text",
    "long",
    "number",
    "money",
    "percent",
    "change",
    "date",
    "moment",
    "ago",
    "yes",
    "badge",
    "badges",
    "bars",
]
NUMERIC = frozenset({"number", "money", "percent", "change"})
PAIRS = frozenset({"badges", "bars"})
DESCENDING_FIRST = NUMERIC | {"date", "moment", "ago"}
# Spreadsheets take the wide signs of East Asian keyboards for the plain ones.
FORMULA_STARTS = tuple("=+-@|%＝＋－＠\t\r\n")
SPOKEN: dict[str, Callable[[Any], str | SafeString]] = {
    "percent": web.percent,
    "date": web.day,
    "moment": web.moment,
    "ago": web.ago,
    "yes": lambda value: "Yes" if value else "No",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """`value`: a path of attributes (`owner__name`) or a function of the row; else the name.

    A function as `currency` gives each row's own; the sum of such a column would mean nothing.
    `note` says something small after the value. A column of `badges` holds pairs of text and kind;
    one of `change` holds a difference, whose colour `badge` names. One of `bars` holds pairs as
    well: numbers from 0 to 100 over time, each drawn in its colour; of the kind "gap", nothing is.
    """

    name: str
    label: str
    kind: Kind = "text"
    value: str | Callable[[Any], Any] = ""
    sort: str = ""
    href: Callable[[Any], str] | None = None
    badge: Callable[[Any], str] | None = None
    note: Callable[[Any], str] | None = None
    total: Aggregate | None = None
    currency: str | Callable[[Any], str] = "USD"
    shown: bool = True

    @property
    def numeric(self) -> bool:
        return self.kind in NUMERIC

    def raw(self, row: Any) -> Any:
        if callable(self.value):
            return self.value(row)
        found = row
        for step in (self.value or self.name).split("__"):
            found = getattr(found, step, None)
            found = found() if callable(found) else found
        return found

    def text(self, value: Any, row: Any = None) -> str | SafeString:
        if value is None or value == "":
            return web.BLANK
        if self.kind == "number":
            return web.number(value, 0 if value == round(value) else 2)
        if self.kind == "change":
            return changed(value)
        if self.kind in PAIRS:
            return ", ".join(text for text, _ in value) or web.BLANK
        if self.kind == "money":
            own = self.currency(row) if callable(self.currency) else self.currency
            return web.money(value, own)
        return SPOKEN.get(self.kind, str)(value)


@dataclass(frozen=True)
class Cell:
    column: Column
    text: str | SafeString
    href: str = ""
    badge: str = ""
    note: str = ""
    badges: Sequence[tuple[str, str]] = ()

    @property
    def blank(self) -> bool:
        return self.text == web.BLANK


class Line(list[Cell]):
    """The cells of a row; of a table with a `detail`, also whether it is open and what turns it."""

    def __init__(
        self, cells: Sequence[Cell], *, row: Any, is_open: bool, url: str, detail: Any
    ) -> None:
        super().__init__(cells)
        self.row, self.is_open, self.url, self.detail = row, is_open, url, detail


@dataclass(frozen=True)
class Head:
    column: Column
    direction: str = ""
    url: str = ""


@dataclass(frozen=True)
class Chip:
    label: str
    text: str
    url: str


def changed(value: Any) -> str:
    """With its sign; what rounds to nothing has none."""
    said = web.number(value)
    return f"+{said}" if value > 0 and said != "0" else said


def plain(value: Any) -> Any:
    match value:
        case tuple():
            return plain(", ".join(text for text, _ in value))
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float() | Decimal():
            return value
        case dt.date() | dt.time():
            return value.isoformat()
    text = str(value).replace("\0", "")
    risky = text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS)
    return f"'{text}" if risky else text
