"""What a person asked in plain words, and what was answered then; nobody else reads it."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from forecasting.models.rows import PersonalRows
from revenue.jobs.models import Job
from revenue.users.models import Org, User

TITLE_LENGTH = 120
QUESTION_LENGTH = 2000


class Conversation(models.Model):
    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    title = models.CharField(max_length=TITLE_LENGTH)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = PersonalRows.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["org", "owner", "-changed_at", "-id"], name="conversation_newest"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("assistant:chat-open", args=[self.org.slug, self.pk])


class ChatTurn(models.Model):
    """A question and its answer; `routed` is what was understood, for what is asked next."""

    class State(models.TextChoices):
        WAITING = "waiting", "Being answered"
        ANSWERED = "answered", "Answered"
        FAILED = "failed", "Failed"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    question = models.CharField(max_length=QUESTION_LENGTH)
    routed = models.JSONField(default=dict, help_text="Agent, slots, confidence.")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    answer = models.JSONField(default=dict, help_text="Text, figures, tables, charts, links.")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    objects = PersonalRows.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["conversation", "id"], name="chat_turn_in_order"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "answered", "failed"]),
                name="chat_turn_state_known",
            ),
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def agent(self) -> str:
        return str(self.routed.get("agent", ""))

    @property
    def slots(self) -> dict[str, Any]:
        found: dict[str, Any] = self.routed.get("slots", {})
        return found

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING
