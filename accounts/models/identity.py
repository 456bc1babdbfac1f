"""The same customer in several orgs of a group: who belongs together, how sure, and why."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models.fact import OrgRows, short_text
from accounts.models.reference import Reference, id_field
from accounts.visibility import matches_visible_to
from revenue.users.models import Membership, Org, OrgGroup, User


class Customer(models.Model):
    """One company behind accounts of several orgs of one group."""

    group = models.ForeignKey(OrgGroup, on_delete=models.CASCADE, related_name="customers")
    name = short_text()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class LinkQuerySet(OrgRows):
    def visible_to(self, reader: Membership | User) -> Self:
        """Of the group that the org is in now; the next run clears those of another."""
        return super().visible_to(reader).filter(customer__group=F("org__group"))


class CustomerAccount(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="members")
    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    account_ref = id_field()
    joined_at = models.DateTimeField()

    account = Reference("Account", "account_ref", related_name="customer_links")

    objects = LinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "account_ref"], name="account_one_customer")
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.account_ref}"


class MatchQuerySet(models.QuerySet["Match"]):
    def visible_to(self, reader: Membership | User) -> "MatchQuerySet":
        """Where both orgs are still in the group for which they were compared."""
        grouped = Q(org__group=F("group"), other_org__group=F("group"))
        return self.filter(matches_visible_to(reader), grouped)


class Match(models.Model):
    """Two accounts that look like one customer; the lower org id stands first."""

    class State(models.TextChoices):
        JOINED = "joined", "Joined"
        DOUBTFUL = "doubtful", "To be decided"
        REFUSED = "refused", "Not the same"
        UNDONE = "undone", "Taken apart again"

    group = models.ForeignKey(OrgGroup, on_delete=models.CASCADE, related_name="matches")
    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    account_ref = id_field()
    other_org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    other_ref = id_field()
    confidence = models.FloatField()
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    found_at = models.DateTimeField()

    account = Reference("Account", "account_ref", related_name="+")
    other = models.ForeignObject(
        "Account",
        on_delete=models.DO_NOTHING,
        from_fields=["other_org", "other_ref"],
        to_fields=["org", "external_id"],
        related_name="+",
        null=True,
        editable=False,
    )

    objects = MatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "matches"
        constraints = [
            models.UniqueConstraint(
                fields=["org", "account_ref", "other_org", "other_ref"], name="match_once"
            ),
            models.CheckConstraint(
                condition=Q(org__lt=F("other_org")), name="match_of_two_orgs_in_order"
            ),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1), name="match_confidence_share"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["joined", "doubtful", "refused", "undone"]),
                name="match_state_known",
            ),
        ]
        indexes = [
            models.Index(fields=["group", "state", "-confidence", "id"], name="match_queue"),
            models.Index(fields=["other_org", "other_ref"], name="match_other"),
        ]

    def __str__(self) -> str:
        return f"{self.account_ref} = {self.other_ref} ({self.confidence:.0%})"
