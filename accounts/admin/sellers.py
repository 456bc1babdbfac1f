"""Who in the CRM is which member here, where the e-mail address does not tell."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.rows import OF_ORG, OrgRowAdmin
from accounts.models import CrmUser
from revenue.users.models import AuditEvent, Membership


@admin.register(CrmUser)
class CrmUserAdmin(OrgRowAdmin):
    """What the CRM says of them stays as it is. A chosen member stands until the tick is gone."""

    action = AuditEvent.Action.MEMBER_CHANGED
    list_display = ("name", "email", "org", "membership", "membership_is_set", "is_active")
    list_filter = ("is_active", "membership_is_set", OF_ORG)
    list_select_related = ("org", "membership__user", "membership__org")
    search_fields = ("name", "email", "external_id")
    ordering = ("org__name", "name", "id")
    actions = None
    show_full_result_count = False
    readonly_fields = ("org", "external_id", "name", "email", "title", "is_active", "deleted_at")
    fields = (*readonly_fields, "membership", "membership_is_set")

    def get_form(
        self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        field: Any = form.base_fields.get("membership")
        if field is not None and obj is not None:
            field.queryset = Membership.objects.filter(org=obj.org).select_related("user", "org")
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ARG002
        """Only what was said: a sync may be writing the rest at this moment."""
        obj.membership_is_set = obj.membership_is_set or "membership" in form.changed_data
        obj.save(update_fields=["membership", "membership_is_set"])
