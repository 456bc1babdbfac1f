"""Tasks that only tests start, and the places in them where a test can stop a worker's child.

A test plans a stop by a file named after the job and the point. Whoever comes to the point leaves
the process id in a second file and waits there: to be killed, or to be let go by a third file.
"""

import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from celery import signals
from django.db import connection

from revenue.jobs.running import JobRun, RetryableError, job_task

FOLDER = "REVENUE_TEST_STOPS"
WAIT_S = 60
TABLE = "jobs_test_effect"


def stop_here(job_id: uuid.UUID | str, point: str) -> None:
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    plan = Path(folder) / f"{job_id}.{point}"
    if not plan.exists():
        return
    plan.unlink()
    reached = plan.with_name(f"{plan.name}.reached")
    partly = reached.with_suffix(".partly")
    partly.write_text(str(os.getpid()))
    partly.rename(reached)
    go, deadline = plan.with_name(f"{plan.name}.go"), time.monotonic() + WAIT_S
    while not go.exists() and time.monotonic() < deadline:
        time.sleep(0.01)


@signals.task_prerun.connect(weak=False)
def stop_before(args: Any = (), **_: Any) -> None:
    if args:
        stop_here(args[0], "before")


@signals.task_postrun.connect(weak=False)
def stop_after(args: Any = (), **_: Any) -> None:
    if args:
        stop_here(args[0], "after")


def write_row(job: JobRun, step: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} VALUES (%s, %s, now())", [job.id, step])  # noqa: S608


def count_up(job: JobRun) -> dict[str, Any]:
    """A row a step; there is no unique key, so that whatever is done twice stays there twice."""
    for step in steps(job):
        stop_here(job.id, f"between-{step}")
        with job.step(checkpoint={"next": step + 1}, text=f"Row {step}"):
            write_row(job, step)
            stop_here(job.id, f"inside-{step}")
    return {"rows": job.done}


def steps(job: JobRun) -> Iterator[int]:
    return iter(range(job.checkpoint.get("next", 0), job.arguments["steps"]))


count_interactive = job_task(queue="interactive", name="tests.count_interactive")(count_up)
count_bulk = job_task(queue="bulk", name="tests.count_bulk")(count_up)
count_training = job_task(queue="training", name="tests.count_training")(count_up)


@job_task(queue="interactive", name="tests.stumble")
def stumble(job: JobRun) -> None:
    """Fails as often as it is told, each time after an effect that must not stay."""
    with job.step(text="Stumbling"):
        write_row(job, job.attempt)
        if job.attempt <= job.arguments["times"]:
            raise RetryableError("The other side was busy; nothing needs to be done.")


@job_task(queue="interactive", name="tests.break_down")
def break_down(job: JobRun) -> None:
    with job.step():
        write_row(job, 0)
        raise ValueError("postgresql://someone:hunter22@db/x refused token=abcdef123456")


@job_task(queue="interactive", name="tests.sleep_long")
def sleep_long(job: JobRun) -> None:
    with job.step():
        write_row(job, 0)
        stop_here(job.id, "asleep")
        time.sleep(WAIT_S)
