"""Starting, cancelling and the steps of a run, in this process and without a broker."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from django.db import connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from revenue.jobs import attempts, guard, running, stopping
from revenue.jobs.attempts import attempt_job
from revenue.jobs.failures import TRANSIENT
from revenue.jobs.guard import Guard
from revenue.jobs.models import Job
from revenue.jobs.running import JobRun, JobTask, RetryableError, cancel, job_task, start
from revenue.jobs.tasks import check_system
from revenue.users.models import AuditEvent, Org
from tests.factories.jobs import a_job, a_member, a_user, an_org

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    found: list[Job] = []

    def note(job: Job, **_: Any) -> bool:
        found.append(job)
        return True

    monkeypatch.setattr(running, "send", note)
    monkeypatch.setattr(attempts, "send", note)
    return found


def attempt(job: Job, function: Callable[[JobRun], dict[str, Any] | None]) -> Job:
    attempt_job(job_id=str(job.pk), function=function, transient=TRANSIENT)
    job.refresh_from_db()
    return job


def test_start_writes_row_and_audit_and_sends_after_the_commit(
    sent: list[Job], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    admin = a_member()
    with (
        structlog.contextvars.bound_contextvars(request_id="r-1"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        job = start(
            check_system, org=admin.org, by=admin.user, title="Check", arguments={"a": 1}, total=4
        )
        assert sent == []
    assert sent == [job]
    job.refresh_from_db()
    assert (job.state, job.queue, job.total, job.request_id) == ("queued", "interactive", 4, "r-1")
    event = AuditEvent.objects.get(action=AuditEvent.Action.JOB_STARTED)
    assert (event.actor, event.org, event.subject_id) == (admin.user, admin.org, str(job.pk))


def test_what_is_rolled_back_was_never_started(
    sent: list[Job], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        start(check_system, org=None, by=None, title="Check", arguments={})
        transaction.set_rollback(True)
    assert sent == []
    assert not Job.objects.exists()


def test_of_equal_keys_the_unfinished_job_wins(sent: list[Job]) -> None:
    org, person = an_org(), a_user()

    def ask(task: JobTask = check_system) -> Job:
        return start(task, org=org, by=person, title="Check", arguments={}, dedupe_key="check")

    first = ask()
    assert ask() == first
    assert AuditEvent.objects.filter(action=AuditEvent.Action.JOB_STARTED).count() == 1
    cancel(first, by=person)
    assert ask() != first


def test_cancelling_twice_is_recorded_once() -> None:
    job, person = a_job(running=True), a_user()
    assert cancel(job, by=person).is_cancelling
    cancel(job, by=person)
    assert AuditEvent.objects.filter(action=AuditEvent.Action.JOB_CANCELLED).count() == 1
    done = a_job(succeeded=True)
    assert cancel(done, by=person).state == Job.State.SUCCEEDED


def test_a_step_and_its_checkpoint_stand_or_fall_together() -> None:
    def work(job: JobRun) -> None:
        with job.step(checkpoint={"next": 1}):
            an_org(slug="kept")
        with job.step(checkpoint={"next": 2}):
            an_org(slug="lost")
            raise ValueError("no")

    job = attempt(a_job(), work)
    assert (job.state, job.checkpoint, job.done) == ("failed", {"next": 1}, 1)
    assert [event.slug for event in Org.objects.all()] == ["kept"]


def test_an_attempt_goes_on_from_the_checkpoint(sent: list[Job]) -> None:
    seen: list[int] = []

    def work(job: JobRun) -> dict[str, Any]:
        for number in range(job.checkpoint.get("next", 0), 4):
            with job.step(checkpoint={"next": number + 1}):
                seen.append(number)
                if number == 2 and job.attempt == 1:
                    raise RetryableError("Busy.")
        return {"seen": len(seen)}

    job = attempt(a_job(total=4), work)
    assert (job.state, job.error, job.stalls, sent) == ("queued", "Busy.", 1, [job])
    assert job.due_at is not None
    job = attempt(job, work)
    assert (job.state, job.error, job.done, seen) == ("succeeded", "", 4, [0, 1, 2, 2, 3])


def test_steps_without_a_checkpoint_begin_anew_and_count_as_no_progress(sent: list[Job]) -> None:
    def work(job: JobRun) -> None:
        with job.step():
            pass
        raise RetryableError("Busy.")

    job = a_job(total=5)
    for number in range(1, attempts.MAX_STALLS):
        assert attempt(job, work).state == "queued"
        assert (job.stalls, job.done) == (number, 1)
    assert attempt(job, work).state == "failed"
    assert job.error == "Busy. (after 5 attempts)"


def test_more_than_was_expected_raises_the_total() -> None:
    def work(job: JobRun) -> None:
        job.tell("Counting", total=1)
        with job.step(done=3, checkpoint={"x": 1}):
            pass

    job = attempt(a_job(), work)
    assert (job.state, job.done, job.total) == ("succeeded", 3, 3)


def test_an_attempt_that_was_overtaken_changes_nothing() -> None:
    def work(job: JobRun) -> None:
        Job.objects.filter(pk=job.id).update(attempts=job.attempt + 1)
        with job.step(checkpoint={"x": 1}):
            raise AssertionError("the step must not begin")

    job = attempt(a_job(), work)
    assert (job.state, job.checkpoint) == ("running", {})


def test_overtaken_inside_a_step() -> None:
    def work(job: JobRun) -> None:
        with job.step(checkpoint={"x": 1}):
            an_org(slug="void")
            Job.objects.filter(pk=job.id).update(attempts=job.attempt + 1)

    job = attempt(a_job(), work)
    assert (job.state, job.checkpoint, job.attempts) == ("running", {}, 1)
    assert not Org.objects.exists()


def test_a_stopping_worker_hands_back_only_what_got_further(
    sent: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "is_announced", lambda: True)

    def work(job: JobRun) -> None:
        for number in range(job.checkpoint.get("next", 0), 3):
            with job.step(checkpoint={"next": number + 1}):
                pass

    job = a_job()
    states = [attempt(job, work).state for _ in range(3)]
    assert states == ["queued", "queued", "succeeded"]
    assert sent == [job, job]


@pytest.mark.django_db(transaction=True)
def test_whoever_finds_the_lock_held_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "LOCK_PATIENCE_S", 0.2)
    job = a_job()
    ran: list[JobRun] = []

    def note(run: JobRun) -> None:
        ran.append(run)

    with Guard(job_id=job.pk) as first:
        assert first.held
        assert attempt(job, note).state == "queued"
    assert ran == []
    assert attempt(job, note).state == "succeeded"


@pytest.mark.django_db(transaction=True)
def test_the_heart_beats_while_a_step_is_long() -> None:
    job = a_job(running=True)
    before = job.heartbeat_at
    with Guard(job_id=job.pk, beat_every_s=0.05) as held:
        held.beat_for(attempt=job.attempts)
        beaten = threading.Event()
        for _ in range(200):
            job.refresh_from_db()
            if job.heartbeat_at != before or beaten.wait(0.02):
                break
    assert job.heartbeat_at != before


@pytest.mark.django_db(transaction=True)
def test_the_sweep_ends_a_connection_that_holds_a_silent_lock() -> None:
    job = a_job(running=True)
    with Guard(job_id=job.pk, beat_every_s=60):
        guard.end_silent_holder(job_id=job.pk)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [guard.lock_key(job.pk)])
        assert guard.try_lock(job_id=job.pk)
        for _ in range(2):
            guard.unlock(job_id=job.pk)


def test_a_task_names_itself_and_its_queue() -> None:
    @job_task(queue="training", name="tests.named")
    def named(job: JobRun) -> None:
        """Nothing."""

    assert (named.name, named.queue) == ("tests.named", Job.Queue.TRAINING)
    with pytest.raises(ValueError, match="slow"):
        job_task(queue="slow")(named.function)
