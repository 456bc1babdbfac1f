"""Answers to what went wrong: a page for people, a toast for htmx, problem+json for programs.

The pages use no context processor and no database, so that they stand when those do not.
"""

import json
import logging
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from revenue.web.themes import COOKIE, THEMES

API_PREFIX = "/api/"
LAST_RESORT = (
    "<!doctype html><html lang=en><title>Something went wrong</title><h1>Something went wrong</h1>"
    "<p>We have noted it. Try again in a minute; if it stays, tell your administrator.</p>"
)
DETAILS = {
    400: "The request could not be understood. Go back, check what you entered and try again.",
    403: "Your role does not allow this. Ask an administrator of your organisation for access.",
    404: "There is nothing here that you may see. Check the address, or go back.",
    429: "Too many requests. Wait a moment and try again.",
    500: "Something went wrong on our side. Try again in a minute.",
}
CSRF_DETAIL = "This form was open for too long. Reload the page and send it again."

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return answer(request, status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return answer(request, status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return answer(request, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return answer(request, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    logger.warning("csrf_refused", extra={"reason": reason})
    return answer(request, status=403, template="errors/csrf.html", detail=CSRF_DETAIL)


def too_many_requests(request: HttpRequest, retry_after: float | None = None) -> HttpResponse:
    """`retry_after` in seconds; said to people in words and to programs in the header."""
    seconds = None if retry_after is None else max(1, round(retry_after))
    detail = DETAILS[429]
    if seconds is not None:
        detail = f"Too many requests. Wait {in_words(seconds)} and try again."
    response = answer(request, status=429, detail=detail)
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def in_words(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    return f"{-(-seconds // 60)} minutes"


def answer(
    request: HttpRequest, *, status: int, template: str = "", detail: str = ""
) -> HttpResponse:
    detail = detail or DETAILS[status]
    if request.path.startswith(API_PREFIX):
        response = problem(status=status, detail=detail)
    elif request.headers.get("HX-Request") == "true":
        response = toast(status=status, text=detail)
    else:
        response = page(request, status=status, template=template, detail=detail)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def problem(*, status: int, detail: str) -> HttpResponse:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return HttpResponse(json.dumps(body), status=status, content_type="application/problem+json")


def toast(*, status: int, text: str) -> HttpResponse:
    response = HttpResponse(status=status)
    response.headers["HX-Trigger"] = json.dumps({"toast": {"kind": "error", "text": text}})
    response.headers["HX-Reswap"] = "none"
    return response


def page(request: HttpRequest, *, status: int, template: str, detail: str) -> HttpResponse:
    theme = request.COOKIES.get(COOKIE)
    context: dict[str, Any] = {
        "theme": theme if theme in THEMES else "system",
        "detail": detail,
        "request_id": request.META.get("HTTP_X_REQUEST_ID", ""),
    }
    try:
        html: str = render_to_string(template or f"errors/{status}.html", context)
    except Exception:
        # The page of a failure must not fail: a missing static file or template is logged, not met.
        logger.exception("error_page_failed")
        html = LAST_RESORT
    return HttpResponse(html, status=status)
