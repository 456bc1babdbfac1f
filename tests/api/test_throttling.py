"""Limits hold across processes, per key and person and address; an outage lets requests pass."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import LazySettings
from rest_framework.test import APIClient

from revenue.api.throttling import Bucket, store_at
from tests.api.clients import with_key, with_token
from tests.factories.people import UserFactory

ME = "/api/v1/me"
HITTER = """
import django
django.setup()
from django.conf import settings
from revenue.api.throttling import Bucket, store_at
store = store_at(settings.REDIS_URL)
states = [store.count(buckets=[Bucket("user", "shared")]) for _ in range(60)]
print(sum(state.allowed for state in states))
"""


@pytest.fixture
def limits(settings: LazySettings) -> dict[str, str]:
    limits = {"user": "5/minute", "key": "3/minute", "anonymous": "2/minute"}
    settings.API_RATE_LIMITS = limits
    return limits


def statuses(client: APIClient, times: int) -> list[int]:
    return [client.get(ME).status_code for _ in range(times)]


@pytest.mark.django_db
def test_limit_answers_429_with_the_time_to_wait(limits: dict[str, str]) -> None:
    client = with_token(UserFactory.create())
    assert statuses(client, 4) == [200] * 4
    last, refused = client.get(ME), client.get(ME)
    assert (last["RateLimit-Limit"], last["RateLimit-Remaining"]) == ("5", "0")
    assert refused.status_code == 429
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:problem:revenue:rate-limited"
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["RateLimit-Remaining"] == "0"
    assert 1 <= int(refused["RateLimit-Reset"]) <= 60


@pytest.mark.django_db
def test_more_keys_buy_no_more_than_the_person_has(limits: dict[str, str]) -> None:
    user = UserFactory.create()
    first, second = with_key(user), with_key(user)
    assert statuses(first, 4) == [200] * 3 + [429]
    assert statuses(second, 3) == [200] * 2 + [429]
    assert statuses(with_token(UserFactory.create()), 1) == [200]


@pytest.mark.django_db
def test_anonymous_and_wrong_secrets_share_the_limit_of_an_address(limits: dict[str, str]) -> None:
    wrong = APIClient()
    wrong.credentials(HTTP_AUTHORIZATION="Bearer ri_wrong")
    assert [statuses(APIClient(), 1), statuses(wrong, 1)] == [[401], [401]]
    assert APIClient().get("/api/v1/nowhere").status_code == 429
    assert statuses(wrong, 1) == [429]
    assert APIClient().get(ME, REMOTE_ADDR="10.9.8.7").status_code == 401


@pytest.mark.django_db
def test_every_answer_tells_what_is_left(limits: dict[str, str]) -> None:
    client = with_token(UserFactory.create())
    answers = [client.get(ME), client.get("/api/v1/nowhere"), client.put(ME), client.patch(ME, [])]
    assert [answer.status_code for answer in answers] == [200, 404, 405, 400]
    assert all("RateLimit-Remaining" in answer for answer in answers)


@pytest.mark.services
def test_processes_share_one_count() -> None:
    environment = {**os.environ, "API_RATE_LIMIT_USER": "50/minute"}

    def run(_number: int) -> int:
        done = subprocess.run(
            [sys.executable, "-c", HITTER],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return int(done.stdout.strip().splitlines()[-1])

    with ThreadPoolExecutor(2) as pool:
        allowed = list(pool.map(run, range(2)))
    assert sum(allowed) == 50


@pytest.mark.django_db
def test_without_the_store_requests_pass_and_say_so(
    settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock?db=0"
    store_at.cache_clear()
    client: Any = with_token(UserFactory.create())
    answers = [client.get(ME) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert "RateLimit-Limit" not in answers[0]
    assert caplog.text.count("Rate limits are not counted") == 1, "asked once, then a pause"


@pytest.mark.parametrize("url", ["unix:///a/b.sock?db=3", "redis://127.0.0.1:1/2"])
def test_addresses_of_both_kinds_are_understood(url: str) -> None:
    assert store_at(url).count(buckets=[Bucket("user", "x")]) is None
