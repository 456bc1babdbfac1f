import json
import logging
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from prometheus_client.parser import text_string_to_metric_families
from structlog.contextvars import bind_contextvars, get_contextvars

from revenue.observe import metrics
from revenue.observe.middleware import MetricsMiddleware
from revenue.observe.request_ids import request_id_from

pytestmark = pytest.mark.urls("tests.observe.urls")

MADE = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
def written_lines() -> Iterator[StringIO]:
    """As the product writes them, of every logger."""
    written = StringIO()
    formatter = settings.LOGGING["formatters"]["line"]
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter["()"](**{k: v for k, v in formatter.items() if k != "()"}))
    logger = logging.getLogger()
    logger.addHandler(handler)
    yield written
    logger.removeHandler(handler)


def only(written: StringIO) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written.getvalue())
    return found


def figure(name: str, **labels: str) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(metrics.exposition().decode())
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


@pytest.mark.parametrize("given", ["abcdef12", "6f1e0c2a-7a8b-4f5e-9d2c-0a1b2c3d4e5f", "a" * 64])
def test_a_well_formed_request_id_is_taken_over(given: str) -> None:
    assert request_id_from(given) == given


@pytest.mark.parametrize(
    "given",
    ["", "short", "a" * 65, "abcdef12\nforged", 'abcdef12","x":"', "-abcdef12", "äbcdef123"],
)
def test_any_other_request_id_is_made_anew(given: str) -> None:
    assert MADE.fullmatch(request_id_from(given))


def test_the_request_id_is_in_context_and_answer_and_gone_afterwards() -> None:
    seen: dict[str, Any] = {}

    def view(request: HttpRequest) -> HttpResponse:
        seen.update(get_contextvars(), header=request.headers["X-Request-ID"])
        bind_contextvars(left_behind=1)
        return HttpResponse()

    request = RequestFactory().get("/x", headers={"X-Request-ID": "proxy-1234"})
    answer = MetricsMiddleware(view)(request)
    assert answer["X-Request-ID"] == "proxy-1234"
    assert seen == {"request_id": "proxy-1234", "header": "proxy-1234"}
    assert get_contextvars() == {}


@pytest.mark.django_db
def test_one_line_a_request_without_path_and_query(client: Client, written_lines: StringIO) -> None:
    client.get("/plain/?next=/x&token=hunter2", headers={"X-Request-ID": "proxy-1234"})
    line = only(written_lines)
    assert line["event"] == "request"
    assert (line["method"], line["route"], line["status"]) == ("GET", "plain-show", 200)
    assert line["request_id"] == "proxy-1234"
    assert line["user_id"] is None
    assert line["ms"] > 0
    assert "hunter2" not in written_lines.getvalue()


@pytest.mark.django_db
def test_the_line_names_person_and_org(client: Client, written_lines: StringIO) -> None:
    ann = get_user_model().objects.create(email="ann@example.com")
    client.force_login(ann)
    client.get("/o/acme/")
    line = only(written_lines)
    assert (line["user_id"], line["org"]) == (ann.pk, "acme")


def test_a_failure_has_one_traceback_and_one_line_both_with_the_id(
    client: Client, written_lines: StringIO
) -> None:
    client.raise_request_exception = False
    answer = client.get("/broken/", headers={"X-Request-ID": "proxy-1234"})
    assert answer.status_code == 500
    failure, line = (json.loads(each) for each in written_lines.getvalue().splitlines())
    assert "RuntimeError: broken with password=[redacted]" in failure["exception"]
    assert (line["event"], line["route"], line["status"]) == ("request", "broken-show", 500)
    assert failure["request_id"] == line["request_id"] == "proxy-1234"
    assert "hunter2" not in line


def test_a_missing_object_is_counted_by_its_route(client: Client) -> None:
    before = figure("revenue_requests_total", route="missing-show", status="404")
    client.get("/missing/")
    assert figure("revenue_requests_total", route="missing-show", status="404") == before + 1


@pytest.mark.django_db
def test_unknown_addresses_and_methods_make_no_figures_of_their_own(client: Client) -> None:
    before = figure("revenue_requests_total", route="unmatched", status="404")
    for path in ("/wp-login.php", "/.env", "/o/%00/x/"):
        client.get(path)
    client.generic("BREW", "/coffee")
    assert figure("revenue_requests_total", route="unmatched", status="404") == before + 4
    text = metrics.exposition().decode()
    assert "wp-login" not in text
    assert "BREW" not in text
    assert figure("revenue_requests_total", route="unmatched", method="OTHER") >= 1


@pytest.mark.django_db
def test_requests_are_counted_with_their_time(client: Client) -> None:
    labels = {"route": "plain-show", "method": "GET"}
    before = figure("revenue_requests_total", status="200", **labels)
    timed = figure("revenue_request_seconds_count", **labels)
    in_flight = figure("revenue_requests_in_flight")
    client.get("/plain/")
    assert figure("revenue_requests_total", status="200", **labels) == before + 1
    assert figure("revenue_request_seconds_count", **labels) == timed + 1
    assert figure("revenue_requests_in_flight") == in_flight


def test_a_failing_request_is_no_longer_in_flight() -> None:
    in_flight = figure("revenue_requests_in_flight")

    def view(_request: HttpRequest) -> HttpResponse:
        assert figure("revenue_requests_in_flight") == in_flight + 1
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        MetricsMiddleware(view)(RequestFactory().get("/x"))
    assert figure("revenue_requests_in_flight") == in_flight


@override_settings(ALLOWED_HOSTS=["only.example.com"], SECURE_SSL_REDIRECT=True)
def test_probes_answer_by_any_host_over_http_without_session(client: Client) -> None:
    client.cookies["sessionid"] = "x" * 32
    answer = client.get("/healthz/live", headers={"Host": "10.1.2.3"})
    assert answer.status_code == 200
    assert answer.json() == {"live": True}
    assert client.get("/plain/", headers={"Host": "10.1.2.3"}).status_code in (301, 400)
