"""How likely a lead is to convert, what a person says instead, and how an org sorts its leads."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models.beside import LeadRows
from accounts.models.fact import short_text
from accounts.models.reference import Reference, id_field
from revenue.users.models import Org, User


class LeadScoreQuerySet(LeadRows):
    def newest(self) -> Self:
        return self.filter(is_latest=True)


class LeadScore(models.Model):
    """Of an open lead at a moment; history is kept, a row a day at most."""

    class Source(models.TextChoices):
        MODEL = "model", "The model"
        RATES = "rates", "The rate of its source"

    class Trend(models.TextChoices):
        IMPROVING = "improving", "Improving"
        STEADY = "steady", "Steady"
        DECLINING = "declining", "Declining"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    lead_ref = id_field()
    as_of = models.DateTimeField(help_text="Nothing that became known later had a say.")
    run = models.ForeignKey("ml.ModelRun", on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=5, choices=Source)
    probability = models.FloatField(help_text="Of converting within the horizon.")
    low = models.FloatField()
    high = models.FloatField()
    score = models.PositiveSmallIntegerField(
        help_text="0 to 100: the share of the leads of the last months that were less likely."
    )
    tier = models.CharField(max_length=1, help_text="A to D, as the policy draws the lines.")
    trend = models.CharField(max_length=9, choices=Trend, default=Trend.STEADY)
    change = models.SmallIntegerField(null=True, help_text="Of the score, since a week before.")
    base = models.FloatField(help_text="Where every lead starts, in log-odds before calibration.")
    contributions = models.JSONField(
        default=dict, help_text="By feature, in log-odds; with the base they sum to the margin."
    )
    reasons = models.JSONField(default=list, help_text="The strongest, in words, with points.")
    is_latest = models.BooleanField(default=True)

    lead = Reference("accounts.Lead", "lead_ref")

    objects = LeadScoreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "lead_ref", "as_of"], name="lead_score_once_a_moment"
            ),
            models.UniqueConstraint(
                fields=["org", "lead_ref"],
                condition=Q(is_latest=True),
                name="lead_score_one_latest",
            ),
            models.CheckConstraint(
                condition=Q(low__gte=0, high__lte=1)
                & Q(probability__gte=F("low"), probability__lte=F("high")),
                name="lead_score_within_its_bounds",
            ),
            models.CheckConstraint(
                condition=Q(score__lte=100, tier__in=["A", "B", "C", "D"]),
                name="lead_score_tier_known",
            ),
        ]
        indexes = [
            models.Index(
                F("org"),
                F("probability").desc(),
                F("id"),
                condition=Q(is_latest=True),
                name="lead_score_by_chance",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_ref} {self.probability:.0%}"


class LeadOverrideQuerySet(LeadRows):
    def standing(self) -> Self:
        return self.filter(ended_at=None)


class LeadOverride(models.Model):
    """A person's tier in place of the model's, until somebody resets it; all of them are kept."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    lead_ref = id_field()
    tier = models.CharField(max_length=1)
    note = short_text(500)
    was = models.CharField(max_length=1, blank=True, default="", help_text="The model's, then.")
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)

    lead = Reference("accounts.Lead", "lead_ref")

    objects = LeadOverrideQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "lead_ref"],
                condition=Q(ended_at=None),
                name="lead_override_one_standing",
            ),
            models.CheckConstraint(
                condition=Q(tier__in=["A", "B", "C", "D"]), name="lead_override_tier_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_ref} {self.tier}"


class LeadPolicy(models.Model):
    """Only where an admin has changed something is there a row."""

    org = models.OneToOneField(Org, on_delete=models.CASCADE, related_name="lead_policy")
    tiers = models.JSONField(default=dict, help_text="The lowest score of A, B and C.")
    answer_minutes = models.PositiveIntegerField(
        default=60, help_text="Within which a lead should be answered."
    )
    least_leads = models.PositiveIntegerField(default=100)
    least_converted = models.PositiveIntegerField(default=40)

    class Meta:
        verbose_name_plural = "lead policies"

    def __str__(self) -> str:
        return f"Lead policy of {self.org}"
