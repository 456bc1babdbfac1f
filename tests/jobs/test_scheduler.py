"""The scheduler for real, with a plan of seconds."""

import signal
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from revenue.jobs import heartbeat
from revenue.jobs.broker import BEAT_SCHEDULE
from revenue.jobs.models import Job
from tests.jobs.stage import EMBEDDED_ONLY, QUEUES, Stage, effects, wait_for
from tests.jobs.tasks_for_tests import count_bulk

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("stage", EMBEDDED_ONLY, indirect=True),
]


def round_trips_since(moment: datetime) -> bool:
    trips = heartbeat.round_trips()
    return all((at := trips[queue]) is not None and at > moment for queue in QUEUES)


def forgotten_job() -> Job:
    """Its message was never sent, as where the web server died between commit and sending."""
    long_ago = timezone.now() - timedelta(hours=1)
    facts = {"task": count_bulk.name, "queue": "bulk", "arguments": {"steps": 3}}
    return Job.objects.create(title="Forgotten", created_at=long_ago, **facts)


def test_two_schedulers_at_once_do_no_harm_and_one_is_enough(stage: Stage) -> None:
    cache.clear()
    with stage.scheduler("scheduler-1") as first, stage.scheduler("scheduler-2") as second:
        for name in ("scheduler-1", "scheduler-2"):
            stage.wait_ready(name)
        wait_for(lambda: round_trips_since(timezone.now() - timedelta(minutes=1)), what="beats")
        job = stage.finished(forgotten_job())
        assert (job.state, effects(job), job.attempts) == (Job.State.SUCCEEDED, [0, 1, 2], 1)

        first.send_signal(signal.SIGKILL)
        first.wait()
        alone_since = timezone.now()
        wait_for(lambda: round_trips_since(alone_since), what="beats of the one that is left")
        assert second.poll() is None
    names = set(PeriodicTask.objects.values_list("name", flat=True))
    assert set(BEAT_SCHEDULE) <= names
    assert PeriodicTask.objects.count() == len(names)
    for name in ("scheduler-1", "scheduler-2"):
        assert b"Traceback" not in stage.written(name)
