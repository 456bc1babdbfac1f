"""What the sync knows: fields of the source, where each object stands, each run, each refusal."""

from typing import Any

from django.db import models
from django.db.models import Q

from accounts.models.fact import OrgRows, short_text
from revenue.jobs.models import Job
from revenue.users.models import Org, User


class SourceField(models.Model):
    """A field as describe has it, and where its values go."""

    class State(models.TextChoices):
        CURRENT = "current", "In use"
        STALE = "stale", "Gone from the source; old values are kept"
        QUARANTINED = "quarantined", "Its type changed; values go to extra until an admin decides"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    object_name = short_text(80)
    name = short_text(255)
    label = short_text()
    type = short_text(40)
    is_custom = models.BooleanField(default=False)
    is_formula = models.BooleanField(default=False)
    column = models.CharField(
        max_length=63, blank=True, default="", help_text="Of our table; empty: it lands in extra."
    )
    is_set_by_admin = models.BooleanField(default=False)
    is_skipped = models.BooleanField(default=False, help_text="Not read at all.")
    state = models.CharField(max_length=11, choices=State, default=State.CURRENT)
    previous_type = short_text(40)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    objects = OrgRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["org", "object_name", "name"], name="source_field_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["current", "stale", "quarantined"]),
                name="source_field_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object_name}.{self.name}"


class ObjectSync(models.Model):
    """Where the sync of an object stands; `position` is kept with the rows it speaks of."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    object_name = short_text(80)
    position = models.JSONField(default=dict, help_text="The connector's own cursor.")
    deletes_position = models.JSONField(default=dict)
    marks = models.JSONField(
        default=dict,
        help_text="Where formulas and ids were left in the middle; which fields are in unrest.",
    )
    source_count = models.BigIntegerField(null=True)
    local_count = models.BigIntegerField(null=True)
    refused_count = models.BigIntegerField(default=0)
    deleted_count = models.BigIntegerField(default=0)
    read_up_to = models.DateTimeField(null=True, help_text="By the source's clock.")
    synced_at = models.DateTimeField(null=True)
    reconciled_at = models.DateTimeField(null=True)
    formulas_read_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=500, blank=True, default="")

    objects = OrgRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["org", "object_name"], name="object_sync_once")
        ]

    def __str__(self) -> str:
        return f"{self.org} {self.object_name}"


class SyncRun(models.Model):
    class State(models.TextChoices):
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Done"
        PARTIAL = "partial", "Partly done; the next run goes on"
        FAILED = "failed", "Failed"

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", "Schedule"
        PERSON = "person", "A person"
        COMMAND = "command", "Command line"
        API = "api", "API"

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="sync_runs")
    started_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    trigger = models.CharField(max_length=8, choices=Trigger)
    is_full = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    objects_done = models.JSONField(
        default=dict, help_text="Object → rows read, written, deleted, refused, calls, seconds."
    )
    rows_read = models.BigIntegerField(default=0)
    rows_written = models.BigIntegerField(default=0)
    rows_deleted = models.BigIntegerField(default=0)
    rows_refused = models.BigIntegerField(default=0)
    calls = models.IntegerField(default=0)
    calls_used_today = models.IntegerField(null=True, help_text="Of the CRM's quota, by its word.")
    calls_allowed_today = models.IntegerField(null=True)
    problem = models.CharField(max_length=500, blank=True, default="")

    objects = OrgRows.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["running", "succeeded", "partial", "failed"]),
                name="sync_run_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(problem=""), name="sync_run_failed_has_reason"
            ),
            models.UniqueConstraint(
                fields=["org"], condition=Q(state="running"), name="sync_run_one_per_org"
            ),
        ]
        indexes = [models.Index(fields=["org", "-started_at", "-id"], name="sync_run_newest")]

    def __str__(self) -> str:
        return f"{self.org} {self.started_at:%Y-%m-%d %H:%M}"

    def summary(self) -> dict[str, Any]:
        """As commands print it and a job keeps it."""
        return {
            "org": self.org.slug,
            "run": self.pk,
            "state": self.state,
            "problem": self.problem,
            "objects": self.objects_done,
            "rows": {
                "read": self.rows_read,
                "written": self.rows_written,
                "deleted": self.rows_deleted,
                "refused": self.rows_refused,
            },
            "calls": self.calls,
        }


class RefusedRow(models.Model):
    """A row of the source that could not be kept, until it comes in a form that can."""

    org = models.ForeignKey(Org, on_delete=models.CASCADE, related_name="+", db_index=False)
    object_name = short_text(80)
    source = models.CharField(max_length=255, blank=True, default="", help_text="A file's name.")
    line = models.BigIntegerField(null=True)
    external_id = short_text()
    field_name = short_text()
    reason = models.CharField(max_length=500)
    row = models.JSONField(default=dict)
    refused_at = models.DateTimeField()

    objects = OrgRows.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["org", "object_name", "-refused_at", "-id"],
                name="refused_newest",
            ),
            models.Index(fields=["org", "object_name", "external_id"], name="refused_record"),
        ]

    def __str__(self) -> str:
        return f"{self.object_name} {self.external_id}: {self.reason}"
