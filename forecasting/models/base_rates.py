"""How an org's deals had ended when a model was learned: counted once, read at each scoring."""

from typing import Any, Self

from django.db import models

from revenue.users.models import Org


class RunBaseRatesQuerySet(models.QuerySet[Any]):
    def of(self, org: Org) -> Self:
        return self.filter(org=org)


class RunBaseRates(models.Model):
    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey("ml.ModelRun", on_delete=models.CASCADE, related_name="+")
    rates = models.JSONField(help_text="The share of all that were won, and by each feature.")

    objects = RunBaseRatesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "base rates of runs"
        constraints = [models.UniqueConstraint(fields=["org", "run"], name="base_rates_once_a_run")]

    def __str__(self) -> str:
        return f"Base rates of run {self.run_id}"
