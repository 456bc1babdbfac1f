"""What people do about a deal: plays, actions and notes. None of it goes to the CRM."""

from django.db import models
from django.db.models import Q

from accounts.models.fact import short_text
from accounts.models.reference import Reference, id_field
from forecasting.models.rows import DealRows
from revenue.users.models import Org, User


class Play(models.Model):
    """A line of the playbook: what to suggest where something holds of a deal."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+")
    trigger = models.CharField(max_length=40, help_text="A warning, or a move within reach.")
    title = models.CharField(max_length=120)
    advice = models.TextField(max_length=2000, blank=True, default="")
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "trigger", "title"], name="play_once_in_org")
        ]

    def __str__(self) -> str:
        return self.title


class DealAction(models.Model):
    class State(models.TextChoices):
        SUGGESTED = "suggested", "Suggested"
        ACCEPTED = "accepted", "Accepted"
        DISMISSED = "dismissed", "Dismissed"
        DONE = "done", "Done"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    opportunity_ref = id_field()
    play = models.ForeignKey(Play, null=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField(max_length=120)
    advice = models.TextField(blank=True, default="")
    trigger = models.CharField(max_length=40, blank=True, default="")
    state = models.CharField(max_length=9, choices=State, default=State.SUGGESTED)
    reason = short_text()
    probability = models.FloatField(null=True, help_text="Of the deal when it was decided.")
    suggested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    past = models.JSONField(
        default=list, help_text="Each decision ever taken: state, moment, person, chance, reason."
    )

    opportunity = Reference("accounts.Opportunity", "opportunity_ref")

    objects = DealRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "opportunity_ref", "play"],
                condition=Q(state__in=["suggested", "accepted"]),
                name="action_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state="suggested") | Q(decided_at__isnull=False),
                name="action_decided_has_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "opportunity_ref", "state"], name="action_of_deal"),
        ]

    def __str__(self) -> str:
        return self.title


class DealNote(models.Model):
    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    opportunity_ref = id_field()
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField(max_length=5000)
    written_at = models.DateTimeField()

    opportunity = Reference("accounts.Opportunity", "opportunity_ref")

    objects = DealRows.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["org", "opportunity_ref", "-written_at"], name="note_of_deal"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
