"""Columns of our tables: of which type each is, and which a field of a source may fill."""

from typing import Any

from django.db import models

from accounts.models import Fact, FieldChange
from accounts.records.source_object import SourceObject

# Kind of field → its type for COPY, and as it is declared where that needs no length.
TYPES: dict[str, tuple[str, str]] = {
    "CharField": ("varchar", ""),
    "TextField": ("text", "text"),
    "BooleanField": ("bool", "boolean"),
    "BigIntegerField": ("int8", "bigint"),
    "IntegerField": ("int4", "integer"),
    "FloatField": ("float8", "double precision"),
    "DecimalField": ("numeric", ""),
    "DateField": ("date", "date"),
    "DateTimeField": ("timestamptz", "timestamptz"),
    "JSONField": ("jsonb", "jsonb"),
}
# No field of a source may fill these: they are ours, or made by the sync.
CLOSED = {
    *("id", "org", "org_id", "deleted_at", "synced_at", "extra", "membership"),
    *("membership_is_set", "corporate_amount", "corporate_total"),
}
CLOSED_OF: dict[type[Fact], set[str]] = {FieldChange: {"origin", "record"}}


def open_columns(found: SourceObject) -> "dict[str, models.Field[Any, Any]]":
    closed = CLOSED | CLOSED_OF.get(found.model, set())
    return {
        each.name: each
        for each in found.model._meta.concrete_fields
        if each.name not in closed and each.get_internal_type() in TYPES
    }
