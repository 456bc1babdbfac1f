"""The files of a folder, of a zip, or one by itself; a zip is unpacked within bounds."""

import gzip
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, Any, cast

from accounts.connectors.csv_files.problems import FileProblem

TABLES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".txt")
ZIP = ".zip"
MOST_FILES = 500
MOST_BYTES = 20 << 30
# What a repetitive export shrinks to at most; a bomb shrinks a thousandfold.
MOST_RATIO = 300
BELOW_SUSPICION = 64 << 20
CHUNK = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
BROKEN_ZIP = "{name} is no zip that can be read. Make it again."
# Of zipfile and of what is inside: a member's own checksum, a method that is not known.
BROKEN = (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, zlib.error)


@dataclass(frozen=True)
class SourceFile:
    """`delimiter` and `encoding`: where a person has said them; else they are found out."""

    name: str
    path: Path
    delimiter: str = ""
    encoding: str = ""

    def open(self) -> IO[bytes]:
        with self.path.open("rb") as file:
            is_packed = file.read(2) == GZIP_MAGIC
        if not is_packed:
            return self.path.open("rb")
        return cast("IO[bytes]", BoundedGzip(self.path, name=self.name))

    @property
    def size(self) -> int:
        return self.path.stat().st_size


class BoundedGzip(gzip.GzipFile):
    """Says in a sentence what is wrong, and gives up on what unpacks without an end."""

    def __init__(self, path: Path, *, name: str) -> None:
        super().__init__(path, "rb")
        self.said_name = name
        self.limit = bound(path.stat().st_size)
        self.given = 0

    def read(self, size: int | None = -1) -> bytes:
        return self.counted(lambda: super(BoundedGzip, self).read(size))

    def read1(self, size: int = -1) -> bytes:
        return self.counted(lambda: super(BoundedGzip, self).read1(size))

    def counted(self, read: Any) -> bytes:
        try:
            part: bytes = read()
        except (EOFError, OSError, zlib.error) as error:
            raise FileProblem(
                f"{self.said_name} is a broken gzip file. Compress it again."
            ) from error
        self.given += len(part)
        if self.given > self.limit:
            raise FileProblem(too_much(self.said_name))
        return part


def bound(packed: int) -> int:
    return min(max(packed * MOST_RATIO, BELOW_SUSPICION), MOST_BYTES)


def too_much(name: str) -> str:
    return f"{name} unpacks to far more than an export would. Import its files unpacked."


@dataclass
class Found:
    files: list[SourceFile] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@contextmanager
def files_at(path: Path) -> Iterator[Found]:
    """In the order of their names; what was unpacked is gone afterwards."""
    if not path.exists():
        raise FileProblem(f"{path} is not there. Give a file or a folder that is.")
    with TemporaryDirectory(prefix="revenue-csv-") as folder:
        found = Found()
        for each in candidates(path):
            gather(each, name=each.name, found=found, folder=Path(folder))
        found.files = distinct(found.files)
        if not found.files and not found.problems:
            raise FileProblem(f"{path} holds no .csv, .csv.gz or .zip file.")
        yield found


def candidates(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(
        each
        for each in path.iterdir()
        if each.is_file() and is_wanted(each.name) and not each.name.startswith(".")
    )


def is_wanted(name: str) -> bool:
    return name.lower().endswith((*TABLES, ZIP))


def distinct(files: list[SourceFile]) -> list[SourceFile]:
    """Two of one name, from two folders of a zip, are told apart: a refusal names its file."""
    names = distinct_names([each.name for each in files])
    return [replace(each, name=name) for each, name in zip(files, names, strict=True)]


def distinct_names(names: list[str]) -> list[str]:
    taken: set[str] = set()
    found = []
    for name in names:
        again, made = 1, name
        while made in taken:
            again += 1
            stem, dot, rest = name.partition(".")
            made = f"{stem} ({again}){dot}{rest}"
        taken.add(made)
        found.append(made)
    return found


def gather(path: Path, *, name: str, found: Found, folder: Path) -> None:
    if not name.lower().endswith(ZIP):
        found.files.append(SourceFile(name, path))
        return
    try:
        found.files.extend(unpack(path, name=name, folder=folder))
    except FileProblem as problem:
        found.problems.append(str(problem))


def unpack(path: Path, *, name: str, folder: Path) -> list[SourceFile]:
    """Every table of a zip into the folder, under names of our own."""
    made: list[SourceFile] = []
    try:
        with zipfile.ZipFile(path) as archive:
            for each in tables_of(archive, name=name, packed=path.stat().st_size):
                base = base_name(each)
                target = folder / f"{len(list(folder.iterdir())):04}-{len(made)}.csv"
                extract(archive, each, target=target, name=name)
                made.append(SourceFile(base, target))
    except BROKEN as error:
        for file in made:
            file.path.unlink(missing_ok=True)
        raise FileProblem(BROKEN_ZIP.format(name=name)) from error
    return made


def tables_of(archive: zipfile.ZipFile, *, name: str, packed: int) -> list[zipfile.ZipInfo]:
    """By name; refused is the whole of a zip that is not what an export would be."""
    members = [each for each in archive.infolist() if not each.is_dir()]
    refuse_ways_out(members, name=name)
    found = [each for each in members if is_table(each)]
    judge(found, name=name, packed=packed)
    if not found:
        raise FileProblem(f"{name} holds no .csv or .csv.gz file.")
    return sorted(found, key=base_name)


def base_name(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename.replace("\\", "/")).name


def is_table(member: zipfile.ZipInfo) -> bool:
    base = base_name(member)
    is_side = "__MACOSX" in member.filename or base.startswith(".")
    return not is_side and base.lower().endswith(TABLES)


def judge(members: list[zipfile.ZipInfo], *, name: str, packed: int) -> None:
    if len(members) > MOST_FILES:
        raise FileProblem(f"{name} holds more than {MOST_FILES} files. Import it in parts.")
    if sum(each.file_size for each in members) > bound(packed):
        raise FileProblem(too_much(name))
    if any(each.flag_bits & 1 for each in members):
        raise FileProblem(f"{name} is locked by a password. Make one without.")


def refuse_ways_out(members: list[zipfile.ZipInfo], *, name: str) -> None:
    for each in members:
        parts = PurePosixPath(each.filename.replace("\\", "/")).parts
        is_absolute = each.filename.startswith(("/", "\\")) or ":" in "".join(parts[:1])
        if is_absolute or ".." in parts or stat.S_ISLNK(each.external_attr >> 16):
            raise FileProblem(
                f"{name} names a place outside of itself, and was not unpacked. "
                "Make it again, of the files alone."
            )


def extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, *, target: Path, name: str) -> None:
    """What a member says of its size is not believed."""
    left = bound(member.compress_size)
    with archive.open(member) as source, target.open("wb") as into:
        os.fchmod(into.fileno(), 0o600)
        while part := source.read(CHUNK):
            left -= len(part)
            if left < 0:
                raise FileProblem(too_much(name))
            into.write(part)
