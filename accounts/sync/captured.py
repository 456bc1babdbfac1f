"""Changes as our own syncs see them: what a column held before a page, and what it holds now."""

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
