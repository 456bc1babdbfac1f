"""The rows of an import that were refused, as a file that can be put right and brought again."""

from typing import Any, Protocol

from accounts.models import Upload
from accounts.uploading.performing import refusals_of
from revenue.web.tables import plain

FIRST = ("File", "Line", "Field", "Why")
CHUNK = 2000


class Writer(Protocol):
    def writerow(self, row: Any, /) -> Any: ...


def write_rows(writer: Writer, *, upload: Upload) -> int:
    rows = refusals_of(upload).order_by("source", "line", "id")
    sources = set(rows.order_by().values_list("source", flat=True).distinct())
    names: dict[str, None] = {}
    for file in upload.files.order_by("position"):
        if file.name in sources:
            names.update(dict.fromkeys(file.header))
    # The sync may call a column by its own name; what it says stands behind the file's own.
    for each in rows.values_list("row", flat=True).iterator(chunk_size=CHUNK):
        names.update(dict.fromkeys(each))
    writer.writerow([plain(each) for each in (*FIRST, *names)])
    count = 0
    for row in rows.iterator(chunk_size=CHUNK):
        told = (row.source, row.line, row.field_name, row.reason)
        writer.writerow([plain(each) for each in (*told, *(row.row.get(name) for name in names))])
        count += 1
    return count
