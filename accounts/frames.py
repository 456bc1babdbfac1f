"""A query's rows as a frame, without a Python object for each value.

PostgreSQL writes text, Arrow reads it by columns. It goes over Django's own connection, so a frame
sees what the transaction sees, and is held back by the same wall as a page.
"""

import io
from collections.abc import Iterator
from typing import Any

import pandas as pd
import psycopg
import pyarrow as pa
from django.db import connection, transaction
from pyarrow import csv

from accounts.history.relation import Relation

BLOCK = 1 << 20
# By PostgreSQL's type ids. Models reckon in floating point; money that is added up is added in SQL.
TYPES = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int64(),
    23: pa.int64(),
    700: pa.float64(),
    701: pa.float64(),
    1700: pa.float64(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", tz="UTC"),
}


class CopiedText(io.RawIOBase):
    """What COPY sends, as a file that Arrow can read from."""

    def __init__(self, blocks: Iterator[memoryview | bytes]) -> None:
        self.blocks = blocks
        self.left: memoryview | bytes = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        room, filled = len(buffer), 0
        while filled < room:
            if not self.left:
                self.left = next(self.blocks, b"")
                if not self.left:
                    break
            taken = self.left[: room - filled]
            buffer[filled : filled + len(taken)] = taken
            self.left = self.left[len(taken) :]
            filled += len(taken)
        return filled


def read_frame(relation: Relation) -> pd.DataFrame:
    """Columns as the query names them; days and moments as such, text as Arrow holds it."""
    table = read_table(relation)
    options = {"split_blocks": True, "self_destruct": True, "date_as_object": False}
    frame: pd.DataFrame = table.to_pandas(**options)
    return frame


@transaction.atomic
def read_table(relation: Relation) -> pa.Table:
    # By Django's own cursor, and in one transaction with it: the wall stands before COPY begins.
    schema = schema_of(relation)
    plain = connection.connection
    # COPY takes no parameters, so they are written into the statement, quoted by the driver.
    query = psycopg.ClientCursor(plain).mogrify(relation.sql, relation.params)
    with (
        plain.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy,
    ):
        text = io.BufferedReader(CopiedText(iter(copy)), buffer_size=BLOCK)
        if not text.peek(1):
            return schema.empty_table()
        reader = csv.open_csv(
            text,
            read_options=csv.ReadOptions(column_names=schema.names, block_size=BLOCK),
            parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=schema,
                null_values=[""],
                true_values=["t"],
                false_values=["f"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        return reader.read_all()


def schema_of(relation: Relation) -> pa.Schema:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({relation.sql}) shape LIMIT 0", relation.params)  # noqa: S608
        columns = cursor.description
        return pa.schema(
            [(found.name, TYPES.get(found.type_code, pa.string())) for found in columns]
        )
