"""What people say of the number, beside what is foreseen; nothing of it goes to the CRM."""

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models.fact import currency_field, money_field, short_text
from forecasting.models.quarter import LENGTHS
from forecasting.models.rows import OwnedRows, PersonalRows
from revenue.users.models import Membership, Org


class ForecastPolicy(models.Model):
    """Only what an admin has changed is a row."""

    org = models.OneToOneField(Org, on_delete=models.CASCADE, related_name="forecast_policy")
    locks = models.BooleanField(default=False, help_text="Whether a week's calls are locked.")
    lock_weekday = models.PositiveSmallIntegerField(default=4, help_text="Monday is 0.")
    lock_hour = models.PositiveSmallIntegerField(default=17, help_text="By the org's clock.")

    class Meta:
        verbose_name_plural = "forecast policies"
        constraints = [
            models.CheckConstraint(
                condition=Q(lock_weekday__lte=6, lock_hour__lte=23), name="forecast_policy_lock"
            )
        ]

    def __str__(self) -> str:
        return f"Forecast policy of {self.org}"


class Calls(OwnedRows):
    def of(self, org: Org) -> Self:
        """What was said in another currency than the org's stands beside nothing now."""
        return super().of(org).filter(currency__in=["", org.currency])


class ForecastCall(models.Model):
    """One thing said of a number; later ones take its place, and none is changed."""

    class Kind(models.TextChoices):
        SUBMISSION = "submission", "Submission"
        ADJUSTMENT = "adjustment", "Adjustment"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    length = models.CharField(max_length=7, choices=LENGTHS)
    since = models.DateField()
    key = short_text(80)
    kind = models.CharField(max_length=10, choices=Kind)
    owners = ArrayField(models.CharField(max_length=255), default=list)
    by = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = short_text()
    made_at = models.DateTimeField()
    currency = currency_field()
    amount = money_field(help_text="None where it was taken back.")
    commit = money_field()
    best_case = money_field()
    note = models.TextField(blank=True, default="", max_length=2_000)

    objects = Calls.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="forecast_call_not_below"
            )
        ]
        indexes = [
            models.Index(
                F("org"),
                F("length"),
                F("since"),
                F("key"),
                F("made_at").desc(),
                name="forecast_call_newest",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.amount}"


class Scenario(models.Model):
    """A named what-if of a period: what is changed, and what it gave when it was saved."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    length = models.CharField(max_length=7, choices=LENGTHS)
    since = models.DateField()
    key = short_text(80)
    changes = models.JSONField(
        default=dict, help_text="drop, dates, chances by deal; hires with their first day."
    )
    found = models.JSONField(default=dict, help_text="The band before and after, when saved.")
    made_at = models.DateTimeField()

    objects = PersonalRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "owner", "length", "since", "name"], name="scenario_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
