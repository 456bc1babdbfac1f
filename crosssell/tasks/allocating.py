"""A plan of who does what where, worked out as a job."""

from typing import Any

from django.http import HttpRequest

from crosssell.allocation import making
from crosssell.allocation.limits import Limits
from crosssell.allocation.model import SolverError
from crosssell.allocation.problem import ProblemError
from crosssell.allocation.reading import NothingToAllocateError, asked_of
from crosssell.models import AllocationPlan
from revenue.jobs.models import Job
from revenue.jobs.running import JobError, JobRun, job_task, start
from revenue.ml.tasks import moment_for
from revenue.users.models import Org, User

STEPS = 11


@job_task(queue="interactive")
def allocate_plan(job: JobRun) -> dict[str, Any]:
    """One that is gone by now is nothing; between two steps somebody may cancel it."""
    plan = AllocationPlan.objects.select_related("org").filter(pk=job.arguments["plan"]).first()
    if plan is None or plan.state != AllocationPlan.State.WAITING:
        return {}
    try:
        return worked_out(job, plan)
    except (NothingToAllocateError, ProblemError, SolverError) as error:
        AllocationPlan.objects.filter(pk=plan.pk).update(
            state=AllocationPlan.State.FAILED, problem=str(error)
        )
        raise JobError(str(error)) from error


def worked_out(job: JobRun, plan: AllocationPlan) -> dict[str, Any]:
    job.tell("Reading customers and sellers", total=STEPS)
    with job.step(done=1):
        asked = asked_of(plan.org, Limits.from_json(plan.limits))
    job.tell("Looking for the best plan")
    worked = making.worked_out(asked)
    with job.step(done=2, text="Asking what one more of each would bring"):
        making.add_prices(worked)
    points = []
    job.tell("Trying other budgets")
    for number, point in enumerate(making.budgets(worked), start=3):
        with job.step(done=number):
            points.append(point)
    making.add_curve(worked, points)
    with job.step(done=STEPS - 1, text="Looking at what followed such actions before"):
        making.add_past(worked, as_of=moment_for(plan.org, at=job.created_at))
    with job.step(done=STEPS, text="Writing the plan"):
        making.keep(plan, worked)
    return {"plan": plan.pk, "state": str(plan.state)}


def start_allocating(
    *, plan: AllocationPlan, by: User | None, request: HttpRequest | None = None
) -> Job:
    return start(
        allocate_plan,
        org=plan.org,
        by=by,
        title=f"Plan “{plan.name}” of {plan.org.name}",
        arguments={"plan": plan.pk},
        dedupe_key=f"allocate {plan.pk}",
        request=request,
    )


def job_of(plan: AllocationPlan) -> Job | None:
    """The newest that works it out, or did."""
    jobs = Job.objects.filter(org=plan.org_id, task=allocate_plan.name, arguments={"plan": plan.pk})
    return jobs.order_by("-created_at", "-id").first()


def unfinished_of(org: Org) -> set[int]:
    """Plans that are on their way."""
    jobs = Job.objects.filter(org=org, task=allocate_plan.name).unfinished()
    return {arguments["plan"] for arguments in jobs.values_list("arguments", flat=True)}
