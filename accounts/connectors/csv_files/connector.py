"""Exports of a CRM as a source: whole files, read in the order of the objects, line by line.

A position is a file and a line of it, so that a run that was killed goes on where its last page
ended. What is not in a file is not gone: an export may be a part, so nothing is deleted by absence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from zoneinfo import ZoneInfo

from accounts.connectors.base import (
    DeletionPage,
    Page,
    Position,
    Quota,
    Refusal,
    Row,
    SourceFieldSpec,
    SourceObjectSpec,
)
from accounts.connectors.csv_files.files import SourceFile
from accounts.connectors.csv_files.layouts import Layout, Target, recognise
from accounts.connectors.csv_files.layouts.base import source_name
from accounts.connectors.csv_files.mapping import Mapping
from accounts.connectors.csv_files.naming import made_id
from accounts.connectors.csv_files.problems import FileProblem
from accounts.connectors.csv_files.profile import profile_of
from accounts.connectors.csv_files.reading import Table, open_table
from accounts.connectors.csv_files.rows import RowMaker, key_reader
from accounts.records import OBJECTS
from revenue.users.models import Org

PAGE = 5000
UNKNOWN = (
    "{name} has a form that is not known. Say what its columns are: on the page of imports, or "
    "with --mapping."
)


@dataclass
class FileReport:
    """What is to be said of a file besides its rows."""

    name: str
    layout: str = ""
    object_name: str = ""
    encoding: str = ""
    delimiter: str = ""
    rows: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problem: str = ""


class CsvConnector:
    def __init__(
        self,
        org: Org,
        *,
        files: Sequence[SourceFile],
        mapping: Mapping | None = None,
        token: str = "",
    ) -> None:
        """With a token, what this very import has finished is not read again when it goes on."""
        self.org = org
        self.files = list(files)
        self.mapping = mapping or Mapping()
        self.token = token
        self.zone = ZoneInfo(org.timezone)
        self.calls = 0
        self.quota: Quota | None = None
        self.reports: list[FileReport] = []
        self.makers: dict[str, list[RowMaker]] = {}
        self.is_prepared = False

    def check(self) -> str:
        self.prepare()
        good = [each for each in self.reports if not each.problem]
        return f"{len(good)} of {len(self.files)} files can be read."

    def prepare(self) -> None:
        """One look at every file: what it is, what its columns hold. Bad ones are told apart."""
        if self.is_prepared:
            return
        for each in self.files:
            report = FileReport(each.name)
            self.reports.append(report)
            try:
                self.prepare_file(each, report=report)
            except FileProblem as problem:
                report.problem = str(problem)
            except OSError as error:
                report.problem = f"{each.name} cannot be read: {error.strerror or error}."
        self.is_prepared = True

    def prepare_file(self, file: SourceFile, *, report: FileReport) -> None:
        said = self.mapping.reading_of(file.name)
        table = open_table(
            file.open,
            name=file.name,
            delimiter=file.delimiter or said.delimiter,
            encoding=file.encoding or said.encoding,
        )
        report.encoding, report.delimiter = table.encoding.label, table.delimiter
        layout = self.layout_of(table)
        if layout is None:
            raise FileProblem(UNKNOWN.format(name=file.name))
        report.layout = layout.name
        report.object_name = layout.main.object_name if layout.main else ""
        if table.encoding.is_guess:
            report.notes.append("It is no UTF-8, so it was read as Windows-1252.")
        if layout.targets:
            self.prepare_rows(table, layout=layout, report=report)

    def layout_of(self, table: Table) -> Layout | None:
        return self.mapping.layout(header=table.header, file_name=table.name) or recognise(
            header=table.header, file_name=table.name
        )

    def prepare_rows(self, table: Table, *, layout: Layout, report: FileReport) -> None:
        keyed = [each for each in layout.targets if each.repeats != "first"]
        profile = profile_of(
            table,
            families=layout.families(),
            blanks=layout.blanks,
            keys=[key_reader(each, table.header) for each in keyed],
            said=layout.said,
        )
        report.rows = profile.rows
        report.notes.extend(
            f"{name}: {column.note}"
            for name, column in zip(table.header, profile.columns, strict=True)
            if column.note and name not in layout.skipped
        )
        if not profile.has_rows:
            report.notes.append("It has a header and no rows.")
        repeats = dict(zip(map(id, keyed), profile.repeats, strict=True))
        for target in layout.targets:
            maker = RowMaker(
                table=table,
                layout=layout,
                target=target,
                profile=profile,
                zone=self.zone,
                repeats=repeats.get(id(target), frozenset()),
            )
            if target.is_main:
                report.left_out = maker.left_out
            makers = self.makers.setdefault(target.object_name, [])
            makers.append(maker)
            # Records that have a file of their own come before those that are merely named.
            makers.sort(key=lambda each: not each.target.is_main)

    def describe(self) -> dict[str, SourceObjectSpec]:
        self.prepare()
        found = {}
        for name in OBJECTS:
            if name in self.makers:
                fields: dict[str, SourceFieldSpec] = {}
                for maker in self.makers[name]:
                    for spec in maker.specs().values():
                        fields.setdefault(spec.name, spec)
                found[name] = SourceObjectSpec(name, fields, has_deletes=False)
        return found

    def count(self, object_name: str) -> int | None:
        """Of lines; of what many lines name, nobody knows before."""
        makers = self.makers.get(object_name, [])
        if not all(each.target.is_main for each in makers):
            return None
        return sum(each.profile.rows for each in makers)

    def changed_since(self, object_name: str, position: Position) -> Iterator[Page]:
        makers = self.makers.get(object_name, [])
        mark = self.mark
        goes_on = position.get("of") == mark
        if goes_on and position.get("done") and self.token:
            return
        begin, line = 0, 0
        if goes_on and not position.get("done"):
            begin, line = int(position["file"]), int(position["line"])
        # Named once in any of the files is enough of what many lines name.
        seen: set[int] = set()
        for place, maker in enumerate(makers):
            maker.begin(seen)
            after = line if place == begin else 0
            if place >= begin:
                yield from self.pages(maker, mark=mark, place=place, after=after)
            elif maker.target.repeats == "first":
                for record in maker.table.records():
                    maker.note(record)
        yield Page([], {"of": mark, "done": True})

    def pages(self, maker: RowMaker, *, mark: str, place: int, after: int) -> Iterator[Page]:
        rows: list[Row] = []
        lines: list[int] = []
        refusals: list[Refusal] = []
        for record in maker.table.records():
            if record.line <= after:
                maker.note(record)
                continue
            made = maker.make(record)
            if isinstance(made, Refusal):
                refusals.append(made)
            elif made is not None:
                rows.append(made)
                lines.append(record.line)
            if len(rows) + len(refusals) >= PAGE:
                position = {"of": mark, "file": place, "line": record.line}
                yield self.page(maker, rows, lines, refusals, position)
                rows, lines, refusals = [], [], []
        if rows or refusals:
            yield self.page(
                maker, rows, lines, refusals, {"of": mark, "file": place + 1, "line": 0}
            )

    def page(
        self,
        maker: RowMaker,
        rows: list[Row],
        lines: list[int],
        refusals: list[Refusal],
        position: Position,
    ) -> Page:
        self.look_up(maker.target, rows)
        if maker.target.only_missing:
            rows, lines = self.missing(maker.target, rows, lines)
        return Page(rows, position, refusals, lines=lines, source=maker.table.name)

    def look_up(self, target: Target, rows: list[Row]) -> None:
        """Names into ids: of the record that has the name here, else an id made of the name."""
        for said in target.fields.values():
            if not said.by_name:
                continue
            name = source_name(target.object_name, said.column)
            wanted = {row[name] for row in rows if row[name]}
            known = self.ids_by_name(said.refers_to, wanted)
            for row in rows:
                if row[name]:
                    key = said.normal(row[name])
                    row[name] = known.get(row[name]) or made_id(said.refers_to, key)

    def missing(
        self, target: Target, rows: list[Row], lines: list[int]
    ) -> tuple[list[Row], list[int]]:
        name = source_name(target.object_name, "name")
        known = self.ids_by_name(target.object_name, {row[name] for row in rows})
        left = [
            (row, line)
            for row, line in zip(rows, lines, strict=True)
            if known.get(row[name], row["Id"]) == row["Id"]
        ]
        return [row for row, _ in left], [line for _, line in left]

    def ids_by_name(self, object_name: str, names: set[str]) -> dict[str, str]:
        """Of two records with one name the first by id, so that it is the same one each time."""
        model = OBJECTS[object_name].model
        found = model.objects.of(self.org).present().filter(name__in=names)
        pairs = found.order_by("-external_id").values_list("name", "external_id")
        return dict(pairs)

    def deleted_since(
        self,
        object_name: str,  # noqa: ARG002  a file says it in its own rows, or not at all
        position: Position,  # noqa: ARG002
    ) -> Iterator[DeletionPage]:
        yield from ()

    def ids(self, object_name: str) -> Iterator[list[str]]:  # noqa: ARG002
        """Nothing is compared with a file, which may be a part."""
        yield from ()

    @cached_property
    def mark(self) -> str:
        """Of these files to the last byte, read in this way: a position is of no use to others."""
        said = blake2b(digest_size=12)
        for each in self.files:
            told = (each.name, str(each.size), each.delimiter, each.encoding, "")
            said.update("\0".join(told).encode("utf-8", "surrogateescape"))
            with each.path.open("rb") as file:
                while part := file.read(1 << 20):
                    said.update(part)
        said.update(self.mapping.text.encode())
        said.update(self.token.encode())
        return said.hexdigest()

    def close(self) -> None:
        pass
