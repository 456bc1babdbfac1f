from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from revenue.users.admin.scope import OrgAdmins, Superusers, actor
from revenue.users.models import AuditEvent, Org, OrgGroup, User


@admin.register(Org)
class OrgAdmin(OrgAdmins):
    action = AuditEvent.Action.ORG_CHANGED
    list_display = ("name", "slug", "kind", "group", "members", "data_as_of", "is_active")
    list_filter = ("is_active", "kind")
    list_select_related = ("group",)
    search_fields = ("name", "slug")
    ordering = ("name", "id")
    autocomplete_fields = ("group",)
    readonly_fields = ("data_as_of", "created_at")
    fields = (
        "name",
        "slug",
        "kind",
        "group",
        "timezone",
        "currency",
        "fiscal_month",
        "keeps_fiscal_month",
        "hierarchy",
        "clock_date",
        "is_active",
        "data_as_of",
        "created_at",
    )

    def rows(self, queryset: QuerySet[Any], *, orgs: QuerySet[Org], user: User) -> QuerySet[Any]:  # noqa: ARG002
        return queryset.filter(pk__in=orgs.values("pk"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        active = Q(memberships__is_active=True, memberships__user__is_active=True)
        found: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = found.annotate(member_count=Count("memberships", active))
        return counted

    @admin.display(description="Members", ordering="member_count")
    def members(self, obj: Any) -> int:
        return int(obj.member_count)

    def get_readonly_fields(self, request: HttpRequest, obj: Org | None = None) -> tuple[str, ...]:
        """Addresses, walls and switching off are the site's matter, not the org's."""
        if actor(request).is_superuser:
            return (*self.readonly_fields, "slug") if obj else self.readonly_fields
        return (*self.readonly_fields, "slug", "kind", "group", "is_active")

    def org_of(self, obj: Org) -> Org:
        return obj

    def save_model(self, request: HttpRequest, obj: Org, form: Any, change: Any) -> None:
        if "fiscal_month" in form.changed_data:
            obj.keeps_fiscal_month = True
        super().save_model(request, obj, form, change)

    def action_for(self, did: str) -> AuditEvent.Action:
        return AuditEvent.Action.ORG_CREATED if did == "added" else self.action


@admin.register(OrgGroup)
class OrgGroupAdmin(Superusers):
    action = AuditEvent.Action.ORG_CHANGED
    list_display = ("name", "orgs", "created_at")
    search_fields = ("name",)
    ordering = ("name", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = found.annotate(org_count=Count("orgs"))
        return counted

    @admin.display(description="Orgs", ordering="org_count")
    def orgs(self, obj: Any) -> int:
        return int(obj.org_count)
