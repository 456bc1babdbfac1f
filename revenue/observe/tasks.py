"""What is counted and carried along when Celery sends and runs tasks."""

import time
from typing import Any

from celery import current_app, signals
from django_structlog.celery.signals import (
    bind_extra_task_metadata,
    modify_context_before_task_publish,
)
from structlog.contextvars import bind_contextvars

from revenue.observe import metrics

SENT_AT = "revenue_sent_at"
CARRIED = ("request_id", "correlation_id", "user_id")

_started_at: dict[str, float] = {}


def connect() -> None:
    """Also in the web process, which sends: its request id goes with the message."""
    modify_context_before_task_publish.connect(carry_little)
    bind_extra_task_metadata.connect(name_task)
    signals.setup_logging.connect(leave_logging_alone)
    signals.before_task_publish.connect(stamp)
    signals.task_prerun.connect(task_began)
    signals.task_postrun.connect(task_ended)
    signals.task_revoked.connect(task_revoked)


def leave_logging_alone(**_signal: Any) -> None:
    """Celery keeps its hands off the root logger as soon as somebody listens."""


def carry_little(*, context: dict[str, Any], **_signal: Any) -> None:
    for name in set(context) - set(CARRIED):
        del context[name]


def name_task(*, task: Any, **_signal: Any) -> None:
    bind_contextvars(task=task.name)


def stamp(*, headers: dict[str, Any] | None = None, **_signal: Any) -> None:
    if headers is not None:
        headers[SENT_AT] = time.time()


def task_began(*, task_id: str, task: Any, **_signal: Any) -> None:
    _started_at[task_id] = time.monotonic()
    metrics.keep(lambda: count_start(task))


def count_start(task: Any) -> None:
    metrics.tasks_started.labels(task.name).inc()
    sent_at = getattr(task.request, SENT_AT, None)
    if isinstance(sent_at, int | float) and not task.request.eta:
        waited = max(0.0, time.time() - sent_at)
        metrics.task_wait_seconds.labels(queue_label(task.request.delivery_info)).observe(waited)


def queue_label(delivery_info: dict[str, Any] | None) -> str:
    """The routing key is the sender's word, so only names of queues become a label."""
    key = (delivery_info or {}).get("routing_key")
    return str(key) if key in current_app.amqp.queues else "other"


def task_ended(*, task_id: str, task: Any, state: str | None = None, **_signal: Any) -> None:
    started_at = _started_at.pop(task_id, None)
    took = None if started_at is None else time.monotonic() - started_at
    metrics.keep(lambda: count_end(task.name, state=state or "UNKNOWN", seconds=took))


def count_end(name: str, *, state: str, seconds: float | None) -> None:
    if seconds is not None:
        metrics.task_seconds.labels(name).observe(seconds)
    metrics.tasks_total.labels(name, state).inc()


def task_revoked(*, request: Any, **_signal: Any) -> None:
    name = request.task if request.task in current_app.tasks else "unknown"
    metrics.keep(lambda: metrics.tasks_total.labels(name, "REVOKED").inc())
