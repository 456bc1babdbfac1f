from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from revenue.users import api_keys
from revenue.users.admin.people import fully_run_by
from revenue.users.admin.scope import OrgAdmins, actor
from revenue.users.models import ApiKey, Org, User


@admin.register(ApiKey)
class ApiKeyAdmin(OrgAdmins):
    """To see and to revoke. The secret is nowhere, and its hash is nobody's business."""

    list_display = ("name", "prefix", "user", "org", "scope", "state", "last_used_at", "expires_at")
    list_filter = ("scope", "revoked_at", ("org", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("user", "org")
    search_fields = ("name", "prefix", "user__email")
    ordering = ("-created_at", "-id")
    exclude = ("secret_hash",)
    actions = ("revoke",)

    def rows(self, queryset: QuerySet[Any], *, orgs: QuerySet[Org], user: User) -> QuerySet[Any]:
        """Keys of one org, and keys for all orgs of people who are at home in this admin's only."""
        people = User.objects.filter(fully_run_by(user), memberships__org__in=orgs.values("pk"))
        return queryset.filter(org__in=orgs.values("pk")) | queryset.filter(
            org=None, user__in=people.values("pk")
        )

    @admin.display(description="State")
    def state(self, obj: ApiKey) -> str:
        return obj.state(at=timezone.now())

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """None may be edited; the list needs the permission for its action."""
        return obj is None and super().has_change_permission(request)

    @admin.action(description="Revoke the chosen keys")
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        chosen = queryset.select_related("user", "org")
        done = [
            key
            for key in chosen
            if api_keys.revoke_key(key=key, by=actor(request), request=request)
        ]
        messages.success(request, f"{len(done)} keys are revoked.")
