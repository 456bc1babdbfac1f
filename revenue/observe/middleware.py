"""Around every request: its id, its line in the log, its figures."""

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.functional import SimpleLazyObject
from structlog.contextvars import bind_contextvars, clear_contextvars

from revenue.observe import metrics
from revenue.observe.request_ids import request_id_from

log = structlog.get_logger("revenue.requests")

HEADER = "X-Request-ID"
UNMATCHED = "unmatched"
PROBE_URLS = "revenue.observe.urls"


class MetricsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        metrics.prepare()
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = probe_answer(request)
        if probe is not None:
            return probe
        begun = time.perf_counter()
        request_id = request_id_from(request.META.get("HTTP_X_REQUEST_ID", ""))
        request.META["HTTP_X_REQUEST_ID"] = request_id
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        entered = metrics.keep(lambda: metrics.requests_in_flight.labels("web").inc())
        try:
            response = self.get_response(request)
        finally:
            if entered:
                metrics.keep(lambda: metrics.requests_in_flight.labels("web").dec())
        seconds = time.perf_counter() - begun
        response[HEADER] = request_id
        metrics.keep(lambda: count(request, status=response.status_code, seconds=seconds))
        # What the request bound, or an inner middleware cleared, is of no account for this line.
        bind_contextvars(request_id=request_id)
        write_line(request, status=response.status_code, seconds=seconds)
        clear_contextvars()
        return response


def probe_answer(request: HttpRequest) -> HttpResponseBase | None:
    """Probes name a machine, not our host, and must answer while sessions hang: so before both."""
    if not request.path_info.startswith(("/healthz/", "/metrics")):
        return None
    try:
        match = resolve(request.path_info, PROBE_URLS)
    except Resolver404:
        return None
    answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return answer


def route_of(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.view_name if match else UNMATCHED


def count(request: HttpRequest, *, status: int, seconds: float) -> None:
    route, method = route_of(request), metrics.method_label(request.method)
    metrics.requests_total.labels(route, method, str(status)).inc()
    metrics.request_seconds.labels(route, method).observe(seconds)
    metrics.sample_pools()


def write_line(request: HttpRequest, *, status: int, seconds: float) -> None:
    """Route and org, not the path: paths and query strings carry what nobody should read here."""
    match = request.resolver_match
    log.info(
        "request",
        method=metrics.method_label(request.method),
        route=route_of(request),
        status=status,
        ms=round(seconds * 1000, 1),
        user_id=user_id_of(request),
        org=match.kwargs.get("org_slug") if match else None,
    )


def user_id_of(request: HttpRequest) -> int | None:
    """Without loading a session or a person that the request itself had no need of."""
    user = getattr(request, "_cached_user", None) or getattr(request, "user", None)
    if user is None or isinstance(user, SimpleLazyObject):
        return None
    found: int | None = user.pk
    return found
