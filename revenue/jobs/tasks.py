"""What the scheduler and people set going."""

import time
from typing import Any

import structlog
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from revenue.celery import app
from revenue.jobs import audit_export, forgetting, heartbeat, measuring, worker
from revenue.jobs.running import JobRun, job_task
from revenue.jobs.sweeping import sweep as sweep_jobs

__all__ = ["worker"]

log = structlog.get_logger(__name__)


@app.task(name="revenue.jobs.tasks.sweep")
def sweep() -> None:
    sweep_jobs(at=timezone.now(), round_trips=heartbeat.round_trips())


@app.task(name="revenue.jobs.tasks.beat")
def beat(queue: str) -> None:
    heartbeat.tell_round_trip(queue, at=time.time())


@app.task(name="revenue.jobs.tasks.forget_old_jobs")
def forget_old_jobs() -> None:
    count = forgetting.forget_old_jobs(at=timezone.now())
    log.info("old_jobs_forgotten", count=count)


@app.task(name="revenue.jobs.tasks.remove_old_exports")
def remove_old_exports() -> None:
    count = forgetting.remove_old_exports(at=timezone.now(), folder=audit_export.folder())
    log.info("old_exports_removed", count=count)


@app.task(name="revenue.jobs.tasks.forget_expired_sign_ins")
def forget_expired_sign_ins() -> None:
    call_command("clearsessions")
    call_command("flushexpiredtokens")


@job_task(queue="interactive")
def check_system(job: JobRun) -> dict[str, Any]:
    return {"checks": measuring.measure(job, folder=settings.DATA_DIR)}


@job_task(queue="bulk")
def export_audit(job: JobRun) -> dict[str, Any]:
    return audit_export.write(job)
