"""Writing a plan as a job: whoever pressed the button waits for it."""

from typing import Any

from django.http import HttpRequest

from assistant.models import PlanVersion
from assistant.plans.sections import BY_KEY
from assistant.plans.writing import GONE, write_version
from revenue.jobs.models import Job
from revenue.jobs.running import JobError, JobRun, job_task, start
from revenue.users.models import Membership


@job_task(queue="interactive")
def write_plan(job: JobRun) -> dict[str, Any]:
    version = (
        PlanVersion.objects.select_related("plan", "org")
        .filter(org_id=job.org_id, pk=job.arguments["version"])
        .first()
    )
    members = Membership.objects.active().select_related("org", "user")
    reader = members.filter(org_id=job.org_id or 0, user_id=job.started_by_id or 0).first()
    if version is None or reader is None:
        raise JobError(GONE)
    return write_version(version, reader=reader, job=job)


def start_writing(
    version: PlanVersion, *, by: Membership, request: HttpRequest | None = None
) -> Job:
    what = BY_KEY[version.about].title if version.about else version.plan.record
    job = start(
        write_plan,
        org=version.org,
        by=by.user,
        title=f"Plan: {what}",
        arguments={"version": version.pk},
        dedupe_key=f"plan:{version.plan_id}",
        request=request,
    )
    PlanVersion.objects.filter(pk=version.pk).update(job=job)
    version.job = job
    return job
