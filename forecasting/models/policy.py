"""How an org weighs risk, where its grades begin, and which warnings it wants."""

from django.db import models

from revenue.users.models import Org


class RiskPolicy(models.Model):
    """Only what an admin has changed is a row; the rest is `forecasting.risk.policy`'s default."""

    org = models.OneToOneField(Org, on_delete=models.CASCADE, related_name="risk_policy")
    weights = models.JSONField(default=dict, help_text="Of each part of the risk score.")
    grades = models.JSONField(default=dict, help_text="The highest risk of A, B and C.")
    warnings = models.JSONField(default=dict, help_text="Of each warning: whether, and its days.")

    class Meta:
        verbose_name_plural = "risk policies"

    def __str__(self) -> str:
        return f"Risk policy of {self.org}"
