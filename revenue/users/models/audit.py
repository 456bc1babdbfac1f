from django.db import models

from revenue.users.models.org import Org
from revenue.users.models.user import User


class AuditEvent(models.Model):
    """Who did what, when and from where; the database refuses to change or delete a row."""

    class Action(models.TextChoices):
        SIGNED_IN = "signed_in", "Signed in"
        SIGNED_OUT = "signed_out", "Signed out"
        SIGN_IN_FAILED = "sign_in_failed", "Sign-in failed"
        PASSWORD_CHANGED = "password_changed", "Password changed"  # noqa: S105
        SECOND_FACTOR_ADDED = "second_factor_added", "Second factor added"
        SECOND_FACTOR_REMOVED = "second_factor_removed", "Second factor removed"
        KEY_MADE = "key_made", "API key made"
        KEY_REVOKED = "key_revoked", "API key revoked"
        USER_CREATED = "user_created", "Person added"
        USER_CHANGED = "user_changed", "Person changed"
        ROLE_CHANGED = "role_changed", "Role changed"
        ORG_CHANGED = "org_changed", "Org changed"
        CREDENTIAL_CHANGED = "credential_changed", "Credential changed"
        EXPORT_TAKEN = "export_taken", "Export taken"
        MODEL_PROMOTED = "model_promoted", "Model promoted"
        PLAN_GENERATED = "plan_generated", "Plan generated"
        JOB_STARTED = "job_started", "Job started"
        JOB_CANCELLED = "job_cancelled", "Job cancelled"

    happened_at = models.DateTimeField()
    action = models.CharField(max_length=30, choices=Action)
    actor = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="audit_events"
    )
    actor_email = models.EmailField(blank=True)
    org = models.ForeignKey(Org, null=True, on_delete=models.PROTECT, related_name="audit_events")
    subject = models.CharField(max_length=200, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["org", "-happened_at", "-id"], name="audit_org_newest"),
            models.Index(fields=["actor", "-happened_at"], name="audit_actor_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.happened_at:%Y-%m-%d %H:%M} {self.get_action_display()} {self.actor_email}"
