"""What uploaded files are, as far as their beginnings tell: a page must not wait for their ends."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import IO

from accounts.connectors.csv_files import files
from accounts.connectors.csv_files.encoding import NAMES
from accounts.connectors.csv_files.files import SourceFile
from accounts.connectors.csv_files.layouts import recognise
from accounts.connectors.csv_files.mapping import Mapping, fingerprint_of, mapping_of
from accounts.connectors.csv_files.problems import FileProblem, MappingProblem
from accounts.connectors.csv_files.reading import Table, open_table
from accounts.models import ColumnMapping, Upload, UploadedFile
from accounts.uploading.keeping import folder_of
from revenue.users.models import Org

HEAD = 2 << 20
SAMPLE_ROWS = 2000


@dataclass(frozen=True)
class Stored:
    """A table among the stored files: where it lies, and how it is called."""

    name: str
    stored_as: str
    size: int = 0
    archive: str = ""
    head: bytes = b""
    problem: str = ""


def look_at_upload(upload: Upload, *, stored: Sequence[tuple[str, Path]]) -> None:
    rows = [row for name, path in stored for row in rows_of(upload, path, name=name)]
    names = files.distinct_names([each.name for each in rows])
    for place, (name, row) in enumerate(zip(names, rows, strict=True)):
        row.name, row.position = name, place
    UploadedFile.objects.bulk_create(rows)


def rows_of(upload: Upload, path: Path, *, name: str) -> list[UploadedFile]:
    """Of a zip that cannot be read to its last table, none is read."""
    try:
        return [looked_at(upload, each) for each in tables_in(path, name=name)]
    except FileProblem as problem:
        size = path.stat().st_size
        return [looked_at(upload, Stored(name, path.name, size=size, problem=str(problem)))]


def tables_in(path: Path, *, name: str) -> Iterator[Stored]:
    """One after the other: a hundred beginnings would be much to hold."""
    whole = Stored(name, path.name, size=path.stat().st_size)
    if not name.lower().endswith(files.ZIP):
        yield replace(whole, head=head_of(path, name=name))
        return
    with readable(name), zipfile.ZipFile(path) as archive:
        for each in files.tables_of(archive, name=name, packed=whole.size):
            with archive.open(each) as file:
                yield Stored(
                    files.base_name(each),
                    whole.stored_as,
                    size=each.file_size,
                    archive=name,
                    head=begun(file),
                )


@contextmanager
def readable(name: str) -> Iterator[None]:
    try:
        yield
    except files.BROKEN as error:
        raise FileProblem(files.BROKEN_ZIP.format(name=name)) from error


def head_of(path: Path, *, name: str) -> bytes:
    with SourceFile(name, path).open() as file:
        return begun(file)


def begun(file: IO[bytes]) -> bytes:
    """The beginning, to the end of a line."""
    found = file.read(HEAD)
    if found[:2] == files.GZIP_MAGIC:
        found = unpacked_head(found)
    if len(found) < HEAD:
        return found
    end = found.rfind(b"\n") + 1
    # The second half of that letter, where each has two.
    return found[: end + found[end : end + 1].count(0)] if end else found


def unpacked_head(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(packed, HEAD)
    except (zlib.error, gzip.BadGzipFile):
        return packed


def looked_at(upload: Upload, stored: Stored) -> UploadedFile:
    row = UploadedFile(
        org=upload.org,
        upload=upload,
        name=stored.name,
        archive=stored.archive,
        stored_as=stored.stored_as,
        size=stored.size,
        problem=stored.problem[:500],
    )
    if not row.problem:
        tell(row, stored.head)
    return row


def tell(row: UploadedFile, head: bytes) -> None:
    """What its beginning says, written into the row."""
    row.header, row.fingerprint, row.layout, row.problem = [], "", "", ""
    try:
        table = table_of(row, head)
    except FileProblem as problem:
        row.problem = str(problem)[:500]
        return
    row.header = [each.encode("utf-8", "replace").decode() for each in table.header]
    row.fingerprint = fingerprint_of(table.header)
    found = recognise(header=table.header, file_name=row.name)
    row.layout = found.name if found else ""


def look_again(row: UploadedFile, *, delimiter: str, encoding: str) -> None:
    """As a person says that it is to be read."""
    head = stored_head(row)
    row.delimiter, row.encoding = delimiter, encoding
    tell(row, head)
    row.save()


def encoding_label(name: str) -> str:
    return NAMES.get(name, name)


def table_of(row: UploadedFile, head: bytes) -> Table:
    return open_table(
        partial(BytesIO, head), name=row.name, delimiter=row.delimiter, encoding=row.encoding
    )


def stored_head(row: UploadedFile) -> bytes:
    path = folder_of(row.upload) / row.stored_as
    name = row.archive or row.name
    if not path.exists():
        raise FileProblem(f"{name} is not here any more. Upload it again.")
    if not row.archive:
        return head_of(path, name=name)
    same = UploadedFile.objects.filter(upload=row.upload, stored_as=row.stored_as)
    place = same.filter(position__lt=row.position).count()
    found = next(islice(tables_in(path, name=name), place, None), None)
    if found is None:
        raise FileProblem(files.BROKEN_ZIP.format(name=name))
    return found.head


def mapping_for(org: Org, fingerprints: Sequence[str]) -> Mapping:
    """All that was said of files with these columns; what is no longer understood is left out."""
    rows = ColumnMapping.objects.filter(org=org, fingerprint__in=set(fingerprints) - {""})
    entries, texts = [], []
    for each in rows.order_by("fingerprint"):
        try:
            entries.append(mapping_of(each.said, fingerprint=each.fingerprint))
        except MappingProblem:
            continue
        texts.append(f"{each.fingerprint} {each.said}")
    return Mapping(tuple(entries), "\n".join(texts))
