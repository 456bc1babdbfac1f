"""What an API view declares in `access` is enforced here, and nothing else opens a view."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from rest_framework.exceptions import NotAuthenticated, NotFound, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from revenue.api.requests import django_request
from revenue.users import second_factor
from revenue.users.access import Access, Kind
from revenue.users.models import ApiKey, Membership
from revenue.users.roles import ANY_ROLE, Role

OPEN = Access(Kind.PUBLIC)
SIGNED_IN = Access(Kind.API)
ANY_MEMBER = Access(Kind.API, frozenset(ANY_ROLE))


def members_with(*roles: Role) -> Access:
    return Access(Kind.API, frozenset(roles))


class Declared(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        access = declared_by(view)
        if access.kind is Kind.PUBLIC:
            return True
        if not request.user.is_authenticated:
            raise NotAuthenticated
        # Keys and tokens, too: theirs may have become an admin since, or given the factor up.
        if second_factor.is_missing(django_request(request)):
            raise PermissionDenied(
                "Admins need a second factor. Add an authenticator app or a passkey on the "
                "page of your security, then go on."
            )
        key = request.auth if isinstance(request.auth, ApiKey) else None
        if "org_slug" in view.kwargs:
            enter(request, access=access, org_slug=view.kwargs["org_slug"], key=key)
        if key is not None:
            refuse_beyond_key(request, view=view, key=key)
        return True


def declared_by(view: Any) -> Access:
    access = getattr(view, "access", None)
    if not isinstance(access, Access) or access.kind not in (Kind.PUBLIC, Kind.API):
        raise ImproperlyConfigured(
            f"{type(view).__name__} declares no access: set `access` to OPEN, SIGNED_IN, "
            "ANY_MEMBER or members_with(…) of revenue.api.permissions."
        )
    if access.kind is Kind.API and bool(access.roles) != ("org_slug" in view.kwargs):
        raise ImproperlyConfigured(
            f"{type(view).__name__}: roles are for addresses of an org, and those need roles."
        )
    return access


def enter(request: Request, *, access: Access, org_slug: str, key: ApiKey | None) -> None:
    mine = Membership.objects.active().filter(user=request.user)  # type: ignore[misc]
    membership = mine.select_related("org__group").filter(org__slug=org_slug).first()
    if membership is None or not key_reaches(key, org_id=membership.org_id):
        raise NotFound
    request.membership, request.org = membership, membership.org  # type: ignore[attr-defined]
    if membership.role not in access.roles:
        able = ", ".join(sorted(access.roles))
        raise PermissionDenied(
            f"Your role in this org is {membership.role}; this is for: {able}. "
            "Ask an admin of the org for such a role."
        )


def key_reaches(key: ApiKey | None, *, org_id: int) -> bool:
    return key is None or key.org_id is None or key.org_id == org_id


def refuse_beyond_key(request: Request, *, view: Any, key: ApiKey) -> None:
    if getattr(view, "person_only", False):
        raise PermissionDenied(
            "A key cannot see, make or revoke keys. Use an access token of /api/v1/tokens, "
            "or the page of your keys."
        )
    if request.method in SAFE_METHODS:
        return
    if key.scope != ApiKey.Scope.WRITE:
        raise PermissionDenied(
            "This key may only read. Make a key with the scope `write` for changes."
        )
    if key.org_id is not None and "org_slug" not in view.kwargs:
        raise PermissionDenied(
            "This key is for one org only. Make a key without an org to change what is yours."
        )
