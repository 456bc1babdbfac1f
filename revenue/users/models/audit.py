from django.db import models
from django.db.models import Exists, OuterRef, Q

from revenue.users.models.membership import Membership
from revenue.users.models.org import Org
from revenue.users.models.user import User


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def of_org(self, org: Org) -> "AuditEventQuerySet":
        return self.of_orgs(Org.objects.filter(pk=org.pk))

    def of_orgs(self, orgs: models.QuerySet[Org]) -> "AuditEventQuerySet":
        """The orgs' own events, and those of their members that have no org, such as sign-ins.

        Only of the time as a member: whoever adds a person must not learn where they were before.
        """
        ids = orgs.values("pk")
        member = Membership.objects.filter(
            Q(is_active=True) | Q(last_seen_at__gte=OuterRef("happened_at")),
            org__in=ids,
            user=OuterRef("person"),
            created_at__lte=OuterRef("happened_at"),
        )
        return self.filter(Q(org__in=ids) | Q(Exists(member), org=None))


class AuditEvent(models.Model):
    """Who did what, when and from where; the database refuses to change or delete a row."""

    class Action(models.TextChoices):
        SIGNED_IN = "signed_in", "Signed in"
        SIGNED_OUT = "signed_out", "Signed out"
        SIGN_IN_FAILED = "sign_in_failed", "Sign-in failed"
        INVITED = "invited", "Invitation sent"
        PASSWORD_CHANGED = "password_changed", "Password changed"
        IDENTITY_LINKED = "identity_linked", "Single sign-on linked"
        IDENTITY_UNLINKED = "identity_unlinked", "Single sign-on unlinked"
        SECOND_FACTOR_ADDED = "second_factor_added", "Second factor added"
        SECOND_FACTOR_REMOVED = "second_factor_removed", "Second factor removed"
        KEY_MADE = "key_made", "API key made"
        KEY_REVOKED = "key_revoked", "API key revoked"
        USER_CREATED = "user_created", "Person added"
        USER_CHANGED = "user_changed", "Person changed"
        MEMBER_ADDED = "member_added", "Member added"
        MEMBER_CHANGED = "member_changed", "Member changed"
        ROLE_CHANGED = "role_changed", "Role changed"
        ORG_CREATED = "org_created", "Org created"
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
    person = models.ForeignKey(
        User,
        null=True,
        on_delete=models.PROTECT,
        related_name="audit_events_about",
        help_text="Whose account it concerns, where it concerns one: their orgs' admins see it.",
    )
    actor_email = models.EmailField(blank=True)
    org = models.ForeignKey(Org, null=True, on_delete=models.PROTECT, related_name="audit_events")
    subject = models.CharField(max_length=200, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = "audit event"
        indexes = [
            models.Index(fields=["org", "-happened_at", "-id"], name="audit_org_newest"),
            models.Index(fields=["person", "-happened_at", "-id"], name="audit_person_newest"),
            models.Index(fields=["-happened_at", "-id"], name="audit_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.happened_at:%Y-%m-%d %H:%M} {self.get_action_display()} {self.actor_email}"
