"""What a record was: changes as the source or our own syncs saw them, and the pipeline by day."""

from django.db import models
from django.db.models import Q

from accounts.models.fact import (
    Fact,
    OrgRows,
    currency_field,
    money_field,
    one_per_org,
    short_text,
)
from accounts.models.reference import Reference, id_field, ref_field
from revenue.users.models import Org


class StageChange(Fact):
    """A deal as it was saved with a new stage, amount, date or probability; never changes."""

    opportunity_ref = ref_field()
    stage = short_text(120)
    amount = money_field()
    currency = currency_field()
    close_date = models.DateField(null=True)
    probability = models.FloatField(null=True)
    forecast_category = short_text(40)
    by_ref = ref_field()
    changed_at = models.DateTimeField()

    opportunity = Reference("Opportunity", "opportunity_ref", related_name="stage_changes")
    by = Reference("CrmUser", "by_ref")

    class Meta:
        constraints = [one_per_org("stage_change")]
        indexes = [
            models.Index(
                fields=["org", "opportunity_ref", "changed_at"], name="stage_change_opportunity"
            )
        ]

    def __str__(self) -> str:
        return f"{self.opportunity_ref} {self.stage}"


class FieldChange(Fact):
    """One field of one record, from what to what, as text in one form whatever the source."""

    class Origin(models.TextChoices):
        SOURCE = "source", "The CRM's own history"
        CAPTURED = "captured", "Seen between two syncs"

    record = short_text(40)
    record_ref = ref_field()
    field_name = short_text(120)
    old_value = models.TextField(null=True)  # noqa: DJ001  nothing and "" are two values
    new_value = models.TextField(null=True)  # noqa: DJ001
    by_ref = ref_field()
    changed_at = models.DateTimeField()
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.SOURCE)

    by = Reference("CrmUser", "by_ref")

    class Meta:
        constraints = [
            one_per_org("field_change"),
            models.CheckConstraint(
                condition=Q(origin__in=["source", "captured"]), name="field_change_origin_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["org", "record", "record_ref", "changed_at"], name="field_change_record"
            )
        ]

    def __str__(self) -> str:
        return f"{self.record} {self.record_ref} {self.field_name}"


class PipelineSnapshot(models.Model):
    """An open deal as it stood at the end of a day."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    opportunity_ref = id_field()
    account_ref = ref_field()
    owner_ref = ref_field()
    stage = short_text(120)
    amount = money_field()
    currency = currency_field()
    corporate_amount = money_field()
    probability = models.FloatField(null=True)
    close_date = models.DateField(null=True)
    forecast_category = short_text(40)

    opportunity = Reference("Opportunity", "opportunity_ref", related_name="snapshots")

    objects = OrgRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "day", "opportunity_ref"], name="snapshot_one_a_day"
            )
        ]
        indexes = [models.Index(fields=["org", "opportunity_ref", "day"], name="snapshot_deal")]

    def __str__(self) -> str:
        return f"{self.opportunity_ref} {self.day}"
