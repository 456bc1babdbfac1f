"""Setting an import going, and what is said of columns meanwhile."""

from datetime import datetime
from glob import escape
from typing import Any

import yaml
from django.db import transaction
from django.http import HttpRequest

from accounts import tasks
from accounts.models import ColumnMapping, Upload, UploadedFile
from accounts.sync.starting import ONE_AT_A_TIME
from accounts.uploading.looking import mapping_for
from revenue.jobs.models import Job
from revenue.jobs.running import start
from revenue.users import audit
from revenue.users.models import AuditEvent, Org, User


class NotStarted(Exception):  # noqa: N818
    """Why an import was not begun, and what to do."""


def start_import(upload: Upload, *, by: User, request: HttpRequest | None = None) -> Job:
    if not upload.may_change:
        raise NotStarted("These files are being imported, or are not here any more.")
    if not any(is_ready(each) for each in files_with_mappings(upload)):
        raise NotStarted("None of these files can be imported yet: say what their columns are.")
    with transaction.atomic():
        job = start(
            tasks.import_upload,
            org=upload.org,
            by=by,
            title=title_of(upload),
            arguments={"upload": upload.pk},
            dedupe_key=ONE_AT_A_TIME,
            request=request,
        )
        if job.arguments.get("upload") != upload.pk:
            raise NotStarted(
                "Another import of this org is running. Start this one when it has ended."
            )
        Upload.objects.filter(pk=upload.pk).update(job=job)
    return job


def title_of(upload: Upload) -> str:
    names = list(upload.files.order_by("position").values_list("name", flat=True)[:3])
    more = upload.files.count() - len(names)
    return f"Import of {', '.join(names)}{f' and {more} more' if more > 0 else ''}"


def files_with_mappings(upload: Upload) -> list[UploadedFile]:
    """Each knows whether somebody has said what its columns are."""
    rows = list(upload.files.order_by("position"))
    mapping = mapping_for(upload.org, [each.fingerprint for each in rows])
    said = {each.fingerprint for each in mapping.entries}
    for row in rows:
        row.is_mapped = row.fingerprint in said
    return rows


def is_ready(row: UploadedFile) -> bool:
    return not row.problem and bool(row.layout or row.is_mapped)


def keep_mapping(
    *,
    org: Org,
    fingerprint: str,
    said: dict[str, Any],
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> None:
    with transaction.atomic():
        ColumnMapping.objects.update_or_create(
            org=org,
            fingerprint=fingerprint,
            defaults={"said": said, "changed_by": by, "changed_at": at},
        )
        note(org, by=by, detail={"columns": said}, request=request)


def forget_mapping(
    *, org: Org, fingerprint: str, by: User, request: HttpRequest | None = None
) -> None:
    with transaction.atomic():
        gone = ColumnMapping.objects.filter(org=org, fingerprint=fingerprint).delete()[0]
        if gone:
            note(org, by=by, detail={"forgotten": fingerprint}, request=request)


def note(org: Org, *, by: User, detail: dict[str, Any], request: HttpRequest | None) -> None:
    audit.record(
        AuditEvent.Action.ORG_CHANGED,
        by=by,
        org=org,
        subject="Mapping of files",
        detail=detail,
        request=request,
    )


def as_yaml(upload: Upload) -> str:
    """For `import_csv --mapping`: what was said of these files, under their names."""
    rows = list(upload.files.order_by("position"))
    said = dict(
        ColumnMapping.objects.filter(
            org=upload.org, fingerprint__in={each.fingerprint for each in rows} - {""}
        ).values_list("fingerprint", "said")
    )
    entries = [entry(row, said[row.fingerprint]) for row in rows if row.fingerprint in said]
    if not entries:
        return ""
    text: str = yaml.safe_dump({"files": entries}, sort_keys=False, allow_unicode=True, width=100)
    return text


def entry(row: UploadedFile, said: dict[str, Any]) -> dict[str, Any]:
    reading = {"delimiter": row.delimiter, "encoding": row.encoding}
    return {
        "file": escape(row.name),
        **{name: value for name, value in reading.items() if value},
        **said,
    }
