"""The job that lets customers follow what a person decided."""

from django.http import HttpRequest
from django.utils import timezone

from accounts.matching.joining import follow_decisions
from accounts.models import Match
from revenue.jobs.models import Job
from revenue.jobs.running import JobRun, job_task, start
from revenue.users.models import Org, OrgGroup, User


@job_task(queue="interactive", name="accounts.follow_decisions")
def join_customers(job: JobRun) -> dict[str, int]:
    group = OrgGroup.objects.filter(pk=job.arguments["group_id"]).first()
    return {"customers": follow_decisions(group=group, at=timezone.now())} if group else {}


def follow_decision(*, match: Match, org: Org, by: User, request: HttpRequest | None = None) -> Job:
    """A worker rebuilds them: an admin need not run all orgs of the group, whose links matter."""
    return start(
        join_customers,
        org=org,
        by=by,
        title="Customers after a decision",
        arguments={"group_id": match.group_id},
        request=request,
    )
