"""How an org's CRM is reached. What is secret is one encrypted text; nothing shows it again."""

import json
from typing import Any

from django.db import models
from django.db.models import Q
from django_celery_beat.models import PeriodicTask

from accounts.models.fact import short_text
from revenue.users.encryption import decrypt, encrypt
from revenue.users.models import Org, User


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def usable(self) -> "ConnectionQuerySet":
        return self.filter(org__is_active=True, state__in=["untested", "working"])


class Connection(models.Model):
    class Method(models.TextChoices):
        JWT = "jwt", "JWT bearer (certificate)"
        CLIENT_CREDENTIALS = "client_credentials", "Client credentials"
        REFRESH_TOKEN = "refresh_token", "Refresh token, with rotation"
        PASSWORD = "password", "User name and password (sandboxes)"
        NONE = "none", "Nothing to sign in to"

    class State(models.TextChoices):
        UNTESTED = "untested", "Not tried yet"
        WORKING = "working", "Working"
        NEEDS_SIGN_IN = "needs_sign_in", "Needs a new sign-in"
        STOPPED = "stopped", "Stopped"

    org = models.OneToOneField(Org, on_delete=models.CASCADE, related_name="connection")
    method = models.CharField(max_length=20, choices=Method, default=Method.NONE)
    login_url = models.URLField(
        blank=True, default="", help_text="My Domain, such as https://acme.my.salesforce.com"
    )
    client_id = short_text()
    username = short_text()
    secrets = models.TextField(blank=True, default="", editable=False)
    api_version = models.CharField(max_length=8, default="62.0")
    instance_url = models.URLField(blank=True, default="", editable=False)
    organization_id = models.CharField(
        max_length=18, blank=True, default="", editable=False, db_collation="C"
    )
    options = models.JSONField(default=dict, blank=True)
    quota_share = models.FloatField(
        default=0.8, help_text="Of the CRM's calls a day, the share at which a sync stops."
    )
    bulk_from = models.PositiveIntegerField(
        default=20_000, help_text="Rows of an object from which Bulk 2.0 is used."
    )
    state = models.CharField(max_length=13, choices=State, default=State.UNTESTED)
    problem = models.CharField(max_length=500, blank=True, default="")
    state_changed_at = models.DateTimeField(null=True, editable=False)
    secrets_changed_at = models.DateTimeField(null=True, editable=False)
    secrets_changed_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    # A renewed secret waits here until it is tried, and the one that it replaces while it is tried.
    candidate_secrets = models.TextField(blank=True, default="", editable=False)
    former_secrets = models.TextField(blank=True, default="", editable=False)
    schedule = models.OneToOneField(
        PeriodicTask, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    # `manage.py rotate_secrets` looks for this on every model.
    encrypted_fields = ("secrets", "candidate_secrets", "former_secrets")

    # Nothing is tried until an admin has acted.
    HALTED = (State.NEEDS_SIGN_IN, State.STOPPED)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id"],
                condition=~Q(organization_id=""),
                name="connection_one_per_organization",
            ),
            models.CheckConstraint(
                condition=Q(quota_share__gt=0, quota_share__lte=1), name="connection_quota_share"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["untested", "working", "needs_sign_in", "stopped"]),
                name="connection_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"Connection of {self.org}"

    @property
    def is_there(self) -> bool:
        """One that was cut has lost its secret; one that needs none has nothing to lose."""
        return bool(self.secrets) or self.state != self.State.STOPPED

    def read_secrets(self) -> dict[str, Any]:
        return dict(json.loads(decrypt(self.secrets))) if self.secrets else {}

    def write_secrets(self, values: dict[str, Any]) -> None:
        """Sets them on the object; the caller saves."""
        self.secrets = encrypt(json.dumps(values))
