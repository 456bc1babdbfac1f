"""How far an org's data may be trusted: what its source has, what is here, and why they differ.

The rules are of plain values; `standing_of` reads the rows for them.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet

from accounts.models import Connection, ObjectSync, SourceField, SyncRun
from accounts.records import OBJECTS
from accounts.schedule import next_run_at, schedule_of
from revenue.jobs.models import Job
from revenue.users.models import Org

RUNS_SHOWN = 20
# Behind its schedule by more than this, an object is not as fresh as it should be.
LATE_AFTER = timedelta(hours=26)
SYNC_KEY = "sync"
# Where several objects of a source are one kind of record here, each has its own name.
RECORDS = Counter(found.record for found in OBJECTS.values())
OWN_LABELS = {"EmailMessage": "E-mail"}
ORDER = {name: place for place, name in enumerate(OBJECTS)}


@dataclass(frozen=True)
class ObjectStanding:
    name: str
    source_count: int | None = None
    local_count: int | None = None
    refused: int = 0
    deleted: int = 0
    read_up_to: datetime | None = None
    synced_at: datetime | None = None
    problem: str = ""
    stale: int = 0
    quarantined: int = 0
    calls: int | None = None
    rows_read: int | None = None
    rows_written: int | None = None

    @property
    def label(self) -> str:
        found = OBJECTS.get(self.name)
        if found is None:
            return self.name
        if RECORDS[found.record] == 1:
            return found.record.capitalize()
        return OWN_LABELS.get(self.name) or in_words(self.name)

    @property
    def missing(self) -> int | None:
        """More than nothing: in the source and not here; less: here and not in the source."""
        if self.source_count is None or self.local_count is None:
            return None
        return self.source_count - self.local_count

    @property
    def quarantined_said(self) -> str:
        return f"{self.quarantined} field{'s' if self.quarantined > 1 else ''} changed type"

    @property
    def stale_said(self) -> str:
        return f"{self.stale} field{'s' if self.stale > 1 else ''} gone"

    @property
    def reason(self) -> str:
        return reason_for(missing=self.missing, refused=self.refused)


def in_words(name: str) -> str:
    """OpportunityFieldHistory, as a person says it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def reason_for(*, missing: int | None, refused: int) -> str:
    """Why what is here is not as much as the source has."""
    if not missing:
        return ""
    if missing < 0:
        return f"{-missing:,} more here"
    explained = min(missing, refused)
    parts = [f"{explained:,} refused"] if explained else []
    if rest := missing - explained:
        parts.append(f"{rest:,} not read yet")
    return ", ".join(parts)


@dataclass(frozen=True)
class Problem:
    """What is wrong, and what somebody can do about it."""

    title: str
    text: str
    kind: str = "warning"
    for_admins: bool = False


@dataclass(frozen=True)
class Standing:
    org: Org
    connection: Connection | None
    job: Job | None
    runs: Sequence[SyncRun]
    objects: Sequence[ObjectStanding]
    next_at: datetime | None
    schedule: str
    problems: Sequence[Problem] = field(default_factory=tuple)

    @property
    def last_run(self) -> SyncRun | None:
        return next((run for run in self.runs if run.finished_at), None)

    @property
    def is_connected(self) -> bool:
        return self.connection is not None and self.connection.is_there

    @property
    def state(self) -> str:
        return self.connection.state if self.connection and self.is_connected else ""

    @property
    def quota(self) -> "Quota | None":
        """By the CRM's latest word; how old that is stands beside it."""
        run = next((run for run in self.runs if run.calls_allowed_today), None)
        if run is None or not run.calls_allowed_today:
            return None
        share = self.connection.quota_share if self.connection else 1.0
        return Quota(
            used=run.calls_used_today or 0,
            allowed=run.calls_allowed_today,
            stops_at=int(run.calls_allowed_today * share),
            at=run.finished_at or run.started_at,
        )

    @property
    def refused(self) -> int:
        return sum(each.refused for each in self.objects)

    @property
    def rows(self) -> int:
        return sum(each.local_count or 0 for each in self.objects)

    @property
    def rows_said(self) -> str:
        """To the row, where the tile shows them in short."""
        return f"{self.rows:,}" if self.rows >= 1000 else ""


@dataclass(frozen=True)
class Quota:
    used: int
    allowed: int
    stops_at: int
    at: datetime


def standing_of(*, org: Org, at: datetime) -> Standing:
    """Six questions to the database, however many objects and runs there are."""
    connection = (
        Connection.objects.filter(org=org)
        .select_related("org", "schedule__interval", "schedule__crontab")
        .first()
    )
    runs = list(runs_of(org)[:RUNS_SHOWN])
    objects = objects_of(org=org, runs=runs)
    job = Job.objects.unfinished().filter(org=org, dedupe_key=SYNC_KEY).first()
    return Standing(
        org=org,
        connection=connection,
        job=job,
        runs=runs,
        objects=objects,
        next_at=next_run_at(connection, at=at) if connection else None,
        schedule=str(schedule_of(connection)) if connection else "",
        problems=problems_of(connection=connection, runs=runs, objects=objects, at=at),
    )


def runs_of(org: Org) -> QuerySet[SyncRun]:
    found = SyncRun.objects.filter(org=org).select_related("started_by")
    return found.order_by("-started_at", "-id")


def objects_of(*, org: Org, runs: Sequence[SyncRun]) -> list[ObjectStanding]:
    states = ObjectSync.objects.filter(org=org).defer("position", "deletes_position")
    fields: dict[tuple[str, str], int] = {
        (name, state): count
        for name, state, count in SourceField.objects.filter(
            org=org, state__in=[SourceField.State.STALE, SourceField.State.QUARANTINED]
        )
        .values_list("object_name", "state")
        .annotate(Count("pk"))
    }
    found = [standing_of_object(each, fields=fields, runs=runs) for each in states]
    return sorted(found, key=lambda each: (ORDER.get(each.name, len(ORDER)), each.name))


def standing_of_object(
    row: ObjectSync, *, fields: Mapping[tuple[str, str], int], runs: Sequence[SyncRun]
) -> ObjectStanding:
    last = last_figures(row.object_name, runs)
    return ObjectStanding(
        name=row.object_name,
        source_count=row.source_count,
        local_count=row.local_count,
        refused=row.refused_count,
        deleted=row.deleted_count,
        read_up_to=row.read_up_to,
        synced_at=row.synced_at,
        problem=row.problem,
        stale=fields.get((row.object_name, SourceField.State.STALE), 0),
        quarantined=fields.get((row.object_name, SourceField.State.QUARANTINED), 0),
        calls=last.get("calls"),
        rows_read=last.get("read"),
        rows_written=last.get("written"),
    )


def last_figures(name: str, runs: Sequence[SyncRun]) -> dict[str, Any]:
    """Of the latest run that came to this object."""
    return next((run.objects_done[name] for run in runs if name in run.objects_done), {})


def problems_of(
    *,
    connection: Connection | None,
    runs: Sequence[SyncRun],
    objects: Sequence[ObjectStanding],
    at: datetime,
) -> list[Problem]:
    found = [
        *connection_problems(connection),
        *run_problems(runs, connection),
        *object_problems(objects),
    ]
    late = [each.label for each in objects if is_late(each, at=at)]
    halted = connection is None or connection.state in Connection.HALTED
    if late and not halted:
        names = ", ".join(late[:5]) + (" and others" if len(late) > 5 else "")
        found.append(
            Problem("Some data is more than a day old.", f"{names}: start a sync, or look why not.")
        )
    return found


def is_late(each: ObjectStanding, *, at: datetime) -> bool:
    return each.read_up_to is not None and at - each.read_up_to > LATE_AFTER


def connection_problems(connection: Connection | None) -> list[Problem]:
    if connection is None:
        return []
    if connection.state == Connection.State.NEEDS_SIGN_IN:
        said = f"{connection.problem} Nothing is read until an admin has renewed the credential."
        return [Problem("The CRM no longer accepts our sign-in.", said.strip(), kind="negative")]
    if connection.state == Connection.State.STOPPED and connection.is_there:
        said = f"{connection.problem} Nothing is read until an admin has put this right."
        return [Problem("The connection is stopped.", said.strip(), kind="negative")]
    return []


def run_problems(runs: Sequence[SyncRun], connection: Connection | None) -> list[Problem]:
    last = next((run for run in runs if run.finished_at), None)
    halted = connection is not None and connection.state in Connection.HALTED
    if last is None or halted:
        return []
    if last.state == SyncRun.State.FAILED:
        return [Problem("The last sync failed.", f"{last.problem} The next one tries again.")]
    if last.state == SyncRun.State.PARTIAL and last.problem:
        return [Problem("The last sync did not get to its end.", last.problem)]
    return []


def object_problems(objects: Sequence[ObjectStanding]) -> list[Problem]:
    found = []
    quarantined = [each.label for each in objects if each.quarantined]
    if quarantined:
        found.append(
            Problem(
                "Fields of the CRM changed their type.",
                f"Look at the fields of {', '.join(quarantined)}: accept the new type or keep "
                "it apart. Until then their values go to the other fields.",
                for_admins=True,
            )
        )
    refused = sum(each.refused for each in objects)
    if refused:
        found.append(
            Problem(
                f"{refused:,} row{'s' if refused != 1 else ''} could not be kept.",
                "Open the list of refused rows for the reasons; correct the rows in the CRM and "
                "the next sync takes them.",
                for_admins=True,
            )
        )
    return found
