"""Changes as our own syncs see them: what a column held before a page, and what it holds now.

An org's own fields are captured as its columns are, but for those that are worked out, are stamps
of the system or long texts, and for those that are in unrest: what changes in most of the changed
rows of sync after sync says nothing, and would fill the table.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from accounts.models import FieldChange

if TYPE_CHECKING:
    from accounts.sync.upsert import Batch

# The id says what changed, so that the same change can be written down once only.
RECORD = """
    INSERT INTO {changes} (
        org_id, external_id, record, record_ref, field_name, old_value, new_value,
        changed_at, created_at, modified_at, origin, extra, synced_at
    )
    SELECT %(org)s,
           'captured-' || md5(concat_ws(
               chr(31), {record}, s.external_id, c.field_name, c.moment::text,
               coalesce(c.old_value, chr(30)), coalesce(c.new_value, chr(30))
           )),
           {record}, s.external_id, c.field_name, c.old_value, c.new_value,
           c.moment, c.moment, c.moment, 'captured', '{{}}'::jsonb, %(at)s
    FROM pg_temp.sync_staging s
    CROSS JOIN LATERAL (SELECT t.* {here}) t
    CROSS JOIN LATERAL (VALUES {pairs}) AS c (field_name, old_value, new_value, moment)
    WHERE c.old_value IS DISTINCT FROM c.new_value AND {where}
    ON CONFLICT (org_id, external_id) DO NOTHING
"""


# Of a field of `extra`. A row whose stamp stands still did not change: its field came into view.
TURNED = """
    WITH turned AS MATERIALIZED (
        SELECT s.external_id, own.key AS field_name, {moment} AS moment,
               t.extra ->> own.key AS old_value, new.extra ->> own.key AS new_value
        FROM pg_temp.sync_staging s
        CROSS JOIN LATERAL (SELECT t.* {here}) t
        CROSS JOIN LATERAL (SELECT {extra} AS extra) new
        CROSS JOIN LATERAL unnest(%(own)s::text[]) AS own (key)
        WHERE {where} AND {moved} AND t.extra IS DISTINCT FROM new.extra
          AND t.extra -> own.key IS DISTINCT FROM new.extra -> own.key
    ),
    kept AS (
        INSERT INTO {changes} (
            org_id, external_id, record, record_ref, field_name, old_value, new_value,
            changed_at, created_at, modified_at, origin, extra, synced_at
        )
        SELECT %(org)s,
               'captured-' || md5(concat_ws(
                   chr(31), {record}, external_id, field_name, moment::text,
                   coalesce(old_value, chr(30)), coalesce(new_value, chr(30))
               )),
               {record}, external_id, field_name, old_value, new_value,
               moment, moment, moment, 'captured', '{{}}'::jsonb, %(at)s
        FROM turned WHERE field_name <> ALL (%(restless)s::text[])
        ON CONFLICT (org_id, external_id) DO NOTHING
        RETURNING 1
    )
    SELECT field_name, count(*), (SELECT count(*) FROM kept) FROM turned GROUP BY field_name
"""
MOVED = "(t.modified_at IS NULL OR s.modified_at IS NULL OR s.modified_at > t.modified_at)"
# Marks how restless the fields of an object are.
UNREST = "unrest"
# Fewer rows say nothing of a field.
LEAST_ROWS = 50
MOST_SHARE = 0.5
RUNS_OF_UNREST = 3
# Longer texts are read by people, and a change of them is no event that anybody reckons with.
UNWATCHED = {"text", "json"}
OF_SYSTEM = {
    *("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"),
    *("LastActivityDate", "LastViewedDate", "LastReferencedDate"),
}
LONGEST_NAME = FieldChange._meta.get_field("field_name").max_length or 0


def own_fields(extra: Mapping[str, str], *, formulas: frozenset[str]) -> frozenset[str]:
    """Of those that land in `extra`, by their type, the ones whose changes are kept."""
    return frozenset(
        name
        for name, kind in extra.items()
        if kind not in UNWATCHED
        and name not in formulas | OF_SYSTEM
        and len(name) <= LONGEST_NAME
        and "\x00" not in name
    )


def unrest_after(
    unrest: Mapping[str, int], *, turned: Mapping[str, int], rows: int
) -> dict[str, int]:
    """How many runs in a row each field changed in most rows that changed at all."""
    if rows < LEAST_ROWS:
        return dict(unrest)
    return {
        name: unrest.get(name, 0) + 1 for name, count in turned.items() if count > rows * MOST_SHARE
    }


def restless(unrest: Mapping[str, int]) -> frozenset[str]:
    return frozenset(name for name, runs in unrest.items() if runs >= RUNS_OF_UNREST)


def record_own_fields(
    cursor: CursorWrapper,
    *,
    batch: "Batch",
    extra: sql.Composable,
    where: sql.Composable,
    here: sql.Composable,
    values: dict[str, Any],
) -> tuple[dict[str, int], int]:
    """In how many rows each field turned, and how many changes were written."""
    has_stamps = "modified_at" in batch.columns
    statement = sql.SQL(TURNED).format(
        changes=sql.Identifier(FieldChange._meta.db_table),
        here=here,
        record=sql.Literal(batch.record),
        extra=extra,
        where=where,
        moment=sql.SQL("coalesce(s.modified_at, %(at)s)" if has_stamps else "%(at)s::timestamptz"),
        moved=sql.SQL(MOVED if has_stamps else "TRUE"),
    )
    cursor.execute(
        statement, {**values, "own": sorted(batch.own), "restless": sorted(batch.restless)}
    )
    found = cursor.fetchall()
    return {name: count for name, count, _ in found}, found[0][2] if found else 0


def record_changes(
    cursor: CursorWrapper,
    *,
    batch: "Batch",
    names: list[str],
    where: sql.Composable,
    here: sql.Composable,
    values: dict[str, Any],
) -> int:
    """Before the rows are changed, in the same transaction."""
    fields = {each.name: each for each in batch.model._meta.concrete_fields}
    moment = "s.modified_at" if "modified_at" in batch.columns else "NULL::timestamptz"
    pairs = [
        sql.SQL("({}, {}, {}, coalesce({}, %(at)s))").format(
            sql.Literal(name),
            in_text(fields[name], sql.Identifier("t", name)),
            in_text(fields[name], sql.Identifier("s", name)),
            sql.SQL(moment),
        )
        for name in names
    ]
    statement = sql.SQL(RECORD).format(
        changes=sql.Identifier(FieldChange._meta.db_table),
        here=here,
        record=sql.Literal(batch.record),
        pairs=sql.SQL(", ").join(pairs),
        where=where,
    )
    cursor.execute(statement, values)
    return int(cursor.rowcount)


def in_text(field: "models.Field[Any, Any]", value: sql.Composable) -> sql.Composable:
    """One form whatever the source: 100 and not 100.0000, nothing and not an empty text."""
    if isinstance(field, models.DecimalField):
        return sql.SQL("trim_scale({})::text").format(value)
    if isinstance(field, models.DateTimeField):
        form = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
        return sql.SQL(form).format(value)
    if isinstance(field, models.DateField):
        return sql.SQL("to_char({}, 'YYYY-MM-DD')").format(value)
    return sql.SQL("nullif({}::text, '')").format(value)
