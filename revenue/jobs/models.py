"""A job is a row: what was asked, how far it got, how it ended. A message only wakes a worker."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q

from revenue.jobs.queues import Queue
from revenue.users.models import Membership, Org, User
from revenue.users.roles import Role


class State(models.TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


UNFINISHED = ("queued", "running")
FINISHED = ("succeeded", "failed", "cancelled")


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, reader: Membership | User) -> "JobQuerySet":
        """Whoever started a job sees it, and an org's admin sees all of the org."""
        if isinstance(reader, Membership):
            of_org = self.filter(org_id=reader.org_id)
            if reader.role == Role.ADMIN:
                return of_org
            return of_org.filter(started_by_id=reader.user_id)
        orgs = Org.objects.visible_to(reader)
        run = Org.objects.administered_by(reader)
        own = Q(started_by=reader, org__in=orgs.values("pk"))
        return self.filter(own | Q(org__in=run.values("pk")))

    def unfinished(self) -> "JobQuerySet":
        return self.filter(state__in=UNFINISHED)

    def finished(self) -> "JobQuerySet":
        return self.filter(state__in=FINISHED)

    def counts(self) -> dict[tuple[str, str], int]:
        """By state and queue, each of them named even where there is none."""
        rows = self.order_by().values_list("state", "queue").annotate(models.Count("pk"))
        found = {(state, queue): count for state, queue, count in rows}
        return {
            (state, queue): found.get((state, queue), 0)
            for state in State.values
            for queue in Queue.values
        }


class Job(models.Model):
    State = State
    Queue = Queue

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    queue = models.CharField(max_length=11, choices=Queue)
    org = models.ForeignKey(
        Org, null=True, blank=True, on_delete=models.CASCADE, related_name="jobs"
    )
    started_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="jobs"
    )
    arguments = models.JSONField(default=dict, blank=True)
    dedupe_key = models.CharField(max_length=200, blank=True, default="")
    request_id = models.CharField(max_length=64, blank=True, default="")

    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    step = models.CharField(max_length=200, blank=True, default="")
    checkpoint = models.JSONField(default=dict, blank=True)
    result = models.JSONField(default=dict, blank=True)
    error = models.CharField(max_length=500, blank=True, default="")
    traceback = models.TextField(blank=True, default="")

    attempts = models.PositiveIntegerField(default=0)
    stalls = models.PositiveIntegerField(
        default=0, help_text="Attempts begun since the last step that was finished."
    )
    sends = models.PositiveIntegerField(
        default=0, help_text="Messages sent since a worker last took it up."
    )
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    attempted_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["org", "-created_at", "-id"], name="job_org_newest"),
            models.Index(fields=["started_by", "-created_at"], name="job_person_newest"),
            models.Index(
                fields=["state", "heartbeat_at"],
                name="job_unfinished",
                condition=Q(state__in=UNFINISHED),
            ),
            models.Index(fields=["finished_at"], name="job_finished_at"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="job_state_known"),
            models.CheckConstraint(condition=Q(queue__in=Queue.values), name="job_queue_known"),
            models.CheckConstraint(
                condition=Q(total=None) | Q(done__lte=F("total")), name="job_done_within_total"
            ),
            models.CheckConstraint(
                condition=Q(state__in=FINISHED, finished_at__isnull=False)
                | Q(state__in=UNFINISHED, finished_at=None),
                name="job_finished_at_when_finished",
            ),
            models.CheckConstraint(
                condition=~Q(state="running")
                | Q(
                    started_at__isnull=False,
                    attempted_at__isnull=False,
                    heartbeat_at__isnull=False,
                ),
                name="job_running_has_heartbeat",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(error=""), name="job_failed_has_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | Q(cancel_requested_at__isnull=False),
                name="job_cancelled_was_asked",
            ),
            models.UniqueConstraint(
                fields=["org", "dedupe_key"],
                condition=Q(state__in=UNFINISHED) & ~Q(dedupe_key=""),
                nulls_distinct=False,
                name="job_dedupe_among_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED

    @property
    def html_id(self) -> str:
        return f"job-{self.pk.hex}"

    @property
    def is_cancelling(self) -> bool:
        return not self.is_finished and self.cancel_requested_at is not None

    def duration(self, *, at: datetime) -> timedelta | None:
        if self.started_at is None:
            return None
        return (self.finished_at or at) - self.started_at

    def facts(self) -> dict[str, Any]:
        """What a log line says of a job."""
        return {"job_id": str(self.pk), "job_task": self.task, "queue": self.queue}
