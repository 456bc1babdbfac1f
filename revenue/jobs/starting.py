"""The jobs that an admin starts from a page or through the API."""

from django.http import HttpRequest

from revenue.jobs import tasks
from revenue.jobs.models import Job
from revenue.jobs.queues import Queue
from revenue.jobs.running import start
from revenue.users.models import Org, User


def check_system(*, org: Org, by: User, queue: Queue, request: HttpRequest | None = None) -> Job:
    return start(
        tasks.check_system.on(queue),
        org=org,
        by=by,
        title=f"Check of the system, {queue.label.lower()} queue",
        arguments={},
        dedupe_key=f"check-system:{queue}:{by.pk}",
        request=request,
    )


def export_audit(*, org: Org, by: User, request: HttpRequest | None = None) -> Job:
    return start(
        tasks.export_audit,
        org=org,
        by=by,
        title="Export of the audit trail",
        arguments={},
        dedupe_key=f"export-audit:{by.pk}",
        request=request,
    )
