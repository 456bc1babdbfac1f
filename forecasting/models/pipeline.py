"""Open deals at two moments, side by side: what the pages of changes are read from."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models.fact import money_field, short_text
from accounts.models.reference import Reference, id_field, ref_field
from forecasting.models.rows import DealRows
from revenue.users.models import Org


class PipelineComparison(models.Model):
    """Each day stands for its end; the last one for as far as the data went when it was made."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    since = models.DateField()
    until = models.DateField()
    made_at = models.DateTimeField()
    stages = ArrayField(models.CharField(max_length=120), default=list, help_text="In order.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "since", "until"], name="comparison_once"),
            models.CheckConstraint(
                condition=Q(until__gt=F("since")), name="comparison_forward_in_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.org} from {self.since} to {self.until}"


class PipelineChange(models.Model):
    """A deal that was open at one of the two moments, or came and went between them."""

    class Standing(models.TextChoices):
        NONE = "none", "Not there yet"
        OPEN = "open", "Open"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    comparison = models.ForeignKey(
        PipelineComparison, on_delete=models.CASCADE, related_name="changes", db_index=False
    )
    opportunity_ref = id_field()
    name = short_text()
    account_name = short_text()
    standing_then = models.CharField(max_length=4, choices=Standing)
    standing_now = models.CharField(max_length=4, choices=Standing)
    stage_then = short_text(120)
    stage_now = short_text(120)
    amount_then = money_field(help_text="In the org's currency, as amount_now.")
    amount_now = money_field()
    close_then = models.DateField(null=True)
    close_now = models.DateField(null=True)
    owner_then = ref_field()
    owner_now = ref_field()

    opportunity = Reference("accounts.Opportunity", "opportunity_ref")
    owner = Reference("accounts.CrmUser", "owner_now")
    former_owner = Reference("accounts.CrmUser", "owner_then")

    objects = DealRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["comparison", "opportunity_ref"], name="change_once_a_deal"
            ),
            models.CheckConstraint(
                condition=Q(standing_then="open")
                | Q(standing_now="open")
                | Q(standing_then="none", standing_now__in=["won", "lost"]),
                name="change_touches_the_pipeline",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.standing_then} → {self.standing_now}"
