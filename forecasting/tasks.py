from datetime import datetime
from typing import Any

from django.utils import timezone

from forecasting.deals import training
from revenue.jobs.running import JobError, JobRun, job_task
from revenue.users.models import Org, User


@job_task(queue="bulk")
def train_deals(job: JobRun) -> dict[str, Any]:
    org, at = Org.objects.get(pk=job.org_id or 0), timezone.now()
    by = User.objects.filter(pk=job.started_by_id or 0).first()
    try:
        run = training.train(org=org, as_of=training.moment_for(org, at=at), at=at, by=by)
    except training.NothingToLearnError as error:
        raise JobError(str(error)) from error
    return {"run": run.pk, "state": run.state, "readiness": run.readiness}


@job_task(queue="bulk")
def score_deals(job: JobRun) -> dict[str, Any]:
    """A chunk of deals is written with the mark that says so: whoever goes on does the rest."""
    org = Org.objects.get(pk=job.org_id or 0)
    # Of the moment at which it was asked for, so that another attempt says the same.
    as_of = training.moment_for(org, at=job.created_at)
    if said := job.arguments.get("as_of"):
        as_of = datetime.fromisoformat(said)
    try:
        foreseen = training.foresee(org=org, as_of=as_of)
    except training.NoModelError as error:
        raise JobError(str(error)) from error
    job.tell("Writing scores", total=len(foreseen.frame))
    for rows in foreseen.chunks(after=job.checkpoint.get("after", "")):
        last = {"after": rows[-1].opportunity_ref}
        with job.step(done=job.done + len(rows), checkpoint=last):
            training.write(rows)
    return training.said_of(foreseen)
