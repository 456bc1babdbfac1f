"""What packages put into the admin: superusers only, or nobody."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.http import HttpRequest
from django_celery_beat import admin as beat_admin
from django_celery_beat import models as beat

from revenue.users.admin.scope import Superusers
from revenue.users.models import AuditEvent


@admin.register(Authenticator)
class AuthenticatorAdmin(Superusers):
    """A lost phone: a superuser removes the factor, and sees no secret doing so."""

    action = AuditEvent.Action.SECOND_FACTOR_REMOVED
    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    ordering = ("-created_at", "-id")
    fields = readonly_fields = ("user", "type", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def note(self, request: HttpRequest, obj: Any, did: str, fields: list[str]) -> None:
        super().note(request, obj.user, did, [*fields, str(obj.type)])


@admin.register(beat.PeriodicTask)
class PeriodicTaskAdmin(Superusers, beat_admin.PeriodicTaskAdmin):  # type: ignore[misc]
    # Those of the package switch and run tasks without a word in the audit trail.
    actions = ()


@admin.register(beat.IntervalSchedule, beat.CrontabSchedule)
class ScheduleAdmin(Superusers):
    pass
