"""A list as a file: exactly its rows and columns, as the address asks for them."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

from django.urls import reverse
from django.utils import timezone
from xlsxwriter import Workbook

from revenue.web.columns import Column, plain
from revenue.web.tables import CHUNK, BoundTable

MOST_IN_A_SHEET = 50_000
LINES = 500
BOM = "\ufeff"
NEVER = datetime(1980, 1, 1, tzinfo=UTC)  # where nothing was scored yet
WIDTHS = {"moment": 16, "ago": 16, "text": 24, "badges": 34, "bars": 34, "money": 14, "badge": 14}
MOMENT = "yyyy-mm-dd hh:mm"
FORMATS = {
    "percent": "0%",
    "money": "#,##0",
    "date": "yyyy-mm-dd",
    "moment": MOMENT,
    "ago": MOMENT,
    "change": "+0;-0;0",
}
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class TooManyRowsError(Exception):
    """A sheet of so many rows would take too long, and few programs open it."""

    def __init__(self, rows: int) -> None:
        super().__init__(
            f"A workbook holds at most {MOST_IN_A_SHEET:,} rows here, and these are {rows:,}:"
            " filter the list further, or take CSV, which has no such limit."
        )


def addresses(page: str, *, org_slug: str, query: str) -> dict[str, str]:
    """`page` is what the names of its files begin with, such as "forecasting:risk"."""
    asked = f"?{query}" if query else ""
    return {kind: reverse(f"{page}-{kind}", args=[org_slug]) + asked for kind in TYPES}


def csv_lines(table: BoundTable) -> Iterator[bytes]:
    """Made while it is sent, some rows at a time."""
    text = io.StringIO()
    writer = csv.writer(text)
    text.write(BOM)
    writer.writerow(table.csv_header())
    for number, row in enumerate(table.rows(), start=1):
        writer.writerow(row)
        if number % LINES == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def workbook(table: BoundTable, *, made_at: datetime | None) -> IO[bytes]:
    """Written row by row to the disk, so that its size costs no memory.

    `made_at` is the moment that the file names as its own: of the same rows it is the same file.
    """
    if table.count > MOST_IN_A_SHEET:
        raise TooManyRowsError(table.count)
    file = TemporaryFile()  # noqa: SIM115  the answer closes it
    safely = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(file, safely) as book:
        book.set_properties({"created": (made_at or NEVER).astimezone(UTC)})
        sheet = book.add_worksheet(table.table.caption[:31])
        formats = {kind: book.add_format({"num_format": said}) for kind, said in FORMATS.items()}
        sheet.freeze_panes(1, 1)
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, WIDTHS.get(column.kind, 12))
        bold = book.add_format({"bold": True})
        for place, label in enumerate(table.csv_header()):
            sheet.write_string(0, place, label, bold)
        for line, row in enumerate(table.pager.ordered().iterator(chunk_size=CHUNK), start=1):
            for place, column in enumerate(table.columns):
                write(sheet, line, place, column, row, formats)
    file.seek(0)
    return file


def write(
    sheet: Any, line: int, place: int, column: Column, row: Any, formats: dict[str, Any]
) -> None:
    value, style = column.raw(row), formats.get(column.kind)
    if value is None or value == "":
        return
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.make_naive(value)  # a sheet knows no zones: it holds the reader's own
    if isinstance(value, date):
        sheet.write_datetime(line, place, value, style)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        sheet.write_number(line, place, value, style)
    else:
        sheet.write_string(line, place, str(plain(value)), style)
