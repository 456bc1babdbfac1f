"""A set of rows that a query describes: read as rows here, as a frame elsewhere, or joined on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

CHUNK = 5000


@dataclass(frozen=True)
class Relation:
    """`sql` names its parameters as psycopg does: %(name)s."""

    sql: str
    params: dict[str, Any] = field(default_factory=dict)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Streamed by a cursor of the server, so that a million rows fit."""
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute(self.sql, self.params)
            names: list[str] = []
            while chunk := cursor.fetchmany(CHUNK):
                names = names or [column.name for column in cursor.description]
                for row in chunk:
                    yield dict(zip(names, row, strict=True))

    def count(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({self.sql}) counted", self.params)  # noqa: S608
            return int(cursor.fetchone()[0])
