import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin.rows import OF_ORG, ReadOnlyAdmin
from accounts.models import ObjectSync, RefusedRow, SourceField, SyncRun
from accounts.tables.mapping import goes_to


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = (
        "started_at",
        "org",
        "state",
        "trigger",
        "started_by",
        "finished_at",
        "rows_read",
        "rows_written",
        "rows_deleted",
        "rows_refused",
        "calls",
        "problem",
    )
    list_filter = ("state", "trigger", "is_full", OF_ORG)
    list_select_related = ("org", "started_by")
    search_fields = ("problem", "org__name", "org__slug")
    ordering = ("-started_at", "-id")
    date_hierarchy = "started_at"


@admin.register(ObjectSync)
class ObjectSyncAdmin(ReadOnlyAdmin):
    """Where each object stands; the positions are the connectors' own and say nothing to people."""

    list_display = (
        "object_name",
        "org",
        "source_count",
        "local_count",
        "refused_count",
        "deleted_count",
        "read_up_to",
        "synced_at",
        "problem",
    )
    list_filter = ("object_name", OF_ORG)
    list_select_related = ("org",)
    search_fields = ("object_name", "problem")
    ordering = ("org__name", "object_name", "id")
    exclude = ("position", "deletes_position")


@admin.register(RefusedRow)
class RefusedRowAdmin(ReadOnlyAdmin):
    list_display = ("refused_at", "org", "object_name", "external_id", "field_name", "reason")
    list_filter = ("object_name", OF_ORG)
    list_select_related = ("org",)
    search_fields = ("external_id", "field_name", "reason", "source")
    ordering = ("-refused_at", "-id")
    date_hierarchy = "refused_at"
    exclude = ("row",)
    readonly_fields = ("the_row",)

    @admin.display(description="The row")
    def the_row(self, obj: RefusedRow) -> SafeString:
        told = json.dumps(obj.row, ensure_ascii=False, indent=1)
        return format_html("<pre>{}</pre>", told)


@admin.register(SourceField)
class SourceFieldAdmin(ReadOnlyAdmin):
    """Where a field goes is changed in the mapping editor, which keeps the sync out meanwhile."""

    list_display = ("name", "object_name", "org", "label", "type", "goes_to", "state")
    list_filter = ("state", "object_name", "is_custom", "is_skipped", "is_set_by_admin", OF_ORG)
    list_select_related = ("org",)
    search_fields = ("name", "label", "object_name")
    ordering = ("org__name", "object_name", "name", "id")

    @admin.display(description="Goes to")
    def goes_to(self, obj: SourceField) -> str:
        return goes_to(obj)

    def get_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        return ["goes_to", *super().get_fields(request, obj)]
