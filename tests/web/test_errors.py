import json
import logging

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from revenue.web import errors


def missing(request: HttpRequest) -> HttpResponse:
    raise Http404("secret reason")


def refused(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("secret reason")


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret reason")


handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
urlpatterns = [
    path(f"{prefix}{view.__name__}/", view)
    for prefix in ("", "api/v1/")
    for view in (missing, refused, broken)
]
VIEWS = [("missing", 404), ("refused", 403), ("broken", 500)]
# No database, no session, no context processor: what is left when the rest is down.
bare = override_settings(
    ROOT_URLCONF=__name__, MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"]
)


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@bare
@pytest.mark.parametrize(("name", "status"), VIEWS)
def test_people_get_a_page_that_says_what_to_do(client: Client, name: str, status: int) -> None:
    response = client.get(f"/{name}/", headers={"X-Request-Id": "abc-123-def"})
    html = response.content.decode()

    assert response.status_code == status
    assert f"Error {status}" in html
    assert "Go to your home page" in html
    assert "abc-123-def" in html
    assert "secret reason" not in html
    assert response.headers["Cache-Control"] == "private, no-store"


@bare
@pytest.mark.parametrize(("name", "status"), VIEWS)
def test_programs_get_a_problem_document(client: Client, name: str, status: int) -> None:
    response = client.get(f"/api/v1/{name}/")
    body = json.loads(response.content)

    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert body["status"] == status
    assert body["detail"] == errors.DETAILS[status]


@bare
@pytest.mark.parametrize(("name", "status"), VIEWS)
def test_htmx_gets_a_toast_and_leaves_the_page(client: Client, name: str, status: int) -> None:
    response = client.get(f"/{name}/", headers={"HX-Request": "true"})

    assert response.status_code == status
    assert response.content == b""
    assert response.headers["HX-Reswap"] == "none"
    assert json.loads(response.headers["HX-Trigger"])["toast"] == {
        "kind": "error",
        "text": errors.DETAILS[status],
    }


@bare
def test_the_page_of_a_failure_stands_without_static_files_or_templates(client: Client) -> None:
    with override_settings(TEMPLATES=[]):
        logging.disable(logging.CRITICAL)
        response = client.get("/broken/")
        logging.disable(logging.NOTSET)

    assert response.status_code == 500
    assert b"Try again in a minute" in response.content


@bare
def test_a_form_without_its_token_says_to_reload() -> None:
    client = Client(enforce_csrf_checks=True)

    response = client.post("/missing/")

    assert response.status_code == 403
    assert b"This form was open for too long" in response.content


@pytest.mark.parametrize(
    ("retry_after", "words", "header"),
    [
        (0.2, "Wait 1 second and", "1"),
        (45, "Wait 45 seconds and", "45"),
        (600, "Wait 10 minutes and", "600"),
        (601, "Wait 11 minutes and", "601"),
        (None, "Wait a moment and", None),
    ],
)
def test_too_many_requests_says_how_long(
    retry_after: float | None, words: str, header: str | None
) -> None:
    response = errors.too_many_requests(RequestFactory().get("/x/"), retry_after)

    assert response.status_code == 429
    assert words in response.content.decode()
    assert response.headers.get("Retry-After") == header


def test_a_bad_request_is_answered_in_kind() -> None:
    response = errors.bad_request(RequestFactory().get("/api/v1/x"), ValueError())

    assert json.loads(response.content)["title"] == "Bad Request"


def test_the_theme_of_an_error_page_is_the_readers_if_it_is_one() -> None:
    for cookie, shown in (("dark", "dark"), ('"><script>', "system")):
        request = RequestFactory().get("/x/")
        request.COOKIES["theme"] = cookie
        html = errors.page_not_found(request, Http404()).content.decode()
        assert f'<html lang="en" data-theme="{shown}">' in html
