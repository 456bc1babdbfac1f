"""Every view declares who may open it; one middleware enforces it and refuses the undeclared."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from django.http import HttpRequest
from django.urls import ResolverMatch, reverse
from django.views.generic import RedirectView

from revenue.users.models import Membership, Org, User
from revenue.users.roles import ANY_ROLE, Role

View = TypeVar("View", bound=Callable[..., Any])


class Kind(StrEnum):
    PUBLIC = "public"
    SIGNED_IN = "signed in"
    ROLES = "roles"
    STAFF = "staff"  # the Django admin asks for more by itself, object by object
    SUPERUSER = "superuser"
    API = "api"  # REST framework authenticates and asks `Declared` for the view's roles
    BEARER = "bearer"  # the view compares a token from the settings
    CLOSED = "closed"  # a package brings the address, the product does not use it: 404


@dataclass(frozen=True)
class Access:
    kind: Kind
    roles: frozenset[Role] = field(default_factory=frozenset)

    def __str__(self) -> str:
        return ", ".join(sorted(self.roles)) if self.kind is Kind.ROLES else self.kind.value


class PersonRequest(HttpRequest):
    """A request of somebody signed in, after the middleware has let it pass."""

    user: User
    memberships: list[Membership]
    htmx: Any


class OrgRequest(PersonRequest):
    """A request below an org's address, after the middleware has let it pass."""

    org: Org
    membership: Membership


def declare(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


public = declare(Access(Kind.PUBLIC))
signed_in = declare(Access(Kind.SIGNED_IN))
bearer = declare(Access(Kind.BEARER))
any_member = declare(Access(Kind.ROLES, frozenset(ANY_ROLE)))


def for_roles(*roles: Role) -> Callable[[View], View]:
    return declare(Access(Kind.ROLES, frozenset(roles)))


# Views of packages cannot carry our mark: by URL name, else by namespace.
PACKAGE_VIEWS = {
    "account_login": Access(Kind.PUBLIC),
    "account_logout": Access(Kind.PUBLIC),
    "account_signup": Access(Kind.PUBLIC),
    "account_inactive": Access(Kind.PUBLIC),
    "account_reset_password": Access(Kind.PUBLIC),
    "account_reset_password_done": Access(Kind.PUBLIC),
    "account_reset_password_from_key": Access(Kind.PUBLIC),
    "account_reset_password_from_key_done": Access(Kind.PUBLIC),
    "account_change_password": Access(Kind.SIGNED_IN),
    "account_set_password": Access(Kind.SIGNED_IN),
    "account_reauthenticate": Access(Kind.SIGNED_IN),
    # The address is who a person is, for their org's admin and for single sign-on.
    "account_email": Access(Kind.CLOSED),
    "account_email_verification_sent": Access(Kind.CLOSED),
    "account_confirm_email": Access(Kind.CLOSED),
    "account_confirm_login_code": Access(Kind.CLOSED),
    "mfa_authenticate": Access(Kind.PUBLIC),
    "mfa_login_webauthn": Access(Kind.PUBLIC),
    "openid_connect_login": Access(Kind.PUBLIC),
    "openid_connect_callback": Access(Kind.PUBLIC),
    "socialaccount_login_cancelled": Access(Kind.PUBLIC),
    "socialaccount_login_error": Access(Kind.PUBLIC),
    "socialaccount_signup": Access(Kind.CLOSED),
    "socialaccount_connections": Access(Kind.SIGNED_IN),
}
# Views of the rooms below this one, which cannot import the mark.
LOWER_ROOMS = {
    "web:theme-set": Access(Kind.PUBLIC),
    "web:styleguide-show": Access(Kind.SUPERUSER),
    "web:styleguide-progress": Access(Kind.SUPERUSER),
    "observe:health-live": Access(Kind.PUBLIC),
    "observe:health-ready": Access(Kind.PUBLIC),
    "observe:metrics-show": Access(Kind.BEARER),
}
PACKAGE_PREFIXES = {"mfa_": Access(Kind.SIGNED_IN)}
PACKAGE_NAMESPACES = {"admin": Access(Kind.STAFF)}
# allauth keeps addresses of old versions as nameless redirects; nobody has ever used them here.
PACKAGE_CLASSES: dict[Any, Access] = {RedirectView: Access(Kind.CLOSED)}


def declared_for(
    *, view: Callable[..., Any], url_name: str | None, namespace: str
) -> Access | None:
    """A class's mark stands on the class, which Django's and DRF's as_view keep within reach."""
    for holder in (view, getattr(view, "cls", None), getattr(view, "view_class", None)):
        found = getattr(holder, "access", None)
        if isinstance(found, Access):
            return found
    if f"{namespace}:{url_name}" in LOWER_ROOMS:
        return LOWER_ROOMS[f"{namespace}:{url_name}"]
    if namespace in PACKAGE_NAMESPACES:
        return PACKAGE_NAMESPACES[namespace]
    if url_name is None:
        return PACKAGE_CLASSES.get(getattr(view, "view_class", None))
    full_name = f"{namespace}:{url_name}" if namespace else url_name
    if full_name in PACKAGE_VIEWS:
        return PACKAGE_VIEWS[full_name]
    return next((a for prefix, a in PACKAGE_PREFIXES.items() if full_name.startswith(prefix)), None)


def same_page(*, match: ResolverMatch, access: Access, membership: Membership) -> str:
    """Where the page of one org stands in another; nothing where the role there lacks it.

    A page about one object has no twin elsewhere.
    """
    if set(match.kwargs) != {"org_slug"} or membership.role not in access.roles:
        return ""
    return reverse(match.view_name, kwargs={"org_slug": membership.org.slug})
