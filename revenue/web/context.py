"""What the page frame needs, from what the middleware of people put on the request, if it did."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from revenue.web import navigation, themes


def frame(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    context: dict[str, Any] = {
        "product_name": settings.PRODUCT_NAME,
        "theme": themes.theme_of(request),
        "nav": [],
        "orgs": [],
        "org": None,
        "data_as_of": None,
        "home_url": "/",
    }
    if user is None or not user.is_authenticated:
        return context
    memberships = list(getattr(request, "memberships", None) or [])
    membership = getattr(request, "membership", None) or next(iter(memberships), None)
    if membership is None:
        return context
    org = getattr(request, "org", None) or membership.org
    return context | {
        "nav": navigation.sections(membership=membership, path=request.path),
        "orgs": navigation.org_choices(
            memberships=memberships, current=org, same_page=getattr(request, "same_page", None)
        ),
        "org": org,
        "data_as_of": getattr(org, "data_as_of", None),
        "home_url": navigation.home_url(membership=membership),
    }
