from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.functional import SimpleLazyObject
from django_htmx.http import HttpResponseClientRedirect

from revenue.users.access import Access, Kind, declared_for
from revenue.users.models import Membership

Answer = Callable[[HttpRequest], HttpResponseBase]


def memberships_of(request: HttpRequest) -> list[Membership]:
    if not request.user.is_authenticated:
        return []
    mine = Membership.objects.active().filter(user=request.user)
    return list(mine.select_related("org", "org__group").order_by("org__name", "id"))


class PersonMiddleware:
    """Puts the person's memberships within reach of views and of the page frame."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.memberships = SimpleLazyObject(lambda: memberships_of(request))  # type: ignore[attr-defined]
        request.membership = request.org = None  # type: ignore[attr-defined]
        return self.get_response(request)


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
        if access.kind in (Kind.PUBLIC, Kind.API, Kind.BEARER, Kind.STAFF):
            return None
        if not request.user.is_authenticated:
            return to_sign_in(request)
        if access.kind is Kind.SUPERUSER and not request.user.is_superuser:
            raise Http404
        if access.kind is Kind.ROLES:
            enter(request, access=access, org_slug=kwargs["org_slug"])
        return None


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """A fragment's answer would put the sign-in page inside the page, so the browser is sent."""
    if getattr(request, "htmx", False):
        here = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(redirect_to_login(here).url)
    return redirect_to_login(request.get_full_path())


def enter(request: HttpRequest, *, access: Access, org_slug: str) -> None:
    membership = next((m for m in request.memberships if m.org.slug == org_slug), None)  # type: ignore[attr-defined]
    if membership is None:
        raise Http404
    request.membership, request.org = membership, membership.org  # type: ignore[attr-defined]
    if membership.role not in access.roles:
        raise PermissionDenied
