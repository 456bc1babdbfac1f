"""What every mirrored record has, whatever it is and wherever it came from."""

from decimal import Decimal
from typing import Any, Self

from django.db import models

from accounts.models.reference import id_field
from accounts.visibility import rows_visible_to
from revenue.users.models import Membership, Org, User

MONEY_DIGITS = {"max_digits": 24, "decimal_places": 4}


class OrgRows(models.QuerySet[Any]):
    def of(self, org: Org) -> Self:
        return self.filter(org=org)

    def visible_to(self, reader: Membership | User) -> Self:
        """What a person may read; of a membership, in its org alone."""
        return self.filter(rows_visible_to(reader, model=self.model))


class FactQuerySet(OrgRows):
    def present(self) -> Self:
        """Those that the CRM still has."""
        return self.filter(deleted_at=None)

    def visible_to(self, reader: Membership | User) -> Self:
        """The present rows that a person may read; of a membership, those of its org alone."""
        return super().visible_to(reader).present()


class Fact(models.Model):
    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    external_id = id_field()
    created_at = models.DateTimeField(null=True, help_text="By the CRM's clock, as modified_at.")
    modified_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True, help_text="Since when the CRM has it no more.")
    extra = models.JSONField(default=dict, help_text="Fields of the CRM that have no column here.")
    synced_at = models.DateTimeField(help_text="When this row last changed here.")

    objects = FactQuerySet.as_manager()

    class Meta:
        abstract = True


def one_per_org(name: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=["org", "external_id"], name=f"{name}_id_in_org")


def money_field(**options: Any) -> "models.DecimalField[Decimal | None, Decimal | None]":
    return models.DecimalField(null=True, **MONEY_DIGITS, **options)  # type: ignore[arg-type]


def currency_field() -> "models.CharField[str, str]":
    return models.CharField(max_length=3, blank=True, default="")


def short_text(length: int = 255) -> "models.CharField[str, str]":
    return models.CharField(max_length=length, blank=True, default="")


def long_text() -> "models.TextField[str, str]":
    return models.TextField(blank=True, default="")
