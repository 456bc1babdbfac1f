"""An answer as it is kept and shown: text, figures, tables, charts, links and what to ask next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from assistant.markup import Source, as_html
from revenue.web.charts import Chart, plain
from revenue.web.tables import BoundTable

NOT_SHOWN = frozenset({"bars"})


@dataclass
class Answer:
    """Everything in it is JSON: it is kept as it was given."""

    text: str = ""
    chips: list[dict[str, str]] = field(default_factory=list)
    figures: list[dict[str, str]] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    charts: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    choices: list[dict[str, str]] = field(default_factory=list)
    suggestions: list[str] = field(default_factory=list)
    sources: list[dict[str, str]] = field(default_factory=list)
    draft: dict[str, Any] = field(default_factory=dict)
    title: str = ""

    def as_data(self) -> dict[str, Any]:
        found: dict[str, Any] = plain(
            {name: value for name, value in asdict(self).items() if value}
        )
        return found

    def link(self, label: str, url: str) -> None:
        if url and all(one["url"] != url for one in self.links):
            self.links.append({"label": label, "url": url})

    def figure(self, label: str, value: str, *, hint: str = "", href: str = "") -> None:
        self.figures.append({"label": label, "value": value, "hint": hint, "href": href})

    def source(self, key: str, title: str, url: str) -> str:
        """The mark that names it in the text."""
        if all(one["key"] != key for one in self.sources):
            self.sources.append({"key": key, "title": title, "url": url})
        return f"[[{key}]]"

    def chart(self, chart: Chart | None) -> None:
        if chart is not None and not chart.is_empty:
            self.charts.append(chart_data(chart))

    def table(
        self, caption: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, url: str = ""
    ) -> None:
        """Cells are texts, or pairs of a text and where it leads."""
        cells = [[cell_of(each) for each in row] for row in rows]
        if cells:
            heads = [{"label": label} for label in columns]
            self.tables.append({"caption": caption, "columns": heads, "rows": cells, "url": url})


def cell_of(value: Any) -> dict[str, str]:
    if isinstance(value, tuple):
        return {"text": str(value[0]), "href": str(value[1] or "")}
    return {"text": str(value)}


def chart_data(chart: Chart) -> dict[str, Any]:
    return {
        "id": chart.id,
        "title": chart.title,
        "summary": chart.summary,
        "data": chart.data,
        "layout": chart.layout,
        "columns": list(chart.columns),
        "rows": [list(row) for row in chart.rows],
    }


def chart_of(data: Mapping[str, Any], *, turn: int) -> Chart:
    """Two answers of a page may hold the same chart: each has an id of its own."""
    return Chart(**{**data, "id": f"turn-{turn}-{data['id']}"})


def rows_of(bound: BoundTable, *, most: int, names: Sequence[str]) -> dict[str, Any]:
    """The first rows of a page's list as the page itself words them."""
    by_name = {each.name: each for each in bound.table.columns}
    columns = [by_name[name] for name in names if name in by_name]
    columns = [each for each in columns if each.kind not in NOT_SHOWN]
    rows = []
    for row in bound.page.rows[:most]:
        cells = []
        for column in columns:
            cell = bound.cell(column, row)
            text = ", ".join(str(text) for text, _ in cell.badges) if cell.badges else cell.text
            cells.append(
                {"text": text, "href": cell.href, "badge": cell.badge, "kind": column.kind,
                 "note": cell.note}
            )  # fmt: skip
        rows.append(cells)
    heads = [{"label": each.label, "kind": each.kind} for each in columns]
    return {"caption": bound.table.caption, "columns": heads, "rows": rows, "url": bound.address()}


@dataclass(frozen=True)
class Shown:
    """A kept answer for its template."""

    data: Mapping[str, Any]
    turn: int

    @property
    def html(self) -> SafeString:
        sources = {
            one["key"]: Source(one["key"], one["title"], one["url"])
            for one in self.data.get("sources", ())
        }
        return as_html(str(self.data.get("text", "")), sources=sources)

    @property
    def charts(self) -> list[Chart]:
        return [chart_of(one, turn=self.turn) for one in self.data.get("charts", ())]
