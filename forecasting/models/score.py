"""What was foreseen of a deal, when, and by which model; history is kept."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models.reference import Reference, id_field
from forecasting.models.rows import DealRows
from revenue.users.models import Org


class DealScoreQuerySet(DealRows):
    def newest(self) -> "DealScoreQuerySet":
        return self.filter(is_latest=True)


class DealScore(models.Model):
    class Source(models.TextChoices):
        MODEL = "model", "The model"
        RATES = "rates", "The rate of its stage"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    opportunity_ref = id_field()
    as_of = models.DateTimeField(help_text="Nothing that became known later had a say.")
    run = models.ForeignKey("ml.ModelRun", on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=5, choices=Source)
    probability = models.FloatField(help_text="Of being won.")
    low = models.FloatField()
    high = models.FloatField()
    base = models.FloatField(help_text="Where every deal starts, in log-odds before calibration.")
    contributions = models.JSONField(
        default=dict, help_text="By feature, in log-odds; with the base they sum to the margin."
    )
    won_by = ArrayField(
        models.FloatField(), null=True, help_text="Chance of being won by the end of each week."
    )
    lost_by = ArrayField(models.FloatField(), null=True)
    is_latest = models.BooleanField(default=True)

    opportunity = Reference("accounts.Opportunity", "opportunity_ref")

    objects = DealScoreQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "opportunity_ref", "as_of"], name="deal_score_once_a_moment"
            ),
            models.UniqueConstraint(
                fields=["org", "opportunity_ref"],
                condition=Q(is_latest=True),
                name="deal_score_one_latest",
            ),
            models.CheckConstraint(
                condition=Q(low__gte=0, high__lte=1)
                & Q(probability__gte=models.F("low"), probability__lte=models.F("high")),
                name="deal_score_within_its_bounds",
            ),
            models.CheckConstraint(
                condition=Q(source__in=["model", "rates"]), name="deal_score_source_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["org", "probability", "id"],
                condition=Q(is_latest=True),
                name="deal_score_by_chance",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opportunity_ref} {self.probability:.0%}"
