"""A training is a row: what was learned from, how good it was found, and which one speaks now."""

from typing import Any

from django.db import models
from django.db.models import Q

from revenue.users.models import Org, OrgGroup, User

TITLES = {"crosssell": "Cross-sell"}  # of tasks that are no words


class ModelRunQuerySet(models.QuerySet["ModelRun"]):
    def of_org(self, org: Org) -> "ModelRunQuerySet":
        """The org's own, and those of the group that its admin has joined."""
        own = Q(org=org)
        if org.group_id is not None:
            own |= Q(group=org.group_id)
        return self.filter(own)

    def for_pages(self) -> "ModelRunQuerySet":
        """Without the bytes of the model, which no page reads."""
        return self.defer("artefact")

    def live(self) -> "ModelRunQuerySet":
        return self.filter(state=ModelRun.State.LIVE)

    def beside(self, run: "ModelRun") -> "ModelRunQuerySet":
        """Of the same owner and task."""
        return self.filter(org=run.org_id, group=run.group_id, task=run.task)


class ModelRun(models.Model):
    class State(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        LIVE = "live", "Live"
        RETIRED = "retired", "Retired"

    class Readiness(models.TextChoices):
        READY = "ready", "Ready"
        OK = "ok", "OK"
        NOT_READY = "not_ready", "Not ready"

    org = models.ForeignKey(
        Org, null=True, blank=True, on_delete=models.CASCADE, related_name="model_runs"
    )
    group = models.ForeignKey(
        OrgGroup, null=True, blank=True, on_delete=models.CASCADE, related_name="model_runs"
    )
    task = models.CharField(max_length=40)
    state = models.CharField(max_length=9, choices=State, default=State.CANDIDATE)
    readiness = models.CharField(max_length=9, choices=Readiness)
    as_of = models.DateTimeField(help_text="Nothing that became known later was learned from.")
    data_from = models.DateTimeField(null=True)
    data_until = models.DateTimeField(null=True)
    features = models.JSONField(default=list)
    excluded_features = models.JSONField(default=dict)
    settings = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict, help_text="Of the test window.")
    baselines = models.JSONField(default=dict, help_text="Of the same window, by name.")
    report = models.JSONField(default=dict)
    comparison = models.JSONField(
        default=dict, help_text="This run and the one then live, on this run's test window."
    )
    drift = models.JSONField(default=list, help_text="Readings since it was trained, oldest first.")
    artefact = models.BinaryField(editable=False)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()
    reason = models.CharField(
        max_length=500, blank=True, default="", help_text="Why it is not, or no longer, live."
    )
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaced_by"
    )
    created_at = models.DateTimeField()
    trained_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    promoted_at = models.DateTimeField(null=True, blank=True)
    promoted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ModelRunQuerySet.as_manager()

    class Meta:
        verbose_name = "model"
        indexes = [
            models.Index(fields=["org", "task", "-created_at"], name="model_run_org_newest"),
            models.Index(fields=["group", "task", "-created_at"], name="model_run_group_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["org", "task"],
                condition=Q(state="live", org__isnull=False),
                name="model_run_one_live_of_org",
            ),
            models.UniqueConstraint(
                fields=["group", "task"],
                condition=Q(state="live", group__isnull=False),
                name="model_run_one_live_of_group",
            ),
            models.CheckConstraint(
                condition=Q(org=None, group__isnull=False) | Q(org__isnull=False, group=None),
                name="model_run_of_org_or_group",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["candidate", "live", "retired"]),
                name="model_run_state_known",
            ),
            models.CheckConstraint(
                condition=Q(readiness__in=["ready", "ok", "not_ready"]),
                name="model_run_readiness_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="live") | Q(promoted_at__isnull=False),
                name="model_run_live_was_promoted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_title} of {self.created_at:%d %b %Y %H:%M}"

    @property
    def task_title(self) -> str:
        return TITLES.get(self.task, self.task.replace("_", " ").capitalize())

    @property
    def is_live(self) -> bool:
        return self.state == self.State.LIVE

    @property
    def reasons(self) -> list[str]:
        found: list[str] = self.report.get("readiness", {}).get("reasons", [])
        return found

    @property
    def is_ranking(self) -> bool:
        """It puts lists in order, and is judged list by list."""
        return "ways" in self.report

    @property
    def base(self) -> dict[str, Any]:
        """The plain rate that it was held against."""
        found: dict[str, Any] = self.baselines.get(self.report.get("gate") or "base_rate", {})
        return found

    @property
    def speaks_by_rates(self) -> bool:
        """Not ready, it gives plain rates, and no reasons."""
        return self.readiness == self.Readiness.NOT_READY
