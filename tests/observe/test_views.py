import time

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from prometheus_client.parser import text_string_to_metric_families

from revenue.observe import broker, metrics, probes

TOKEN = "metrics-token-for-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
FAR = {"REMOTE_ADDR": "203.0.113.9"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def heartbeats() -> None:
    now = time.time()
    cache.set_many({probes.HEARTBEAT_KEY.format(queue=q): now for q in broker.queue_names()})


def test_live_asks_nothing_of_anybody(
    client: Client, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        answer = client.get("/healthz/live")
    assert answer.json() == {"live": True}
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


@pytest.mark.parametrize("path", ["/healthz/live", "/healthz/ready", "/metrics"])
def test_probes_are_for_reading(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.usefixtures("heartbeats")
def test_ready_where_everything_answers(client: Client) -> None:
    answer = client.get("/healthz/ready")
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert found["ready"] is True
    assert set(found["checks"]) == {"database", "broker", "store", "workers"}
    assert all(check["up"] and check["ms"] < 2000 for check in found["checks"].values())


@pytest.mark.usefixtures("heartbeats")
def test_not_ready_without_a_fresh_heartbeat(client: Client) -> None:
    queue = broker.queue_names()[0]
    stale = time.time() - probes.HEARTBEAT_STALE_SECONDS - 5
    cache.set(probes.HEARTBEAT_KEY.format(queue=queue), stale)
    answer = client.get("/healthz/ready")
    assert answer.status_code == 503
    check = answer.json()["checks"]["workers"]
    assert f"no worker on {queue} (last seen 95 s ago)" in check["detail"]
    assert client.get("/healthz/ready?only=database,store").status_code == 200


def test_a_choice_of_checks_that_does_not_exist_is_refused(client: Client) -> None:
    answer = client.get("/healthz/ready?only=moon")
    assert answer.status_code == 400
    assert "database, broker, store, workers" in answer.json()["error"]


def test_strangers_learn_up_or_down_and_no_more(client: Client) -> None:
    stranger = client.get("/healthz/ready?only=store", **FAR)  # type: ignore[arg-type]
    assert stranger.json()["checks"] == {"store": {"up": True}}
    proxied = client.get("/healthz/ready?only=store", headers={"X-Forwarded-For": "203.0.113.9"})
    assert proxied.json()["checks"] == {"store": {"up": True}}
    with override_settings(METRICS_TOKEN=TOKEN):
        known = client.get("/healthz/ready?only=store", headers=BEARER, **FAR)  # type: ignore[arg-type]
    assert "detail" in known.json()["checks"]["store"]


@override_settings(METRICS_TOKEN="")
def test_no_metrics_without_a_token_in_the_settings(client: Client) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@override_settings(METRICS_TOKEN=TOKEN)
@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer ä"],
)
def test_metrics_want_the_token(client: Client, authorization: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert b"revenue_" not in answer.content


@override_settings(METRICS_TOKEN=TOKEN)
def test_metrics_speak_the_format_of_prometheus(client: Client) -> None:
    answer = client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    names = {family.name for family in text_string_to_metric_families(answer.content.decode())}
    assert {"revenue_queue_length", "revenue_collector_up"} <= names


def test_a_figure_of_another_room_is_read_and_a_broken_one_said_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> list[tuple[tuple[str], float]]:
        raise RuntimeError("no such table")

    metrics.register_collector(
        name="test_jobs", help_text="Jobs.", labels=["state"], read=lambda: [(("done",), 4)]
    )
    metrics.register_collector(name="test_broken", help_text="x", labels=["a"], read=broken)
    try:
        text = metrics.exposition().decode()
    finally:
        del metrics.readings["test_jobs"], metrics.readings["test_broken"]
    assert 'test_jobs{state="done"} 4.0' in text
    assert 'revenue_collector_up{collector="test_broken"} 0.0' in text
    assert "metric_not_read" in caplog.text
