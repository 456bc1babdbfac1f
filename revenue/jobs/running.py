"""Starting and cancelling jobs, and how a task is written.

    @job_task(queue="bulk")
    def copy_rows(job: JobRun) -> None:
        for chunk in chunks(after=job.checkpoint.get("last_id", 0)):
            with job.step(checkpoint={"last_id": chunk[-1].id}):
                write(chunk)

A step's database work and its checkpoint commit together, and only for the attempt that owns the
job, so a step's effect is there once however often the job is delivered or its worker killed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog
from celery import Task
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.http import HttpRequest
from django.utils import timezone

from revenue.celery import app
from revenue.jobs.attempts import attempt_job
from revenue.jobs.failures import TRANSIENT, JobError, RetryableError
from revenue.jobs.models import Job, State
from revenue.jobs.queues import Queue
from revenue.jobs.run import Cancelled, JobRun, Step
from revenue.jobs.sending import send
from revenue.users import audit
from revenue.users.models import AuditEvent, Org, User

__all__ = [
    "Cancelled",
    "JobError",
    "JobRun",
    "JobTask",
    "RetryableError",
    "Step",
    "cancel",
    "job_task",
    "start",
]

Function = Callable[[JobRun], dict[str, Any] | None]


@dataclass(frozen=True)
class JobTask:
    name: str
    queue: Queue
    function: Function
    retry_on: tuple[type[Exception], ...]
    message_task: Task[Any, Any]

    def on(self, queue: Queue) -> "JobTask":
        """The same task, to be done by the workers of another queue."""
        return replace(self, queue=queue)


def job_task(
    *, queue: str, name: str = "", retry_on: tuple[type[Exception], ...] = ()
) -> Callable[[Function], JobTask]:
    """`retry_on` adds to what is tried again anyway: lost connections and RetryableError."""

    def decorate(function: Function) -> JobTask:
        full_name = name or f"{function.__module__}.{function.__name__}"
        transient = (*TRANSIENT, *retry_on)

        def perform(job_id: str) -> None:
            attempt_job(job_id=job_id, function=function, transient=transient)

        message_task = app.task(
            name=full_name,
            # What a job's own row cannot record: the database was away before or after the work.
            autoretry_for=(OperationalError, InterfaceError),
            max_retries=8,
            retry_backoff=2,
            retry_backoff_max=120,
            retry_jitter=True,
        )(perform)
        return JobTask(full_name, Queue(queue), function, transient, message_task)

    return decorate


def start(
    task: JobTask,
    *,
    org: Org | None,
    by: User | None,
    title: str,
    arguments: dict[str, Any],
    total: int | None = None,
    dedupe_key: str = "",
    request: HttpRequest | None = None,
) -> Job:
    """A row now, a message once it is committed; of equal `dedupe_key`, the unfinished job wins."""
    job = Job(
        task=task.name,
        title=title[:200],
        queue=task.queue,
        org=org,
        started_by=by,
        arguments=arguments,
        total=total,
        dedupe_key=dedupe_key or "",
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64],
        created_at=timezone.now(),
    )
    with transaction.atomic():
        try:
            with transaction.atomic():
                job.save(force_insert=True)
        except IntegrityError:
            same = unfinished_like(job)
            if same is None:
                raise
            return same
        audit.record(
            AuditEvent.Action.JOB_STARTED,
            by=by,
            org=org,
            subject=job,
            detail={"task": job.task, "queue": str(job.queue)},
            request=request,
        )
        transaction.on_commit(lambda: send(job))
    return job


def unfinished_like(job: Job) -> Job | None:
    if not job.dedupe_key:
        return None
    same = Job.objects.unfinished().filter(org=job.org, dedupe_key=job.dedupe_key)
    return same.order_by("created_at").first()


def cancel(job: Job, *, by: User | None, request: HttpRequest | None = None) -> Job:
    """A waiting job ends at once, a running one before its next step, a finished one not at all."""
    with transaction.atomic():
        job = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
        if job.is_finished or job.cancel_requested_at is not None:
            return job
        at = timezone.now()
        job.cancel_requested_at = at
        if job.state == State.QUEUED:
            job.state, job.finished_at = State.CANCELLED, at
        job.save(update_fields=["cancel_requested_at", "state", "finished_at"])
        audit.record(
            AuditEvent.Action.JOB_CANCELLED,
            by=by,
            org=job.org,
            subject=job,
            detail={"task": job.task},
            request=request,
        )
    return job
