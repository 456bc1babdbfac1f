"""Large tables cut by org, while the system stands still for a moment: docs/adr/0009.

The table becomes the part of all orgs that have none of their own, under a new one of its name, so
that no row moves but those of the orgs that are cut out. Whatever the old table was guarded by, the
new one and each part are guarded by as well.
"""

# ruff: noqa: S608  names of tables and of what hangs on them come from the catalogue
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from revenue.users.models import Org

# Few rows an org: a cut would only cost.
SMALL = {
    *("Campaign", "ColumnMapping", "Connection", "CrmRole", "CrmUser", "CurrencyRate"),
    *("CustomerAccount", "Match", "ObjectSync", "Product", "Quota", "RefusedRow"),
    *("SourceField", "SyncRun", "Upload", "UploadedFile"),
    # Made of the facts, and made anew from them at any time.
    *("SearchEntry", "SearchWord"),
}
REST = "_rest"
WAIT = "10s"
OBSTACLES = """
    SELECT 'the login ' || current_user || ' does not own it: sign in as '
        || pg_get_userbyid(c.relowner)
    FROM pg_class c WHERE c.oid = %(table)s::regclass
        AND NOT pg_has_role(current_user, c.relowner, 'MEMBER')
    UNION ALL
    SELECT 'its unique index ' || i.indexrelid::regclass || ' lacks org_id'
    FROM pg_index i WHERE i.indrelid = %(table)s::regclass AND i.indisunique AND NOT EXISTS (
        SELECT FROM pg_attribute a
        WHERE a.attrelid = i.indrelid AND a.attname = 'org_id' AND a.attnum = ANY (i.indkey)
    )
    UNION ALL
    SELECT 'the foreign key ' || k.conname || ' of ' || k.conrelid::regclass || ' points to it'
    FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = %(table)s::regclass
    UNION ALL
    SELECT 'it has the trigger ' || t.tgname
    FROM pg_trigger t WHERE t.tgrelid = %(table)s::regclass AND NOT t.tgisinternal
    UNION ALL
    SELECT DISTINCT 'the view ' || r.ev_class::regclass || ' reads it'
    FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = %(table)s::regclass
    UNION ALL
    SELECT 'the publication ' || p.pubname || ' names it'
    FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
    WHERE r.prrelid = %(table)s::regclass
    UNION ALL
    SELECT 'its column ' || a.attname || CASE WHEN a.attgenerated <> '' THEN ' is generated'
        ELSE ' has rights of its own' END
    FROM pg_attribute a WHERE a.attrelid = %(table)s::regclass AND a.attnum > 0
        AND (a.attgenerated <> '' OR a.attacl IS NOT NULL)
    UNION ALL
    SELECT 'it inherits, or is inherited from' FROM pg_inherits h
    WHERE %(table)s::regclass IN (h.inhrelid, h.inhparent)
"""
# In the words of the catalogue, which make the same again.
CONSTRAINTS = """
    SELECT conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = %(table)s::regclass AND contype IN ('p', 'u', 'f') ORDER BY contype DESC
"""
INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid),
        EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype <> 'f')
    FROM pg_index i WHERE i.indrelid = %(table)s::regclass
"""
POLICIES = """
    SELECT policyname, permissive, cmd, roles::text[], qual, with_check FROM pg_policies
    WHERE schemaname = current_schema() AND tablename = %(table)s
"""
RIGHTS = """
    SELECT coalesce(r.rolname, 'public'), a.privilege_type FROM pg_class c
    CROSS JOIN aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
    LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE c.oid = %(table)s::regclass AND a.grantee <> c.relowner
"""
WALLED = "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %(table)s::regclass"


class CannotPartitionError(Exception):
    """In a sentence that says what stands in the way."""


def large_models() -> "list[type[models.Model]]":
    """Whatever has an org and is not known to be small: a new table is large until it is said."""
    return [
        model
        for model in apps.get_app_config("accounts").get_models()
        if model.__name__ not in SMALL and any(f.name == "org" for f in model._meta.concrete_fields)
    ]


def obstacles(table: str) -> list[str]:
    return [str(sentence) for (sentence,) in ask(OBSTACLES, table=table)]


def is_partitioned(table: str) -> bool:
    kind = ask("SELECT relkind::text FROM pg_class WHERE oid = %(table)s::regclass", table=table)
    return bool(kind[0][0] == "p")


def part_of(table: str, org: Org) -> str:
    return f"{table}_org_{org.pk}"


def partition(table: str, *, orgs: Sequence[Org]) -> dict[str, int]:
    """Cut these orgs out, in one transaction: rows moved, by the org's short name.

    A table that is cut already gets further parts; an org that has one keeps it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{WAIT}'")
        # What is still to be checked of this transaction's own rows cannot wait for its end.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        if not is_partitioned(table):
            if found := obstacles(table):
                raise CannotPartitionError(f"{table} cannot be partitioned: {'; '.join(found)}.")
            put_below_a_new_one(cursor, table)
        parts = {name for (name,) in ask(PARTS, table=table)}
        moved = {
            org.slug: cut_out(cursor, table, org)
            for org in orgs
            if part_of(table, org) not in parts
        }
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        return moved


PARTS = """
    SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %(table)s::regclass
"""


@dataclass(frozen=True)
class Guard:
    """Who may do what with a table, and which of its rows each sees."""

    policies: list[tuple[Any, ...]]
    rights: list[tuple[Any, ...]]
    is_walled: bool
    is_forced: bool

    @classmethod
    def of(cls, table: str) -> "Guard":
        ((is_walled, is_forced),) = ask(WALLED, table=table)
        return cls(ask(POLICIES, table=table), ask(RIGHTS, table=table), is_walled, is_forced)

    def set_on(self, cursor: CursorWrapper, table: str) -> None:
        for role in {role for role, _ in ask(RIGHTS, table=table)}:
            cursor.execute(f"REVOKE ALL ON {table} FROM {named(role)}")
        for role, right in self.rights:
            cursor.execute(f"GRANT {right} ON {table} TO {named(role)}")
        if self.is_walled:
            cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        if self.is_forced:
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        for name, permissive, command, roles, seen, written in self.policies:
            cursor.execute(
                f"CREATE POLICY {quoted(name)} ON {table} AS {permissive} FOR {command}"
                f" TO {', '.join(named(role) for role in roles)}"
                + (f" USING ({seen})" if seen else "")
                + (f" WITH CHECK ({written})" if written else "")
            )


def put_below_a_new_one(cursor: CursorWrapper, table: str) -> None:
    """The table goes on as the part of all orgs; the new one has its names and its guard."""
    rest, guard = table + REST, Guard.of(table)
    constraints, indexes = ask(CONSTRAINTS, table=table), ask(INDEXES, table=table)
    next_id = next_id_of(cursor, table)
    for name, _, _ in indexes:
        cursor.execute(f"ALTER INDEX {name} RENAME TO {quoted(unquoted(name) + REST)}")
    cursor.execute(f"ALTER TABLE {table} ALTER id DROP IDENTITY")
    cursor.execute(f"ALTER TABLE {table} RENAME TO {rest}")
    cursor.execute(
        f"CREATE TABLE {table} (LIKE {rest} INCLUDING ALL EXCLUDING INDEXES)"
        " PARTITION BY LIST (org_id)"
    )
    cursor.execute(
        f"ALTER TABLE {table} ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START {next_id})"
    )
    for name, _, definition in constraints:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {quoted(name)} {definition}")
    for _, definition, is_of_constraint in indexes:
        if not is_of_constraint:
            cursor.execute(definition)
    guard.set_on(cursor, table)
    # It has all that the new one wants of a part, so nothing is built or read.
    cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {rest} DEFAULT")


def cut_out(cursor: CursorWrapper, table: str, org: Org) -> int:
    part, rest = part_of(table, org), table + REST
    cursor.execute(f"CREATE TABLE {part} (LIKE {table} INCLUDING ALL EXCLUDING IDENTITY)")
    Guard.of(table).set_on(cursor, part)
    cursor.execute(f"INSERT INTO {part} SELECT * FROM {rest} WHERE org_id = %s", [org.pk])
    moved = int(cursor.rowcount)
    cursor.execute(f"DELETE FROM {rest} WHERE org_id = %s", [org.pk])
    cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {part} FOR VALUES IN ({org.pk})")
    return moved


def next_id_of(cursor: CursorWrapper, table: str) -> int:
    cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
    return int(cursor.fetchone()[0])


def analyse(table: str) -> None:
    """PostgreSQL looks at the parts by itself, and at the whole only when it is told."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {table}")


def ask(query: str, *, table: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"table": table})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def named(role: str) -> str:
    return "PUBLIC" if role == "public" else quoted(role)


def quoted(name: str) -> str:
    return sql.Identifier(name).as_string()


def unquoted(name: str) -> str:
    return name.strip('"')
