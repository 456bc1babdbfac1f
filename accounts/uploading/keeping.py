"""Where uploaded files lie, and until when: no longer than their import, or a week without one."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.http import HttpRequest

from accounts.models import Upload
from revenue.users import audit
from revenue.users.models import AuditEvent, User

KEEP_FILES = timedelta(days=7)
KEEP_INCOMING = timedelta(days=1)

log = structlog.get_logger(__name__)


def root() -> Path:
    return Path(settings.MEDIA_ROOT) / "imports"


def folder_of(upload: Upload) -> Path:
    return root() / str(upload.pk)


def incoming() -> Path:
    found = root() / "incoming"
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def remove_files(upload: Upload) -> None:
    shutil.rmtree(folder_of(upload), ignore_errors=True)


def discard(upload: Upload, *, by: User, at: datetime, request: HttpRequest | None = None) -> bool:
    """Not while it is being imported, and not what was imported already."""
    with_files = Upload.objects.filter(pk=upload.pk, finished_at=None, discarded_at=None)
    if not upload.may_change or not with_files.update(discarded_at=at, files_removed_at=at):
        return False
    remove_files(upload)
    audit.record(
        AuditEvent.Action.ORG_CHANGED,
        by=by,
        org=upload.org,
        subject=f"Files for {upload.org.name}",
        detail={"discarded": list(upload.files.values_list("name", flat=True)[:50])},
        request=request,
    )
    return True


def remove_old_files(*, at: datetime) -> int:
    """Of uploads that nobody imported, and what a broken connection left behind."""
    old = Upload.objects.filter(files_removed_at=None, uploaded_at__lt=at - KEEP_FILES)
    count = 0
    for upload in old.select_related("job"):
        if upload.state != Upload.State.RUNNING:
            Upload.objects.filter(pk=upload.pk).update(files_removed_at=at)
            remove_files(upload)
            count += 1
    oldest = (at - KEEP_INCOMING).timestamp()
    for each in incoming().iterdir():
        if each.stat().st_mtime < oldest:
            each.unlink(missing_ok=True)
    if count:
        log.info("old_uploads_removed", count=count)
    return count
