import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.openid_connect.views import callback, login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException

from revenue.users.access import public

logger = logging.getLogger(__name__)


@public
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """allauth's own view, save how the browser leaves.

    A redirect in answer to a form is refused by `form-action 'self'`; a page that moves on is not.
    """
    response = said_plainly(login, request, provider_id)
    target = response.headers.get("Location", "")
    if response.status_code != 302 or urlsplit(target).netloc in ("", request.get_host()):
        return response
    leaving = render(request, "socialaccount/leaving.html", {"target": target})
    leaving.headers["Cache-Control"] = "no-store"
    return leaving


@public
def finish(request: HttpRequest, provider_id: str) -> HttpResponse:
    return said_plainly(callback, request, provider_id)


def said_plainly(
    view: Callable[[HttpRequest, str], HttpResponse], request: HttpRequest, provider_id: str
) -> HttpResponse:
    """A provider that is away, or that answers something else than OpenID Connect, is no 500."""
    try:
        return view(request, provider_id)
    except (RequestException, LookupError, ValueError) as error:
        logger.exception("single_sign_on_failed", extra={"provider": provider_id})
        provider = get_adapter().get_provider(request, provider_id)
        answer: HttpResponse = render_authentication_error(request, provider, exception=error)
        return answer
