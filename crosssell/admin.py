"""What sellers can do with an hour, in Django's admin."""

from django import forms
from django.contrib import admin

from accounts.admin.rows import OF_ORG, OrgRowAdmin
from crosssell.models import ActionType
from revenue.users.models import AuditEvent


class ActionTypeForm(forms.ModelForm):  # type: ignore[type-arg]
    quota = forms.IntegerField(
        required=False, min_value=0, help_text="Most of them in a plan; empty: as many as pay."
    )


@admin.register(ActionType)
class ActionTypeAdmin(OrgRowAdmin):
    """A plan that is made keeps the numbers that it was made with."""

    form = ActionTypeForm
    action = AuditEvent.Action.ORG_CHANGED
    list_display = ("title", "org", "hours", "lift", "fades", "quota", "is_active")
    list_filter = ("is_active", OF_ORG)
    list_select_related = ("org",)
    search_fields = ("title", "key")
    ordering = ("org__name", "position", "id")
    actions = None
    show_full_result_count = False
    readonly_fields = ("org", "key")
    fields = (*readonly_fields, "title", "hours", "lift", "fades", "quota", "position", "is_active")
