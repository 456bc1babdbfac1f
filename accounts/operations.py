"""The state of the orgs that a person runs, of their jobs, and of the system beneath them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import (
    BigIntegerField,
    Count,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce

from accounts.models import Connection, ObjectSync, SyncRun
from revenue.jobs.models import Job
from revenue.observe import probes
from revenue.users.models import Membership, Org, User

LATELY = timedelta(hours=24)
RECENT_FAILURES = 5
PARTS = {
    "database": "Database",
    "broker": "Task broker",
    "store": "Cache and rate limits",
    "workers": "Workers",
}


@dataclass(frozen=True)
class JobCount:
    running: int
    waiting: int
    done: int
    failed: int


@dataclass(frozen=True)
class Part:
    """One thing that the installation rests on, as an admin may read it."""

    label: str
    up: bool
    detail: str
    milliseconds: int


def orgs_run_by(user: User, *, at: datetime) -> QuerySet[Org]:
    people = Membership.objects.active().filter(org=OuterRef("pk"))
    jobs = Job.objects.filter(org=OuterRef("pk"))
    connections = Connection.objects.filter(org=OuterRef("pk"))
    runs = SyncRun.objects.filter(org=OuterRef("pk")).order_by("-started_at", "-id")
    objects = ObjectSync.objects.filter(org=OuterRef("pk")).order_by().values("org")
    return (
        Org.objects.run_by(user)
        .select_related("group")
        .annotate(
            people_count=counted(people),
            running_count=counted(jobs.unfinished()),
            failed_count=counted(failed_since(jobs, at - LATELY)),
            connection_state=Subquery(connections.values("state")[:1]),
            sync_state=Subquery(runs.values("state")[:1]),
            synced_at=Subquery(runs.values("started_at")[:1]),
            refused_count=Coalesce(
                Subquery(objects.annotate(number=Sum("refused_count")).values("number")),
                0,
                output_field=BigIntegerField(),
            ),
        )
    )


def counted(rows: QuerySet[Membership] | QuerySet[Job]) -> Coalesce:
    number = rows.order_by().values("org").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)


def failed_since(jobs: QuerySet[Job], moment: datetime) -> QuerySet[Job]:
    return jobs.filter(state=Job.State.FAILED, finished_at__gte=moment)


def job_count(*, org: Org, at: datetime) -> JobCount:
    lately = Q(finished_at__gte=at - LATELY)
    counts = Job.objects.filter(org=org).aggregate(
        running=Count("id", filter=Q(state=Job.State.RUNNING)),
        waiting=Count("id", filter=Q(state=Job.State.QUEUED)),
        done=Count("id", filter=Q(state=Job.State.SUCCEEDED) & lately),
        failed=Count("id", filter=Q(state=Job.State.FAILED) & lately),
    )
    return JobCount(**counts)


def recent_failures(*, org: Org) -> QuerySet[Job]:
    failed = Job.objects.filter(org=org, state=Job.State.FAILED)
    return failed.select_related("started_by").order_by("-finished_at", "id")[:RECENT_FAILURES]


def system_parts() -> list[Part]:
    return [
        Part(
            label=PARTS[found.name],
            up=found.up,
            detail=found.detail,
            milliseconds=found.milliseconds,
        )
        for found in probes.look(names=list(PARTS))
    ]
