"""How Celery uses its broker, as plain values for the settings: queues, time limits, time-outs."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery.schedules import crontab
from kombu import Exchange, Queue


@dataclass(frozen=True)
class TimeLimit:
    soft_s: int
    hard_s: int


# The hard limit is for code that cannot be interrupted; a job should end by the soft one.
TIME_LIMITS = {
    "interactive": TimeLimit(soft_s=60, hard_s=90),
    "bulk": TimeLimit(soft_s=30 * 60, hard_s=31 * 60),
    "training": TimeLimit(soft_s=2 * 3600, hard_s=2 * 3600 + 5 * 60),
}
LONGEST_DELAY_S = 300
# Redis gives a message that nobody confirmed to another worker after this time. It is longer than
# the longest job with its longest wait before a new attempt, so that no running job is delivered
# twice for being long; a worker that vanished is noticed by the sweep long before.
VISIBILITY_TIMEOUT_S = max(each.hard_s for each in TIME_LIMITS.values()) + LONGEST_DELAY_S + 300


def task_queues() -> list[Queue]:
    return [
        Queue(name, Exchange(name, type="direct", durable=True), routing_key=name, durable=True)
        for name in TIME_LIMITS
    ]


def broker_options(*, url: str) -> dict[str, Any]:
    """A page that starts a job waits for a broker that is away for a few seconds at the most."""
    once_more = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.2}
    if url.startswith("amqp"):
        return {**once_more, "confirm_publish": True}
    return {
        **once_more,
        "visibility_timeout": VISIBILITY_TIMEOUT_S,
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
        "health_check_interval": 25,
    }


def each_minute(task: str, *, queue: str) -> dict[str, Any]:
    """Not kept for a worker that comes back after an hour: sixty sweeps are no better than one."""
    return {
        "task": f"revenue.jobs.tasks.{task}",
        "schedule": timedelta(minutes=1),
        "args": (queue,) if task == "beat" else (),
        "options": {"queue": queue, "expire_seconds": 55},
    }


def daily(task: str, *, hour: int, module: str = "revenue.jobs.tasks") -> dict[str, Any]:
    return {
        "task": f"{module}.{task}",
        "schedule": crontab(minute=17, hour=hour),
        "options": {"queue": "bulk", "expire_seconds": 6 * 3600},
    }


BEAT_SCHEDULE = {
    "jobs-sweep": each_minute("sweep", queue="interactive"),
    **{f"worker-heartbeat-{name}": each_minute("beat", queue=name) for name in TIME_LIMITS},
    "jobs-forget-old": daily("forget_old_jobs", hour=2),
    "exports-remove-old": daily("remove_old_exports", hour=2),
    "uploads-remove-old": daily("remove_old_uploads", hour=2, module="accounts.scheduled"),
    "documents-remove-old": daily("remove_old_documents", hour=2, module="assistant.scheduled"),
    "sign-ins-forget-expired": daily("forget_expired_sign_ins", hour=3),
}
