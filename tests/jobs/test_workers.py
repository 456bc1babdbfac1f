"""What workers do with jobs that are doubled, cancelled, handed back, too long, failing or lost."""

import os
import signal
import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from revenue.jobs import heartbeat
from revenue.jobs.attempts import MAX_STALLS
from revenue.jobs.broker import TimeLimit
from revenue.jobs.models import Job
from revenue.jobs.queues import Queue
from revenue.jobs.running import cancel
from revenue.jobs.sending import send
from revenue.jobs.sweeping import OVERTAKEN_AFTER, SILENT_AFTER, UNSENT_AFTER, sweep
from revenue.jobs.tasks import beat, check_system
from tests.factories.jobs import an_org
from tests.jobs.stage import QUEUES, Stage, effects, queue_up, wait_for
from tests.jobs.tasks_for_tests import (
    break_down,
    count_bulk,
    count_interactive,
    count_training,
    sleep_long,
    stumble,
)

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_two_deliveries_at_once_do_the_work_once(stage: Stage) -> None:
    job = queue_up(
        count_bulk, stage=stage, points=("between-1", "inside-3"), arguments={"steps": 5}
    )
    stage.reached(job, "between-1")
    for _ in range(3):
        send(job)
    # Behind the doubles in the same queue, so that they have been taken up when it is done.
    behind = queue_up(count_bulk, stage=stage, arguments={"steps": 1})
    stage.finished(behind)
    stage.let_go(job, "between-1")
    stage.reached(job, "inside-3")
    stage.let_go(job, "inside-3")
    stage.finished(job)
    assert (effects(job), job.attempts) == ([0, 1, 2, 3, 4], 1)


def test_a_finished_job_is_not_run_again(stage: Stage) -> None:
    job = queue_up(count_interactive, stage=stage, arguments={"steps": 3})
    stage.finished(job)
    stage.plan(job, "after")
    send(job)
    stage.reached(job, "after")
    stage.let_go(job, "after")
    assert (effects(job), Job.objects.get(pk=job.pk).attempts) == ([0, 1, 2], 1)


def test_an_attempt_that_was_overtaken_leaves_nothing_behind(stage: Stage) -> None:
    """As a worker that slept through its own replacement: its step is rolled back."""
    job = queue_up(count_bulk, stage=stage, points=("inside-2",), arguments={"steps": 4})
    stage.reached(job, "inside-2")
    swept = sweep(at=timezone.now() + SILENT_AFTER + timedelta(minutes=1), round_trips={})
    assert swept.sent == 1
    stage.finished(job)
    assert (job.state, effects(job), job.attempts) == (Job.State.SUCCEEDED, [0, 1, 2, 3], 2)
    stage.plan(job, "after")
    stage.let_go(job, "inside-2")
    stage.reached(job, "after")
    stage.let_go(job, "after")
    assert effects(job) == [0, 1, 2, 3]


def test_cancelled_between_steps(stage: Stage) -> None:
    job = queue_up(count_training, stage=stage, points=("inside-2",), arguments={"steps": 9})
    stage.reached(job, "inside-2")
    assert cancel(job, by=None).is_cancelling
    stage.let_go(job, "inside-2")
    stage.finished(job)
    assert (job.state, effects(job), job.done) == (Job.State.CANCELLED, [0, 1, 2], 3)


def test_cancelled_while_it_waits(stage: Stage) -> None:
    job = queue_up(count_bulk, stage=stage, points=("before",), arguments={"steps": 3})
    stage.reached(job, "before")
    assert cancel(job, by=None).state == Job.State.CANCELLED
    stage.plan(job, "after")
    stage.let_go(job, "before")
    stage.reached(job, "after")
    stage.let_go(job, "after")
    job.refresh_from_db()
    assert (job.state, effects(job), job.attempts) == (Job.State.CANCELLED, [], 0)


def test_a_long_training_does_not_delay_a_page(stage: Stage) -> None:
    trainings = [
        queue_up(count_training, stage=stage, points=("inside-1",), arguments={"steps": 3})
        for _ in range(7)
    ]
    stage.reached(trainings[0], "inside-1")
    quick = queue_up(count_interactive, stage=stage, arguments={"steps": 2})
    stage.finished(quick)
    assert not any(Job.objects.get(pk=job.pk).is_finished for job in trainings)
    for job in trainings:
        stage.let_go(job, "inside-1")
    for job in trainings:
        assert stage.finished(job).state == Job.State.SUCCEEDED
        assert effects(job) == [0, 1, 2]


def test_transient_errors_are_tried_again_and_leave_no_double(stage: Stage) -> None:
    job = queue_up(stumble, stage=stage, arguments={"times": 1})
    stage.finished(job)
    assert (job.state, job.attempts, job.error) == (Job.State.SUCCEEDED, 2, "")
    assert effects(job) == [2]


def test_transient_errors_end_in_a_reason(stage: Stage) -> None:
    job = queue_up(stumble, stage=stage, points=("before",), arguments={"times": 99})
    stage.reached(job, "before")
    # Only the last of the attempts is looked at here.
    Job.objects.filter(pk=job.pk).update(stalls=MAX_STALLS - 1)
    stage.let_go(job, "before")
    stage.finished(job)
    assert (job.state, effects(job)) == (Job.State.FAILED, [])
    assert "The other side was busy" in job.error
    assert "RetryableError" in job.traceback


def test_an_unexpected_error_fails_at_once_without_secrets(stage: Stage) -> None:
    job = queue_up(break_down, stage=stage)
    stage.finished(job)
    assert (job.state, job.attempts, effects(job)) == (Job.State.FAILED, 1, [])
    assert "ValueError" in job.error
    assert "break_down" in job.traceback
    for secret in ("hunter22", "abcdef123456"):
        assert secret not in job.error + job.traceback


def test_time_limit(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Queue, "time_limit", TimeLimit(soft_s=1, hard_s=30))
    job = queue_up(sleep_long, stage=stage)
    stage.finished(job)
    assert (job.state, effects(job)) == (Job.State.FAILED, [])
    assert "longer than the 1 minute that the interactive queue allows" in job.error


def test_a_worker_asked_to_stop_hands_its_job_back(stage: Stage) -> None:
    job = queue_up(count_bulk, stage=stage, points=("inside-2",), arguments={"steps": 6})
    stage.reached(job, "inside-2")
    mark = len(stage.written("bulk"))
    stage.workers["bulk"].send_signal(signal.SIGTERM)
    stage.wait_for_word("bulk", b"Warm shutdown", since=mark)
    stage.let_go(job, "inside-2")
    stage.stop("bulk")
    job.refresh_from_db()
    assert (job.state, effects(job)) == (Job.State.QUEUED, [0, 1, 2])
    stage.begin(["bulk"])
    stage.finished(job)
    assert (job.state, effects(job), job.attempts) == (Job.State.SUCCEEDED, list(range(6)), 2)


def test_a_machine_that_loses_power(stage: Stage) -> None:
    """Worker and children are gone; Redis would keep the messages back for hours."""
    running = queue_up(count_bulk, stage=stage, points=("inside-2",), arguments={"steps": 5})
    stage.reached(running, "inside-2")
    stage.kill("bulk")
    cache.clear()
    stage.begin(["bulk"])
    wait_for(lambda: heartbeat.beat_at("bulk"), what="the new worker's own word")
    at = timezone.now() + SILENT_AFTER + timedelta(seconds=5)
    sweep(at=at, round_trips={})
    stage.finished(running)
    assert (running.state, effects(running)) == (Job.State.SUCCEEDED, [0, 1, 2, 3, 4])


def test_an_orphaned_child_ends_its_job_alone(stage: Stage) -> None:
    job = queue_up(count_training, stage=stage, points=("inside-1",), arguments={"steps": 4})
    stage.reached(job, "inside-1")
    worker = stage.workers.pop("training")
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    stage.begin(["training"])
    send(job)
    stage.let_go(job, "inside-1")
    stage.finished(job)
    assert (job.state, effects(job)) == (Job.State.SUCCEEDED, [0, 1, 2, 3])


def test_a_message_that_the_broker_lost_is_sent_again(stage: Stage) -> None:
    job = queue_up(count_interactive, stage=stage, points=("before",), arguments={"steps": 2})
    stage.reached(job, "before")
    stage.let_go(job, "before")
    stage.finished(job)
    lost = Job.objects.create(
        task=count_interactive.name,
        title="Lost",
        queue="interactive",
        arguments={"steps": 2},
        created_at=timezone.now(),
        sent_at=timezone.now(),
        sends=1,
    )
    beat.apply_async(args=("interactive",), queue="interactive")
    wait_for(lambda: heartbeat.round_trips()["interactive"], what="the heartbeat's round trip")
    trips = heartbeat.round_trips()
    assert sweep(at=timezone.now() + timedelta(minutes=5), round_trips=trips).sent == 0
    later = {queue: at and at + OVERTAKEN_AFTER * 2 for queue, at in trips.items()}
    assert sweep(at=timezone.now() + timedelta(minutes=5), round_trips=later).sent == 1
    stage.finished(lost)
    assert effects(lost) == [0, 1]


def test_a_page_answers_while_the_broker_is_away(stage: Stage) -> None:
    away = (
        "amqp://guest:guest@127.0.0.1:9//" if "amqp" in stage.broker_url else "redis://127.0.0.1:9"
    )
    begun = time.monotonic()
    with stage.broker_at(away):
        job = queue_up(count_interactive, stage=stage, arguments={"steps": 2})
    assert time.monotonic() - begun < 5
    job.refresh_from_db()
    assert (job.state, job.sent_at, job.sends) == (Job.State.QUEUED, None, 0)
    sweep(at=timezone.now() + UNSENT_AFTER * 2, round_trips={})
    stage.finished(job)
    assert effects(job) == [0, 1]


def test_workers_say_that_they_live(stage: Stage) -> None:
    for queue in QUEUES:
        beat.apply_async(args=(queue,), queue=queue)
    wait_for(
        lambda: all(trip is not None for trip in heartbeat.round_trips().values()),
        what="a round trip through each queue",
    )
    wait_for(
        lambda: all(
            age is not None and age < 60
            for age in heartbeat.workers_alive(at=timezone.now()).values()
        ),
        what="a heartbeat of each worker",
    )


def test_the_check_runs_on_each_queue(stage: Stage) -> None:
    org = an_org()
    for queue in Job.Queue:
        job = queue_up(check_system.on(queue), stage=stage, org=org)
        stage.finished(job)
        assert job.state == Job.State.SUCCEEDED, job.error
        assert [check["name"] for check in job.result["checks"]] == [
            "Wait for a worker",
            "Database",
            "Cache",
            "Broker",
            "Disk",
        ]
