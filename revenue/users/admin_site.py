from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest

from revenue.users.roles import Role


class RevenueAdminSite(AdminSite):
    site_header = site_title = "Revenue Intelligence"
    index_title = "Administration"
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        if not request.user.is_active:
            return False
        roles = {m.role for m in request.memberships}  # type: ignore[attr-defined]
        return bool(request.user.is_superuser or Role.ADMIN in roles)


class RevenueAdminConfig(AdminConfig):
    default_site = "revenue.users.admin_site.RevenueAdminSite"
