"""Learning who leaves, and scoring health, as jobs."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from forecasting.health import training
from forecasting.health.running import SCORING, Scoring, scoring_of
from revenue.jobs.models import Job
from revenue.jobs.running import JobRun, job_task
from revenue.ml.jobs import (
    asker_of,
    moment_of,
    nothing_done,
    org_of,
    record_once,
    start_saying,
    unfinished_job,
)
from revenue.ml.one_at_a_time import one_at_a_time
from revenue.ml.recording import Owner
from revenue.ml.tasks import moment_for
from revenue.users.models import Org, User

LEARNING = "train-health"


@job_task(queue="training")
def train_health(job: JobRun) -> dict[str, Any]:
    """A model that is live at once scores at once; what was learned is not learned again."""
    org = org_of(job)
    as_of = moment_for(org, at=job.created_at)
    try:
        with one_at_a_time(org, LEARNING):
            said = record_once(job, lambda: training.learned(org=org, as_of=as_of))
    except training.NothingToLearnError as error:
        return nothing_done(job, error, counted="customers")
    if said["state"] == "live":
        start_scoring(org=org, by=asker_of(job), anew=True)
    return said


@job_task(queue="bulk")
def score_health(job: JobRun) -> dict[str, Any]:
    """As of the moment at which it was asked for, so that another attempt says the same."""
    org = org_of(job)
    as_of = moment_of(job, org=org)
    if Owner(org=org).live(training.TASK) is None:
        job.tell("Learning from customers who left")
        learn_first(org, job)
    with one_at_a_time(org, SCORING):
        job.tell("Reading what was known of the customers")
        found = scoring_of(org=org, as_of=as_of, at=job.created_at)
        perform(job, found)
        return found.said()


def learn_first(org: Org, job: JobRun) -> None:
    """Where nothing says who left, health is weighted by hand: that is no failure."""
    try:
        training.train(org=org, as_of=moment_for(org, at=job.created_at), at=timezone.now())
    except training.NothingToLearnError as error:
        job.tell(str(error))


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
