"""What becomes of a document: called otherwise, shown to others, taken back, removed, restored."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from assistant.knowledge import keeping
from assistant.knowledge.following import tell_followers
from assistant.knowledge.tasks import start_reading
from assistant.models import Document, DocumentVersion
from revenue.users import audit
from revenue.users.models import AuditEvent, User

KEEP_REMOVED = timedelta(days=30)
State = DocumentVersion.State


def change(
    document: Document,
    *,
    title: str,
    kind: str,
    audience: str,
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> bool:
    said = {"title": title, "kind": kind, "audience": audience}
    changed = {name: value for name, value in said.items() if getattr(document, name) != value}
    if not changed:
        return False
    detail: dict[str, Any] = {"before": {name: getattr(document, name) for name in changed}}
    with transaction.atomic():
        Document.objects.filter(pk=document.pk).update(**changed, changed_at=at)
        note(document, by=by, detail=detail | {"after": changed}, request=request)
        tell_followers(org=document.org)
    return True


def remove(
    document: Document, *, by: User, at: datetime, request: HttpRequest | None = None
) -> bool:
    with transaction.atomic():
        rows = Document.objects.filter(pk=document.pk, deleted_at=None)
        if not rows.update(deleted_at=at, deleted_by=by):
            return False
        note(document, by=by, detail={"removed": document.title}, request=request)
        tell_followers(org=document.org)
    return True


def restore(
    document: Document, *, by: User, at: datetime, request: HttpRequest | None = None
) -> bool:
    with transaction.atomic():
        rows = Document.objects.filter(pk=document.pk, deleted_at__isnull=False)
        if not rows.update(deleted_at=None, deleted_by=None, changed_at=at):
            return False
        note(document, by=by, detail={"restored": document.title}, request=request)
        tell_followers(org=document.org)
    return True


def use(
    version: DocumentVersion, *, by: User, at: datetime, request: HttpRequest | None = None
) -> bool:
    """An older one serves again, where the newer one was a mistake."""
    document = version.document
    if version.state != State.READY or document.current_id == version.pk:
        return False
    with transaction.atomic():
        Document.objects.filter(pk=document.pk).update(current=version, changed_at=at)
        note(document, by=by, detail={"version": version.number}, request=request)
        tell_followers(org=document.org)
    return True


def read_again(version: DocumentVersion, *, by: User, request: HttpRequest | None = None) -> bool:
    """What was refused, or whose reader was stopped in the middle."""
    if version.state == State.READY or is_being_read(version):
        return False
    with transaction.atomic():
        DocumentVersion.objects.filter(pk=version.pk).update(
            state=State.WAITING, error="", read_at=None
        )
        start_reading(version, by=by, request=request)
    return True


def is_being_read(version: DocumentVersion) -> bool:
    return not version.is_finished and version.job is not None and not version.job.is_finished


def is_stuck(version: DocumentVersion) -> bool:
    return not version.is_finished and not is_being_read(version)


def purge(*, at: datetime) -> int:
    """What was removed long ago, for good: rows first, so that no row names a file that is gone."""
    old = Document.objects.filter(deleted_at__lt=at - KEEP_REMOVED)
    count = 0
    for document in old.order_by("id"):
        names = list(document.versions.values_list("stored_as", flat=True))
        with transaction.atomic():
            document.delete()
        keeping.remove_files(names)
        count += 1
    keeping.remove_strays(at=at)
    return count


def note(
    document: Document, *, by: User, detail: dict[str, Any], request: HttpRequest | None
) -> None:
    audit.record(
        AuditEvent.Action.ORG_CHANGED,
        by=by,
        org=document.org,
        subject=document,
        detail=detail,
        request=request,
    )
