"""The jobs that look for the same customers, and let customers follow what a person decided."""

from django.http import HttpRequest
from django.utils import timezone

from accounts.matching.joining import follow_decisions, match_group
from accounts.models import Match
from revenue.jobs.models import Job
from revenue.jobs.running import JobRun, job_task, start
from revenue.users.models import Org, OrgGroup, User


@job_task(queue="bulk", name="accounts.match_group")
def match_customers(job: JobRun) -> dict[str, int]:
    group = OrgGroup.objects.filter(pk=job.arguments["group_id"]).first()
    if group is None:
        return {}
    job.tell("Comparing accounts")
    found = match_group(group=group, at=timezone.now())
    return {"joined": found.joined, "doubtful": found.doubtful, "customers": found.customers}


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


def look_for_matches(
    *, org: Org, by: User | None, request: HttpRequest | None = None
) -> Job | None:
    if org.group_id is None:
        return None
    return start(
        match_customers,
        org=org,
        by=by,
        title=f"Same customers in {org.group}",
        arguments={"group_id": org.group_id},
        dedupe_key=f"match:{org.group_id}",
        request=request,
    )
