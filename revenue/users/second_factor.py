"""Who has to have a second factor, and whether they have one."""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest

from revenue.users.roles import Role


def runs_something(request: HttpRequest) -> bool:
    """May enter Django's admin: superusers, and for the rows of their orgs those orgs' admins."""
    if not (request.user.is_authenticated and request.user.is_active):
        return False
    memberships = request.memberships  # type: ignore[attr-defined]
    return request.user.is_superuser or any(m.role == Role.ADMIN for m in memberships)


def is_missing(request: HttpRequest) -> bool:
    if not settings.REQUIRE_SECOND_FACTOR_FOR_ADMINS or not runs_something(request):
        return False
    steps = get_authentication_records(request, request.user)
    if any(step.get("method") == "mfa" for step in steps):
        return False
    return not is_mfa_enabled(request.user)
