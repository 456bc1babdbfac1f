from urllib.parse import urlsplit

from allauth.socialaccount.providers.openid_connect.views import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from revenue.users.access import public


@public
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """allauth's own view, save how the browser leaves.

    A redirect in answer to a form is refused by `form-action 'self'`; a page that moves on is not.
    """
    response: HttpResponse = login(request, provider_id)
    target = response.headers.get("Location", "")
    if response.status_code != 302 or urlsplit(target).netloc in ("", request.get_host()):
        return response
    leaving = render(request, "socialaccount/leaving.html", {"target": target})
    leaving.headers["Cache-Control"] = "no-store"
    return leaving
