"""The plan of what is done when, in the database; begun by one scheduler at a time."""

from django.db import connection
from django_celery_beat.schedulers import DatabaseScheduler

LOCK = 7_318_002


class Scheduler(DatabaseScheduler):  # type: ignore[misc]
    def setup_schedule(self) -> None:
        """Two that write a new plan at once would refuse each other's entries as taken."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, 0)", [LOCK])
        try:
            super().setup_schedule()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [LOCK])
