"""A list of rows as people read it: declared once; sorted, filtered and paged by the address.

    DEALS = Table(id="deals", noun="deals", default_sort="-amount", columns=(...), filters=(...))
    table = DEALS.bind(request.GET, queryset=Deal.objects.visible_to(user), path=request.path)

`{% include "components/_table.html" %}` draws it; `render_page(..., partial=table.id,
push_url=table.url)` answers htmx with the block of that name. Two queries, whatever the page holds.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlencode

from django.db.models import Aggregate, Count, Model, QuerySet
from django.http import QueryDict
from django.utils.safestring import SafeString

from revenue.web import filters as f
from revenue.web.keyset import Key, Page, Pager
from revenue.web.templatetags import web

Kind = Literal[
    "text", "long", "number", "money", "percent", "date", "moment", "ago", "yes", "badge"
]
NUMERIC = frozenset({"number", "money", "percent"})
DESCENDING_FIRST = NUMERIC | {"date", "moment", "ago"}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
CHUNK = 2000
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
    """

    name: str
    label: str
    kind: Kind = "text"
    value: str | Callable[[Any], Any] = ""
    sort: str = ""
    href: Callable[[Any], str] | None = None
    badge: Callable[[Any], str] | None = None
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

    @property
    def blank(self) -> bool:
        return self.text == web.BLANK


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


@dataclass(frozen=True, kw_only=True)
class Table:
    """`default_sort` names columns: "-amount,name". `prefix` keeps apart two tables of one page."""

    id: str
    columns: tuple[Column, ...]
    default_sort: str
    filters: tuple[f.Filter, ...] = ()
    page_size: int = 50
    prefix: str = ""
    caption: str = ""
    noun: str = "rows"
    empty_title: str = "Nothing here yet"
    empty_text: str = ""
    drawer: bool = False

    def bind(self, data: QueryDict, *, queryset: QuerySet[Any], path: str) -> "BoundTable":
        return BoundTable(table=self, data=data, queryset=queryset, path=path)

    def column(self, name: str) -> Column | None:
        return next((each for each in self.columns if each.name == name), None)

    def keys(self, spec: str) -> tuple[Key, ...]:
        """The order that a spec asks for; nothing where a part of it is no sortable column."""
        found: dict[str, Key] = {}
        for part in spec.split(","):
            column = self.column(part.strip().removeprefix("-"))
            if column is None or not column.sort:
                return ()
            found.setdefault(column.sort, Key(column.sort, descending=part.strip().startswith("-")))
        return tuple(found.values())


@dataclass(frozen=True)
class BoundTable:
    table: Table
    data: QueryDict
    queryset: QuerySet[Any]
    path: str

    @property
    def id(self) -> str:
        return self.table.id

    @cached_property
    def filters(self) -> list[f.BoundFilter]:
        return [each.bind(self.data, prefix=self.table.prefix) for each in self.table.filters]

    @property
    def search(self) -> f.BoundFilter | None:
        return next((each for each in self.filters if each.kind == "text"), None)

    @property
    def panel(self) -> list[f.BoundFilter]:
        """The filters that do not stand in the bar itself."""
        return [each for each in self.filters if each is not self.search]

    @property
    def panel_count(self) -> int:
        return sum(each.active for each in self.panel)

    @property
    def has_errors(self) -> bool:
        return any(each.error for each in self.panel)

    @property
    def filtered(self) -> bool:
        return any(each.active for each in self.filters)

    @cached_property
    def sort(self) -> str:
        """What the address asks for where it is sound, else the default."""
        asked = self.data.get(self.key("sort"), "")
        return asked if asked and self.table.keys(asked) else self.table.default_sort

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        found = self.table.keys(self.sort)
        if not found:
            raise ValueError(f"Table {self.id}: give a default_sort that names sortable columns.")
        return found

    @cached_property
    def columns(self) -> list[Column]:
        """The first column is the row's name and always shown."""
        asked = self.asked_columns
        return [
            each
            for index, each in enumerate(self.table.columns)
            if index == 0 or (each.name in asked if asked else each.shown)
        ]

    @cached_property
    def asked_columns(self) -> set[str]:
        asked = {name for part in self.data.getlist(self.key("cols")) for name in part.split(",")}
        return asked & {each.name for each in self.table.columns}

    @property
    def column_choices(self) -> list[tuple[Column, bool]]:
        return [(each, each in self.columns) for each in self.table.columns[1:]]

    def key(self, name: str) -> str:
        return f"{self.table.prefix}{name}"

    @cached_property
    def rows_queryset(self) -> QuerySet[Any]:
        found = self.queryset
        for condition in f.conditions(self.filters):
            found = found.filter(condition)
        return found

    @cached_property
    def pager(self) -> Pager[Model]:
        return Pager(
            queryset=self.rows_queryset,
            keys=self.keys,
            page_size=self.table.page_size,
            scope=self.id,
        )

    @cached_property
    def page(self) -> Page[Model]:
        return self.pager.page(self.data.get(self.key("cursor"), ""))

    @cached_property
    def totals(self) -> dict[str, Any]:
        sums = {f"sum_{each.name}": each.total for each in self.table.columns if each.total}
        return self.rows_queryset.order_by().aggregate(row_count=Count("pk"), **sums)

    @property
    def count(self) -> int:
        return int(self.totals["row_count"])

    @property
    def first_row(self) -> int:
        return min(self.page.start, max(0, self.count - len(self.page.rows))) + 1

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.page.rows) - 1

    @property
    def has_totals(self) -> bool:
        return any(each.total for each in self.columns)

    @property
    def foot(self) -> list[Cell]:
        """The sums, in the columns' places, after the cell that counts the rows."""
        return [
            Cell(each, each.text(self.totals[f"sum_{each.name}"]) if each.total else "")
            for each in self.columns[1:]
        ]

    @property
    def cells(self) -> Iterator[list[Cell]]:
        for row in self.page.rows:
            yield [self.cell(each, row) for each in self.columns]

    def cell(self, column: Column, row: Any) -> Cell:
        value = column.raw(row)
        return Cell(
            column=column,
            text=column.text(value, row),
            href=column.href(row) if column.href else "",
            badge=column.badge(row) if column.badge else "",
        )

    @property
    def heads(self) -> list[Head]:
        sorted_by = {key.path: key.descending for key in self.keys}
        return [self.head(each, sorted_by.get(each.sort)) for each in self.columns]

    def head(self, column: Column, descending: bool | None) -> Head:
        if not column.sort:
            return Head(column)
        if descending is None:
            turn = column.kind in DESCENDING_FIRST
            return Head(column, url=self.address(sort=("-" if turn else "") + column.name))
        direction = "descending" if descending else "ascending"
        spec = column.name if descending else f"-{column.name}"
        return Head(column, direction=direction, url=self.address(sort=spec))

    @property
    def chips(self) -> list[Chip]:
        return [
            Chip(each.label, each.summary, self.address(without=each))
            for each in self.filters
            if each.active
        ]

    @property
    def own_names(self) -> set[str]:
        names = {name for each in self.table.filters for name in each.param_names()}
        return {self.key(name) for name in (*names, "sort", "cols", "cursor")}

    @property
    def foreign(self) -> list[tuple[str, str]]:
        """Parts of the address that belong to others on the page; they are kept."""
        return [
            (name, value)
            for name, values in self.data.lists()
            if name not in self.own_names
            for value in values
        ]

    def state(
        self, *, sort: str = "", without: f.BoundFilter | None = None
    ) -> list[tuple[str, str]]:
        """The address of this list, shortest form, without its cursor."""
        found = self.foreign
        for each in self.filters:
            found.extend(each.params if each is not without else ())
        sort = sort or self.sort
        if sort != self.table.default_sort:
            found.append((self.key("sort"), sort))
        usual = {each.name for each in self.table.columns[1:] if each.shown}
        names = [each.name for each in self.columns[1:]]
        if set(names) != usual:
            found.append((self.key("cols"), ",".join(names)))
        return found

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What a form of filters and columns must carry besides its own fields."""
        sort = [(self.key("sort"), self.sort)] if self.sort != self.table.default_sort else []
        return [*self.foreign, *sort]

    def address(
        self, *, sort: str = "", without: f.BoundFilter | None = None, cursor: str = ""
    ) -> str:
        params = self.state(sort=sort, without=without)
        if cursor:
            params.append((self.key("cursor"), cursor))
        return f"{self.path}?{urlencode(params)}" if params else self.path

    @property
    def url(self) -> str:
        """Where this very page is; a cursor that led nowhere is not repeated."""
        cursor = self.data.get(self.key("cursor"), "") if self.page.start else ""
        return self.address(cursor=cursor)

    @property
    def clear_url(self) -> str:
        kept = [(self.key("sort"), self.sort)] if self.sort != self.table.default_sort else []
        params = [*self.foreign, *kept]
        return f"{self.path}?{urlencode(params)}" if params else self.path

    @property
    def previous_url(self) -> str:
        return self.address(cursor=self.page.previous) if self.page.previous else ""

    @property
    def next_url(self) -> str:
        return self.address(cursor=self.page.next) if self.page.next else ""

    def csv_header(self) -> list[str]:
        return [each.label for each in self.columns]

    def rows(self, *, columns: Sequence[Column] | None = None) -> Iterator[list[Any]]:
        """Every row as plain values for a file; text that a spreadsheet would run is quoted."""
        wanted = columns or self.columns
        for row in self.pager.ordered().iterator(chunk_size=CHUNK):
            yield [plain(each.raw(row)) for each in wanted]


def plain(value: Any) -> Any:
    match value:
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
