"""Accounts of a group's orgs compared by way of tables of the session: memory holds a chunk.

Whoever calls holds the group's lock and an open transaction, with which the tables go.
"""

# ruff: noqa: S608  names of tables are this module's own
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from django.db import connection

from accounts.matching.likeness import Likeness, compare
from accounts.matching.pairs import Pair, blocks_of, key_of
from accounts.matching.traits import Traits

# A block larger than this is no hint: the phone of a call centre, a word that everybody has.
LARGEST_BLOCK = 60
CHUNK = 5000
Row = TypeVar("Row")
TABLES = {
    "matching_traits": """
        place integer, org_id bigint, account_ref text, name text, core_name text, domain text,
        phone text, street text, postal_code text, city text, country text
    """,
    "matching_block": "kind text, value text, place integer, org_id bigint",
    "matching_found": """
        org_id bigint, account_ref varchar COLLATE "C", other_org_id bigint,
        other_ref varchar COLLATE "C", confidence double precision, reasons jsonb,
        is_certain boolean
    """,
}
TRAITS = tuple(Traits.__dataclass_fields__)
# Step by step, each counted before the next: a planner that guesses how many accounts share a block
# compares every account with every other.
PAIRING = (
    f"""
    CREATE TEMP TABLE matching_telling ON COMMIT DROP AS
    SELECT row_number() OVER () AS block, kind, value FROM matching_block GROUP BY kind, value
    HAVING count(*) <= {LARGEST_BLOCK} AND min(org_id) < max(org_id)
    """,
    "ANALYZE matching_telling",
    """
    CREATE TEMP TABLE matching_member ON COMMIT DROP AS
    SELECT block, place, org_id FROM matching_block JOIN matching_telling USING (kind, value)
    """,
    "DROP TABLE matching_block, matching_telling",
    "ANALYZE matching_member",
    # A pair that several blocks bring together is one.
    """
    CREATE TEMP TABLE matching_pair ON COMMIT DROP AS
    SELECT DISTINCT one.place AS mine, other.place AS theirs
    FROM matching_member one JOIN matching_member other USING (block)
    WHERE one.org_id < other.org_id
    """,
    "DROP TABLE matching_member",
    "ANALYZE matching_pair",
)
CANDIDATES = """
    SELECT {mine}, {theirs}
    FROM matching_pair
    JOIN matching_traits one ON one.place = matching_pair.mine
    JOIN matching_traits other ON other.place = matching_pair.theirs
""".format(
    mine=", ".join(f"one.{name}" for name in TRAITS),
    theirs=", ".join(f"other.{name}" for name in TRAITS),
)


def compare_all(accounts: Iterable[Traits]) -> None:
    """Leaves what is certain or doubtful in `matching_found`."""
    make_tables(TABLES)
    lay_out(accounts)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE matching_traits, matching_block")
        for statement in PAIRING:
            cursor.execute(statement)
    for chunk in chunks_of(CANDIDATES, []):
        pairs = (told(row) for row in chunk)
        fill("matching_found", (row_of(pair) for pair in pairs if is_worth_keeping(pair)))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE matching_pair, matching_traits")
        cursor.execute("ANALYZE matching_found")


def make_tables(tables: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        for name, columns in tables.items():
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
            cursor.execute(f"CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP")


def lay_out(accounts: Iterable[Traits]) -> None:
    for some in in_chunks(enumerate(accounts)):
        fill("matching_traits", ((place, *values_of(account)) for place, account in some))
        fill(
            "matching_block",
            (
                (*block, place, account.org_id)
                for place, account in some
                for block in blocks_of(account)
            ),
        )


def values_of(account: Traits) -> tuple[Any, ...]:
    return tuple(getattr(account, name) for name in TRAITS)


def in_chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def fill(table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    copy = f"COPY pg_temp.{table} FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(copy) as into:
        for row in rows:
            into.write_row(row)


def chunks_of(query: str, values: list[Any]) -> Iterator[list[tuple[Any, ...]]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, values)
        while chunk := cursor.fetchmany(CHUNK):
            yield chunk


def told(row: tuple[Any, ...]) -> Pair:
    one, other = Traits(*row[: len(TRAITS)]), Traits(*row[len(TRAITS) :])
    return Pair(key_of(one), key_of(other), compare(one, other))


def is_worth_keeping(pair: Pair) -> bool:
    return pair.likeness.is_certain or pair.likeness.is_doubtful


def row_of(pair: Pair) -> tuple[Any, ...]:
    reasons = json.dumps([reason.text for reason in pair.likeness.reasons])
    likeness = pair.likeness
    return (*pair.one, *pair.other, likeness.confidence, reasons, likeness.is_certain)


def surest_first() -> Iterator[Pair]:
    """Of those found the certain ones, in an order that no run changes."""
    query = """
        SELECT org_id, account_ref, other_org_id, other_ref, confidence FROM matching_found
        WHERE is_certain
        ORDER BY confidence DESC, org_id, account_ref, other_org_id, other_ref
    """
    for chunk in chunks_of(query, []):
        for org_id, ref, other_org_id, other_ref, confidence in chunk:
            yield Pair((org_id, ref), (other_org_id, other_ref), Likeness(confidence, ()))
