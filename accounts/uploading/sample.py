"""The beginning of a file as it would land: twenty rows to look at, and what would be refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from accounts.connectors.base import Refusal
from accounts.connectors.csv_files.layouts import Layout
from accounts.connectors.csv_files.profile import Column, Profile, profile_of
from accounts.connectors.csv_files.reading import Record, Table
from accounts.connectors.csv_files.rows import RowMaker, key_reader
from accounts.connectors.csv_files.values import Kind, date_kinds, is_nothing, number_kinds
from accounts.models import UploadedFile
from accounts.uploading.looking import SAMPLE_ROWS, stored_head, table_of

SHOWN_ROWS = 20
SHOWN_VALUES = 3
KNOWN_VALUES = 100
SHOWN_REFUSALS = 20
MOSTLY: tuple[tuple[str, Callable[[str], Any]], ...] = (
    ("mostly days", lambda text: date_kinds(text, serials=False)),
    ("mostly numbers", number_kinds),
)


@dataclass(frozen=True)
class SampleColumn:
    name: str
    column: Column
    many: tuple[str, ...]

    @property
    def values(self) -> tuple[str, ...]:
        return self.many[:SHOWN_VALUES]

    @property
    def kind(self) -> str:
        if self.column.is_blank:
            return "empty so far"
        if self.column.kind is not Kind.TEXT:
            return str(self.column.kind)
        words = (words for words, test in MOSTLY if self.share(test) > 0.5)
        return next(words, str(self.column.kind))

    def share(self, test: Callable[[str], Any]) -> float:
        """Of the values that say something."""
        said = [each for each in self.many if not is_nothing(each)]
        return sum(bool(test(each)) for each in said) / max(len(said), 1)


@dataclass
class Sample:
    table: Table
    records: list[Record]

    @cached_property
    def profile(self) -> Profile:
        return profile_of(self.table, families={}, limit=SAMPLE_ROWS)

    @cached_property
    def good(self) -> list[Record]:
        return [each for each in self.records if not each.problem]

    @property
    def unique(self) -> list[int]:
        """Places of columns that are always filled, and never twice with the same."""
        return [
            place
            for place in range(len(self.table.header))
            if len({each.cells[place].strip() for each in self.good} - {""}) == len(self.good)
        ]

    def columns(self) -> list[SampleColumn]:
        return [
            SampleColumn(name, column, tuple(self.values(place, most=KNOWN_VALUES)))
            for place, (name, column) in enumerate(
                zip(self.table.header, self.profile.columns, strict=True)
            )
        ]

    def values(self, place: int, *, most: int) -> list[str]:
        """Different ones, in the order in which they come."""
        found: dict[str, None] = {}
        for each in self.good:
            if text := each.cells[place].strip():
                found.setdefault(text[:200])
            if len(found) == most:
                break
        return list(found)


@dataclass(frozen=True)
class PreviewRow:
    line: int
    cells: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Preview:
    heads: tuple[str, ...]
    rows: list[PreviewRow]
    refusals: list[Refusal]
    looked_at: int
    refused: int
    left_out: dict[str, int]
    notes: list[str]


def sample_of(row: UploadedFile) -> Sample:
    table = table_of(row, stored_head(row))
    records = []
    for record in table.records():
        records.append(record)
        if len(records) == SAMPLE_ROWS:
            break
    return Sample(table, records)


def preview_of(sample: Sample, *, layout: Layout, zone: ZoneInfo) -> Preview:
    target = layout.main
    if target is None:
        return Preview((), [], [], 0, 0, {}, [])
    header = sample.table.header
    profile = profile_of(
        sample.table,
        families=layout.families(),
        blanks=layout.blanks,
        keys=[key_reader(target, header)],
        said=layout.said,
        limit=SAMPLE_ROWS,
    )
    maker = RowMaker(
        table=sample.table,
        layout=layout,
        target=target,
        profile=profile,
        zone=zone,
        repeats=profile.repeats[0],
    )
    rows, refusals = made(maker, sample.records)
    return Preview(
        heads=("Id", *(label(part.column) or part.header for part in maker.parts), *ends(maker)),
        rows=rows,
        refusals=refusals[:SHOWN_REFUSALS],
        looked_at=len(sample.records),
        refused=len(refusals),
        left_out=maker.left_out,
        notes=[
            f"{name}: {column.note}"
            for name, column in zip(header, profile.columns, strict=True)
            if column.note and name not in layout.skipped
        ],
    )


def made(maker: RowMaker, records: Sequence[Record]) -> tuple[list[PreviewRow], list[Refusal]]:
    rows: list[PreviewRow] = []
    refusals: list[Refusal] = []
    names = ["Id", *(part.name for part in maker.parts), *ends(maker).values()]
    for record in records:
        found = maker.make(record)
        if found is None:
            continue
        if isinstance(found, Refusal):
            refusals.append(found)
            row = PreviewRow(record.line, problem=found.reason)
        else:
            row = PreviewRow(record.line, tuple(in_words(found.get(name)) for name in names))
        if len(rows) < SHOWN_ROWS:
            rows.append(row)
    return rows, refusals


def ends(maker: RowMaker) -> dict[str, str]:
    """What follows from other columns: our label → what the row calls it."""
    return {label(column): maker.finished[column] for column in maker.target.finished}


def label(column: str) -> str:
    return column.removesuffix("_ref").replace("_", " ").capitalize()


def in_words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d" if not (value.hour or value.minute) else "%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)[:200]
