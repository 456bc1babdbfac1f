from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from revenue.jobs.models import Job
from revenue.users import second_factor
from revenue.users.admin.scope import actor, orgs_of


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read only: jobs are started and cancelled on their own pages."""

    list_display = (
        "created_at",
        "title",
        "state",
        "queue",
        "org",
        "started_by",
        "done",
        "total",
        "attempts",
        "finished_at",
    )
    list_display_links = ("title",)
    list_filter = ("state", "queue", ("org", admin.RelatedOnlyFieldListFilter), "task")
    list_select_related = ("org", "started_by")
    search_fields = ("title", "task", "started_by__email", "request_id")
    ordering = ("-created_at", "-id")
    date_hierarchy = "created_at"
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        user = actor(request)
        return found if user.is_superuser else found.filter(org__in=orgs_of(request).values("pk"))

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return () if actor(request).is_superuser else ("traceback", "checkpoint", "dedupe_key")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return second_factor.runs_something(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return second_factor.runs_something(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
