"""The answer to too many attempts. Counting is allauth's, in the cache that all processes share."""

from django.http import HttpRequest, HttpResponse

from revenue.web.errors import too_many_requests

WINDOW_S = 60
FAILED_SIGN_IN_WINDOW_S = 300


def refused(request: HttpRequest) -> HttpResponse:
    """The handler429 of the URL configuration, which allauth calls without saying for how long."""
    return too_many_requests(request, retry_after=WINDOW_S)


def failed_too_often(request: HttpRequest) -> HttpResponse:
    return too_many_requests(request, retry_after=FAILED_SIGN_IN_WINDOW_S)
