"""Vectors, in a table that only a database with pgvector has."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

NOT_HERE = (
    "This database has no pgvector of 0.7 or newer, so that texts are found by their words alone. "
    "Install it, run CREATE EXTENSION vector as a superuser, and index again."
)
COPY = "COPY assistant_searchvector_new (text_id, digest, embedding) FROM STDIN (FORMAT binary)"
HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
STAGE = """
    CREATE TEMPORARY TABLE assistant_searchvector_new (
        text_id bigint, digest uuid, embedding halfvec
    ) ON COMMIT DROP
"""
TAKE_OVER = """
    INSERT INTO assistant_searchvector (text_id, index_id, org_id, kind, digest, embedding)
    SELECT t.id, t.index_id, t.org_id, t.kind, n.digest, n.embedding
    FROM assistant_searchvector_new n
    JOIN assistant_searchtext t ON t.id = n.text_id AND t.digest = n.digest
    ON CONFLICT (text_id) DO UPDATE SET digest = excluded.digest, embedding = excluded.embedding
"""


def make_table() -> bool:
    """Whether vectors can be kept here; makes their place where the extension has come since."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT assistant_make_vectors()")
        return bool(cursor.fetchone()[0])


def written(vector: Iterable[float]) -> str:
    return "[" + ",".join(f"{value:.5g}" for value in vector) + "]"


def store(*, texts: Sequence[tuple[int, str]], vectors: Vectors) -> None:
    """`texts`: ids and digests as they were read; what has changed since is left for later."""
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        with cursor.copy(COPY) as copy:
            copy.write(HEAD + copied(texts, vectors).tobytes() + END)
        cursor.execute(TAKE_OVER)
        cursor.execute("DROP TABLE assistant_searchvector_new")


def copied(texts: Sequence[tuple[int, str]], vectors: Vectors) -> NDArray[np.void]:
    """As COPY reads rows: how many fields, and each with its length in bytes before it."""
    width = vectors.shape[1]
    rows = np.zeros(
        len(texts),
        dtype=[
            *(("fields", ">i2"), ("id_size", ">i4"), ("id", ">i8")),
            *(("digest_size", ">i4"), ("digest", "V16"), ("size", ">i4")),
            *(("width", ">i2"), ("unused", ">i2"), ("values", ">f2", (width,))),
        ],
    )
    rows["fields"], rows["id_size"], rows["digest_size"] = 3, 8, 16
    rows["size"], rows["width"] = 4 + 2 * width, width
    rows["id"] = [pk for pk, _ in texts]
    digests = b"".join(UUID(digest).bytes for _, digest in texts)
    rows["digest"] = np.frombuffer(digests, dtype="V16")
    rows["values"] = vectors
    return rows
