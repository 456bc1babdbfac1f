"""What the columns of a file hold, and which of its ids come twice: one pass before the reading."""

import re
from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

import numpy as np

from accounts.connectors.csv_files import values
from accounts.connectors.csv_files.reading import Record, Table
from accounts.connectors.csv_files.values import DATES, NUMBERS, Kind

Family = Literal["any", "number", "date", "boolean", "text"]
DROP_EVERY = 1000
WHOLE = re.compile(r"[-+]?\d+", re.ASCII)
# What looks like a number and is none: 007, a telephone number, an id of twenty digits.
NO_NUMBER = re.compile(r"\+.*|-?0\d.*|\D*\d{16,}\D*")
KeyOf = Callable[[list[str]], str]


@dataclass(frozen=True)
class Column:
    """How the values of a column are read; `note` says what could not be told from them."""

    kind: Kind = Kind.TEXT
    has_time: bool = False
    is_blank: bool = True
    note: str = ""


@dataclass
class Look:
    family: Family
    counts: Counter[Kind] = field(default_factory=Counter)
    seen: int = 0
    filled: bool = False
    times: int = 0
    separated: int = 0
    slashes: int = 0
    alive: set[str] = field(default_factory=lambda: {"boolean", "number", "date"})

    def add(self, text: str) -> None:
        self.filled = True
        text = text.strip()
        if values.is_nothing(text):
            return
        self.seen += 1
        if self.family in ("number", "any") and "number" in self.alive:
            self.add_number(text)
        if self.family in ("date", "any") and "date" in self.alive:
            self.add_date(text)
        if self.family == "any" and "boolean" in self.alive and not values.is_boolean(text):
            self.alive.discard("boolean")

    @property
    def is_settled(self) -> bool:
        return self.family in ("text", "boolean") or (self.family == "any" and not self.alive)

    def add_number(self, text: str) -> None:
        if self.family == "any" and NO_NUMBER.fullmatch(text):
            self.alive.discard("number")
            return
        if WHOLE.fullmatch(text):
            self.counts.update(NUMBERS)
            return
        kinds = values.number_kinds(text)
        if self.family == "any" and not kinds:
            self.alive.discard("number")
        self.counts.update(kinds)
        self.separated += len(kinds) == 2 and values.is_separated(text)

    def add_date(self, text: str) -> None:
        kinds = values.date_kinds(text, serials=self.family == "date")
        if self.family == "any" and not kinds:
            self.alive.discard("date")
        self.counts.update(kinds)
        self.times += bool(kinds) and values.has_time(text)
        self.slashes += len(kinds) == 2

    def decide(self, *, delimiter: str, numbers: str = "", dates: str = "") -> Column:
        if self.family == "number":
            return self.as_number(delimiter=delimiter, said=numbers)
        if self.family == "date":
            return self.as_date(said=dates)
        if self.family == "boolean":
            return Column(Kind.BOOLEAN, is_blank=False)
        return self.guess(delimiter=delimiter, numbers=numbers, dates=dates)

    def guess(self, *, delimiter: str, numbers: str, dates: str) -> Column:
        if self.family == "text" or not self.seen:
            return Column(is_blank=self.family == "any" and not self.filled)
        if "number" in self.alive:
            return self.whole(self.as_number(delimiter=delimiter, said=numbers))
        if "date" in self.alive:
            return self.whole(self.as_date(said=dates))
        return Column(Kind.BOOLEAN if "boolean" in self.alive else Kind.TEXT, is_blank=False)

    def whole(self, found: Column) -> Column:
        """Of a field that we do not know: a number or a day only if every value is one."""
        every = self.counts[found.kind] == self.seen
        return found if every else Column(is_blank=False)

    def as_number(self, *, delimiter: str, said: str) -> Column:
        point, comma = self.counts[Kind.NUMBER_POINT], self.counts[Kind.NUMBER_COMMA]
        if said:
            kind = Kind.NUMBER_COMMA if said == "european" else Kind.NUMBER_POINT
        elif point != comma:
            kind = Kind.NUMBER_COMMA if comma > point else Kind.NUMBER_POINT
        else:
            kind = Kind.NUMBER_COMMA if delimiter == ";" else Kind.NUMBER_POINT
        note = ""
        if not said and point == comma and self.separated:
            style = "1.234,56" if kind is Kind.NUMBER_COMMA else "1,234.56"
            note = f"Nothing tells a decimal comma from a decimal point; read like {style}."
        return Column(kind, is_blank=not self.seen, note=note)

    def as_date(self, *, said: str) -> Column:
        month, day = self.counts[Kind.DATE_MONTH_FIRST], self.counts[Kind.DATE_DAY_FIRST]
        counts = self.counts.copy()
        note = ""
        if said:
            wanted = Kind.DATE_DAY_FIRST if said == "day_first" else Kind.DATE_MONTH_FIRST
            counts[wanted] += 1
        elif month and month == day:
            counts[Kind.DATE_MONTH_FIRST] += 1
            note = "Every day and month is 12 or less; read as month/day/year."
        kind = max(DATES, key=lambda each: counts[each])
        return Column(kind, has_time=self.times > 0, is_blank=not self.seen, note=note)


@dataclass
class Keys:
    """Ids as 64-bit numbers: ten million of them are 80 MB. Those that come twice are found."""

    of: KeyOf
    hashes: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, cells: list[str]) -> None:
        if key := self.of(cells):
            self.hashes.append(hash(key))

    def repeated(self) -> frozenset[int]:
        found = np.frombuffer(self.hashes, dtype=np.int64)
        found.sort()
        again = found[1:][found[1:] == found[:-1]]
        return frozenset(int(each) for each in np.unique(again))


@dataclass(frozen=True)
class Profile:
    """`repeats` are hashes: what has one of them may be an id that comes twice."""

    rows: int
    columns: list[Column]
    repeats: list[frozenset[int]]

    @property
    def has_rows(self) -> bool:
        return self.rows > 0


def profile_of(
    table: Table,
    *,
    families: Mapping[str, Family],
    blanks: frozenset[str] = frozenset(),
    keys: Sequence[KeyOf] = (),
    said: Mapping[str, str] | None = None,
    limit: int | None = None,
) -> Profile:
    looks = [Look(families.get(name, "any")) for name in table.header]
    watched = [Keys(each) for each in keys]
    rows = 0
    active = [(place, look) for place, look in enumerate(looks) if not look.is_settled]
    for record in islice(table.records(), limit):
        rows += 1
        if record.problem:
            continue
        look_at(record, active, blanks=blanks)
        for each in watched:
            each.add(record.cells)
        if rows % DROP_EVERY == 0:
            active = [(place, look) for place, look in active if not look.is_settled]
    numbers, dates = (said or {}).get("numbers", ""), (said or {}).get("dates", "")
    columns = [
        look.decide(delimiter=table.delimiter, numbers=numbers, dates=dates) for look in looks
    ]
    return Profile(rows, columns, [each.repeated() for each in watched])


def look_at(record: Record, active: list[tuple[int, Look]], *, blanks: frozenset[str]) -> None:
    cells = record.cells
    for place, look in active:
        text = cells[place]
        if text and text not in blanks:
            look.add(text)
