from django.db import models
from django.db.models import Q

from accounts.models.fact import Fact, long_text, one_per_org, short_text
from accounts.models.reference import Reference, ref_field


class Activity(Fact):
    """A task, an event or an e-mail, about a deal or an account, with a person or without."""

    class Kind(models.TextChoices):
        TASK = "task", "Task"
        CALL = "call", "Call"
        MEETING = "meeting", "Meeting"
        EMAIL = "email", "E-mail"

    kind = models.CharField(max_length=7, choices=Kind)
    subject = short_text()
    description = long_text()
    owner_ref = ref_field()
    account_ref = ref_field()
    opportunity_ref = ref_field()
    contact_ref = ref_field()
    lead_ref = ref_field()
    case_ref = ref_field()
    what_ref = ref_field(help_text="What it is about, whatever kind of record that is.")
    who_ref = ref_field(help_text="Whom it is with.")
    happens_at = models.DateTimeField(
        null=True, help_text="When it took place or is due; a day stands for its beginning in UTC."
    )
    duration_minutes = models.IntegerField(null=True)
    status = short_text(120)
    priority = short_text(80)
    is_done = models.BooleanField(default=False)
    is_incoming = models.BooleanField(null=True, help_text="From the customer, where known.")

    owner = Reference("CrmUser", "owner_ref", related_name="activities")
    account = Reference("Account", "account_ref", related_name="activities")
    opportunity = Reference("Opportunity", "opportunity_ref", related_name="activities")
    contact = Reference("Contact", "contact_ref", related_name="activities")
    lead = Reference("Lead", "lead_ref", related_name="activities")

    class Meta:
        verbose_name_plural = "activities"
        constraints = [
            one_per_org("activity"),
            models.CheckConstraint(
                condition=Q(kind__in=["task", "call", "meeting", "email"]),
                name="activity_kind_known",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "account_ref", "-happens_at"], name="activity_account"),
            models.Index(
                fields=["org", "opportunity_ref", "-happens_at"],
                name="activity_opportunity",
                condition=Q(opportunity_ref__isnull=False),
            ),
            models.Index(
                fields=["org", "contact_ref", "-happens_at"],
                name="activity_contact",
                condition=Q(contact_ref__isnull=False),
            ),
            models.Index(
                fields=["org", "lead_ref"],
                name="activity_lead",
                condition=Q(lead_ref__isnull=False),
            ),
            models.Index(fields=["org", "owner_ref", "-happens_at"], name="activity_owner"),
        ]

    def __str__(self) -> str:
        return self.subject


class Case(Fact):
    account_ref = ref_field()
    contact_ref = ref_field()
    owner_ref = ref_field()
    number = short_text(80)
    subject = short_text()
    status = short_text(120)
    priority = short_text(80)
    reason = short_text()
    origin = short_text(120)
    kind = short_text(120)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    is_closed = models.BooleanField(default=False)
    is_escalated = models.BooleanField(default=False)
    merged_into_ref = ref_field()
    description = long_text()

    account = Reference("Account", "account_ref", related_name="cases")
    contact = Reference("Contact", "contact_ref", related_name="cases")
    owner = Reference("CrmUser", "owner_ref", related_name="cases")

    class Meta:
        constraints = [one_per_org("case")]
        indexes = [
            models.Index(fields=["org", "account_ref", "-opened_at"], name="case_account"),
            models.Index(fields=["org", "owner_ref"], name="case_owner"),
            models.Index(fields=["org", "contact_ref"], name="case_contact"),
        ]

    def __str__(self) -> str:
        return self.subject or self.number


class Campaign(Fact):
    owner_ref = ref_field()
    parent_ref = ref_field()
    name = short_text()
    kind = short_text(120)
    status = short_text(120)
    is_active = models.BooleanField(default=False)
    start_date = models.DateField(null=True)
    end_date = models.DateField(null=True)

    owner = Reference("CrmUser", "owner_ref")

    class Meta:
        constraints = [one_per_org("campaign")]

    def __str__(self) -> str:
        return self.name


class CampaignMember(Fact):
    campaign_ref = ref_field()
    lead_ref = ref_field()
    contact_ref = ref_field()
    status = short_text(120)
    has_responded = models.BooleanField(default=False)
    responded_date = models.DateField(null=True)

    campaign = Reference("Campaign", "campaign_ref", related_name="members")
    lead = Reference("Lead", "lead_ref", related_name="campaign_members")
    contact = Reference("Contact", "contact_ref", related_name="campaign_members")

    class Meta:
        constraints = [one_per_org("campaign_member")]
        indexes = [
            models.Index(fields=["org", "campaign_ref"], name="campaign_member_campaign"),
            models.Index(fields=["org", "lead_ref"], name="campaign_member_lead"),
            models.Index(fields=["org", "contact_ref"], name="campaign_member_contact"),
        ]

    def __str__(self) -> str:
        return self.status
