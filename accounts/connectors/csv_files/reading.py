"""Records of a CSV file, each with the line that it begins on; what cannot be read is told."""

import csv
import io
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import IO, NamedTuple

from accounts.connectors.csv_files.encoding import Encoding, encoding_of, said_encoding
from accounts.connectors.csv_files.problems import FileProblem

DELIMITERS = ",;\t|"
NAMES_OF_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
LONGEST_RECORD = 4_000_000  # characters; longer is a quote that was never closed
SAMPLE = 50
MOST_COLUMNS = 2000
# The limits of a record are ours, see above; the library's own would cut a field that is allowed.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

Opener = Callable[[], IO[bytes]]


class Record(NamedTuple):
    line: int
    cells: list[str]
    problem: str = ""


class TooLongError(Exception):
    pass


@dataclass
class Lines:
    """Physical lines, with those of the record at hand kept so that they can be read again."""

    more: Iterator[str]
    again: deque[str] = field(default_factory=deque)
    held: list[str] = field(default_factory=list)
    held_size: int = 0
    number: int = 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self.more)
        self.held.append(line)
        self.held_size += len(line)
        if self.held_size > LONGEST_RECORD:
            raise TooLongError
        return line

    def take(self) -> int:
        """The record is done: where it began."""
        began = self.number + 1
        self.number += len(self.held)
        self.held.clear()
        self.held_size = 0
        return began

    def give_back(self) -> int:
        """Only the first line is done with; the record was none."""
        began = self.number + 1
        self.again.extendleft(reversed(self.held[1:]))
        self.number += 1
        self.held.clear()
        self.held_size = 0
        return began


@dataclass(frozen=True)
class Table:
    """A CSV file as far as it must be known to be read."""

    name: str
    open: Opener
    encoding: Encoding
    delimiter: str
    header: list[str]
    header_line: int

    def records(self) -> Iterator[Record]:
        """Those after the header; empty lines are none."""
        with text_lines(self.open, self.encoding) as lines:
            for record in parse(lines, delimiter=self.delimiter):
                if record.line > self.header_line:
                    yield self.judged(record)

    def judged(self, record: Record) -> Record:
        if record.problem:
            return record
        cells, wanted = record.cells, len(self.header)
        if len(cells) > wanted and not any(cells[wanted:]):
            return Record(record.line, cells[:wanted])
        if len(cells) != wanted:
            said = f"It has {count(len(cells), 'value')}, the header has {wanted}."
            return Record(record.line, cells, said)
        return record


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def open_table(open_file: Opener, *, name: str, delimiter: str = "", encoding: str = "") -> Table:
    with open_file() as file:
        found = said_encoding(encoding) if encoding else encoding_of(file, name=name)
    delimiter, first = delimiter or "", 0
    with text_lines(open_file, found) as lines:
        start = beginning(lines)
    if start and start[0].lower().startswith("sep=") and len(start[0].strip()) == 5:
        # Excel's own way of naming the separator.
        delimiter, first = delimiter or start[0].strip()[4], 1
    delimiter = delimiter or likely_delimiter(start[first:])
    numbered = Lines(iter(start[first:]), number=first)
    header = next((each for each in parse(numbered, delimiter=delimiter) if not each.problem), None)
    if header is None or not any(each.strip() for each in header.cells):
        raise FileProblem(f"{name} has no header. Its first line must name the columns.")
    if len(header.cells) > MOST_COLUMNS:
        raise FileProblem(
            f"{name} has {len(header.cells):,} columns; {MOST_COLUMNS:,} are the most that are "
            "read. Export only the columns that are needed."
        )
    return Table(
        name=name,
        open=open_file,
        encoding=found,
        delimiter=delimiter,
        header=unique_names(header.cells),
        header_line=header.line,
    )


@contextmanager
def text_lines(open_file: Opener, encoding: Encoding) -> Iterator[Lines]:
    with (
        open_file() as raw,
        io.TextIOWrapper(raw, encoding=encoding.name, errors=encoding.errors, newline="") as text,
    ):
        # A bounded readline: a file without an end of line must not become one string.
        yield Lines(iter(partial(text.readline, LONGEST_RECORD + 1), ""))


def beginning(lines: Lines) -> list[str]:
    found: list[str] = []
    try:
        for line in lines:
            found.append(line)
            if len(found) >= SAMPLE * 4:
                break
    except TooLongError:
        pass
    return found


def likely_delimiter(lines: list[str]) -> str:
    """That which cuts the most rows into as many parts as the header, and the header into most."""
    scores = {each: score(lines, delimiter=each) for each in DELIMITERS}
    best = max(DELIMITERS, key=lambda each: scores[each])
    return best if scores[best][1] > 1 else ","


def score(lines: list[str], *, delimiter: str) -> tuple[float, int]:
    rows = []
    for record in parse(Lines(iter(lines)), delimiter=delimiter):
        if not record.problem:
            rows.append(len(record.cells))
        if len(rows) > SAMPLE:
            break
    if not rows or rows[0] < 2:
        return 0.0, 1
    same = Counter(rows)[rows[0]] / len(rows)
    return round(same, 1), rows[0]


def unique_names(cells: list[str]) -> list[str]:
    """Every column has a name, and no two the same."""
    seen: Counter[str] = Counter()
    names = []
    for place, cell in enumerate(cells, 1):
        name = " ".join(cell.replace("\0", "").split())[:200] or f"Column {place}"
        seen[name.casefold()] += 1
        again = seen[name.casefold()]
        names.append(name if again == 1 else f"{name} ({again})")
    return names


def parse(lines: Lines, *, delimiter: str) -> Iterator[Record]:
    """A quote that is never closed costs its own line; what it had swallowed is read again."""
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (TooLongError, csv.Error) as error:
            reader = csv.reader(lines, delimiter=delimiter)
            yield given_up(lines, error)
            continue
        if may_be_open(lines, cells) and (problem := broken_quotes(lines, delimiter=delimiter)):
            reader = csv.reader(lines, delimiter=delimiter)
            yield Record(lines.give_back(), [], problem)
            continue
        line = lines.take()
        if cells:
            yield Record(line, cells, unreadable(cells))


def given_up(lines: Lines, error: Exception) -> Record:
    if isinstance(error, TooLongError) and len(lines.held) > 1:
        return Record(lines.give_back(), [], "A quote is opened here and never closed.")
    if isinstance(error, TooLongError):
        skip_to_end_of_line(lines)
        said = f"It is longer than {LONGEST_RECORD // 1_000_000} million characters."
        return Record(lines.take(), [], said)
    return Record(lines.give_back(), [], f"It cannot be read: {error}.")


def skip_to_end_of_line(lines: Lines) -> None:
    part = lines.held[-1]
    while not part.endswith(("\n", "\r")) and (part := next(lines.more, "")):
        continue


def may_be_open(lines: Lines, cells: list[str]) -> bool:
    """Only these are read twice: of several lines, without an end of line, or ending inside one."""
    last = lines.held[-1] if lines.held else ""
    ends_open = bool(cells) and cells[-1].endswith(("\n", "\r"))
    return len(lines.held) > 1 or ends_open or not last.endswith(("\n", "\r"))


def broken_quotes(lines: Lines, *, delimiter: str) -> str:
    """Why several lines are not one record: read strictly, their quotes must close."""
    try:
        for _ in csv.reader(iter(lines.held), delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        if "unexpected end" in str(error):
            return "A quote is opened here and never closed."
        return f"A quote that is opened here does not close before a separator: {error}."
    return ""


def unreadable(cells: list[str]) -> str:
    for cell in cells:
        if cell.isascii() and "\0" not in cell:
            continue
        if "\0" in cell:
            return "It holds a NUL character, which no text may hold."
        if any("\ud800" <= each <= "\udfff" for each in cell):
            return "It holds bytes that are no text in the file's encoding."
    return ""
