"""Apart from the site itself, because Django reads this before any model may be imported."""

from django.contrib.admin.apps import AdminConfig


class RevenueAdminConfig(AdminConfig):
    default_site = "revenue.users.admin_site.RevenueAdminSite"
