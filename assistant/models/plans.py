"""What is worth knowing before a call, written down: each version of it, section by section."""

from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from accounts.models import Account, Opportunity
from accounts.models.fact import short_text
from accounts.models.reference import Reference, ref_field
from accounts.visibility import owners_visible_to
from revenue.jobs.models import Job
from revenue.users.models import Membership, Org, User
from revenue.users.roles import Role

# What a plan was made from is what its maker could read: it is for the maker, and for those above.
READS_ALL = (Role.EXECUTIVE, Role.ADMIN)


def seen_by(reader: Membership) -> Q:
    """Of the deals and accounts that the person reads now: own plans, and those of people below."""
    found = Q(org_id=reader.org_id) & record_seen_by(reader)
    if reader.role in READS_ALL:
        return found
    own = Q(made_by_id=reader.user_id)
    if reader.role != Role.MANAGER:
        return found & own
    below = owners_visible_to(reader).exclude(membership=None).values("membership__user_id")
    return found & (own | Q(made_by__in=below, role__in=(Role.REP, Role.MANAGER)))


def record_seen_by(reader: Membership) -> Q:
    same_org = {"org": OuterRef("org")}
    deals = Opportunity.objects.visible_to(reader)
    accounts = Account.objects.visible_to(reader)
    return Q(Exists(deals.filter(external_id=OuterRef("opportunity_ref"), **same_org))) | Q(
        Exists(accounts.filter(external_id=OuterRef("account_ref"), **same_org))
    )


class CallPlanRows(models.QuerySet["CallPlan"]):
    def of(self, org: Org) -> Self:
        return self.filter(org=org)

    def visible_to(self, reader: Membership | User) -> Self:
        if isinstance(reader, Membership):
            return self.filter(seen_by(reader))
        found = Q(pk__in=[])
        for membership in Membership.objects.active().filter(user=reader).order_by("id"):
            found |= seen_by(membership)
        return self.filter(found)


class OfPlan(models.QuerySet[Any]):
    """Rows below a plan; `path` leads to it."""

    path = "plan"

    def of(self, org: Org) -> Self:
        return self.filter(org=org)

    def visible_to(self, reader: Membership | User) -> Self:
        return self.filter(**{f"{self.path}__in": CallPlan.objects.visible_to(reader)})


class OfVersion(OfPlan):
    path = "version__plan"


class CallPlan(models.Model):
    """One of a person about a deal or an account; what it says stands in its versions."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    opportunity_ref = ref_field()
    account_ref = ref_field(help_text="Of a plan about an account as a whole.")
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    role = models.CharField(
        max_length=10, choices=Role, help_text="Of the maker, when it was made."
    )
    made_at = models.DateTimeField()

    opportunity = Reference("accounts.Opportunity", "opportunity_ref")
    account = Reference("accounts.Account", "account_ref")

    objects = CallPlanRows.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(opportunity_ref=None, account_ref__isnull=False)
                | Q(opportunity_ref__isnull=False, account_ref=None),
                name="plan_about_one_record",
            ),
            models.UniqueConstraint(
                fields=["org", "opportunity_ref", "account_ref", "made_by"],
                condition=Q(made_by__isnull=False),
                nulls_distinct=False,
                name="plan_one_a_person",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "opportunity_ref"], name="plan_of_deal"),
            models.Index(fields=["org", "account_ref"], name="plan_of_account"),
        ]

    def __str__(self) -> str:
        return f"Plan for {self.record}"

    def get_absolute_url(self) -> str:
        return reverse("assistant:plan-show", args=[self.org.slug, self.pk])

    @property
    def record(self) -> Any:
        return self.opportunity if self.opportunity_ref else self.account


class PlanVersion(models.Model):
    class State(models.TextChoices):
        WRITING = "writing", "Being written"
        READY = "ready", "Ready"

    class Kind(models.TextChoices):
        WRITTEN = "written", "Written"
        AGAIN = "again", "Section written again"
        EDITED = "edited", "Edited"
        RESTORED = "restored", "Restored"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    plan = models.ForeignKey(CallPlan, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    about = models.CharField(max_length=20, blank=True, default="", help_text="The section.")
    from_number = models.PositiveIntegerField(null=True, help_text="The version it began with.")
    state = models.CharField(max_length=7, choices=State, default=State.WRITING)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    notice = short_text()
    sources = models.JSONField(default=dict, help_text="By key: the title of what is named.")

    objects = OfPlan.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_version_once"),
            models.CheckConstraint(
                condition=Q(state="writing", ended_at=None)
                | Q(state="ready", ended_at__isnull=False),
                name="plan_version_ends_when_ready",
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.number}"


class PlanSection(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        WRITING = "writing", "Being written"
        READY = "ready", "Ready"

    class By(models.TextChoices):
        COMPOSER = "composer", "Composed from the records"
        PROVIDER = "provider", "Written by the provider"
        PERSON = "person", "Edited by a person"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="sections")
    key = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    by = models.CharField(max_length=8, choices=By, default=By.COMPOSER)
    points = models.JSONField(default=list, help_text="Each with its claims, and their sources.")
    text = models.TextField(blank=True, default="", help_text="As a person wrote it; not checked.")
    draft = models.TextField(blank=True, default="", help_text="What comes in, not checked yet.")
    figures = models.PositiveIntegerField(default=0, help_text="Checked.")
    claims = models.PositiveIntegerField(default=0, help_text="Checked.")
    struck = models.JSONField(default=list, help_text="What was left out, and why.")
    edited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField()

    objects = OfVersion.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="plan_section_once"),
            models.CheckConstraint(
                condition=Q(by="person") | Q(text=""), name="plan_section_text_is_a_persons"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class PlanVote(models.Model):
    """Whether a version was of use to a person, and why."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="votes")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    is_up = models.BooleanField()
    reason = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField()

    objects = OfVersion.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "person"], name="plan_vote_once")]

    def __str__(self) -> str:
        return "of use" if self.is_up else "of no use"
