"""An org's audit trail as a CSV file, written by chunks; one that was interrupted goes on."""

import csv
import io
import json
import os
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from revenue.jobs.models import Job
from revenue.jobs.run import JobRun
from revenue.users.models import AuditEvent, Org
from revenue.web.tables import plain

CHUNK = 2000
COLUMNS = (
    "Moment",
    "Action",
    "Person",
    "E-mail",
    "Subject",
    "Subject id",
    "Detail",
    "IP",
    "Request",
)


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "exports"


def file_of(job_id: uuid.UUID) -> Path:
    return folder() / f"{job_id}.csv"


def file_name(job: Job) -> str:
    slug = job.org.slug if job.org else "system"
    return f"audit-{slug}-{job.created_at:%Y-%m-%d}.csv"


def write(job: JobRun) -> dict[str, Any]:
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    final, part = file_of(job.id), file_of(job.id).with_suffix(".part")
    # What is recorded later, the start of this very job not least, is for the next export.
    org = Org.objects.get(jobs=job.id)
    events = AuditEvent.objects.of_org(org).filter(happened_at__lte=job.created_at)
    if not job.checkpoint.get("moved"):
        job.tell("Writing rows", total=events.count())
        write_rows(job, part=part, events=events)
        move(job, part=part, final=final)
    return {"file": final.name, "rows": job.checkpoint["rows"], "bytes": job.checkpoint["bytes"]}


def write_rows(job: JobRun, *, part: Path, events: QuerySet[AuditEvent]) -> None:
    state = resumed(job.checkpoint, part=part)
    chunks = events.select_related("actor").order_by("id")
    with part.open("r+b" if state["bytes"] else "wb") as file:
        file.truncate(state["bytes"])
        file.seek(state["bytes"])
        while True:
            rows = list(chunks.filter(id__gt=state["last_id"])[:CHUNK])
            if not rows and state["bytes"]:
                return
            with job.step(done=state["rows"] + len(rows)) as step:
                file.write(encoded(rows, header=not state["bytes"]))
                file.flush()
                os.fsync(file.fileno())
                last_id = rows[-1].pk if rows else state["last_id"]
                state = {
                    "last_id": last_id,
                    "rows": state["rows"] + len(rows),
                    "bytes": file.tell(),
                }
                step.checkpoint = state


def resumed(checkpoint: dict[str, Any], *, part: Path) -> dict[str, int]:
    """From the checkpoint, where the file is on this machine and holds what the checkpoint says."""
    size = part.stat().st_size if part.exists() else 0
    if not checkpoint or size < checkpoint["bytes"]:
        return {"last_id": 0, "rows": 0, "bytes": 0}
    return {key: checkpoint[key] for key in ("last_id", "rows", "bytes")}


def move(job: JobRun, *, part: Path, final: Path) -> None:
    with job.step(text="Closing the file", done=job.done) as step:
        if part.exists():
            part.replace(final)
        step.checkpoint = {**job.checkpoint, "moved": True}


def encoded(rows: Iterable[AuditEvent], *, header: bool) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    if header:
        writer.writerow(COLUMNS)
    writer.writerows([plain(value) for value in values(row)] for row in rows)
    # A spreadsheet takes the file for UTF-8 only where it begins with this mark.
    return text.getvalue().encode("utf-8-sig" if header else "utf-8")


def values(event: AuditEvent) -> tuple[Any, ...]:
    return (
        event.happened_at,
        event.get_action_display(),
        event.actor.full_name if event.actor else "",
        event.actor_email,
        event.subject,
        event.subject_id,
        json.dumps(event.detail, ensure_ascii=False) if event.detail else "",
        event.ip,
        event.request_id,
    )
