"""Records of any kind with the columns whose changes are recorded turned back to a moment."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models

from accounts.history.own_fields import own_then, own_turned_back
from accounts.history.relation import Relation
from accounts.records import OBJECTS, SourceObject
from revenue.users.models import Org

BY_RECORD: dict[str, SourceObject] = {
    found.record: found for found in OBJECTS.values() if found.captured
}
# What a history of fields calls a reference by its relation.
ALIASES = {"Owner": "owner_ref", "Account": "account_ref", "Contact": "contact_ref"}
FORMS = {
    models.DecimalField: (r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$", "{}::numeric"),
    models.FloatField: (r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$", "{}::double precision"),
    models.BigIntegerField: (r"^-?\d+(\.0+)?$", "{}::numeric::bigint"),
    models.DateField: (r"^\d{4}-\d\d-\d\d", "left({}, 10)::date"),
    models.BooleanField: (r"^(true|false)$", "{}::boolean"),
}


def records(record: str, *, org: Org, as_of: datetime, ref: str = "") -> Relation:
    """The kind's rows that existed then, with every recorded column as it was then."""
    known = BY_RECORD[record]
    table = known.model._meta.db_table
    columns = ", ".join(
        f"{own_then()} AS extra"
        if name == "extra"
        else f"{rolled_back(known.model, name)} AS {name}"
        if name in known.captured
        else f"now.{name}"
        for name in own_columns(known.model)
    )
    only = "AND now.external_id = %(ref)s" if ref else ""
    sql = f"""
        WITH {turned_back(known, only_ref=bool(ref))},
        {own_turned_back(known, only_ref=bool(ref))}
        SELECT {columns}
        FROM {table} now
        LEFT JOIN back ON back.record_ref = now.external_id
        LEFT JOIN own ON own.record_ref = now.external_id
        WHERE now.org_id = %(org)s {only}
          AND (now.created_at IS NULL OR now.created_at <= %(as_of)s)
          AND (now.deleted_at IS NULL OR now.deleted_at > %(as_of)s)
    """  # noqa: S608
    params = {"org": org.pk, "as_of": as_of, "record": record, "ref": ref}
    return Relation(sql, params)


def record_as_of(
    record: str, *, org: Org, external_id: str, as_of: datetime
) -> dict[str, Any] | None:
    return next(records(record, org=org, as_of=as_of, ref=external_id).rows(), None)


def turned_back(known: SourceObject, *, only_ref: bool) -> str:
    """For each record and column the value before the first change after the moment."""
    names = known_names(known)
    values = ", ".join(f"('{said}', '{column}')" for said, column in sorted(names.items()))
    only = "AND change.record_ref = %(ref)s" if only_ref else ""
    picked = ",\n".join(
        f"max(old_value) FILTER (WHERE field = '{column}') AS {column},\n"
        f"bool_or(field = '{column}') AS {column}_changed"
        for column in known.captured
    )
    # Of one save the source's own row says most; ours may span several saves.
    return f"""
        named (said, field) AS (VALUES {values}),
        first_later AS (
            SELECT DISTINCT ON (change.record_ref, named.field)
                   change.record_ref, named.field, change.old_value
            FROM accounts_fieldchange change
            JOIN named ON named.said = change.field_name
            WHERE change.org_id = %(org)s AND change.record = %(record)s {only}
              AND change.changed_at > %(as_of)s
              AND (named.field NOT LIKE '%%\\_ref' OR change.old_value IS NULL
                   OR change.old_value !~ '\\s')
            ORDER BY change.record_ref, named.field, change.changed_at,
                     change.origin = 'captured', change.id
        ),
        back AS (
            SELECT record_ref, {picked}
            FROM first_later GROUP BY record_ref
        )
    """  # noqa: S608


def known_names(known: SourceObject) -> dict[str, str]:
    """What a change may be called → our column: our own word, the source's, a relation's."""
    found = {column: column for column in known.captured}
    found |= {said: column for said, column in known.columns.items() if column in known.captured}
    return found | {said: column for said, column in ALIASES.items() if column in known.captured}


def rolled_back(model: type[models.Model], column: str) -> str:
    value = typed(model, column, text=f"back.{column}")
    return f"CASE WHEN back.{column}_changed THEN {value} ELSE now.{column} END"


def typed(model: type[models.Model], column: str, *, text: str) -> str:
    """A text of a history in the column's type; what does not read as one is unknown."""
    for kind, (form, cast) in FORMS.items():
        if isinstance(model._meta.get_field(column), kind):
            return f"CASE WHEN {text} ~ '{form}' THEN {cast.format(text)} END"
    nullable = model._meta.get_field(column).null
    return text if nullable else f"coalesce({text}, '')"


def own_columns(model: type[models.Model]) -> Iterable[str]:
    return [field.column for field in model._meta.concrete_fields if field.column]
