"""Signs of life of the workers, in the shared cache, where the readiness check reads them.

"worker-heartbeat:<queue>" is the unix time at which a worker that takes from the queue last lived;
the worker writes it by itself, so a worker that is busy for hours does not look dead.
"queue-round-trip:<queue>" is when a message of the scheduler last came through the queue: whatever
was sent well before it and has not been taken up by now is lost.
"""

import time
from collections.abc import Iterable
from datetime import UTC, datetime

from django.core.cache import cache

from revenue.jobs.queues import Queue

KEEP_S = 24 * 3600
ALIVE_EVERY_S = 15.0


def alive_key(queue: str) -> str:
    return f"worker-heartbeat:{queue}"


def round_trip_key(queue: str) -> str:
    return f"queue-round-trip:{queue}"


def tell_alive(queues: Iterable[str], *, at: float) -> None:
    cache.set_many({alive_key(queue): at for queue in queues}, timeout=KEEP_S)


def tell_round_trip(queue: str, *, at: float) -> None:
    cache.set(round_trip_key(queue), at, timeout=KEEP_S)
    tell_alive([queue], at=at)


def moment_of(value: float | None) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(value, tz=UTC)


def beat_at(queue: str) -> datetime | None:
    return moment_of(cache.get(alive_key(queue)))


def round_trips() -> dict[str, datetime | None]:
    found = cache.get_many([round_trip_key(queue) for queue in Queue.values])
    return {queue: moment_of(found.get(round_trip_key(queue))) for queue in Queue.values}


def workers_alive(*, at: datetime) -> dict[str, float | None]:
    """Seconds since a worker of each queue was last known to live; None where none ever was."""
    found = cache.get_many([alive_key(queue) for queue in Queue.values])
    beats = {queue: found.get(alive_key(queue)) for queue in Queue.values}
    now = at.timestamp()
    return {queue: None if beat is None else max(0.0, now - beat) for queue, beat in beats.items()}


class Rhythm:
    """Celery asks every two seconds; the cache is told every fifteen."""

    def __init__(self) -> None:
        self.last = 0.0

    def is_due(self) -> bool:
        now = time.monotonic()
        if now - self.last < ALIVE_EVERY_S:
            return False
        self.last = now
        return True
