"""Two jobs that write one list of an org would mix it: the later one waits, then reads."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from revenue.users.models import Org

LOCK = "SELECT pg_advisory_lock(hashtextextended(%s, %s))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended(%s, %s))"


@contextmanager
def one_at_a_time(org: Org, task: str) -> Iterator[None]:
    """Held by the connection, so that steps between may be committed."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [task, org.pk])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(UNLOCK, [task, org.pk])
