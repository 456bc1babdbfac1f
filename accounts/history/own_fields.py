"""An org's own fields turned back to a moment: the keys of `extra` whose changes are recorded."""

from accounts.records import SourceObject

NUMBERS = ("integer", "double", "currency", "percent")


def own_turned_back(known: SourceObject, *, only_ref: bool) -> str:
    """For each record the keys that changed after the moment, and those of them that held a value.

    A field counts by its name while it lands in `extra`; of the type that it has there.
    """
    only = "AND change.record_ref = %(ref)s" if only_ref else ""
    return f"""
        own_later AS (
            SELECT DISTINCT ON (change.record_ref, change.field_name)
                   change.record_ref, change.field_name::text AS key, change.old_value, field.type
            FROM accounts_fieldchange change
            JOIN accounts_sourcefield field
              ON field.org_id = %(org)s AND field.object_name = '{known.name}'
             AND field.name = change.field_name
             AND (field.column = '' OR field.state = 'quarantined')
            WHERE change.org_id = %(org)s AND change.record = %(record)s {only}
              AND change.changed_at > %(as_of)s
            ORDER BY change.record_ref, change.field_name, change.changed_at,
                     change.origin = 'captured', change.id
        ),
        own AS (
            SELECT record_ref, array_agg(key) AS keys,
                   coalesce(
                       jsonb_object_agg(key, {typed()}) FILTER (WHERE old_value IS NOT NULL),
                       '{{}}'::jsonb
                   ) AS held
            FROM own_later GROUP BY record_ref
        )
    """  # noqa: S608


def own_then() -> str:
    return """CASE WHEN own.record_ref IS NULL THEN now.extra
                   ELSE (now.extra - own.keys) || own.held END"""


def typed() -> str:
    numbers = ", ".join(f"'{each}'" for each in NUMBERS)
    return f"""CASE
        WHEN type IN ({numbers}) AND old_value ~ '^-?\\d+(\\.\\d+)?$'
        THEN to_jsonb(old_value::numeric)
        WHEN type = 'boolean' AND old_value IN ('true', 'false')
        THEN to_jsonb(old_value::boolean)
        ELSE to_jsonb(old_value) END"""
