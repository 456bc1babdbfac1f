"""What a browser sends: within a bound, onto the disk, and from there to its place."""

import shutil
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadedfile import UploadedFile as Received
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.db import transaction
from django.http import HttpRequest

from accounts.connectors.csv_files.files import TABLES, ZIP
from accounts.models import Upload
from accounts.uploading.keeping import folder_of, incoming
from accounts.uploading.looking import look_at_upload
from revenue.users import audit
from revenue.users.models import AuditEvent, Org, User

MEGABYTE = 1 << 20
# The fields and borders of a form beside its files.
FORM = 1 << 20
MOST_FILES = 50
WANTED = (*TABLES, ZIP)


class UploadRefused(Exception):  # noqa: N818
    """Nothing was kept: why, and what to do."""


class IncomingFile(TemporaryUploadedFile):
    """Not in the system's own folder, which may be of memory."""

    def __init__(self, name: str | None, content_type: str | None, **more: Any) -> None:
        file = NamedTemporaryFile(prefix="incoming-", dir=incoming())  # noqa: SIM115
        super(TemporaryUploadedFile, self).__init__(file, name, content_type, 0, None, more)


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """What is too large is let go by without being written down; the view says so."""

    is_too_large = False

    def handle_raw_input(
        self,
        input_data: Any,  # noqa: ARG002
        META: dict[str, Any],  # noqa: ARG002, N803
        content_length: int,
        boundary: Any,  # noqa: ARG002
        encoding: str | None = None,  # noqa: ARG002
    ) -> None:
        self.is_too_large = content_length > most_bytes() + FORM

    def new_file(self, *args: Any, **named: Any) -> None:
        if self.is_too_large:
            raise SkipFile
        super(TemporaryFileUploadHandler, self).new_file(*args, **named)
        self.file = IncomingFile(self.file_name, self.content_type)


def most_bytes() -> int:
    return int(settings.CSV_MAX_UPLOAD_MB) * MEGABYTE


def too_large() -> str:
    return (
        f"The files are larger than {settings.CSV_MAX_UPLOAD_MB} MB together. Compress them to "
        ".csv.gz or .zip, upload them in parts, or import them with manage.py import_csv."
    )


def refuse_too_large(request: HttpRequest) -> None:
    if int(request.META.get("CONTENT_LENGTH") or 0) > most_bytes() + FORM:
        raise UploadRefused(too_large())


def keep_upload(
    *,
    org: Org,
    received: "Sequence[Received[bytes]]",
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> Upload:
    judge(received)
    with transaction.atomic():
        upload = Upload.objects.create(org=org, uploaded_by=by, uploaded_at=at)
        folder = folder_of(upload)
        try:
            stored = [
                (said_name(each), store(each, folder / f"{place:04}"))
                for place, each in enumerate(received)
            ]
            look_at_upload(upload, stored=stored)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        audit.record(
            AuditEvent.Action.ORG_CHANGED,
            by=by,
            org=org,
            subject=f"Files for {org.name}",
            detail={"uploaded": [name for name, _ in stored], "upload": upload.pk},
            request=request,
        )
    return upload


def judge(received: "Sequence[Received[bytes]]") -> None:
    if not received:
        raise UploadRefused("Choose at least one file: .csv, .csv.gz or .zip.")
    if len(received) > MOST_FILES:
        raise UploadRefused(f"These are more than {MOST_FILES} files. Put them into one zip.")
    if sum(each.size or 0 for each in received) > most_bytes():
        raise UploadRefused(too_large())
    for each in received:
        name = said_name(each)
        if not name.lower().endswith(WANTED):
            raise UploadRefused(
                f"{name} is no file of a kind that is imported: {', '.join(WANTED)}. "
                "Save a workbook as CSV first."
            )


def said_name(received: "Received[bytes]") -> str:
    """As the person knows it; nothing on our disk is called so."""
    base = PurePosixPath((received.name or "").replace("\\", "/")).name
    return "".join(each for each in base if each.isprintable())[-200:] or "file.csv"


def store(received: "Received[bytes]", target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    received.seek(0)
    with target.open("wb") as into:
        shutil.copyfileobj(received.file or BytesIO(), into, MEGABYTE)
    target.chmod(0o600)
    return target
