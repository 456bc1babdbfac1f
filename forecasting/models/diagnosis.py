"""Why an org's win rate moved, as it was found: pages read it, and work nothing out."""

from django.db import models
from django.db.models import F, Q

from revenue.users.models import Org


class WinRateDiagnosis(models.Model):
    """From `since` to `turn` beside from `turn` to `until`; the last day is outside."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    since = models.DateField()
    turn = models.DateField()
    until = models.DateField()
    made_at = models.DateTimeField()
    found = models.JSONField(default=dict)
    deals = models.JSONField(default=list, help_text="Of each cause, the ids of its deals.")
    problem = models.TextField(blank=True, default="")

    class Meta:
        verbose_name_plural = "win rate diagnoses"
        constraints = [
            models.UniqueConstraint(
                fields=["org", "since", "turn", "until"], name="diagnosis_once_a_stretch"
            ),
            models.CheckConstraint(
                condition=Q(turn__gt=F("since"), until__gt=F("turn")),
                name="diagnosis_in_order_of_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.org} {self.since} to {self.until}"
