"""Learning which leads convert, and scoring them, as jobs."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from forecasting.leads import scoring, training
from forecasting.leads.scoring import SCORING
from forecasting.schedule import ensure_schedules
from revenue.jobs.models import Job
from revenue.jobs.running import JobRun, job_task, start
from revenue.ml.jobs import Lesson, learn, say, start_saying, unfinished_job
from revenue.ml.recording import Owner
from revenue.users.models import Org, User

LEARNING = "train-leads"


LEADS = Lesson(
    training.TASK,
    training.learned,
    counted="leads",
    learning_text="Learning from leads of the past",
    saying=SCORING,
)


@job_task(queue="training")
def train_leads(job: JobRun) -> dict[str, Any]:
    return learn(job, LEADS, then=lambda org, by: start_scoring(org=org, by=by, anew=True))


@job_task(queue="bulk")
def score_leads(job: JobRun) -> dict[str, Any]:
    def saying(org: Org, as_of: datetime) -> dict[str, Any]:
        job.tell("Reading what was known of the leads")
        found = scoring.foresee(org=org, as_of=as_of)
        perform(job, found)
        return scoring.said_of(found)

    return say(job, LEADS, saying)


def perform(job: JobRun, found: scoring.Foreseen) -> None:
    job.tell("Scoring open leads", total=len(found.frame))
    # A model that went live meanwhile begins anew: one list holds the word of one model.
    if job.checkpoint.get("run") != found.run.pk:
        with job.step(done=0, checkpoint={"run": found.run.pk, "after": ""}):
            pass
    for rows in found.chunks(after=job.checkpoint.get("after", "")):
        mark = {"run": found.run.pk, "after": rows[-1].lead_ref}
        with job.step(done=job.done + len(rows), checkpoint=mark):
            scoring.write(rows)
    with job.step(done=job.done):
        scoring.put_in_order(found)


def start_scoring(
    *, org: Org, by: User | None, request: HttpRequest | None = None, anew: bool = False
) -> Job:
    return start_saying(
        score_leads,
        org=org,
        by=by,
        title=f"Scoring of the open leads of {org.name}",
        key=SCORING,
        request=request,
        anew=anew,
    )


def start_learning(*, org: Org, by: User | None, request: HttpRequest | None = None) -> Job:
    return start(
        train_leads,
        org=org,
        by=by,
        title=f"Learning from the leads of {org.name}",
        arguments={},
        dedupe_key=LEARNING,
        request=request,
    )


def scoring_job(org: Org) -> Job | None:
    return unfinished_job(score_leads, org=org)


def after_sync(*, org: Org, has_changed: bool) -> None:
    """Named in `AFTER_SYNC`: what was foreseen is foreseen anew from what has come in."""
    ensure_schedules(org=org)
    if has_changed or Owner(org=org).live(training.TASK) is None:
        start_scoring(org=org, by=None, anew=has_changed)
