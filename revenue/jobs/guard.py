"""Who works on a job: a lock and a heartbeat, together on one database connection of their own.

The connection ends with the process, so a killed worker's lock is free at once, whatever query its
work was in; and a lock whose heartbeat has stopped is known to have nobody behind it.
"""

import threading
import time
import uuid
from types import TracebackType
from typing import Self

import structlog
from django.db import DatabaseError, connection
from django.utils import timezone

from revenue.jobs.models import Job, State

BEAT_EVERY_S = 10.0
LOCK_PATIENCE_S = 2.0
LOCK_POLL_S = 0.05

log = structlog.get_logger(__name__)


class Guard:
    def __init__(self, *, job_id: uuid.UUID, beat_every_s: float = BEAT_EVERY_S) -> None:
        self.job_id = job_id
        self.beat_every_s = beat_every_s
        self.held = False
        self._attempt: int | None = None
        self._error: DatabaseError | None = None
        self._decided = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"job-{job_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._decided.wait()
        except BaseException:
            self._stop.set()
            raise
        if self._error is not None:
            raise self._error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def beat_for(self, *, attempt: int) -> None:
        self._attempt = attempt

    def _run(self) -> None:
        try:
            self._hold()
        except DatabaseError as error:
            self._error, self.held = error, False
        finally:
            connection.close()
            self._decided.set()

    def _hold(self) -> None:
        self.held = self._patiently_lock()
        self._decided.set()
        while self.held and not self._stop.wait(self.beat_every_s):
            self.held = self._beat_or_relock()
        if self.held:
            unlock(job_id=self.job_id)

    def _patiently_lock(self) -> bool:
        """PostgreSQL may take a moment to notice that the former holder's process is gone."""
        deadline = time.monotonic() + LOCK_PATIENCE_S
        while not try_lock(job_id=self.job_id):
            if time.monotonic() > deadline or self._stop.wait(LOCK_POLL_S):
                return False
        return True

    def _beat_or_relock(self) -> bool:
        try:
            if not connection.is_usable():
                connection.close()
                return try_lock(job_id=self.job_id)
            self._beat()
        except DatabaseError as error:
            log.warning("job_heartbeat_missed", job_id=str(self.job_id), error=str(error))
        return True

    def _beat(self) -> None:
        if self._attempt is not None:
            mine = Job.objects.filter(pk=self.job_id, attempts=self._attempt, state=State.RUNNING)
            mine.update(heartbeat_at=timezone.now())


def lock_key(job_id: uuid.UUID) -> int:
    return int.from_bytes(job_id.bytes[:8], "big", signed=True)


def try_lock(*, job_id: uuid.UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock_key(job_id)])
        return bool(cursor.fetchone()[0])


def unlock(*, job_id: uuid.UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [lock_key(job_id)])


END_HOLDER = """
    SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND pid <> pg_backend_pid()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (classid::bigint << 32) | objid::bigint = %s
"""


def end_silent_holder(*, job_id: uuid.UUID) -> None:
    """For a job whose heartbeat stopped: the connection that holds its lock leads to nobody."""
    with connection.cursor() as cursor:
        cursor.execute(END_HOLDER, [lock_key(job_id)])
