from importlib import import_module

from django.contrib import admin

PACKAGES = (
    "django.contrib.auth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "django_celery_beat",
    "rest_framework_simplejwt.token_blacklist",
)
OURS = ("orgs", "memberships", "people", "api_keys", "audit", "providers", "packages")

# Packages register themselves when Django looks for their admin modules, which is after this one.
# Loaded first, they can be cleared away: what stands in the admin is what stands in this folder.
for package in PACKAGES:
    import_module(f"{package}.admin")
for model in list(admin.site._registry):  # noqa: SLF001
    if not model.__module__.startswith("revenue."):
        admin.site.unregister(model)
for name in OURS:
    import_module(f"revenue.users.admin.{name}")
