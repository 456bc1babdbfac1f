from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from revenue.users import members
from revenue.users.admin.scope import OrgAdmins, actor, orgs_of
from revenue.users.members import Wish
from revenue.users.models import AuditEvent, Membership, Org, User
from revenue.users.roles import Role


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Membership
        fields = ("user", "org", "role", "reports_to", "is_active")

    def clean(self) -> dict[str, Any] | None:
        """The admin's page is one transaction, so this lock holds until the row is saved."""
        data = super().clean() or {}
        if self.instance.pk and not self.errors:
            members.lock(self.instance.org)
            if self.takes_last_admin(data):
                raise ValidationError(members.LAST_ADMIN.format(org=self.instance.org))
        return data

    def takes_last_admin(self, data: dict[str, Any]) -> bool:
        stays = data.get("role") == Role.ADMIN and data.get("is_active")
        if stays or not members.has_admin(self.instance.org):
            return False
        others = Membership.objects.active().filter(org=self.instance.org, role=Role.ADMIN)
        return not others.exclude(pk=self.instance.pk).exists()


@admin.register(Membership)
class MembershipAdmin(OrgAdmins):
    form = MembershipForm
    action = AuditEvent.Action.MEMBER_CHANGED
    list_display = ("user", "org", "role", "reports_to_name", "is_active", "last_seen_at")
    list_filter = ("role", "is_active", ("org", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("user", "org", "reports_to__user", "reports_to__org")
    search_fields = ("user__email", "user__full_name", "org__name", "org__slug")
    ordering = ("org__name", "user__full_name", "id")
    autocomplete_fields = ("user", "org", "reports_to")
    readonly_fields = ("created_at", "last_seen_at")

    @admin.display(description="Reports to", ordering="reports_to__user__full_name")
    def reports_to_name(self, obj: Membership) -> str:
        return str(obj.reports_to.user) if obj.reports_to else ""

    def rows(self, queryset: QuerySet[Any], *, orgs: QuerySet[Org], user: User) -> QuerySet[Any]:  # noqa: ARG002
        return queryset.filter(org__in=orgs.values("pk"))

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Membership | None = None,
    ) -> tuple[str, ...]:
        return (*self.readonly_fields, "user", "org") if obj else self.readonly_fields

    def get_form(
        self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """A manager of another org is refused by the model; here they are not offered either."""
        form = super().get_form(request, obj, change=change, **kwargs)
        field: Any = form.base_fields.get("reports_to")
        if field is not None:
            field.queryset = Membership.objects.filter(org__in=orgs_of(request).values("pk"))
            if obj is not None:
                field.queryset = field.queryset.filter(org=obj.org)
        return form

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        before = Membership.objects.select_related("reports_to").get(pk=obj.pk) if change else None
        super().save_model(request, obj, form, change)
        if before is not None:
            was = Wish(before.role, before.reports_to, before.is_active)
            members.record_change(by=actor(request), membership=obj, before=was, request=request)

    def note(self, request: HttpRequest, obj: Any, did: str, fields: list[str]) -> None:  # noqa: ARG002
        """A change is recorded with its values by `save_model`."""
        if did == "added":
            super().note(request, obj.user, did, [f"role: {obj.role}", f"org: {obj.org.slug}"])

    def org_of(self, obj: Any) -> Org | None:
        return obj.org if isinstance(obj, Membership) else None
