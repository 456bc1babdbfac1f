"""An open deal as pages show it: written whole by each scoring, read as it is."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, F, Q, Subquery

from accounts.models import Opportunity
from accounts.models.fact import money_field, short_text
from accounts.models.reference import Reference, id_field, ref_field
from accounts.visibility import AmongAll, sees_whole_org
from forecasting.models.rows import DealRows, same_deal
from forecasting.models.score import DealScore
from revenue.users.models import Membership, Org, User

WARNING_LENGTH = 24


class DealOutlookQuerySet(DealRows):
    def visible_to(self, reader: Membership | User) -> Self:
        """What has been closed, deleted or handed over since it was scored is not shown as open."""
        deals = Opportunity.objects.visible_to(reader).filter(is_closed=False)
        if isinstance(reader, Membership) and not sees_whole_org(reader):
            # Few of many: which they are comes first, and their rows are then found by index.
            refs = Subquery(deals.values("external_id"))
            return self.filter(AmongAll(F("opportunity_ref"), refs), org=reader.org_id)
        return self.filter(Exists(same_deal(deals)))


class DealOutlook(models.Model):
    class Trend(models.TextChoices):
        IMPROVING = "improving", "Improving"
        STEADY = "steady", "Steady"
        DECLINING = "declining", "Declining"
        UNKNOWN = "unknown", "Not enough information"

    class Grade(models.TextChoices):
        A = "A", "A"
        B = "B", "B"
        C = "C", "C"
        D = "D", "D"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    opportunity_ref = id_field()
    as_of = models.DateTimeField()
    run = models.ForeignKey("ml.ModelRun", on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=5, choices=DealScore.Source)

    name = short_text()
    account_ref = ref_field()
    account_name = short_text()
    owner_ref = ref_field()
    owner_name = short_text()
    stage = short_text(120)
    stage_rank = models.FloatField(null=True)
    kind = short_text()
    lead_source = short_text()
    industry = short_text()
    region = short_text()
    size = short_text(40)
    close_date = models.DateField(null=True)
    corporate_amount = money_field(help_text="In the org's currency.")

    probability = models.FloatField(help_text="Of being won.")
    low = models.FloatField()
    high = models.FloatField()
    risk = models.FloatField(help_text="0 to 100.")
    risk_parts = models.JSONField(
        default=list, help_text="Each part of the formula: its value, weight and points."
    )
    facts = models.JSONField(
        default=dict, help_text="The numbers that score and warnings rest on, those that are known."
    )
    grade = models.CharField(max_length=1, choices=Grade)
    trend = models.CharField(max_length=9, choices=Trend, default=Trend.UNKNOWN)
    warnings = ArrayField(models.CharField(max_length=WARNING_LENGTH), default=list)
    expected_value = money_field(help_text="Amount times chance.")
    value_at_risk = money_field(help_text="Amount times the chance of not being won.")
    risk_value = money_field(help_text="Amount times risk: what the dashboard is sorted by.")
    reasons = models.JSONField(
        default=list, help_text="The largest contributions in words, the largest first."
    )
    health = models.FloatField(null=True, help_text="Deal Health Score, 0 to 100.")
    health_parts = models.JSONField(default=dict)

    probability_before = models.FloatField(null=True, help_text="A week before, where it was.")
    risk_before = models.FloatField(null=True)
    amount_before = money_field()
    is_new = models.BooleanField(default=False, help_text="Made within the last week.")

    opportunity = Reference("accounts.Opportunity", "opportunity_ref")
    owner = Reference("accounts.CrmUser", "owner_ref")
    account = Reference("accounts.Account", "account_ref")

    objects = DealOutlookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "opportunity_ref"], name="outlook_one_a_deal"),
            models.CheckConstraint(
                condition=Q(
                    low__gte=0,
                    high__lte=1,
                    probability__gte=models.F("low"),
                    probability__lte=models.F("high"),
                ),
                name="outlook_within_its_bounds",
            ),
            models.CheckConstraint(
                condition=Q(risk__gte=0, risk__lte=100), name="outlook_risk_bounds"
            ),
            models.CheckConstraint(
                condition=Q(grade__in=["A", "B", "C", "D"]), name="outlook_grade_known"
            ),
        ]
        indexes = [
            models.Index(
                "org",
                models.F("risk_value").desc(nulls_last=True),
                "id",
                name="outlook_by_risk_value",
            ),
            models.Index(fields=["org", "probability", "id"], name="outlook_by_chance"),
            models.Index(fields=["org", "risk", "id"], name="outlook_by_risk"),
            models.Index(fields=["org", "close_date", "id"], name="outlook_by_close_date"),
            models.Index(
                "org",
                models.F("corporate_amount").desc(nulls_last=True),
                models.F("id").desc(),
                name="outlook_by_amount",
            ),
            models.Index(fields=["org", "-as_of"], name="outlook_newest"),
            models.Index(fields=["org", "owner_ref"], name="outlook_by_owner"),
            models.Index(fields=["org", "account_ref"], name="outlook_by_account"),
            GinIndex(fields=["warnings"], name="outlook_by_warning"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.probability:.0%}"


class DealAnalysis(models.Model):
    """What the deal's own page shows beside its outlook; too wide for the rows of a list."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    opportunity_ref = id_field()
    as_of = models.DateTimeField()
    run = models.ForeignKey("ml.ModelRun", on_delete=models.CASCADE, related_name="+")
    values = models.JSONField(default=dict, help_text="Each feature as it was then.")
    steps = models.JSONField(default=dict, help_text="The waterfall: base, steps, rest, total.")
    moves = models.JSONField(default=list, help_text="Changes within reach, and the score of each.")
    similar = models.JSONField(default=dict, help_text="Ids of like deals that were won, and lost.")

    opportunity = Reference("accounts.Opportunity", "opportunity_ref")

    objects = DealRows.as_manager()

    class Meta:
        verbose_name_plural = "deal analyses"
        constraints = [
            models.UniqueConstraint(fields=["org", "opportunity_ref"], name="analysis_one_a_deal")
        ]

    def __str__(self) -> str:
        return f"{self.opportunity_ref} {self.as_of:%Y-%m-%d}"
