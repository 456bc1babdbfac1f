"""For machines that watch this one: probes and figures."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from revenue.observe import metrics, probes

FORWARDED = ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via")


@require_safe
@never_cache
def health_live(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"live": True})


@require_safe
@never_cache
def health_ready(request: HttpRequest) -> HttpResponse:
    """`?only=database,store` leaves out what the asker can do without."""
    wanted = [name for name in request.GET.get("only", "").split(",") if name]
    unknown = sorted(set(wanted) - set(probes.PROBES))
    if unknown:
        choices = ", ".join(probes.PROBES)
        return JsonResponse({"error": f"Ask for some of: {choices}."}, status=400)
    findings = probes.look(names=wanted or list(probes.PROBES))
    ready = all(each.up for each in findings)
    told = may_see_details(request)
    answer = JsonResponse(
        {
            "ready": ready,
            "checks": {each.name: each.long() if told else each.short() for each in findings},
        },
        status=200 if ready else 503,
    )
    # What is down has its own line; Django would add an error for every probe meanwhile.
    vars(answer)["_has_been_logged"] = True
    return answer


@require_safe
@never_cache
def metrics_show(request: HttpRequest) -> HttpResponse:
    if not settings.METRICS_TOKEN:
        return HttpResponseNotFound("Set METRICS_TOKEN to have figures here.\n", "text/plain")
    if not has_token(authorization=request.headers.get("Authorization", "")):
        answer = HttpResponse("Send the metrics token as a bearer.\n", "text/plain", 401)
        answer["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return answer
    return HttpResponse(metrics.exposition(), CONTENT_TYPE_LATEST)


def has_token(*, authorization: str) -> bool:
    kind, _, token = authorization.partition(" ")
    return (
        bool(settings.METRICS_TOKEN)
        and kind.lower() == "bearer"
        and constant_time_compare(token.strip(), settings.METRICS_TOKEN)
    )


def may_see_details(request: HttpRequest) -> bool:
    """A proxy on this machine also comes from loopback, so a forwarded request does not count."""
    if has_token(authorization=request.headers.get("Authorization", "")):
        return True
    near = request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")
    return near and not any(name in request.headers for name in FORWARDED)
