"""Learning what customers bring, and foreseeing it, as jobs."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from crosssell.expansion import training
from crosssell.schedule import ensure_schedules
from revenue.jobs.models import Job
from revenue.jobs.running import JobRun, job_task, start
from revenue.ml.jobs import Lesson, learn, say, start_saying
from revenue.ml.recording import Owner
from revenue.users.models import Org, User

LEARNING, FORESEEING = "train-expansion", training.FORESEEING
EXPANSION = Lesson(
    training.TASK,
    training.learned,
    counted="customers",
    learning_text="Learning from what customers brought",
    saying=FORESEEING,
)


@job_task(queue="training")
def train_expansion(job: JobRun) -> dict[str, Any]:
    return learn(job, EXPANSION, then=lambda org, by: start_foreseeing(org=org, by=by))


@job_task(queue="bulk")
def score_expansion(job: JobRun) -> dict[str, Any]:
    def saying(org: Org, as_of: datetime) -> dict[str, Any]:
        job.tell("Reading what was known of the customers")
        found = training.foresee(org=org, as_of=as_of)
        perform(job, found)
        return training.said_of(found)

    return say(job, EXPANSION, saying)


def perform(job: JobRun, found: training.Foreseen) -> None:
    """A chunk a step, beside those that are shown; the last step shows them all at once."""
    job.tell("Foreseeing what customers bring", total=len(found.frame))
    # A model that went live meanwhile begins anew: one page holds the word of one model.
    goes_on = job.checkpoint.get("run") == found.run.pk
    if not goes_on:
        with job.step(done=0, checkpoint={"run": found.run.pk, "after": ""}):
            pass
    for rows in found.chunks(after=job.checkpoint.get("after", "")):
        mark = {"run": found.run.pk, "after": rows[-1].account_ref}
        with job.step(done=job.done + len(rows), checkpoint=mark):
            training.write(rows)
    with job.step(done=job.done):
        training.take_over(found)


def start_foreseeing(
    *, org: Org, by: User | None, request: HttpRequest | None = None, anew: bool = False
) -> Job:
    return start_saying(
        score_expansion,
        org=org,
        by=by,
        title=f"What the customers of {org.name} will bring",
        key=FORESEEING,
        request=request,
        anew=anew,
    )


def start_learning(*, org: Org, by: User | None, request: HttpRequest | None = None) -> Job:
    return start(
        train_expansion,
        org=org,
        by=by,
        title=f"Learning from what the customers of {org.name} brought",
        arguments={},
        dedupe_key=LEARNING,
        request=request,
    )


def after_sync(*, org: Org, has_changed: bool) -> None:
    """Named in `AFTER_SYNC`: what was foreseen is foreseen anew from what has come in."""
    ensure_schedules(org=org)
    if has_changed or Owner(org=org).live(training.TASK) is None:
        start_foreseeing(org=org, by=None, anew=has_changed)
