"""What a change of the mapping left behind, taken away before the object is read anew.

A field that is skipped, or has a column now, stands no more among the other fields; a column that
an admin took its field from is empty until another fills it. Old values of a field that is gone
from the source, or whose type is not trusted, stay.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, JSONField, Q, Value

from accounts import mapping
from accounts.models import SourceField
from accounts.records import OBJECTS
from accounts.records.columns import open_columns
from accounts.sync.derive import MADE
from revenue.users.models import Org

KEPT = (SourceField.State.STALE, SourceField.State.QUARANTINED)


def clear_former_places(*, org: Org, object_name: str) -> int:
    """How many rows were touched; none where nobody changed the mapping."""
    found = OBJECTS[object_name]
    fields = list(SourceField.objects.filter(org=org, object_name=object_name))
    keys = sorted(each.name for each in fields if has_left_the_others(each))
    columns = open_columns(found)
    emptied = {name: default_of(columns[name]) for name in emptied_columns(fields, object_name)}
    changes: dict[str, Any] = dict(emptied)
    if keys:
        changes["extra"] = without(keys)
    if not changes:
        return 0
    stale = Q(extra__has_any_keys=keys) if keys else Q(pk__in=[])
    for name, default in emptied.items():
        stale |= Q(**{f"{name}__isnull": False}) if default is None else ~Q(**{name: default})
    rows = found.model.objects.filter(org=org, deleted_at=None, **found.constants)
    return rows.filter(stale).update(**changes)


def has_left_the_others(field: SourceField) -> bool:
    return field.state not in KEPT and mapping.destination_of(field) != mapping.EXTRA


def emptied_columns(fields: list[SourceField], object_name: str) -> set[str]:
    """Those that nothing fills, and whose usual field was sent elsewhere or was never there."""
    found, known = OBJECTS[object_name], {each.name: each for each in fields}
    fixed, made = mapping.fixed_columns(found), MADE.get(object_name, frozenset())
    filled = {each.column for each in fields if each.column and not each.is_skipped}
    return {
        column
        for name, column in found.columns.items()
        if column in open_columns(found)
        and column not in filled | fixed
        and (was_sent_away(known[name], column) if name in known else column not in made)
    }


def was_sent_away(field: SourceField, column: str) -> bool:
    return field.is_set_by_admin and mapping.usual_column(field) == column


def default_of(column: "models.Field[Any, Any]") -> Any:
    return None if column.null else column.get_default()


def without(keys: list[str]) -> Func:
    names = Value(keys, output_field=ArrayField(models.TextField()))
    return Func(
        F("extra"), names, template="(%(expressions)s)", arg_joiner=" - ", output_field=JSONField()
    )
