from datetime import timedelta

from django.conf import settings

from revenue.celery import app
from revenue.jobs.broker import (
    BEAT_SCHEDULE,
    LONGEST_DELAY_S,
    TIME_LIMITS,
    VISIBILITY_TIMEOUT_S,
    broker_options,
    task_queues,
)
from revenue.jobs.queues import Queue, in_words
from revenue.jobs.sweeping import OVERTAKEN_AFTER


def test_redis_keeps_a_message_for_longer_than_the_longest_job() -> None:
    longest = max(limit.hard_s for limit in TIME_LIMITS.values())
    assert longest + LONGEST_DELAY_S < VISIBILITY_TIMEOUT_S
    options = broker_options(url="redis+socket:///x?virtual_host=1")
    assert options["visibility_timeout"] == VISIBILITY_TIMEOUT_S


def test_soft_limits_come_well_before_hard_ones() -> None:
    assert all(limit.hard_s >= limit.soft_s + 30 for limit in TIME_LIMITS.values())


def test_three_durable_queues() -> None:
    assert {queue.name for queue in task_queues()} == set(Queue.values) == set(TIME_LIMITS)
    assert all(queue.durable and queue.exchange.durable for queue in task_queues())


def test_messages_are_json_and_confirmed_late() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert not app.conf.task_create_missing_queues
    assert app.conf.result_backend is None


def test_what_the_scheduler_starts_exists_and_has_a_queue() -> None:
    app.loader.import_default_modules()
    for entry in BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks
        assert entry["options"]["queue"] in Queue.values


def test_a_heartbeat_message_cannot_be_older_than_the_sweep_takes_it_for() -> None:
    beats = [entry for name, entry in BEAT_SCHEDULE.items() if name.startswith("worker-heartbeat")]
    assert {entry["args"][0] for entry in beats} == set(Queue.values)
    for entry in beats:
        assert timedelta(seconds=entry["options"]["expire_seconds"]) < OVERTAKEN_AFTER


def test_the_scheduler_keeps_its_plan_in_the_database() -> None:
    assert settings.CELERY_BEAT_SCHEDULER == "revenue.jobs.scheduler:Scheduler"


def test_limits_in_words() -> None:
    assert in_words(60) == "1 minute"
    assert in_words(1800) == "30 minutes"
    assert in_words(7200) == "2 hours"
    assert in_words(90) == "90 seconds"
