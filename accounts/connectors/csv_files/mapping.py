"""What a person says of files whose form is not known: a `mapping.yaml`, or what a page keeps."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import blake2b
from pathlib import Path
from typing import Any

import yaml

from accounts.connectors.csv_files.layouts.base import (
    Cells,
    Field,
    Layout,
    Target,
    Values,
    named_in,
)
from accounts.connectors.csv_files.naming import plain_key
from accounts.connectors.csv_files.problems import FileProblem, MappingProblem
from accounts.connectors.csv_files.reading import DELIMITERS
from accounts.models.reference import Reference
from accounts.records import COMMON, OBJECTS, SourceObject
from accounts.records.columns import open_columns

KEYS = {
    *("file", "object", "id", "columns", "skip", "dates", "numbers", "empty"),
    *("delimiter", "encoding", "header", "won", "lost"),
}
CHOICES = {
    "dates": ("day_first", "month_first"),
    "numbers": ("european", "american"),
    "encoding": ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"),
}
LARGEST = 1 << 20
OUTCOMES = ("is_won", "is_closed")
Place = tuple[str | int, ...]
Lines = dict[Place, int]


@dataclass(frozen=True)
class Said:
    """How a file is read, where its mapping says it."""

    delimiter: str = ""
    encoding: str = ""


@dataclass(frozen=True)
class Outcome:
    """Which stages say of a deal that it has ended, and how; however they are cased."""

    won: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()

    def of_column(self, column: str) -> Callable[[Values, Cells], Values]:
        def finish(values: Values, cells: Cells) -> Values:
            stage = plain_key(cells[column])
            is_won = stage in self.won
            return values | {"is_won": is_won, "is_closed": is_won or stage in self.lost}

        return finish


@dataclass(frozen=True)
class FileMapping:
    object_name: str
    key: tuple[str, ...]
    makes_id: bool
    fields: dict[str, Field]
    skipped: frozenset[str] = frozenset()
    blanks: frozenset[str] = frozenset()
    said: dict[str, str] = field(default_factory=dict)
    pattern: str = ""
    fingerprint: str = ""
    reading: Said = Said()
    outcome: Outcome = Outcome()

    def is_of(self, *, header: Sequence[str], file_name: str) -> bool:
        if self.fingerprint:
            return self.fingerprint == fingerprint_of(header)
        return fnmatchcase(file_name.lower(), self.pattern.lower())

    def layout(self, header: Sequence[str], *, file_name: str) -> Layout:
        named = {each.casefold(): each for each in header}
        missing = [each for each in (*self.key, *self.fields) if each.casefold() not in named]
        if missing:
            said = ", ".join(f"“{each}”" for each in dict.fromkeys(missing))
            raise FileProblem(f"{file_name} has no column {said}, which the mapping names.")
        fields = {named[name.casefold()]: each for name, each in self.fields.items()}
        stage = next((name for name, each in fields.items() if each.column == "stage"), "")
        tells = bool(stage and (self.outcome.won or self.outcome.lost))
        target = Target(
            self.object_name,
            key=tuple(named[each.casefold()] for each in self.key),
            makes_id=self.makes_id,
            fields=fields,
            keeps_rest=True,
            finish=self.outcome.of_column(stage) if tells else None,
            finished=OUTCOMES if tells else (),
        )
        record = OBJECTS[self.object_name].record
        made = [
            named_in(column, each.refers_to, only_missing=True)
            for column, each in fields.items()
            if each.by_name
        ]
        return Layout(
            f"Mapping to {record}",
            targets=(target, *made),
            blanks=self.blanks,
            skipped=frozenset(named.get(each.casefold(), each) for each in self.skipped),
            said=self.said,
        )


@dataclass(frozen=True)
class Mapping:
    entries: tuple[FileMapping, ...] = ()
    text: str = ""

    def reading_of(self, file_name: str) -> Said:
        named = (each for each in self.entries if each.pattern)
        found = (each for each in named if fnmatchcase(file_name.lower(), each.pattern.lower()))
        return next((each.reading for each in found), Said())

    def layout(self, *, header: Sequence[str], file_name: str) -> Layout | None:
        for each in self.entries:
            if each.is_of(header=header, file_name=file_name):
                return each.layout(header, file_name=file_name)
        return None


def fingerprint_of(header: Sequence[str]) -> str:
    """Of the names of the columns, in whatever order they stand."""
    said = "\x1f".join(sorted(each.strip().casefold() for each in header))
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def read_mapping(path: Path) -> Mapping:
    try:
        if path.stat().st_size > LARGEST:
            raise MappingProblem(f"{path.name} is no mapping: it is larger than 1 MB.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or "it is no UTF-8 text"
        raise MappingProblem(f"The mapping {path} cannot be read: {reason}.") from error
    return parse_mapping(text, name=path.name)


def parse_mapping(text: str, *, name: str = "The mapping") -> Mapping:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        said = getattr(error, "problem", None) or "it cannot be read"
        raise MappingProblem(f"{name}{where}: no YAML: {said}.") from error
    lines: Lines = {}
    said = plain(node, place=(), lines=lines) if node else None
    reader = Reader(name, lines)
    if not isinstance(said, dict) or not isinstance(said.get("files"), list) or not said["files"]:
        raise reader.problem((), "begin with “files:” and a list of files below it")
    reader.only(said, {"files"}, place=())
    entries = tuple(
        reader.file(each, place=("files", place)) for place, each in enumerate(said["files"])
    )
    return Mapping(entries, text)


def mapping_of(said: dict[str, Any], *, fingerprint: str) -> FileMapping:
    """What the mapping page has kept, which is the same form without a file's name."""
    return Reader("The mapping", {}).file({**said, "header": fingerprint}, place=())


def plain(node: yaml.Node, *, place: Place, lines: Lines) -> Any:
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = str(getattr(key, "value", key))
            found[name] = plain(value, place=(*place, name), lines=lines)
            lines[(*place, name)] = key.start_mark.line + 1
        return found
    if isinstance(node, yaml.SequenceNode):
        return [
            plain(each, place=(*place, number), lines=lines)
            for number, each in enumerate(node.value)
        ]
    return str(node.value)


@dataclass(frozen=True)
class Reader:
    """Each thing that is wrong has a sentence with its line and what would be right."""

    name: str
    lines: Lines

    def problem(self, place: Place, said: str) -> MappingProblem:
        while place and place not in self.lines:
            place = place[:-1]
        line = self.lines.get(place)
        return MappingProblem(f"{self.name}{f', line {line}' if line else ''}: {said}.")

    def only(self, said: dict[str, Any], known: set[str], *, place: Place) -> None:
        for key in said:
            if key not in known:
                close = closest(key, known)
                raise self.problem((*place, key), f"“{key}” is not known here{close}")

    def file(self, said: Any, *, place: Place) -> FileMapping:
        if not isinstance(said, dict):
            raise self.problem(place, "a file is described by “file”, “object”, “id”, “columns”")
        self.only(said, KEYS, place=place)
        for wanted in ("object", "id", "columns"):
            if not said.get(wanted):
                raise self.problem(place, f"“{wanted}” is missing")
        if not said.get("file") and not said.get("header"):
            raise self.problem(place, "“file” is missing: a name such as deals*.csv")
        found = self.object(said["object"], place=(*place, "object"))
        key, makes_id = self.key(said["id"], place=(*place, "id"))
        fields = self.fields(found, said["columns"], place=(*place, "columns"))
        return FileMapping(
            object_name=found.name,
            key=key,
            makes_id=makes_id,
            fields=fields,
            outcome=self.outcome(said, fields, place=place),
            skipped=frozenset(self.texts(said, "skip", place=place)),
            blanks=frozenset(self.texts(said, "empty", place=place)),
            said={
                each: self.choice(said[each], CHOICES[each], place=(*place, each))
                for each in ("dates", "numbers")
                if said.get(each)
            },
            pattern=str(said.get("file", "")),
            fingerprint=str(said.get("header", "")),
            reading=self.reading(said, place=place),
        )

    def outcome(self, said: dict[str, Any], fields: dict[str, Field], *, place: Place) -> Outcome:
        won, lost = (
            frozenset(map(plain_key, self.texts(said, key, place=place))) for key in ("won", "lost")
        )
        columns = {each.column for each in fields.values()}
        if (won or lost) and "stage" not in columns:
            raise self.problem(place, "“won” and “lost” name stages, and no column is “stage”")
        if both := sorted(won & lost):
            raise self.problem(place, f"“{both[0]}” is among “won” and among “lost”")
        if (won or lost) and columns & set(OUTCOMES):
            raise self.problem(place, "“won” and “lost” say what a column says already")
        return Outcome(won, lost)

    def reading(self, said: dict[str, Any], *, place: Place) -> Said:
        delimiter = {"tab": "\t", "\\t": "\t"}.get(said.get("delimiter", ""), said.get("delimiter"))
        if delimiter and delimiter not in tuple(DELIMITERS):
            raise self.problem((*place, "delimiter"), "“delimiter” is , or ; or | or tab")
        encoding = said.get("encoding", "")
        if encoding:
            self.choice(encoding, CHOICES["encoding"], place=(*place, "encoding"))
        return Said(delimiter or "", encoding)

    def object(self, said: Any, *, place: Place) -> SourceObject:
        named = {each.name.lower(): each for each in OBJECTS.values()}
        for each in OBJECTS.values():
            named.setdefault(each.record, each)
        found = named.get(str(said).strip().lower())
        if found is None:
            known = sorted({each.record for each in OBJECTS.values()} | {"task", "event"})
            raise self.problem(place, f"“{said}” is no object: one of {', '.join(known)}")
        return found

    def key(self, said: Any, *, place: Place) -> tuple[tuple[str, ...], bool]:
        """A column that is the id, or a list of those that an id is made of."""
        if isinstance(said, str):
            return (said,), False
        if isinstance(said, list) and said and all(isinstance(each, str) for each in said):
            return tuple(said), True
        raise self.problem(place, "“id” is a column, or a list of columns to make an id of")

    def fields(self, found: SourceObject, said: Any, *, place: Place) -> dict[str, Field]:
        if not isinstance(said, dict):
            raise self.problem(place, "“columns” is a list of “Column of the file: our column”")
        fields: dict[str, Field] = {}
        taken: dict[str, str] = {}
        for name, wanted in said.items():
            each = self.field(found, wanted, place=(*place, name))
            if each.column in taken:
                said_before = f"“{each.column}” is filled by “{taken[each.column]}” already"
                raise self.problem((*place, name), said_before)
            taken[each.column] = name
            fields[name] = each
        return fields

    def field(self, found: SourceObject, said: Any, *, place: Place) -> Field:
        by_name = False
        if isinstance(said, dict):
            self.only(said, {"column", "by"}, place=place)
            by_name = self.choice(said.get("by", "id"), ("id", "name"), place=place) == "name"
            said = said.get("column")
        column = self.column(found, str(said), place=place)
        if not by_name:
            return Field(column)
        refers_to = object_behind(found, column)
        if not refers_to:
            raise self.problem(
                place, f"“{column}” names no other record, so “by: name” means nothing"
            )
        return Field(column, refers_to=refers_to, by_name=True)

    def column(self, found: SourceObject, said: str, *, place: Place) -> str:
        known = set(columns_of(found))
        theirs = {name.lower(): ours for name, ours in {**found.columns, **COMMON}.items()}
        for name in (said, f"{said}_ref", theirs.get(said.lower(), "")):
            if name in known:
                return name
        close = closest(said, known)
        raise self.problem(place, f"“{said}” is no column of {found.record}{close}")

    def choice(self, said: Any, known: Sequence[str], *, place: Place) -> str:
        if said not in known:
            raise self.problem(place, f"“{said}” is none of {', '.join(known)}")
        return str(said)

    def texts(self, said: dict[str, Any], key: str, *, place: Place) -> list[str]:
        found = said.get(key) or []
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise self.problem((*place, key), f"“{key}” is a list of texts")
        return list(found)


def closest(said: str, known: set[str]) -> str:
    found = difflib.get_close_matches(said, known, n=1)
    if found:
        return f": did you mean “{found[0]}”"
    return f": known are {', '.join(sorted(known))}"


def columns_of(found: SourceObject) -> tuple[str, ...]:
    """That a file may fill."""
    return tuple(name for name in open_columns(found) if name not in found.constants)


def object_behind(found: SourceObject, column: str) -> str:
    """Which object a reference is to, where its records have names."""
    for each in found.model._meta.get_fields():
        if isinstance(each, Reference) and each.column_of_id == column:
            model = each.related_model
            return next((name for name, known in OBJECTS.items() if known.model is model), "")
    return ""
