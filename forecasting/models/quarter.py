"""What a period was foreseen to bring, each time it was looked at; read as it is by its pages."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models.beside import OrgRows
from accounts.models.fact import currency_field, money_field, short_text
from accounts.models.reference import Reference, id_field, ref_field
from forecasting.models.rows import DealRows, OwnedRows
from revenue.periods import Length
from revenue.users.models import Org

LENGTHS = [(one.value, one.value.capitalize()) for one in Length]


class Forecast(models.Model):
    """Of one period, as of one moment. Each period of an org has one that is the latest."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    length = models.CharField(max_length=7, choices=LENGTHS)
    since = models.DateField()
    until = models.DateField(help_text="The first day after the period.")
    as_of = models.DateTimeField()
    made_at = models.DateTimeField()
    is_latest = models.BooleanField(default=True)
    run = models.ForeignKey(
        "ml.ModelRun", null=True, on_delete=models.SET_NULL, related_name="+", help_text="Of deals."
    )
    source = models.CharField(
        max_length=5,
        choices=[("model", "Model"), ("rates", "Shrunken rates")],
        help_text="What the chances of the open deals rest on.",
    )
    method = models.JSONField(
        default=dict, help_text="Shocks, ratios, new business, widening: all that the draws take."
    )
    worlds = models.BinaryField(
        default=bytes, help_text="The org's total in cents, by draw: 64-bit, deflated."
    )
    problem = models.TextField(blank=True, default="", help_text="What is missing for more.")
    currency = currency_field()

    objects = OrgRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "length", "since", "as_of"], name="forecast_once_a_moment"
            ),
            models.UniqueConstraint(
                fields=["org", "length", "since"],
                condition=Q(is_latest=True),
                name="forecast_one_latest",
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("since")), name="forecast_forward_in_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.org} {self.since} as of {self.as_of:%Y-%m-%d}"


class ForecastNode(models.Model):
    """Of the org (`key` is empty), of somebody with all below (`is_total`), or of one alone."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    forecast = models.ForeignKey(
        Forecast, on_delete=models.CASCADE, related_name="nodes", db_index=False
    )
    key = short_text(80)
    parent = models.CharField(max_length=80, null=True)  # noqa: DJ001  (the org has no parent)
    name = short_text()
    depth = models.PositiveSmallIntegerField(default=0)
    is_total = models.BooleanField()
    owners = ArrayField(models.CharField(max_length=255), default=list)

    closed = money_field(help_text="Won in the period so far.")
    from_open = money_field(help_text="Expected of deals that are open.")
    from_new = money_field(help_text="Expected of deals that do not exist yet.")
    mean = money_field()
    p10 = money_field()
    p50 = money_field()
    p90 = money_field()
    stage_weighted = money_field()
    category_weighted = money_field()
    year_before = money_field()
    categories = models.JSONField(
        default=dict, help_text="Closed, commit, best_case, pipeline: deals due in the period."
    )
    pipeline = money_field(help_text="Open, and due in the period.")
    open_deals = models.PositiveIntegerField(default=0)
    weeks = models.JSONField(
        default=list,
        help_text="Of the end of each week: day, P10, P50, P90 of what is won by then.",
    )

    objects = OwnedRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["forecast", "key", "is_total"], name="forecast_node_once"
            )
        ]
        indexes = [models.Index(fields=["org", "forecast"], name="forecast_node_of_org")]

    def __str__(self) -> str:
        return f"{self.name or 'All'} {self.p50}"


class ForecastDeal(models.Model):
    """What a forecast took of each deal that was open then, or won in the period by then."""

    class Standing(models.TextChoices):
        OPEN = "open", "Open"
        WON = "won", "Won"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    forecast = models.ForeignKey(
        Forecast, on_delete=models.CASCADE, related_name="deals", db_index=False
    )
    opportunity_ref = id_field()
    owner_ref = ref_field()
    segment = short_text(120)
    standing = models.CharField(max_length=4, choices=Standing)
    stage = short_text(120)
    category = short_text(40)
    close_date = models.DateField(null=True)
    amount = money_field(help_text="In the org's currency; of none, what such deals are won for.")
    chance = models.FloatField(help_text="Of being won within the period; 1 of what is won.")
    weeks = ArrayField(
        models.FloatField(), default=list, help_text="Of `chance`, the share by each week's end."
    )

    opportunity = Reference("accounts.Opportunity", "opportunity_ref")
    owner = Reference("accounts.CrmUser", "owner_ref")

    objects = DealRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["forecast", "opportunity_ref"], name="forecast_deal_once"
            ),
            models.CheckConstraint(
                condition=Q(chance__gte=0, chance__lte=1), name="forecast_deal_chance_bounds"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opportunity_ref} {self.chance:.0%}"


class BacktestRow(models.Model):
    """What a method would have said of a past period at a cut-off, and what came of it."""

    class Cut(models.TextChoices):
        FIRST_DAY = "day_1", "Day 1"
        WEEK_4 = "week_4", "Week 4"
        WEEK_8 = "week_8", "Week 8"

    class Method(models.TextChoices):
        MODEL = "model", "Forecast"
        STAGE = "stage", "Stage-weighted"
        CATEGORY = "category", "Category-weighted"
        YEAR_BEFORE = "year_before", "Same period last year"
        SUBMITTED = "submitted", "Sellers' submissions"
        ADJUSTED = "adjusted", "Managers' adjustments"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    length = models.CharField(max_length=7, choices=LENGTHS)
    since = models.DateField()
    cut = models.CharField(max_length=6, choices=Cut)
    as_of = models.DateTimeField()
    key = short_text(80)
    name = short_text()
    owners = ArrayField(models.CharField(max_length=255), default=list)
    method = models.CharField(max_length=11, choices=Method)
    said = money_field(help_text="P50 of the forecast; of others what they say.")
    p10 = money_field()
    p90 = money_field()
    actual = money_field()
    currency = currency_field()
    raw = models.JSONField(
        default=dict, help_text="Before correction: mean, spread, feel of shocks, closed, new."
    )

    objects = OwnedRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "length", "since", "cut", "key", "method"], name="backtest_row_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.since} {self.cut} {self.method} {self.name}: {self.said}"
