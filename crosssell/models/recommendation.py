"""What to sell next to whom, what became of it, and how an org wants it suggested."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models.beside import AccountRows
from accounts.models.fact import money_field, short_text
from accounts.models.reference import Reference, id_field
from revenue.users.models import Membership, Org, User


class RecommendationQuerySet(AccountRows):
    def open(self) -> Self:
        return self.filter(state__in=Recommendation.OPEN)

    def visible_to(self, reader: Membership | User) -> Self:
        """Of the accounts that a person may read; those held out are shown to nobody."""
        return super().visible_to(reader).filter(is_held_out=False)


class Recommendation(models.Model):
    """Of an account and a product from the day it was first suggested until it ended."""

    class Kind(models.TextChoices):
        FIRST = "first", "First purchase"
        NEXT = "next", "Next in sequence"
        BUNDLE = "bundle", "Bundle"
        LOOKALIKE = "lookalike", "Look-alike"
        UPSELL = "upsell", "Upsell"
        RENEWAL = "renewal", "Renewal"

    class State(models.TextChoices):
        SUGGESTED = "suggested", "Suggested"
        ACCEPTED = "accepted", "Accepted"
        DISMISSED = "dismissed", "Dismissed"
        CONVERTED = "converted", "Bought"
        EXPIRED = "expired", "Expired"
        WITHDRAWN = "withdrawn", "No longer suggested"

    OPEN = (State.SUGGESTED, State.ACCEPTED)
    OWNED = (Kind.RENEWAL, Kind.UPSELL)  # of what the account has already

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    account_ref = id_field()
    product_ref = id_field()
    run = models.ForeignKey("ml.ModelRun", on_delete=models.CASCADE, related_name="+")
    as_of = models.DateTimeField(help_text="Nothing that became known later had a say.")
    kind = models.CharField(max_length=9, choices=Kind)
    state = models.CharField(max_length=9, choices=State, default=State.SUGGESTED)
    is_held_out = models.BooleanField(
        default=False, help_text="Not shown to anybody, to measure what showing the others does."
    )
    rank = models.PositiveSmallIntegerField(help_text="Among those shown of the account, from 1.")
    score = models.FloatField(help_text="By which the products of an account are ordered.")
    probability = models.FloatField(help_text="Of being bought within the horizon.")
    price = money_field(help_text="Expected price of one, in the corporate currency.")
    quantity = models.FloatField(null=True)
    value = money_field(help_text="Price times quantity times probability.")
    sources = ArrayField(models.CharField(max_length=12), default=list)
    reasons = models.JSONField(
        default=list, help_text="What speaks for and against it, strongest first, in words."
    )
    lookalikes = models.JSONField(
        default=list,
        help_text="Customers that resemble this one and bought it: org, ref, likeness.",
    )
    suggested_at = models.DateTimeField()
    expires_on = models.DateField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = short_text()
    ended_at = models.DateTimeField(null=True)
    bought_at = models.DateTimeField(
        null=True, help_text="Also after it expired or was dismissed, so long as the horizon ran."
    )
    bought_for = money_field(help_text="In the corporate currency.")
    past = models.JSONField(default=list, help_text="Each decision: state, moment, person, reason.")

    account = Reference("accounts.Account", "account_ref")
    product = Reference("accounts.Product", "product_ref")

    objects = RecommendationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "account_ref", "product_ref"],
                condition=Q(state__in=["suggested", "accepted"]),
                name="recommendation_open_once",
            ),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1),
                name="recommendation_probability_share",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["suggested", "accepted"]) | Q(ended_at__isnull=False),
                name="recommendation_ended_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["first", "next", "bundle", "lookalike", "upsell", "renewal"]),
                name="recommendation_kind_known",
            ),
        ]
        indexes = [
            models.Index(
                F("org"),
                F("value").desc(nulls_last=True),
                F("id"),
                condition=Q(state__in=["suggested", "accepted"], is_held_out=False),
                name="recommendation_by_value",
            ),
            models.Index(fields=["org", "account_ref", "rank"], name="recommendation_of_account"),
            models.Index(fields=["org", "suggested_at"], name="recommendation_by_age"),
            models.Index(fields=["org", "as_of"], name="recommendation_by_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.product_ref} for {self.account_ref}"


class CrosssellPolicy(models.Model):
    """Only where an admin has changed something is there a row."""

    org = models.OneToOneField(Org, on_delete=models.CASCADE, related_name="crosssell_policy")
    held_out = models.FloatField(default=0.1, help_text="Share of recommendations not shown.")
    horizon_days = models.PositiveSmallIntegerField(default=90)
    expires_days = models.PositiveSmallIntegerField(default=90)
    an_account = models.PositiveSmallIntegerField(default=5, help_text="Most shown of an account.")
    candidates = models.PositiveSmallIntegerField(default=100, help_text="Most ranked of one.")

    class Meta:
        verbose_name_plural = "cross-sell policies"
        constraints = [
            models.CheckConstraint(
                condition=Q(held_out__gte=0, held_out__lte=0.5), name="held_out_at_most_half"
            ),
        ]

    def __str__(self) -> str:
        return f"Cross-sell policy of {self.org}"
