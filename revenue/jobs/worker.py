"""What a worker's main process does beside running tasks: it says that it lives, or stops."""

import time
from typing import Any

import structlog
from celery import signals
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from redis.exceptions import RedisError

from revenue.celery import app
from revenue.jobs import heartbeat, stopping

log = structlog.get_logger(__name__)
rhythm = heartbeat.Rhythm()


@signals.worker_init.connect(weak=False)
def check_connection(**_: Any) -> None:
    if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        raise ImproperlyConfigured(
            "A worker holds locks that belong to its database connection, which a transaction "
            "pooler would hand to somebody else: give the workers a DATABASE_URL that leads to "
            "PostgreSQL itself and unset DATABASE_TRANSACTION_POOLING for them."
        )
    stopping.withdraw()


@signals.worker_ready.connect(weak=False)
@signals.heartbeat_sent.connect(weak=False)
def say_alive(**_: Any) -> None:
    if not rhythm.is_due():
        return
    try:
        heartbeat.tell_alive(app.amqp.queues.consume_from, at=time.time())
    except RedisError as error:
        log.warning("worker_heartbeat_not_written", reason=str(error))


@signals.worker_shutting_down.connect(weak=False)
def announce_stop(**_: Any) -> None:
    stopping.announce()
