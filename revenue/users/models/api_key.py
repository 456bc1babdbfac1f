from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

from revenue.users.models.membership import Membership
from revenue.users.models.org import Org
from revenue.users.models.user import User

if TYPE_CHECKING:
    from datetime import datetime


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self, *, at: "datetime") -> "ApiKeyQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=at)

    def usable(self, *, at: "datetime") -> "ApiKeyQuerySet":
        """Live keys of people who may still sign in; a key of one org needs a membership there."""
        member = Membership.objects.active().filter(
            user_id=OuterRef("user_id"), org_id=OuterRef("org_id")
        )
        return self.live(at=at).filter(Q(org=None) | Exists(member), user__is_active=True)


class ApiKey(models.Model):
    """A personal key acts as its user, within its scope and, where given, in one org only."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        WRITE = "write", "Read and write"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    org = models.ForeignKey(Org, null=True, blank=True, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.CharField(max_length=64)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.READ)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_ip = models.GenericIPAddressField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scope__in=["read", "write"]), name="api_key_scope_known"
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="api_key_expires_after_creation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def state(self, *, at: "datetime") -> str:
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= at else "active"
