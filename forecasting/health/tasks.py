"""Learning who leaves, and scoring health, as jobs."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from forecasting.health import training
from forecasting.health.running import SCORING, Scoring, scoring_of
from revenue.jobs.models import Job
from revenue.jobs.running import JobRun, job_task
from revenue.ml.jobs import Lesson, learn, say, start_saying, unfinished_job
from revenue.ml.recording import Owner
from revenue.users.models import Org, User

LEARNING = "train-health"


# Where nothing says who left, health is weighted by hand.
HEALTH = Lesson(
    training.TASK,
    training.learned,
    counted="customers",
    learning_text="Learning from customers who left",
    saying=SCORING,
    needs_model=False,
)


@job_task(queue="training")
def train_health(job: JobRun) -> dict[str, Any]:
    return learn(job, HEALTH, then=lambda org, by: start_scoring(org=org, by=by, anew=True))


@job_task(queue="bulk")
def score_health(job: JobRun) -> dict[str, Any]:
    def saying(org: Org, as_of: datetime) -> dict[str, Any]:
        job.tell("Reading what was known of the customers")
        found = scoring_of(org=org, as_of=as_of, at=job.created_at)
        perform(job, found)
        return found.said()

    return say(job, HEALTH, saying)


def perform(job: JobRun, found: Scoring) -> None:
    if not found.goes_on(job.checkpoint):
        with job.step(done=0, checkpoint=found.begin()):
            pass
    for step in found.steps(job.checkpoint):
        with job.step(done=job.done + step.rows, checkpoint=step.mark, text=step.text):
            step.write()


def start_scoring(
    *, org: Org, by: User | None, request: HttpRequest | None = None, anew: bool = False
) -> Job:
    return start_saying(
        score_health,
        org=org,
        by=by,
        title=f"Health of the customers of {org.name}",
        key=SCORING,
        request=request,
        anew=anew,
    )


def start_learning(
    *, org: Org, by: User | None, request: HttpRequest | None = None, anew: bool = False
) -> Job:
    return start_saying(
        train_health,
        org=org,
        by=by,
        title=f"Learning from customers of {org.name} who left",
        key=LEARNING,
        request=request,
        anew=anew,
    )


def scoring_job(org: Org) -> Job | None:
    return unfinished_job(score_health, org=org)


def after_sync(*, org: Org, has_changed: bool) -> None:
    """Named in `AFTER_SYNC`: what was said of customers is said anew from what has come in."""
    if has_changed or Owner(org=org).live(training.TASK) is None:
        start_scoring(org=org, by=None, anew=has_changed)
