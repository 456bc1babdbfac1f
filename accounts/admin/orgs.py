"""The org's own page in the admin: another currency is another amount of all that is here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.sync.starting import start_counting_anew
from revenue.users.admin.orgs import OrgAdmin
from revenue.users.admin.scope import actor
from revenue.users.models import Org

admin.site.unregister(Org)


@admin.register(Org)
class CountingOrgAdmin(OrgAdmin):
    def save_model(self, request: HttpRequest, obj: Org, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        if change and "currency" in form.changed_data:
            start_counting_anew(org=obj, by=actor(request), request=request)
