"""From one forecast of a period to a later one: what moved the number, in parts that sum to it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models.beside import OrgRows
from accounts.models.fact import money_field, short_text
from accounts.models.reference import Reference, id_field, ref_field
from forecasting.models.quarter import Forecast
from forecasting.models.rows import DealRows, OwnedRows
from revenue.users.models import Org


class ForecastBridge(models.Model):
    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    before = models.ForeignKey(Forecast, on_delete=models.CASCADE, related_name="+")
    after = models.ForeignKey(Forecast, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    problem = models.TextField(
        blank=True, default="", help_text="Why a change of the model could not be told apart."
    )

    objects = OrgRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "before", "after"], name="bridge_once"),
            models.CheckConstraint(condition=~Q(before=F("after")), name="bridge_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class BridgeNode(models.Model):
    """The way of one team's P50."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    bridge = models.ForeignKey(
        ForecastBridge, on_delete=models.CASCADE, related_name="nodes", db_index=False
    )
    key = short_text(80)
    owners = ArrayField(models.CharField(max_length=255), default=list, help_text="Then or now.")
    steps = models.JSONField(
        default=list, help_text="Of each step its name, change of P50, and number of deals."
    )
    then = money_field(help_text="P50 of the earlier forecast.")
    now = money_field(help_text="P50 of the later one.")

    objects = OwnedRows.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bridge", "key"], name="bridge_node_once")]

    def __str__(self) -> str:
        return f"{self.key or 'All'} {self.then} → {self.now}"


class BridgeDeal(models.Model):
    """What a step changed of a deal; a deal that stays may be in several."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    bridge = models.ForeignKey(
        ForecastBridge, on_delete=models.CASCADE, related_name="deals", db_index=False
    )
    step = models.CharField(max_length=12)
    opportunity_ref = id_field()
    owner_then = ref_field()
    owner_now = ref_field()
    amount_then = money_field()
    amount_now = money_field()
    chance_then = models.FloatField(null=True)
    chance_now = models.FloatField(null=True)
    close_then = models.DateField(null=True)
    close_now = models.DateField(null=True)
    delta = money_field(help_text="Of the expected value: amount times chance.")

    opportunity = Reference("accounts.Opportunity", "opportunity_ref")
    owner = Reference("accounts.CrmUser", "owner_now")
    former_owner = Reference("accounts.CrmUser", "owner_then")

    objects = DealRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bridge", "step", "opportunity_ref"], name="bridge_deal_once_a_step"
            )
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.opportunity_ref} {self.delta}"
