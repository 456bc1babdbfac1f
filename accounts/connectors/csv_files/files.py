"""The files of a folder, of a zip, or one by itself; a zip is unpacked within bounds."""

import gzip
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class SourceFile:
    name: str
    path: Path

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
            gather(each, found=found, folder=Path(folder))
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


def gather(path: Path, *, found: Found, folder: Path) -> None:
    if not path.name.lower().endswith(ZIP):
        found.files.append(SourceFile(path.name, path))
        return
    try:
        found.files.extend(unpack(path, name=path.name, folder=folder))
    except FileProblem as problem:
        found.problems.append(str(problem))


def unpack(path: Path, *, name: str, folder: Path) -> list[SourceFile]:
    """Every table of a zip into the folder, under names of our own."""
    made: list[SourceFile] = []
    try:
        with zipfile.ZipFile(path) as archive:
            members = [each for each in archive.infolist() if is_table(each)]
            judge(members, name=name, packed=path.stat().st_size)
            for each in members:
                base = PurePosixPath(each.filename.replace("\\", "/")).name
                target = folder / f"{len(list(folder.iterdir())):04}-{len(made)}.csv"
                extract(archive, each, target=target, name=name)
                made.append(SourceFile(base, target))
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError) as error:
        for file in made:
            file.path.unlink(missing_ok=True)
        raise FileProblem(f"{name} is no zip that can be read. Make it again.") from error
    if not made:
        raise FileProblem(f"{name} holds no .csv or .csv.gz file.")
    return sorted(made, key=lambda each: each.name)


def is_table(member: zipfile.ZipInfo) -> bool:
    base = PurePosixPath(member.filename.replace("\\", "/")).name
    is_side = "__MACOSX" in member.filename or base.startswith(".")
    return not member.is_dir() and not is_side and base.lower().endswith(TABLES)


def judge(members: list[zipfile.ZipInfo], *, name: str, packed: int) -> None:
    if len(members) > MOST_FILES:
        raise FileProblem(f"{name} holds more than {MOST_FILES} files. Import it in parts.")
    if sum(each.file_size for each in members) > bound(packed):
        raise FileProblem(too_much(name))
    for each in members:
        parts = PurePosixPath(each.filename.replace("\\", "/")).parts
        is_absolute = each.filename.startswith(("/", "\\")) or ":" in parts[0]
        if is_absolute or ".." in parts or stat.S_ISLNK(each.external_attr >> 16):
            raise FileProblem(f"{name} names a place outside of itself, and was not unpacked.")
        if each.flag_bits & 1:
            raise FileProblem(f"{name} is locked by a password. Make one without.")


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
