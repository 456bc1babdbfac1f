"""One run per org at a time, whoever starts it: a lock on a database connection of its own.

The connection ends with the process, so whoever is killed leaves no lock behind.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper

# The first half of the lock's key: locks of jobs are of the other form and never meet these.
SYNC = 0x53594E43
PATIENCE_S = 2.0
POLL_S = 0.05


class SyncRunningError(Exception):
    """Another process is at it."""


class LockLostError(Exception):
    """The lock's connection broke: another process may be at it by now."""


class OrgLock:
    def __init__(self, own: BaseDatabaseWrapper) -> None:
        self.own = own

    def confirm(self) -> None:
        """Asked before each commit; it also keeps the connection from being idle for too long."""
        try:
            with self.own.cursor() as cursor:
                cursor.execute("SELECT 1")
        except Error as error:
            raise LockLostError(
                "The connection that kept other syncs of this org away was lost, so nothing more "
                "was written. What was read before is kept, and the next sync goes on from there."
            ) from error


@contextmanager
def org_lock(*, org_id: int) -> Iterator[OrgLock]:
    own = connection.copy()
    try:
        lock_patiently(own, org_id=org_id)
        try:
            yield OrgLock(own)
        finally:
            unlock(own, org_id=org_id)
    finally:
        own.close()


def lock_patiently(own: BaseDatabaseWrapper, *, org_id: int) -> None:
    """PostgreSQL may take a moment to notice that the former holder's process is gone."""
    deadline = time.monotonic() + PATIENCE_S
    while not try_lock(own, org_id=org_id):
        if time.monotonic() > deadline:
            raise SyncRunningError(
                "A sync of this org is running already: wait for its end, or cancel it."
            )
        time.sleep(POLL_S)


def try_lock(own: BaseDatabaseWrapper, *, org_id: int) -> bool:
    with own.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [SYNC, org_id])
        return bool(cursor.fetchone()[0])


def unlock(own: BaseDatabaseWrapper, *, org_id: int) -> None:
    """Said aloud, for a connection that goes back into a pool; one that broke has let go."""
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [SYNC, org_id])
    except Error:
        return
