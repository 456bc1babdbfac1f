"""Where the files of documents lie: under names of ours, for nobody but the product itself."""

import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import IO
from uuid import uuid4

from django.conf import settings

from assistant.models import DocumentVersion

MEGABYTE = 1 << 20
KEEP_STRAYS = timedelta(days=1)


def root() -> Path:
    return Path(settings.MEDIA_ROOT) / "knowledge"


def path_of(version: DocumentVersion) -> Path:
    return root() / version.stored_as


def store(file: IO[bytes], *, org_id: int) -> str:
    """Its new name; never one that a person has chosen."""
    name = f"{org_id}/{uuid4().hex}"
    target = root() / name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.seek(0)
    with target.open("wb") as into:
        shutil.copyfileobj(file, into, MEGABYTE)
    target.chmod(0o600)
    return name


def mark_of(file: IO[bytes]) -> str:
    found = sha256()
    file.seek(0)
    while chunk := file.read(MEGABYTE):
        found.update(chunk)
    return found.hexdigest()


def remove_files(names: Iterable[str]) -> None:
    for name in names:
        if name:
            (root() / name).unlink(missing_ok=True)


def remove_strays(*, at: datetime) -> int:
    """Files whose row was never written, as when a machine stops between the two."""
    if not root().exists():
        return 0
    known = set(DocumentVersion.objects.values_list("stored_as", flat=True))
    oldest = (at - KEEP_STRAYS).timestamp()
    count = 0
    for each in root().glob("*/*"):
        name = f"{each.parent.name}/{each.name}"
        if name not in known and each.stat().st_mtime < oldest:
            each.unlink(missing_ok=True)
            count += 1
    return count
