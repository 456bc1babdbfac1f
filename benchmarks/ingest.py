"""A million deals into the real table: our upsert, a bare COPY, and Django's own way."""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import connection

from benchmarks.stage import report, stage

ROWS = 1_000_000
CHUNK = 20_000
DJANGO_ROWS = 100_000
DJANGO_BATCH = 5_000
AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
COLUMNS = (
    *("external_id", "created_at", "modified_at", "extra"),
    *("account_ref", "owner_ref", "campaign_ref", "name", "stage", "amount", "currency"),
    *("corporate_amount", "probability", "close_date", "is_closed", "is_won"),
    *("forecast_category", "kind", "source", "next_step"),
)
TYPES = [
    *("varchar", "timestamptz", "timestamptz", "jsonb"),
    *("varchar", "varchar", "varchar", "varchar", "varchar", "numeric", "varchar"),
    *("numeric", "float8", "date", "bool", "bool"),
    *("varchar", "varchar", "varchar", "varchar"),
]
STAGES = ("Prospecting", "Qualification", "Proposal", "Negotiation", "Closed Won", "Closed Lost")


def deal(number: int) -> tuple[Any, ...]:
    """In an order that has nothing to do with that of the ids' digits, as a CRM gives them."""
    mixed = number * 7919 % 1_000_003
    stage_at = mixed % 6
    amount = Decimal(mixed * 7 % 100_000_000) / 100
    return (
        f"006{mixed:012d}AAA",
        AT - timedelta(minutes=mixed % 900_000),
        AT - timedelta(seconds=number % 900_000),
        "{}",
        f"001{mixed % 85_000:012d}AAA",
        f"005{mixed % 60:012d}AAA",
        None,
        f"Deal {mixed} with a customer",
        STAGES[stage_at],
        amount,
        "USD",
        amount,
        float(stage_at * 20),
        date(2024, 1, 1) + timedelta(days=mixed % 900),
        stage_at >= 4,
        stage_at == 4,
        "Pipeline",
        "New Business",
        "Web",
        "Call again",
    )


def chunks(rows: int, size: int) -> Iterator[list[tuple[Any, ...]]]:
    numbers = iter(range(rows))
    while page := list(islice(numbers, size)):
        yield [deal(number) for number in page]


@dataclass
class Clock:
    """Only the work counts, not the making of its rows."""

    seconds: float = field(default=0.0)

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self.began


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--chunk", type=int, default=CHUNK)
    asked = parser.parse_args()
    with stage():
        measure(rows=asked.rows, chunk=asked.chunk)


def measure(*, rows: int, chunk: int) -> None:
    org_id = an_org()
    raw_s = raw_copy(org_id, rows=rows, chunk=chunk)
    empty()
    first_s, written = ours(org_id, rows=rows, chunk=chunk, expect_new=True)
    assert written == rows
    again_s, written = ours(org_id, rows=rows, chunk=chunk, expect_new=False)
    assert written == 0
    facts = {"rows": rows, "chunk": chunk}
    report(
        name="ingest_first_load",
        against="COPY of the same rows into the same indexed table",
        ours_s=first_s,
        theirs_s=raw_s,
        **facts,
    )
    report(
        name="ingest_unchanged",
        against="our own first load; rows written: 0",
        ours_s=again_s,
        theirs_s=first_s,
        **facts,
    )
    empty()
    some = min(rows, DJANGO_ROWS)
    django_s = bulk_create(org_id, rows=some)
    empty()
    same_s, _ = ours(org_id, rows=some, chunk=chunk, expect_new=True)
    report(
        name="ingest_bulk_create",
        against=f"bulk_create(update_conflicts=True), both with {some} rows",
        ours_s=same_s,
        theirs_s=django_s,
        rows=some,
    )


def an_org() -> int:
    from revenue.users.models import Org

    return Org.objects.create(slug="bench", name="Bench").pk


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_opportunity, accounts_fieldchange")
        cursor.execute("CHECKPOINT")


def raw_copy(org_id: int, *, rows: int, chunk: int) -> float:
    """The limit: the same pages in binary, with nothing looked at."""
    from psycopg.types.json import Jsonb

    fixed = ("org_id", "synced_at", "description")
    empty_json = Jsonb({})
    clock = Clock()
    names = ", ".join([*fixed, *COLUMNS])
    statement = f"COPY accounts_opportunity ({names}) FROM STDIN (FORMAT BINARY)"
    with connection.cursor() as cursor:
        for page in chunks(rows, chunk):
            ready = [(org_id, AT, "", *row[:3], empty_json, *row[4:]) for row in page]
            with clock, cursor.copy(statement) as copy:
                copy.set_types(["int8", "timestamptz", "text", *TYPES])
                for row in ready:
                    copy.write_row(row)
    return clock.seconds


def ours(org_id: int, *, rows: int, chunk: int, expect_new: bool) -> tuple[float, int]:
    from django.db import transaction

    from accounts.models import Opportunity
    from accounts.records import OBJECTS
    from accounts.sync.upsert import Batch, write_rows

    batch = Batch(
        model=Opportunity,
        columns=COLUMNS,
        rows=[],
        record="opportunity",
        captured=OBJECTS["Opportunity"].captured,
        expect_new=expect_new,
        currency="USD",
    )
    clock, written = Clock(), 0
    for page in chunks(rows, chunk):
        with clock, transaction.atomic():
            written += write_rows(replace(batch, rows=page), org_id=org_id, at=AT).rows
    return clock.seconds, written


def bulk_create(org_id: int, *, rows: int) -> float:
    from accounts.models import Opportunity

    clock = Clock()
    for page in chunks(rows, DJANGO_BATCH):
        with clock:
            Opportunity.objects.bulk_create(
                [
                    Opportunity(
                        org_id=org_id,
                        synced_at=AT,
                        **{**dict(zip(COLUMNS, row, strict=True)), "extra": {}},
                    )
                    for row in page
                ],
                update_conflicts=True,
                unique_fields=["org", "external_id"],
                update_fields=[name for name in COLUMNS if name != "external_id"],
            )
    return clock.seconds


if __name__ == "__main__":
    main()
