"""How long the parts that everything rests on take to answer, as seen from a worker."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from revenue.celery import app
from revenue.jobs.run import JobRun

ROUNDS = 5
ENOUGH_DISK = 0.05


def measure(job: JobRun, *, folder: Path) -> list[dict[str, Any]]:
    waited_ms = (timezone.now() - job.created_at).total_seconds() * 1000
    parts: list[tuple[str, Callable[[], dict[str, Any]]]] = [
        ("Database", lambda: timed(database_answers)),
        ("Cache", lambda: timed(lambda: cache_answers(str(job.id)))),
        ("Broker", lambda: timed(broker_answers)),
        ("Disk", lambda: disk(folder)),
    ]
    job.tell("Measuring", total=len(parts))
    found: list[dict[str, Any]] = [
        {"name": "Wait for a worker", "value": milliseconds(waited_ms), "ok": waited_ms < 5000}
    ]
    for name, part in parts:
        with job.step(text=f"Measuring: {name}"):
            found.append({"name": name, **part()})
    return found


def timed(ask: Callable[[], None]) -> dict[str, Any]:
    """The best of a few rounds, since the first may have to connect."""
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        ask()
        took.append((time.perf_counter() - begun) * 1000)
    return {"value": milliseconds(min(took)), "ok": min(took) < 250}


def milliseconds(value: float) -> str:
    return f"{value:.1f} ms" if value < 100 else f"{value:,.0f} ms"


def database_answers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def cache_answers(key: str) -> None:
    cache.set(f"check:{key}", "1", timeout=60)
    cache.get(f"check:{key}")


def broker_answers() -> None:
    """Opens a connection and a channel, as a page that starts a job may have to."""
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1)
        broker.channel().close()  # type: ignore[attr-defined]


def disk(folder: Path) -> dict[str, Any]:
    usage = shutil.disk_usage(folder)
    share = usage.free / usage.total
    return {"value": f"{usage.free / 2**30:,.1f} GiB free ({share:.0%})", "ok": share > ENOUGH_DISK}
