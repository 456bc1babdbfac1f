import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import amqp
import pytest
import redis
from django.conf import settings
from pytest_django import DjangoDbBlocker

from tests.jobs.stage import Stage, effect_table, purge, use_broker

REAL_REDIS = "redis://127.0.0.1:6379/13"
RABBITMQ = "amqp://guest:guest@127.0.0.1:5672//"


def embedded() -> str:
    return str(settings.CELERY_BROKER_URL)


def real_redis() -> str:
    try:
        redis.Redis.from_url(REAL_REDIS, socket_timeout=2).ping()
    except redis.RedisError:
        pytest.skip("no Redis answers at 127.0.0.1:6379; start one to run the task suite on it")
    return REAL_REDIS


def rabbitmq() -> str:
    try:
        with amqp.Connection(host="127.0.0.1:5672", connect_timeout=2):
            pass
    except (OSError, amqp.AMQPError):
        pytest.skip("no RabbitMQ answers at 127.0.0.1:5672; start one to run the task suite on it")
    return RABBITMQ


BROKERS = {"embedded": embedded, "redis": real_redis, "rabbitmq": rabbitmq}


@pytest.fixture(scope="session", params=list(BROKERS))
def stage(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    """Workers on one of the brokers; test runs that share a broker wait for each other."""
    url = BROKERS[request.param]()
    lock = Path(tempfile.gettempdir()) / f"revenue-tests-{os.getuid()}-{request.param}.lock"
    with lock.open("w") as held, django_db_blocker.unblock():
        if request.param != "embedded":
            fcntl.flock(held, fcntl.LOCK_EX)
        use_broker(url)
        purge()
        effect_table()
        stage = Stage(broker_url=url, folder=tmp_path_factory.mktemp(request.param))
        try:
            stage.begin()
            yield stage
        finally:
            stage.end()
            purge()
            use_broker(str(settings.CELERY_BROKER_URL))
