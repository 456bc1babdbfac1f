from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from revenue.users import second_factor
from revenue.users.admin.scope import actor, orgs_of
from revenue.users.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read only, for everybody; the database refuses more."""

    list_display = ("happened_at", "action", "actor_email", "person", "org", "subject", "ip")
    list_filter = ("action", ("org", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("person", "org")
    search_fields = ("actor_email", "person__email", "subject", "request_id")
    ordering = ("-happened_at", "-id")
    date_hierarchy = "happened_at"
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        if actor(request).is_superuser:
            return found
        return found & AuditEvent.objects.of_orgs(orgs_of(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return second_factor.runs_something(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return second_factor.runs_something(request)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False
