"""Two who score the customers of one org at the same time."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection

from forecasting.health import tasks
from forecasting.health.running import SCORING, score
from revenue.jobs.running import JobRun
from revenue.ml.one_at_a_time import one_at_a_time
from revenue.users.models import Org
from tests.factories.jobs import a_job
from tests.factories.people import OrgFactory

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 1, 1, tzinfo=UTC)
MOST_SECONDS = 30
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def by_job(org: Org) -> None:
    tasks.score_health.function(JobRun.of(a_job(org=org, running=True)))


def by_command(org: Org) -> None:
    score(org=org, as_of=AT, at=AT)


def is_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        found: tuple[int] = cursor.fetchone()
    return found == (1,)


@pytest.mark.parametrize("deed", [by_job, by_command])
def test_the_later_one_waits(deed: Callable[[Org], None]) -> None:
    org: Org = OrgFactory()
    done: list[bool] = []

    def run() -> None:
        try:
            deed(org)
            done.append(True)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with one_at_a_time(org, SCORING):
        thread.start()
        until = time.monotonic() + MOST_SECONDS
        while not is_waiting() and thread.is_alive() and time.monotonic() < until:
            time.sleep(0.02)
        assert thread.is_alive(), "Nobody waited."
        assert done == []
    thread.join(MOST_SECONDS)
    assert done == [True]
