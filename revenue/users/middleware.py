from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django_htmx.http import HttpResponseClientRedirect

from revenue.users import second_factor
from revenue.users.access import Access, Kind, declared_for, same_page
from revenue.users.models import Membership

Answer = Callable[[HttpRequest], HttpResponseBase]
SEEN_STEP = timedelta(hours=1)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
WITHOUT_SECOND_FACTOR = ("account_", "mfa_", "security-show", "second-factor-list")
PROTECT_YOUR_ACCOUNT = (
    "Admins sign in with a second factor. Add an authenticator app or a passkey to go on."
)


def memberships_of(request: HttpRequest) -> list[Membership]:
    if not request.user.is_authenticated:
        return []
    mine = Membership.objects.active().filter(user=request.user)
    return list(mine.select_related("org", "org__group").order_by("org__name", "id"))


def last_used(memberships: list[Membership]) -> Membership | None:
    return max(memberships, key=lambda m: m.last_seen_at or LONG_AGO, default=None)


class PersonMiddleware:
    """Puts the person's memberships within reach of views and of the page frame."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.memberships = SimpleLazyObject(lambda: memberships_of(request))  # type: ignore[attr-defined]
        request.membership = request.org = None  # type: ignore[attr-defined]
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()


class AccessMiddleware:
    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        _args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        access = declaration(request, view=view)
        if access.kind is Kind.CLOSED:
            raise Http404
        if access.kind in (Kind.PUBLIC, Kind.API, Kind.BEARER):
            return None
        if not request.user.is_authenticated:
            return to_sign_in(request)
        timezone.activate(ZoneInfo(request.user.timezone))
        if answer := to_second_factor(request):
            return answer
        if access.kind is Kind.SUPERUSER and not request.user.is_superuser:
            raise Http404
        if access.kind is Kind.STAFF and not second_factor.runs_something(request):
            raise PermissionDenied
        if access.kind is Kind.ROLES:
            enter(request, access=access, org_slug=kwargs["org_slug"])
        elif access.kind is Kind.SIGNED_IN:
            # The frame of a page that belongs to no org is drawn for the org last worked in.
            request.membership = last_used(request.memberships)  # type: ignore[attr-defined]
        return None


def declaration(request: HttpRequest, *, view: Callable[..., Any]) -> Access:
    match = request.resolver_match
    access = declared_for(
        view=view,
        url_name=match.url_name if match else None,
        namespace=match.namespace if match else "",
    )
    if access is None:
        raise ImproperlyConfigured(
            f"The view of {request.path} declares no access: mark it with a decorator of "
            "revenue.users.access."
        )
    return access


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """A fragment's answer would put the sign-in page inside the page, so the browser is sent."""
    if getattr(request, "htmx", False):
        here = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(redirect_to_login(here).url)
    return redirect_to_login(request.get_full_path())


def to_second_factor(request: HttpRequest) -> HttpResponse | None:
    match = request.resolver_match
    if match and (match.url_name or "").startswith(WITHOUT_SECOND_FACTOR):
        return None
    if not second_factor.is_missing(request):
        return None
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(redirect("users:security-show").url)
    messages.warning(request, PROTECT_YOUR_ACCOUNT)
    return redirect("users:security-show")


def enter(request: HttpRequest, *, access: Access, org_slug: str) -> None:
    memberships: list[Membership] = request.memberships  # type: ignore[attr-defined]
    membership = next((m for m in memberships if m.org.slug == org_slug), None)
    if membership is None:
        raise Http404
    request.membership, request.org = membership, membership.org  # type: ignore[attr-defined]
    if membership.role not in access.roles:
        raise PermissionDenied
    match = request.resolver_match
    if match:
        # For the switcher of orgs: the same page there, or nothing where there is none.
        request.same_page = lambda other: same_page(  # type: ignore[attr-defined]
            match=match, access=access, membership=other
        )
    note_visit(membership=membership, among=memberships, at=timezone.now())


def note_visit(*, membership: Membership, among: list[Membership], at: datetime) -> None:
    """Written when the person comes from another org, else once an hour."""
    seen = membership.last_seen_at
    if seen and at - seen < SEEN_STEP and last_used(among) == membership:
        return
    Membership.objects.filter(pk=membership.pk).update(last_seen_at=at)
    membership.last_seen_at = at
