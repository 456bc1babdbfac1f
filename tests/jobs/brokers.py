"""Brokers to try jobs on, each with a corner of its own where others use it too."""

import base64
import http.client
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import amqp
import pytest
import redis
from django.conf import settings

REDIS = "redis://127.0.0.1:6379/13"
RABBITMQ = "127.0.0.1:5672"
MANAGEMENT = ("127.0.0.1", 15672)
QUEUES = ("interactive", "bulk", "training")
GUEST = base64.b64encode(b"guest:guest").decode()


@dataclass(frozen=True)
class Broker:
    url: str
    key_prefix: str = ""


@contextmanager
def embedded() -> Iterator[Broker]:
    yield Broker(str(settings.CELERY_BROKER_URL))


@contextmanager
def real_redis() -> Iterator[Broker]:
    prefix = f"revenue-tests-{os.getpid()}:"
    with redis.Redis.from_url(REDIS, socket_timeout=2) as client:
        try:
            client.ping()
        except redis.RedisError:
            pytest.skip("no Redis answers at 127.0.0.1:6379; start one to run the task suite on it")
        try:
            yield Broker(REDIS, key_prefix=prefix)
        finally:
            for key in client.scan_iter(f"{prefix}*"):
                client.delete(key)


@contextmanager
def rabbitmq() -> Iterator[Broker]:
    if not answers("/"):
        pytest.skip("no RabbitMQ answers at 127.0.0.1:5672; start one to run the task suite on it")
    host = f"revenue-tests-{os.getpid()}"
    if make_host(host):
        try:
            yield Broker(f"amqp://guest:guest@{RABBITMQ}/{host}")
        finally:
            remove_host(host)
    elif taken := queues_there():
        pytest.skip(
            f"RabbitMQ has queues {', '.join(taken)} of somebody else and gives these tests no "
            "virtual host of their own: run them as root beside it, or enable its management plugin"
        )
    else:
        try:
            yield Broker(f"amqp://guest:guest@{RABBITMQ}//")
        finally:
            remove_queues()


def answers(virtual_host: str) -> bool:
    try:
        with amqp.Connection(host=RABBITMQ, virtual_host=virtual_host, connect_timeout=2):
            return True
    except (OSError, amqp.AMQPError):
        return False


def queues_there() -> list[str]:
    found = []
    with amqp.Connection(host=RABBITMQ, connect_timeout=2) as connection:
        for name in QUEUES:
            channel = connection.channel()
            try:
                channel.queue_declare(queue=name, passive=True)
            except amqp.NotFound:
                continue
            found.append(name)
            channel.close()
    return found


def remove_queues() -> None:
    with amqp.Connection(host=RABBITMQ, connect_timeout=2) as connection:
        for name in QUEUES:
            connection.channel().queue_delete(queue=name)


def make_host(name: str) -> bool:
    rights = '{"configure": ".*", "write": ".*", "read": ".*"}'
    made = manage("PUT", f"vhosts/{name}") and manage("PUT", f"permissions/{name}/guest", rights)
    if not made:
        control("add_vhost", name)
        control("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
    return answers(name)


def remove_host(name: str) -> None:
    if not manage("DELETE", f"vhosts/{name}"):
        control("delete_vhost", name)


def manage(method: str, path: str, body: str = "{}") -> bool:
    connection = http.client.HTTPConnection(*MANAGEMENT, timeout=5)
    headers = {"Authorization": f"Basic {GUEST}", "Content-Type": "application/json"}
    try:
        connection.request(method, f"/api/{path}", body=body, headers=headers)
        return connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def control(*arguments: str) -> None:
    program = shutil.which("rabbitmqctl", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is not None:
        subprocess.run(
            [program, "--quiet", *arguments], capture_output=True, timeout=60, check=False
        )


BROKERS = {"embedded": embedded, "redis": real_redis, "rabbitmq": rabbitmq}
