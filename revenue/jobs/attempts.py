"""What a worker does with a job that it was told of, and how the attempt's end is written down."""

import random
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.utils import timezone

from revenue.jobs.broker import LONGEST_DELAY_S
from revenue.jobs.failures import failure_of
from revenue.jobs.guard import Guard
from revenue.jobs.models import Job, State
from revenue.jobs.queues import Queue, in_words
from revenue.jobs.run import Cancelled, HandedBack, JobRun, Superseded
from revenue.jobs.sending import send

MAX_STALLS = 5
BACKOFF_FIRST_S = 2.0
BACKOFF_LONGEST_S = float(LONGEST_DELAY_S)
DEATHS = (
    "Its worker process died {count} times without getting further, which is what running out of "
    "memory looks like. Give the workers more memory, or make the job smaller, and start it again."
)

log = structlog.get_logger(__name__)


def attempt_job(
    *,
    job_id: str,
    function: Callable[[JobRun], dict[str, Any] | None],
    transient: tuple[type[Exception], ...],
) -> None:
    key = uuid.UUID(job_id)
    with Guard(job_id=key) as guard:
        if not guard.held:
            log.info("job_is_with_another_worker", job_id=job_id)
            return
        job = claim(job_id=key, at=timezone.now())
        if job is None:
            return
        guard.beat_for(attempt=job.attempts)
        context = {**job.facts(), **({"request_id": job.request_id} if job.request_id else {})}
        with structlog.contextvars.bound_contextvars(**context):
            try:
                perform(job=job, function=function, transient=transient)
            except Superseded:
                log.warning("job_attempt_void", attempt=job.attempts)


def claim(*, job_id: uuid.UUID, at: datetime) -> Job | None:
    """Take the job up, unless it has ended or must not be tried any more."""
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id).first()
        if job is None or job.is_finished:
            return None
        if job.cancel_requested_at is not None:
            job.state, job.finished_at = State.CANCELLED, at
        elif job.stalls >= MAX_STALLS:
            job.state, job.finished_at = State.FAILED, at
            job.error = DEATHS.format(count=job.stalls)
        else:
            job.state, job.due_at = State.RUNNING, None
            job.attempts, job.stalls, job.sends = job.attempts + 1, job.stalls + 1, 0
            job.done = job.done if job.checkpoint else 0
            job.started_at = job.started_at or at
            job.attempted_at = job.heartbeat_at = at
        job.save()
        return job if job.state == State.RUNNING else None


def perform(
    *,
    job: Job,
    function: Callable[[JobRun], dict[str, Any] | None],
    transient: tuple[type[Exception], ...],
) -> None:
    run = JobRun.of(job)
    try:
        result = function(run)
    except Superseded:
        raise
    except Cancelled:
        run.end(State.CANCELLED, finished_at=timezone.now())
        log.info("job_cancelled", attempt=run.attempt)
    except HandedBack:
        wait_again(job=job, run=run, delay=timedelta(0), stalls=0, step="Waiting for a worker")
        log.info("job_handed_back", attempt=run.attempt)
    except SoftTimeLimitExceeded:
        fail_for_time(job=job, run=run)
    except transient as error:
        try_again(job=job, run=run, error=error)
    except Exception as error:  # noqa: BLE001 - whatever a task raises is the reason of its failure
        fail(run=run, error=error)
    else:
        succeed(run=run, result=result or {})


def succeed(*, run: JobRun, result: dict[str, Any]) -> None:
    run.end(
        State.SUCCEEDED,
        result=result,
        done=run.done if run.total is None else run.total,
        step="",
        error="",
        traceback="",
        finished_at=timezone.now(),
    )
    log.info("job_succeeded", attempt=run.attempt)


def fail(*, run: JobRun, error: BaseException, sentence: str = "") -> None:
    failure = failure_of(error)
    run.end(
        State.FAILED,
        error=sentence or failure.sentence,
        traceback=failure.trace,
        finished_at=timezone.now(),
    )
    log.error("job_failed", attempt=run.attempt, reason=sentence or failure.sentence)


def fail_for_time(*, job: Job, run: JobRun) -> None:
    sentence = too_long(queue=Queue(job.queue))
    run.end(State.FAILED, error=sentence, finished_at=timezone.now())
    log.error("job_failed", attempt=run.attempt, reason=sentence)


def too_long(*, queue: Queue) -> str:
    limit = in_words(queue.time_limit.soft_s)
    return (
        f"It ran longer than the {limit} that the {queue.label.lower()} queue allows. "
        "Make it smaller and start it again."
    )


def try_again(*, job: Job, run: JobRun, error: Exception) -> None:
    """Attempts since the last finished step are bounded; steps that were finished stay finished."""
    stalls = 1 if run.got_further else job.stalls
    if stalls >= MAX_STALLS:
        sentence = failure_of(error).sentence
        fail(run=run, error=error, sentence=f"{sentence} (after {stalls} attempts)"[:500])
        return
    failure = failure_of(error)
    delay = backoff(tries=stalls, luck=random.random())  # noqa: S311
    wait_again(
        job=job,
        run=run,
        delay=delay,
        stalls=stalls,
        step=f"Waiting to be tried again (attempt {run.attempt + 1})",
        error=failure.sentence,
        traceback=failure.trace,
    )
    log.warning("job_will_be_retried", attempt=run.attempt, delay_s=delay.total_seconds())


def backoff(*, tries: int, luck: float) -> timedelta:
    """Doubling, and spread over half of its length so that many do not come back together."""
    longest = min(BACKOFF_FIRST_S * 2 ** (tries - 1), BACKOFF_LONGEST_S)
    return timedelta(seconds=longest * (0.5 + luck / 2))


def wait_again(*, job: Job, run: JobRun, delay: timedelta, stalls: int, **changes: Any) -> None:
    due_at = timezone.now() + delay
    run.end(State.QUEUED, due_at=due_at, sent_at=None, stalls=stalls, **changes)
    send(job, delay=delay)
