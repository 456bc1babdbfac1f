"""A file of a test as the connector reads it, without a database."""

from datetime import UTC
from functools import partial
from io import BytesIO
from typing import Any

from accounts.connectors.base import Refusal
from accounts.connectors.csv_files.layouts import Layout
from accounts.connectors.csv_files.mapping import parse_mapping
from accounts.connectors.csv_files.profile import profile_of
from accounts.connectors.csv_files.reading import Table, open_table
from accounts.connectors.csv_files.rows import RowMaker, key_reader

DEALS = """
files:
  - file: "*"
    object: opportunity
    id: Id
    columns: {Name: name, Amount: amount, Close: close_date}
"""


def table_of(text: str | bytes, *, name: str = "deals.csv", **said: str) -> Table:
    raw = text.encode() if isinstance(text, str) else text
    return open_table(partial(BytesIO, raw), name=name, **said)


def cells_of(text: str | bytes, **said: str) -> list[list[str]]:
    return [record.cells for record in table_of(text, **said).records()]


def problems_of(text: str | bytes) -> dict[int, str]:
    return {each.line: each.problem for each in table_of(text).records() if each.problem}


def layout_of(table: Table, mapping: str = DEALS) -> Layout:
    found = parse_mapping(mapping).layout(header=table.header, file_name=table.name)
    assert found is not None
    return found


def rows_of(
    text: str | bytes, *, mapping: str = DEALS
) -> tuple[dict[str, dict[str, Any]], dict[int, str]]:
    """Rows by id, and reasons by line."""
    table = table_of(text)
    layout = layout_of(table, mapping)
    target = layout.targets[0]
    profile = profile_of(
        table,
        families=layout.families(),
        blanks=layout.blanks,
        keys=[key_reader(target, table.header)],
        said=layout.said,
    )
    maker = RowMaker(table, layout, target, profile, UTC, profile.repeats[0])
    rows, refused = {}, {}
    for record in table.records():
        made = maker.make(record)
        if isinstance(made, Refusal):
            refused[made.line or 0] = made.reason
        elif made is not None:
            rows[made["Id"]] = made
    return rows, refused
