"""What Django's admin lets see and change: superusers all, an org's admin their orgs' rows."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from revenue.users import audit, second_factor
from revenue.users.models import AuditEvent, Org, User


def actor(request: HttpRequest) -> User:
    if not request.user.is_authenticated:
        raise TypeError("The admin is behind the sign-in.")
    return request.user


def orgs_of(request: HttpRequest) -> QuerySet[Org]:
    return Org.objects.run_by(actor(request))


# Columns that hold a secret or its hash: an address may not ask how they begin.
SECRETS = {"password", "secret_hash", "secret", "data", "settings"}


class Recorded(admin.ModelAdmin):  # type: ignore[type-arg]
    """What is added, changed or deleted here stands in the audit trail, by field, not by value."""

    action = AuditEvent.Action.CREDENTIAL_CHANGED

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup.split("__", maxsplit=1)[0] not in SECRETS and super().lookup_allowed(
            lookup, value, request
        )

    def action_for(self, did: str) -> AuditEvent.Action:  # noqa: ARG002
        return self.action

    def org_of(self, obj: Any) -> Org | None:  # noqa: ARG002
        return None

    def note(self, request: HttpRequest, obj: Any, did: str, fields: list[str]) -> None:
        detail: dict[str, Any] = {"in": "admin", "did": did}
        if fields:
            detail["fields"] = fields
        audit.record(
            self.action_for(did),
            by=actor(request),
            org=self.org_of(obj),
            subject=obj,
            detail=detail,
            request=request,
        )

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self.note(request, obj, "added", [])
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        if fields := changed_fields(message):
            self.note(request, obj, "changed", fields)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            self.note(request, obj, "deleted", [])
        return super().log_deletions(request, queryset)


def changed_fields(message: Any) -> list[str]:
    if not isinstance(message, list):
        return []
    return [field for part in message for field in part.get("changed", {}).get("fields", [])]


class Superusers(Recorded):
    """For superusers only; an org's admin does not learn that it is there."""

    def may(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return self.may(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return self.may(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return self.may(request)


class OrgAdmins(Recorded):
    """For the admins of orgs too, within their rows. Nothing is deleted: rows are switched off."""

    def rows(self, queryset: QuerySet[Any], *, orgs: QuerySet[Org], user: User) -> QuerySet[Any]:
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        user = actor(request)
        return found if user.is_superuser else self.rows(found, orgs=orgs_of(request), user=user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return second_factor.runs_something(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return second_factor.runs_something(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return second_factor.runs_something(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(actor(request).is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False
