"""Sentry and OpenTelemetry, each in a process of its own: they change what they are loaded into."""

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from revenue.observe.apps import OPTIONAL, start_optional
from tests.observe.receiver import receiver

HAS_SENTRY = find_spec("sentry_sdk") is not None
HAS_OPENTELEMETRY = find_spec("opentelemetry") is not None
WANTED = "not installed: pip install -r requirements-extra.txt"

# A page that asks the database and one that fails, with secrets wherever one could stand.
SERVE = """
import django, os
from django.conf import settings
django.setup()
settings.ROOT_URLCONF = "tests.observe.urls"
settings.ALLOWED_HOSTS = ["testserver"]
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory
handler = WSGIHandler()
for path in ("/asking/?token=hunter2", "/broken/?code=hunter2"):
    request = RequestFactory().get(
        path,
        headers={"Authorization": "Bearer hunter2hunter2", "Cookie": "sessionid=hunter2"},
    )
    environ = {**request.environ, "HTTP_X_REQUEST_ID": "proxy-1234"}
    b"".join(handler(environ, lambda *_: None))
"""
FLUSH_SENTRY = "import sentry_sdk; sentry_sdk.flush(10)"
FLUSH_TRACES = "from opentelemetry import trace; trace.get_tracer_provider().shutdown()"


def serve(*, told: dict[str, str], then: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{SERVE}\n{then}"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "revenue.settings", **told},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("setting", OPTIONAL)
def test_a_missing_package_is_one_clear_sentence(setting: str) -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        start_optional(setting=setting, module="revenue.observe.there_is_no_such_module")
    assert str(raised.value).startswith(f"{setting} is set, but the package ")
    assert "pip install -r requirements-extra.txt" in str(raised.value)


@pytest.mark.skipif(not HAS_SENTRY, reason=f"sentry-sdk is {WANTED}")
def test_sentry_hears_of_the_failure_and_of_no_secret() -> None:
    with receiver() as keeper:
        port = keeper.server_port
        serve(told={"SENTRY_DSN": f"http://public@127.0.0.1:{port}/1"}, then=FLUSH_SENTRY)
    said = keeper.everything()
    assert b'"type":"RuntimeError"' in said
    assert b"broken-show" in said or b"/broken/" in said
    assert b"hunter2" not in said


@pytest.mark.skipif(not HAS_OPENTELEMETRY, reason=f"opentelemetry is {WANTED}")
def test_traces_hold_request_and_query_and_no_secret() -> None:
    with receiver() as keeper:
        endpoint = f"http://127.0.0.1:{keeper.server_port}"
        serve(told={"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, then=FLUSH_TRACES)
    assert {path for path, _ in keeper.received} == {"/v1/traces"}
    said = keeper.everything()
    assert b"GET asking/" in said
    assert b"SELECT 42" in said
    assert b"proxy-1234" in said
    assert b"hunter2" not in said
