"""The rows of an import that were refused, as a file that can be put right and brought again."""

from collections.abc import Iterator
from typing import Any

from accounts.models import Upload
from accounts.uploading.performing import refusals_of
from revenue.web.tables import plain

FIRST = ("File", "Line", "Field", "Why")
CHUNK = 2000


def rows_of(upload: Upload) -> Iterator[list[Any]]:
    """With the file's own columns, below their names."""
    rows = refusals_of(upload).order_by("source", "line", "id")
    sources = set(rows.order_by().values_list("source", flat=True).distinct())
    names: dict[str, None] = {}
    for file in upload.files.order_by("position"):
        if file.name in sources:
            names.update(dict.fromkeys(file.header))
    # The sync may call a column by its own name; what it says stands behind the file's own.
    for each in rows.values_list("row", flat=True).iterator(chunk_size=CHUNK):
        names.update(dict.fromkeys(each))
    yield [plain(each) for each in (*FIRST, *names)]
    for row in rows.iterator(chunk_size=CHUNK):
        told = (row.source, row.line, row.field_name, row.reason)
        yield [plain(each) for each in (*told, *(row.row.get(name) for name in names))]
