"""A few addresses of each sort, so that what is observed does not depend on the product's pages."""

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from revenue.users.access import public, signed_in


@public
def plain(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


@signed_in
def of_org(request: HttpRequest, org_slug: str) -> HttpResponse:
    return HttpResponse(f"{request.user.pk} in {org_slug}")


@public
def broken(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken with password=" + "hunter" + "2")


@public
def asking(_request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 42")
        return HttpResponse(str(cursor.fetchone()))


@public
def missing(_request: HttpRequest) -> HttpResponse:
    raise Http404


def not_found(_request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse("not found", status=404)


def failed(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("failed", status=500)


urlpatterns = [
    path("plain/", plain, name="plain-show"),
    path("o/<slug:org_slug>/", of_org, name="org-show"),
    path("broken/", broken, name="broken-show"),
    path("asking/", asking, name="asking-show"),
    path("missing/", missing, name="missing-show"),
]
handler404 = "tests.observe.urls.not_found"
handler500 = "tests.observe.urls.failed"
