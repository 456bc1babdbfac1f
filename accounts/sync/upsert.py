"""Rows into a table: COPY to a staging table, then sets; what has not changed is not written.

Whoever calls holds the org's lock and an open transaction. The order of delivery does not matter:
a version older than the one that is here changes nothing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.db.backends.utils import CursorWrapper
from django.db.utils import DatabaseErrorWrapper
from psycopg import sql
from psycopg.types.json import Jsonb

from accounts.models import Fact
from accounts.records.columns import TYPES
from accounts.sync import captured
from accounts.sync.merges import follow_staged
from accounts.sync.money import convert_staged, money_of

STAGING = sql.Identifier("pg_temp", "sync_staging")
# Not of the source: who they belong to, and what we say ourselves.
OURS = {"id", "org", "deleted_at", "synced_at"}


@dataclass(frozen=True)
class Batch:
    """Rows of one table with the same columns, each external id once.

    `external_id` is the first column. Where `extra` is one, its value is JSON text, and the column
    `extra_gone` holds the keys that the source has now as nothing. A partial batch changes those
    columns of rows that are here and makes none.
    """

    model: type[Fact]
    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    record: str = ""
    captured: tuple[str, ...] = ()
    # Keys of `extra` whose changes are kept, and those of them that change all the time.
    own: frozenset[str] = frozenset()
    restless: frozenset[str] = frozenset()
    is_partial: bool = False
    # The source gives them as deleted: they do not come back by being read once more.
    is_gone: bool = False
    # Most of them are not here yet: changes the order of the work, not its result.
    expect_new: bool = False
    # The org's own, which amounts in others are converted to.
    currency: str = ""
    # Columns that may name a record that was merged into another of this table.
    follows: tuple[tuple[str, type[Fact]], ...] = ()


@dataclass(frozen=True)
class Written:
    inserted: int = 0
    updated: int = 0
    captured: int = 0
    # Own fields, and in how many rows each changed.
    turned: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        return self.inserted + self.updated

    def __add__(self, other: "Written") -> "Written":
        return Written(
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.captured + other.captured,
            self.turned + other.turned,
        )


def write_rows(batch: Batch, *, org_id: int, at: datetime) -> Written:
    if not batch.expect_new or batch.is_partial or needs_rates(batch):
        return upsert(batch, org_id=org_id, at=at)
    here = ids_here(batch, org_id=org_id)
    new = [row for row in batch.rows if row[0] not in here] if here else batch.rows
    added = Written(inserted=copy_new(without_gone(batch, new), org_id=org_id, at=at))
    if not here:
        return added
    again = replace(batch, rows=[row for row in batch.rows if row[0] in here], expect_new=False)
    return added + upsert(again, org_id=org_id, at=at)


def without_gone(batch: Batch, rows: Sequence[tuple[Any, ...]]) -> Batch:
    """A new row has nothing that could be gone."""
    if "extra_gone" not in batch.columns:
        return replace(batch, rows=rows)
    place = batch.columns.index("extra_gone")
    return replace(
        batch,
        columns=batch.columns[:place] + batch.columns[place + 1 :],
        rows=[row[:place] + row[place + 1 :] for row in rows],
    )


def needs_rates(batch: Batch) -> bool:
    money = money_of(batch.model)
    if money is None or not {money.corporate, "currency"} <= set(batch.columns):
        return False
    place = batch.columns.index("currency")
    return any(row[place] not in ("", batch.currency) for row in batch.rows)


def ids_here(batch: Batch, *, org_id: int) -> set[str]:
    statement = sql.SQL(
        "SELECT s.external_id FROM unnest(%(ids)s::varchar[]) AS s (external_id),"
        " LATERAL (SELECT t.id {}) t"
    ).format(here(batch))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"org": org_id, "ids": [row[0] for row in batch.rows]})
        return {row[0] for row in cursor.fetchall()}


def copy_new(batch: Batch, *, org_id: int, at: datetime) -> int:
    """Straight into the table, as fast as it takes rows: none of them is there yet."""
    if not batch.rows:
        return 0
    said = Statements(batch)
    fields = {each.name: each for each in batch.model._meta.concrete_fields}
    given = said.untold()
    fixed = (org_id, at, *(nothing(each) for each in given))
    kinds = ["int8", "timestamptz", *(staged(fields, each.name)[0] for each in given)]
    kinds += [staged(fields, name)[0] for name in batch.columns]
    names = ["org_id", "synced_at", *(each.attname for each in given), *batch.columns]
    copy = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        said.table, sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with copying(), connection.cursor() as cursor, cursor.copy(copy) as into:
        into.set_types(kinds)
        for row in ready_rows(batch):
            into.write_row(fixed + row)
    return len(batch.rows)


def copying() -> DatabaseErrorWrapper:
    """Django's errors from COPY as well, which its own cursor passes by."""
    return connection.wrap_database_errors


def ready_rows(batch: Batch) -> Iterator[tuple[Any, ...]]:
    """With their JSON as JSON."""
    if "extra" not in batch.columns:
        yield from batch.rows
        return
    place = batch.columns.index("extra")
    for row in batch.rows:
        yield (*row[:place], as_json(row[place]), *row[place + 1 :])


def upsert(batch: Batch, *, org_id: int, at: datetime) -> Written:
    if not batch.rows:
        return Written()
    said = Statements(batch)
    values: dict[str, Any] = {"org": org_id, "at": at, "currency": batch.currency}
    with connection.cursor() as cursor:
        stage(cursor, batch)
        follows = [each for each in batch.follows if each[0] in batch.columns]
        follow_staged(cursor, staging=STAGING, stored=batch.model, columns=follows, values=values)
        money = money_of(batch.model)
        if money and {money.corporate, "currency"} <= set(batch.columns):
            convert_staged(cursor, money=money, staging=STAGING, values=values)
        left = len(batch.rows)
        if not batch.expect_new:
            cursor.execute(said.drop_unchanged(), values)
            left -= cursor.rowcount
        inserted = updated = seen = 0
        turned: dict[str, int] = {}
        if left and not batch.is_partial:
            cursor.execute(said.insert(), values)
            inserted = cursor.rowcount
        if inserted < left:
            if captures := [name for name in batch.captured if name in batch.columns]:
                seen = captured.record_changes(
                    cursor,
                    batch=batch,
                    names=captures,
                    where=said.is_news(),
                    here=here(batch),
                    values=values,
                )
            if batch.own and "extra" in batch.columns:
                turned, more = captured.record_own_fields(
                    cursor,
                    batch=batch,
                    extra=said.new("extra"),
                    where=said.is_news(),
                    here=here(batch),
                    values=values,
                )
                seen += more
            cursor.execute(said.update(), values)
            updated = cursor.rowcount
        cursor.execute(sql.SQL("DROP TABLE {}").format(STAGING))
    return Written(inserted=inserted, updated=updated, captured=seen, turned=Counter(turned))


def here(batch: Batch) -> sql.Composed:
    """The row `t` that we have of a staged row `s`, looked up by its key.

    The order and the limit keep a join from being made of it: the statistics of a table that is
    just being filled are wrong, and one wrong plan reads the whole table for every page.
    """
    return sql.SQL(
        "FROM {} t WHERE t.org_id = %(org)s AND t.external_id = s.external_id"
        " ORDER BY t.org_id, t.external_id LIMIT 1"
    ).format(sql.Identifier(batch.model._meta.db_table))


def stage(cursor: CursorWrapper, batch: Batch) -> None:
    fields = {each.name: each for each in batch.model._meta.concrete_fields}
    described = [staged(fields, name) for name in batch.columns]
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, (_, kind) in zip(batch.columns, described, strict=True)
    )
    cursor.execute(sql.SQL("CREATE TEMP TABLE sync_staging ({})").format(columns))
    names = sql.SQL(", ").join(map(sql.Identifier, batch.columns))
    copy = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(STAGING, names)
    with copying(), cursor.copy(copy) as into:
        into.set_types([kind for kind, _ in described])
        for row in ready_rows(batch):
            into.write_row(row)


def staged(fields: dict[str, "models.Field[Any, Any]"], name: str) -> tuple[str, str]:
    """A column's type for COPY, and as it is declared."""
    if name == "extra_gone":
        return "text[]", "text[]"
    found = fields[name]
    copied, declared = TYPES[found.get_internal_type()]
    if isinstance(found, models.CharField):
        declared = f"varchar({found.max_length})"
        if found.db_collation:
            declared += f' COLLATE "{found.db_collation}"'
    if isinstance(found, models.DecimalField):
        declared = f"numeric({found.max_digits}, {found.decimal_places})"
    return copied, declared


def same_text(text: str) -> str:
    return text


EMPTY = Jsonb("{}", dumps=same_text)


def as_json(text: str) -> Jsonb:
    return EMPTY if text == "{}" else Jsonb(text, dumps=same_text)


@dataclass
class Statements:
    batch: Batch
    named: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.named = [
            name for name in self.batch.columns if name not in ("external_id", "extra_gone")
        ]

    @property
    def table(self) -> sql.Identifier:
        return sql.Identifier(self.batch.model._meta.db_table)

    @property
    def has_stamps(self) -> bool:
        return "modified_at" in self.batch.columns

    @property
    def says_present(self) -> bool:
        return not (self.batch.is_partial or self.batch.is_gone)

    def is_news(self) -> sql.Composed:
        """Of a staged row `s` and the row `t` that is here: not older, and not the same."""
        old = [sql.Identifier("t", name) for name in self.named]
        new = [self.new(name) for name in self.named]
        if self.says_present:
            old.append(sql.Identifier("t", "deleted_at"))
            new.append(self.new_deleted_at())
        differs = sql.SQL("({}) IS DISTINCT FROM ({})").format(
            sql.SQL(", ").join(old), sql.SQL(", ").join(new)
        )
        if not self.has_stamps:
            return sql.Composed([differs])
        return sql.SQL(
            "(t.modified_at IS NULL OR s.modified_at IS NULL OR s.modified_at >= t.modified_at)"
            " AND {}"
        ).format(differs)

    def new(self, name: str) -> sql.Composable:
        if name == "extra" and "extra_gone" in self.batch.columns:
            return sql.SQL("(t.extra - s.extra_gone) || s.extra")
        if name == "extra":
            return sql.SQL("t.extra || s.extra")
        return sql.Identifier("s", name)

    def new_deleted_at(self) -> sql.SQL:
        """The source has it, so it is there again, unless this version is from before its end."""
        if not self.has_stamps:
            return sql.SQL("NULL::timestamptz")
        return sql.SQL("CASE WHEN s.modified_at < t.deleted_at THEN t.deleted_at END")

    def drop_unchanged(self) -> sql.Composed:
        return sql.SQL("DELETE FROM {} s WHERE (SELECT {} {}) IS FALSE").format(
            STAGING, self.is_news(), here(self.batch)
        )

    def insert(self) -> sql.Composed:
        columns = ["external_id", *self.named]
        given = self.untold()
        return sql.SQL(
            "INSERT INTO {} (org_id, synced_at, {}) SELECT %(org)s, %(at)s, {} FROM {} s"
            " ON CONFLICT (org_id, external_id) DO NOTHING"
        ).format(
            self.table,
            sql.SQL(", ").join(
                sql.Identifier(name) for name in [*columns, *(each.attname for each in given)]
            ),
            sql.SQL(", ").join(
                [
                    *(sql.Identifier("s", name) for name in columns),
                    *(sql.Literal(nothing(each)) for each in given),
                ]
            ),
            STAGING,
        )

    def untold(self) -> "list[models.Field[Any, Any]]":
        """Columns that cannot be empty and that the source does not speak of."""
        return [
            each
            for each in self.batch.model._meta.concrete_fields
            if not each.null and each.name not in OURS and each.name not in self.batch.columns
        ]

    def update(self) -> sql.Composed:
        changes = [
            sql.SQL("{} = {}").format(sql.Identifier(name), self.new(name)) for name in self.named
        ]
        if self.says_present:
            changes.append(sql.SQL("deleted_at = {}").format(self.new_deleted_at()))
        return sql.SQL(
            "UPDATE {} t SET {}, synced_at = %(at)s"
            " FROM (SELECT s.*, h.id AS here_id FROM {} s, LATERAL (SELECT t.id {}) h OFFSET 0) s"
            " WHERE t.org_id = %(org)s AND t.id = s.here_id AND {}"
        ).format(self.table, sql.SQL(", ").join(changes), STAGING, here(self.batch), self.is_news())


def nothing(field: "models.Field[Any, Any]") -> Any:
    return EMPTY if isinstance(field, models.JSONField) else field.get_default()
