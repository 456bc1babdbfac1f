"""The import of what was brought, as a job does it; a second attempt goes on where one ended."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.connectors.csv_files.files import Found, SourceFile, gather
from accounts.importing import ImportProblem, ImportResult, import_files
from accounts.models import RefusedRow, SyncRun, Upload, UploadedFile
from accounts.uploading.keeping import folder_of, remove_files
from accounts.uploading.looking import mapping_for
from revenue.jobs.run import JobRun
from revenue.users.models import User

COUNTED = ("read", "written", "refused")


def perform_import(job: JobRun, *, at: datetime) -> dict[str, Any]:
    upload = Upload.objects.select_related("org").get(pk=job.arguments["upload"])
    if upload.finished_at is not None:
        return summary(upload)
    if upload.files_removed_at is not None or not folder_of(upload).is_dir():
        raise ImportProblem("The files are not here any more. Upload them again.")
    upload.began_at = upload.began_at or at
    upload.save(update_fields=["began_at"])
    rows = list(upload.files.order_by("position"))
    with TemporaryDirectory(prefix="unpacked-", dir=folder_of(upload)) as folder:
        found = gathered(upload, rows, folder=Path(folder))
        result = import_files(
            org=upload.org,
            files=found.files,
            problems=found.problems,
            mapping=mapping_for(upload.org, [each.fingerprint for each in rows]),
            trigger=SyncRun.Trigger.PERSON,
            at=at,
            since=upload.began_at,
            by=User.objects.filter(pk=job.started_by_id or 0).first(),
            job=job,
            progress=job.tell,
        )
    finish(upload, job=job, result=result, at=timezone.now())
    return summary(upload)


def gathered(upload: Upload, rows: Iterable[UploadedFile], *, folder: Path) -> Found:
    """Under the names that the page gives them; each stored file is unpacked once."""
    found = Found()
    by_stored: dict[str, list[UploadedFile]] = {}
    for row in rows:
        by_stored.setdefault(row.stored_as, []).append(row)
    for stored_as, tables in by_stored.items():
        first = tables[0]
        path = folder_of(upload) / stored_as
        inside = Found()
        gather(path, name=first.archive or first.name, found=inside, folder=folder)
        found.problems += inside.problems
        found.files += [
            SourceFile(row.name, each.path, delimiter=row.delimiter, encoding=row.encoding)
            for row, each in zip(tables, inside.files, strict=False)
        ]
    return found


def finish(upload: Upload, *, job: JobRun, result: ImportResult, at: datetime) -> None:
    told = result.as_json()
    runs = SyncRun.objects.filter(org=upload.org, job_id=job.id)
    objects = objects_of(runs)
    upload.result = {
        "files": told["files"],
        "objects": objects,
        "clock": told["clock"],
        "problem": told["problem"],
    }
    upload.rows_accepted = result.accepted
    upload.rows_refused = result.refused
    upload.rows_written = sum(each["written"] for each in objects.values())
    upload.finished_at = at
    upload.save()
    remove_files(upload)
    upload.files_removed_at = at
    upload.save(update_fields=["files_removed_at"])


def objects_of(runs: "QuerySet[SyncRun]") -> dict[str, dict[str, int]]:
    """Added up over the attempts, of which each has counted what it did."""
    found: dict[str, Counter[str]] = {}
    for each in runs.order_by("started_at", "id"):
        for name, tally in each.objects_done.items():
            counts = found.setdefault(name, Counter())
            counts.update({key: tally.get(key, 0) for key in COUNTED})
    return {name: {key: counts[key] for key in COUNTED} for name, counts in found.items()}


def refusals_of(upload: Upload) -> "QuerySet[RefusedRow]":
    """What was refused of it and has not come since in a form that can be kept."""
    if upload.began_at is None:
        return RefusedRow.objects.none()
    names = upload.files.values("name")
    rows = RefusedRow.objects.filter(
        org=upload.org, source__in=names, refused_at__gte=upload.began_at
    )
    return rows.filter(refused_at__lte=upload.finished_at) if upload.finished_at else rows


def summary(upload: Upload) -> dict[str, Any]:
    return {
        "upload": upload.pk,
        "rows": {
            "accepted": upload.rows_accepted,
            "written": upload.rows_written,
            "refused": upload.rows_refused,
        },
    }
