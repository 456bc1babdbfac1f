"""A list of rows as people read it: declared once; sorted, filtered and paged by the address.

    DEALS = Table(id="deals", noun="deals", default_sort="-amount", columns=(...), filters=(...))
    table = DEALS.bind(request.GET, queryset=Deal.objects.visible_to(user), path=request.path)

`{% include "components/_table.html" %}` draws it; `render_page(..., partial=table.id,
push_url=table.url)` answers htmx with the block of that name. Two queries, whatever the page holds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Model, QuerySet
from django.http import QueryDict

from revenue.web import filters as f
from revenue.web.columns import (
    DESCENDING_FIRST,
    PAIRS,
    Cell,
    Chip,
    Column,
    Head,
    Line,
    plain,
)
from revenue.web.keyset import Key, Page, Pager

CHUNK = 2000
MOST_OPEN = 20
__all__ = ["BoundTable", "Cell", "Chip", "Column", "Head", "Line", "Table", "plain"]


@dataclass(frozen=True, kw_only=True)
class Table:
    """`default_sort` names columns: "-amount,name". `prefix` keeps apart two tables of one page.

    `detail` is a template that shows more of a `row` below it, and what `detail_of` makes of it;
    the address says which are open.
    """

    id: str
    columns: tuple[Column, ...]
    default_sort: str
    filters: tuple[f.Filter, ...] = ()
    page_size: int = 50
    prefix: str = ""
    caption: str = ""
    noun: str = "rows"
    noun_of_one: str = ""
    empty_title: str = "Nothing here yet"
    empty_text: str = ""
    drawer: bool = False
    detail: str = ""
    detail_label: str = "More"
    detail_of: Callable[[Any], Any] | None = None

    def counted(self, count: int) -> str:
        """What so many are called: 1 deal, 2 deals."""
        return (self.noun_of_one or self.noun.removesuffix("s")) if count == 1 else self.noun

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
    # Counted already, where a page knows a faster way: `row_count` and a `sum_` of each total.
    known_totals: Mapping[str, Any] | None = None

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
    def totals(self) -> Mapping[str, Any]:
        if self.known_totals is not None:
            return self.known_totals
        sums = {f"sum_{each.name}": each.total for each in self.table.columns if each.total}
        return self.rows_queryset.order_by().aggregate(row_count=Count("pk"), **sums)

    @property
    def count(self) -> int:
        return int(self.totals["row_count"])

    @property
    def counted(self) -> str:
        return self.table.counted(self.count)

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
    def cells(self) -> Iterator[Line]:
        for row in self.page.rows:
            key = str(row.pk) if self.table.detail else ""
            is_open, more = key in self.open_rows, self.table.detail_of
            yield Line(
                [self.cell(each, row) for each in self.columns],
                row=row,
                is_open=is_open,
                url=self.turned_url(key) if key else "",
                detail=more(row) if is_open and more else None,
            )

    @cached_property
    def open_rows(self) -> tuple[str, ...]:
        asked = self.data.get(self.key("open"), "").split(",") if self.table.detail else []
        return tuple(dict.fromkeys(each for each in asked if each.isascii() and each.isdigit()))[
            :MOST_OPEN
        ]

    def turned_url(self, key: str) -> str:
        """The same page with the row opened, or closed where it is open."""
        others = [each for each in self.open_rows if each != key]
        rows = others if key in self.open_rows else [*others, key][-MOST_OPEN:]
        return self.address(cursor=self.own_cursor, rows=rows)

    def cell(self, column: Column, row: Any) -> Cell:
        value = column.raw(row)
        return Cell(
            column=column,
            text=column.text(value, row),
            href=column.href(row) if column.href else "",
            badge=column.badge(row) if column.badge else "",
            note=column.note(row) if column.note else "",
            badges=value if column.kind in PAIRS else (),
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
        return {self.key(name) for name in (*names, "sort", "cols", "cursor", "open")}

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
        self,
        *,
        sort: str = "",
        without: f.BoundFilter | None = None,
        cursor: str = "",
        rows: Sequence[str] = (),
    ) -> str:
        params = self.state(sort=sort, without=without)
        if cursor:
            params.append((self.key("cursor"), cursor))
        if rows:
            params.append((self.key("open"), ",".join(rows)))
        return f"{self.path}?{urlencode(params)}" if params else self.path

    @property
    def own_cursor(self) -> str:
        """One that led nowhere is not repeated."""
        return self.data.get(self.key("cursor"), "") if self.page.start else ""

    @property
    def url(self) -> str:
        """Where this very page is."""
        return self.address(cursor=self.own_cursor, rows=self.open_rows)

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
