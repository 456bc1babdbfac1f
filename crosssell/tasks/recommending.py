"""Learning what is bought next, and suggesting it, as jobs."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from crosssell.schedule import ensure_schedules
from crosssell.selling import training
from crosssell.selling.reading import orgs_beside
from crosssell.selling.scoring import Offering, offering
from crosssell.selling.storing import TASK, OlderError, Storing, said_of
from revenue.jobs.models import Job
from revenue.jobs.running import JobRun, job_task, start
from revenue.ml.jobs import Lesson, learn, say, start_saying
from revenue.ml.registry import live_run
from revenue.users.models import Org, User

LEARNING, SUGGESTING = "train-crosssell", "score-crosssell"


CROSSSELL = Lesson(
    training.TASK,
    training.learned,
    counted="accounts",
    learning_text="Learning from what was bought",
    saying=TASK,
)


@job_task(queue="training")
def train_crosssell(job: JobRun) -> dict[str, Any]:
    return learn(job, CROSSSELL, then=suggest_beside)


def suggest_beside(org: Org, by: User | None) -> None:
    for one in orgs_beside(org):
        start_suggesting(org=one, by=by)


@job_task(queue="bulk")
def score_crosssell(job: JobRun) -> dict[str, Any]:
    def saying(org: Org, as_of: datetime) -> dict[str, Any]:
        job.tell("Reading what was known of the customers")
        found = offering(org=org, as_of=as_of)
        perform(job, found)
        return said_of(found)

    try:
        return say(job, CROSSSELL, saying)
    except OlderError as error:
        # Somebody who asked sees newer ones already: that is no failure.
        return {"accounts": 0, "problem": str(error)}


def perform(job: JobRun, found: Offering) -> None:
    """A chunk of accounts a step, each with its whole list."""
    storing, run = Storing(found), found.run.pk
    job.tell("Choosing what to suggest", total=len(found.accounts))
    if job.checkpoint.get("run") != run:
        # Another model than that of the attempt before begins anew.
        with job.step(done=0, checkpoint={"run": run, "after": ""}):
            storing.begin()
    for accounts in found.parts(after=job.checkpoint["after"]):
        last = str(found.standing.catalogue.account_ref[accounts[-1]])
        with job.step(done=job.done + len(accounts), checkpoint={"run": run, "after": last}):
            storing.write(accounts)


def start_suggesting(
    *, org: Org, by: User | None, request: HttpRequest | None = None, anew: bool = False
) -> Job:
    return start_saying(
        score_crosssell,
        org=org,
        by=by,
        title=f"What to sell next to the customers of {org.name}",
        key=SUGGESTING,
        request=request,
        anew=anew,
    )


def start_learning(*, org: Org, by: User | None, request: HttpRequest | None = None) -> Job:
    """One model serves the whole group: where another org of it is learning, that will do."""
    beside = Job.objects.filter(org__in=orgs_beside(org), task=train_crosssell.name)
    running = beside.unfinished().order_by("created_at").first()
    return running or start(
        train_crosssell,
        org=org,
        by=by,
        title=f"Learning what the customers of {org.name} buy next",
        arguments={},
        dedupe_key=LEARNING,
        request=request,
    )


def after_sync(*, org: Org, has_changed: bool) -> None:
    """Named in `AFTER_SYNC`: what is suggested follows what has come in."""
    ensure_schedules(org=org)
    if has_changed or live_run(org=org, task=training.TASK) is None:
        start_suggesting(org=org, by=None, anew=has_changed)
