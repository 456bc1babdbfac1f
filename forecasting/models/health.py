"""How well an account is, what it is worth, and what to do where it is not well."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models.beside import AccountRows
from accounts.models.fact import money_field, short_text
from accounts.models.reference import Reference, id_field
from revenue.users.models import Org, User


class Band(models.TextChoices):
    RED = "red", "At risk"
    YELLOW = "yellow", "To watch"
    GREEN = "green", "Healthy"


class AccountHealthQuerySet(AccountRows):
    def newest(self) -> Self:
        return self.filter(is_latest=True)


class AccountHealth(models.Model):
    """Of a customer at a moment; a row a week is kept, and the newest."""

    class Source(models.TextChoices):
        MODEL = "model", "Learned from customers who left"
        COMPOSITE = "composite", "Weighted by hand"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    account_ref = id_field()
    as_of = models.DateTimeField(help_text="Nothing that became known later had a say.")
    run = models.ForeignKey("ml.ModelRun", null=True, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=9, choices=Source)
    score = models.PositiveSmallIntegerField(help_text="0 to 100: the higher, the better.")
    band = models.CharField(max_length=6, choices=Band)
    probability = models.FloatField(
        null=True, help_text="Of leaving or shrinking within the horizon."
    )
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    base = models.FloatField(null=True)
    contributions = models.JSONField(
        default=dict, help_text="By feature, in log-odds; with the base they sum to the margin."
    )
    parts = models.JSONField(
        default=dict, help_text="Each dimension from 0 to 100; none where nothing is known of it."
    )
    reasons = models.JSONField(default=list, help_text="The strongest, in words, with points.")
    value = money_field(help_text="A year of revenue, in the corporate currency.")
    at_risk = money_field(help_text="Of that year, what is expected to be lost.")
    change = models.SmallIntegerField(null=True, help_text="Of the score, since four weeks before.")
    is_latest = models.BooleanField(default=True)

    account = Reference("accounts.Account", "account_ref")

    objects = AccountHealthQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "account healths"
        constraints = [
            models.UniqueConstraint(
                fields=["org", "account_ref", "as_of"], name="health_once_a_moment"
            ),
            models.UniqueConstraint(
                fields=["org", "account_ref"],
                condition=Q(is_latest=True),
                name="health_one_latest",
            ),
            models.CheckConstraint(
                condition=Q(score__lte=100, band__in=["red", "yellow", "green"]),
                name="health_within_its_bounds",
            ),
        ]
        indexes = [
            models.Index(
                F("org"),
                F("at_risk").desc(nulls_last=True),
                F("id"),
                condition=Q(is_latest=True),
                name="health_by_value_at_risk",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_ref} {self.score}"


class LifetimeValue(models.Model):
    """What a customer is expected to bring from now on; the newest word alone is kept."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    account_ref = id_field()
    as_of = models.DateTimeField()
    years = models.FloatField(help_text="Looked ahead.")
    value = money_field(help_text="In the corporate currency.")
    low = money_field()
    high = money_field()
    stays_years = models.FloatField(help_text="Of these years, how long it is expected to stay.")
    a_year = money_field(help_text="What a year of it is expected to bring while it stays.")

    account = Reference("accounts.Account", "account_ref")

    objects = AccountRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "account_ref"], name="lifetime_value_once"),
            models.CheckConstraint(
                condition=Q(low__lte=F("value"), value__lte=F("high")),
                name="lifetime_value_within_its_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_ref} {self.value}"


class AccountAction(models.Model):
    """A play suggested where a customer is not well, and what a person did with it."""

    class State(models.TextChoices):
        SUGGESTED = "suggested", "Suggested"
        ACCEPTED = "accepted", "Accepted"
        DISMISSED = "dismissed", "Dismissed"
        DONE = "done", "Done"
        WITHDRAWN = "withdrawn", "No longer suggested"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    account_ref = id_field()
    trigger = models.CharField(max_length=40, help_text="The driver that it answers.")
    title = models.CharField(max_length=120)
    advice = models.TextField(blank=True, default="")
    state = models.CharField(max_length=9, choices=State, default=State.SUGGESTED)
    reason = short_text()
    score = models.PositiveSmallIntegerField(null=True, help_text="Health when it was decided.")
    suggested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    past = models.JSONField(default=list, help_text="Each decision: state, moment, person, reason.")

    account = Reference("accounts.Account", "account_ref")

    objects = AccountRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "account_ref", "trigger", "title"],
                condition=Q(state__in=["suggested", "accepted"]),
                name="account_action_open_once",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "account_ref", "state"], name="account_action_of_account"),
        ]

    def __str__(self) -> str:
        return self.title


class HealthPolicy(models.Model):
    """Only where an admin has changed something is there a row."""

    org = models.OneToOneField(Org, on_delete=models.CASCADE, related_name="health_policy")
    bands = models.JSONField(default=dict, help_text="The highest score of red and of yellow.")
    weights = models.JSONField(default=dict, help_text="Of each dimension of the composite.")
    left_field = models.CharField(
        max_length=120,
        blank=True,
        default="",
        help_text="The account's own field that says that, or when, a customer left.",
    )
    left_value = models.CharField(
        max_length=120, blank=True, default="", help_text="What it holds then; empty: anything."
    )
    contraction = models.FloatField(
        default=0.5, help_text="Share of a year's revenue whose loss counts as leaving."
    )
    plays = models.JSONField(
        default=dict, help_text="By driver: what to suggest, where it differs from the usual."
    )

    class Meta:
        verbose_name_plural = "health policies"

    def __str__(self) -> str:
        return f"Health policy of {self.org}"
