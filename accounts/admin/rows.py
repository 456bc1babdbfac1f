from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from revenue.users.admin.scope import OrgAdmins
from revenue.users.models import Org, User

OF_ORG = ("org", admin.RelatedOnlyFieldListFilter)


class OrgRowAdmin(OrgAdmins):
    """Rows of the orgs that the reader runs; none is added by hand."""

    def rows(self, queryset: QuerySet[Any], *, orgs: QuerySet[Org], user: User) -> QuerySet[Any]:  # noqa: ARG002
        return queryset.filter(org__in=orgs.values("pk"))

    def org_of(self, obj: Any) -> Org | None:
        found: Org | None = obj.org
        return found

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False


class ReadOnlyAdmin(OrgRowAdmin):
    """What the sync writes down is nobody's to change."""

    actions = None
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False
