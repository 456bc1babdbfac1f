"""A sync as a job, whoever asks for it: a page, the API, the admin, the schedule."""

from django.http import HttpRequest

from accounts import tasks
from revenue.jobs.models import Job
from revenue.jobs.running import start
from revenue.users.models import Org, User

ONE_AT_A_TIME = "sync"


def start_counting_anew(*, org: Org, by: User, request: HttpRequest | None = None) -> Job:
    return start(
        tasks.count_anew,
        org=org,
        by=by,
        title=f"Amounts of {org.name} in {org.currency}",
        arguments={},
        request=request,
    )


def start_sync(
    *,
    org: Org,
    by: User | None,
    trigger: str,
    full: bool = False,
    request: HttpRequest | None = None,
) -> Job:
    """The unfinished sync of the org, where there is one already."""
    return start(
        tasks.sync_org,
        org=org,
        by=by,
        title=f"{'Full sync' if full else 'Sync'} of {org.name}",
        arguments={"trigger": trigger, "full": full},
        dedupe_key=ONE_AT_A_TIME,
        request=request,
    )
