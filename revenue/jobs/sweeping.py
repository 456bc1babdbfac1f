"""Finding jobs that nobody works on any more, and waking a worker up for them once again.

Any number of sweeps may run at once: a job's row is locked while it is judged, and a sweep that
finds it locked leaves it to the other.
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

import structlog
from django.db import transaction
from django.db.models import Q

from revenue.jobs.attempts import DEATHS, MAX_STALLS, too_long
from revenue.jobs.guard import end_silent_holder
from revenue.jobs.models import Job, State
from revenue.jobs.queues import Queue
from revenue.jobs.sending import send

SILENT_AFTER = timedelta(seconds=90)
UNSENT_AFTER = timedelta(seconds=20)
# A heartbeat message may be a minute old when it is taken; the rest is for clocks that differ.
OVERTAKEN_AFTER = timedelta(seconds=90)
MAX_SENDS = 5
NOT_TAKEN = (
    "No worker took it up although it was sent {count} times. Check that the workers run the same "
    "version as the pages, and start it again."
)

log = structlog.get_logger(__name__)


class Verdict(Enum):
    LEAVE = auto()
    SEND = auto()
    CANCEL = auto()
    TOO_LONG = auto()
    DIED = auto()
    NOT_TAKEN = auto()


@dataclass
class Swept:
    sent: int = 0
    unsent: int = 0
    failed: int = 0
    cancelled: int = 0


def sweep(*, at: datetime, round_trips: Mapping[str, datetime | None]) -> Swept:
    swept = Swept()
    for job_id in suspects(at=at, round_trips=round_trips):
        job = settle(job_id=job_id, at=at, round_trips=round_trips)
        if job is None:
            continue
        if job.state == State.QUEUED:
            if send(job):
                swept.sent += 1
            else:
                Job.objects.filter(pk=job.pk, sent_at=at).update(sent_at=None)
                swept.unsent += 1
        elif job.state == State.CANCELLED:
            swept.cancelled += 1
        else:
            swept.failed += 1
    if swept != Swept():
        log.warning("jobs_swept", **asdict(swept))
    return swept


def suspects(*, at: datetime, round_trips: Mapping[str, datetime | None]) -> list[uuid.UUID]:
    """A long line of jobs that merely wait for their turn is not looked at one by one."""
    wanted = Q(state=State.RUNNING, heartbeat_at__lt=at - SILENT_AFTER)
    wanted |= Q(state=State.QUEUED, sent_at=None)
    for queue, moment in round_trips.items():
        if moment is not None:
            overtaken = Q(sent_at__lt=moment - OVERTAKEN_AFTER)
            wanted |= Q(state=State.QUEUED, queue=queue) & overtaken
    rows = Job.objects.filter(wanted).order_by("created_at", "id")
    return list(rows.values_list("pk", flat=True))


def settle(
    *, job_id: uuid.UUID, at: datetime, round_trips: Mapping[str, datetime | None]
) -> Job | None:
    """Judge one job and write the verdict down; None where there is nothing to do."""
    with transaction.atomic():
        rows = Job.objects.select_for_update(skip_locked=True, of=("self",))
        job = rows.filter(pk=job_id).first()
        if job is None:
            return None
        verdict = judge(job, at=at, round_trip_at=round_trips.get(job.queue))
        if verdict is Verdict.LEAVE:
            return None
        if job.state == State.RUNNING:
            end_silent_holder(job_id=job.pk)
        apply(verdict, job=job, at=at)
        job.save()
    log.warning("job_swept", verdict=verdict.name.lower(), **job.facts())
    return job


def judge(job: Job, *, at: datetime, round_trip_at: datetime | None) -> Verdict:
    if job.state == State.RUNNING:
        return judge_running(job, at=at)
    if job.state != State.QUEUED or (job.due_at is not None and job.due_at > at):
        return Verdict.LEAVE
    if job.sent_at is None:
        waited_since = job.due_at or job.created_at
        return Verdict.SEND if waited_since < at - UNSENT_AFTER else Verdict.LEAVE
    last_word = max(job.sent_at, job.due_at or job.sent_at)
    if round_trip_at is None or round_trip_at < last_word + OVERTAKEN_AFTER:
        return Verdict.LEAVE
    return Verdict.NOT_TAKEN if job.sends >= MAX_SENDS else Verdict.SEND


def judge_running(job: Job, *, at: datetime) -> Verdict:
    if job.heartbeat_at is None or job.attempted_at is None:
        return Verdict.LEAVE
    if job.heartbeat_at >= at - SILENT_AFTER:
        return Verdict.LEAVE
    if job.cancel_requested_at is not None:
        return Verdict.CANCEL
    lived = (job.heartbeat_at - job.attempted_at).total_seconds()
    if lived >= Queue(job.queue).time_limit.soft_s:
        return Verdict.TOO_LONG
    return Verdict.DIED if job.stalls >= MAX_STALLS else Verdict.SEND


def apply(verdict: Verdict, *, job: Job, at: datetime) -> None:
    reasons = {
        Verdict.TOO_LONG: too_long(queue=Queue(job.queue)),
        Verdict.DIED: DEATHS.format(count=job.stalls),
        Verdict.NOT_TAKEN: NOT_TAKEN.format(count=job.sends),
    }
    if verdict is Verdict.SEND:
        # As sent from here on, so that a sweep that runs beside this one leaves it alone.
        job.state, job.sent_at, job.due_at = State.QUEUED, at, None
    elif verdict is Verdict.CANCEL:
        job.state, job.finished_at = State.CANCELLED, at
    else:
        job.state, job.finished_at, job.error = State.FAILED, at, reasons[verdict]
