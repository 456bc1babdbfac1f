"""Problems, strict input and headers, as every endpoint has them."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework.test import APIClient, APIRequestFactory

from revenue.api.base import ApiView
from revenue.api.permissions import OPEN
from revenue.api.throttling import Bucket, network_of
from revenue.api.views.people import Me
from tests.api.clients import with_key, with_token
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
ME = "/api/v1/me"


def problem_of(answer: Any, *, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("urn:problem:revenue:")
    assert body["title"]
    assert body["detail"]
    return body


def client() -> APIClient:
    return with_key(UserFactory.create())


def sent(body: bytes, *, content_type: str = "application/json") -> Any:
    raw: Any = body  # the stubs know texts only
    return client().generic("PATCH", ME, raw, content_type=content_type)


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v1/me/",
        "/api/v2/me",
        "/api/v1/orgs/%00",
        "/api/v1/a%0Ab",
        "/api/x/\u20ac",
    ],
)
@pytest.mark.parametrize("method", ["get", "post", "delete", "options"])
def test_unknown_address_is_a_problem(path: str, method: str) -> None:
    problem_of(getattr(client(), method)(path), status=404)


@pytest.mark.parametrize("method", ["put", "delete", "options", "trace"])
def test_unknown_method_is_a_problem_that_names_the_known(method: str) -> None:
    for caller in (client(), APIClient()):
        answer = caller.generic(method.upper(), ME)
        problem_of(answer, status=405)
        assert answer["Allow"] == "GET, HEAD, PATCH"


def test_other_body_than_json_is_a_problem() -> None:
    for kind in ("text/plain", "multipart/form-data; boundary=x", "", "application/jsonx"):
        answer = client().generic("PATCH", ME, "theme=dark", content_type=kind)
        problem_of(answer, status=415)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"full_name": "\\u0000"}',
        b'{"full_name": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"full_name": NaN}',
        b'{"full_name": 1e999}',
        b'{"full_name": ' + b"9" * 30 + b"}",
        b'{"full_name": ' + b"9" * 5000 + b"}",
        b'{"full_name": ' + b"[" * 30 + b"]" * 30 + b"}",
        b"[" * 200_000,
        b"[]",
        b"3",
        b"null",
    ],
)
def test_body_that_cannot_be_kept_is_a_problem(body: bytes) -> None:
    problem_of(sent(body, content_type="application/json; charset=zlib"), status=400)


def test_large_body_is_a_problem() -> None:
    body = json.dumps({"full_name": "x" * 1_000_001}).encode()
    problem_of(sent(body), status=413)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page_size=0", "page_size"),
        ("page_size=201", "page_size"),
        ("page_size=99999999999999999999999", "page_size"),
        ("page_size=x", "page_size"),
        ("order=id", "order"),
        ("rolle=rep", "rolle"),
        ("order=name&order=-name", "order"),
        ("cursor=", "cursor"),
    ],
)
def test_query_is_checked_and_the_field_named(query: str, field: str) -> None:
    body = problem_of(client().get(f"/api/v1/orgs?{query}"), status=400)
    assert [error["field"] for error in body["errors"]] == [field]
    assert body["errors"][0]["detail"]


@pytest.mark.parametrize("query", ["cursor=%00", "a%00b=1", "&".join("a=1" for _ in range(2000))])
def test_query_that_cannot_be_kept_is_a_problem(query: str) -> None:
    problem_of(client().get(f"/api/v1/orgs?{query}"), status=400)


def test_validation_names_each_field() -> None:
    body = problem_of(
        client().patch(ME, {"theme": "pink", "timezone": "Mars/Base", "nickname": "x"}), status=400
    )
    assert body["type"] == "urn:problem:revenue:validation"
    assert [(e["field"], e["code"]) for e in body["errors"]] == [("nickname", "unknown")]
    body = problem_of(client().patch(ME, {"theme": "pink", "timezone": "Mars/Base"}), status=400)
    assert {e["field"] for e in body["errors"]} == {"theme", "timezone"}


def test_request_id_is_echoed_and_in_the_problem() -> None:
    answer = APIClient().get(ME, HTTP_X_REQUEST_ID="abc-123-def")
    assert answer["X-Request-ID"] == answer.json()["request_id"] == "abc-123-def"
    assert len(client().get(ME)["X-Request-ID"]) >= 8


def test_answers_are_json_whatever_is_accepted_and_stored_nowhere() -> None:
    answer = client().get(ME, HTTP_ACCEPT="text/html")
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    assert {"Authorization", "Cookie"} <= {part.strip() for part in answer["Vary"].split(",")}


class Failing(ApiView):
    access = OPEN

    def get(self, _request: Any) -> None:
        raise RuntimeError("a secret detail")


class Refusing(Failing):
    def get(self, _request: Any) -> None:
        raise DjangoValidationError({"__all__": "Choose less."})


def test_failure_is_a_problem_that_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    answer = Failing.as_view()(APIRequestFactory().get("/api/v1/failing")).render()
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert b"secret" not in answer.content
    assert "a secret detail" in caplog.text


def test_domain_errors_become_validation_problems() -> None:
    answer = Refusing.as_view()(APIRequestFactory().get("/api/v1/refusing"))
    assert answer.status_code == 400
    assert answer.data["errors"] == [{"field": "", "code": "invalid", "detail": "Choose less."}]


def test_declared_views_carry_their_declaration() -> None:
    assert Me.as_view().cls.access is Me.access  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        (None, "unknown"),
    ],
)
def test_anonymous_are_counted_by_network(ip: str | None, network: str) -> None:
    assert network_of(ip) == network
    assert Bucket("anonymous", network).holder == network


def test_profile_changes_what_is_sent_and_nothing_else() -> None:
    user = UserFactory.create(full_name="Before")
    answer = with_token(user).patch(ME, {"timezone": "Europe/Berlin"})
    assert answer.json() == {
        "id": user.pk,
        "email": user.email,
        "full_name": "Before",
        "timezone": "Europe/Berlin",
        "theme": "system",
    }
