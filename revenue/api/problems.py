"""Every error below /api/ is a problem document (RFC 9457) that says what to do."""

import logging
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response

from revenue.api.requests import django_request

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:problem:revenue:"
MAX_ERRORS = 50
logger = logging.getLogger("django.request")


@dataclass(frozen=True)
class Kind:
    slug: str
    title: str
    detail: str


KINDS = {
    400: Kind("bad-request", "The request cannot be understood", "Correct it and send it again."),
    401: Kind(
        "sign-in-needed",
        "Who are you?",
        "Send a personal API key or an access token as `Authorization: Bearer …`.",
    ),
    403: Kind("forbidden", "You may not do this", "Ask an admin of the org for a role that may."),
    404: Kind(
        "not-found",
        "Nothing is here",
        "Check the address. What you may not see is answered like what does not exist.",
    ),
    405: Kind(
        "method-not-allowed",
        "This address does not take that method",
        "Use one of the methods named in the `Allow` header.",
    ),
    413: Kind("too-large", "The body is too large", "Send less in one request."),
    415: Kind(
        "unsupported-media-type",
        "The body is not JSON",
        "Send JSON with `Content-Type: application/json`.",
    ),
    429: Kind(
        "rate-limited",
        "Too many requests",
        "Wait as many seconds as the `Retry-After` header says, then go on more slowly.",
    ),
    500: Kind(
        "internal",
        "Something failed on our side",
        "Try again in a moment. If it stays, give the request id to your admin.",
    ),
}
VALIDATION = Kind(
    "validation",
    "Some values cannot be used",
    "Correct the fields named in `errors` and send the request again.",
)


class Problem(exceptions.APIException):
    """An error of one's own kind: `raise Problem(409, "job-finished", "The job …", "Start …")`."""

    def __init__(self, status: int, slug: str, title: str, detail: str, *, wait: int = 0) -> None:
        super().__init__(detail=detail, code=slug)
        self.status_code, self.wait = status, wait
        self.kind = Kind(slug, title, detail)


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response:
    request = context["request"]
    known = as_api_exception(exc)
    if known is None:
        report_failure(exc, request=django_request(request))
        known = exceptions.APIException()
    headers = {}
    if header := getattr(known, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(known, "wait", None):
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    return Response(
        document(known, request=django_request(request)),
        status=known.status_code,
        headers=headers,
        content_type=MEDIA_TYPE,
    )


def as_api_exception(exc: Exception) -> exceptions.APIException | None:
    match exc:
        case exceptions.APIException():
            return exc
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case DjangoValidationError():
            return exceptions.ValidationError(
                exc.message_dict if hasattr(exc, "error_dict") else exc.messages
            )
        case SuspiciousOperation() | UnreadablePostError():
            return exceptions.ParseError()
    return None


def report_failure(exc: Exception, *, request: HttpRequest) -> None:
    """What Django does for a view that raised: the log line, and the signal error trackers use."""
    got_request_exception.send(sender=exception_handler, request=request)
    logger.error(
        "Internal Server Error: %s",
        request.path,
        exc_info=exc,
        extra={"status_code": 500, "request": request},
    )


def document(exc: exceptions.APIException, *, request: HttpRequest) -> dict[str, Any]:
    status = exc.status_code
    kind = VALIDATION if isinstance(exc, exceptions.ValidationError) else kind_of(exc)
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + kind.slug,
        "title": kind.title,
        "status": status,
        "detail": kind.detail,
        "instance": request.path,
        "request_id": request.headers.get("X-Request-ID", ""),
    }
    if isinstance(exc, exceptions.ValidationError):
        body["errors"] = list(flattened(exc.detail))[:MAX_ERRORS]
    return body


def kind_of(exc: exceptions.APIException) -> Kind:
    if isinstance(exc, Problem):
        return exc.kind
    phrase = HTTPStatus(exc.status_code).phrase
    kind = KINDS.get(exc.status_code, Kind("error", phrase, "Correct the request."))
    # A text of our own says more than the general one; REST framework's stock texts say less.
    stock = (str(exc.default_detail), "")
    own = isinstance(exc.detail, str) and str(exc.detail) not in stock and not kept_short(exc)
    return Kind(kind.slug, kind.title, str(exc.detail)) if own else kind


def kept_short(exc: exceptions.APIException) -> bool:
    return isinstance(
        exc,
        exceptions.MethodNotAllowed | exceptions.UnsupportedMediaType | exceptions.Throttled,
    )


def flattened(detail: Any, *, path: str = "") -> Iterator[dict[str, str]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            named = "" if name in ("non_field_errors", "__all__") else str(name)[:100]
            yield from flattened(inner, path=".".join(filter(None, (path, named))))
    elif isinstance(detail, list | tuple):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from flattened(inner, path=f"{path}[{position}]" if nested else path)
    else:
        code = getattr(detail, "code", None) or "invalid"
        yield {"field": path, "code": str(code), "detail": str(detail)}
