"""References between mirrored records, by the CRM's own ids.

A child may arrive before its parent, or outlive it: the column keeps what the CRM says, and the
relation finds the parent where it is here. A constraint would make the order of arrival matter.
"""

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor

ID_LENGTH = 64


def id_field(**options: Any) -> "models.CharField[str, str]":
    """Ids of a CRM differ by case alone, so they are compared byte by byte."""
    return models.CharField(max_length=ID_LENGTH, db_collation="C", **options)


def ref_field(**options: Any) -> "models.CharField[str | None, str | None]":
    return models.CharField(
        max_length=ID_LENGTH, db_collation="C", null=True, blank=True, **options
    )


class NothingWhereAbsent(ForwardManyToOneDescriptor[Any]):
    def get_object(self, instance: models.Model) -> Any:
        try:
            return super().get_object(instance)
        except ObjectDoesNotExist:
            return None


class Reference(models.ForeignObject):  # type: ignore[type-arg]
    """`Reference("Account", "account_ref")`: joins on the org and the id, without a constraint."""

    forward_related_accessor_class = NothingWhereAbsent

    def __init__(self, to: Any, column: str, related_name: str = "+", **options: Any) -> None:
        self.column_of_id = column
        options |= {
            "on_delete": models.DO_NOTHING,
            "from_fields": ["org", column],
            "to_fields": ["org", "external_id"],
            "null": True,
            "editable": False,
        }
        super().__init__(to, related_name=related_name, **options)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, _, options = super().deconstruct()
        for made_here in ("on_delete", "from_fields", "to_fields", "null", "editable"):
            options.pop(made_here, None)
        to = options.pop("to")
        return name, path, [to, self.column_of_id], options
