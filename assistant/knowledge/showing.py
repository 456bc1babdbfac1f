"""What the page of a document shows beside its passages."""

from typing import Any

from django.db.models import QuerySet

from assistant.knowledge.changing import is_being_read
from assistant.models import Document, DocumentVersion
from revenue.users.models import Org

MOST_VERSIONS = 20


def versions_of(document: Document, *, all_of_them: bool) -> list[Any]:
    """The newest first; for those who only read, those that were read to their end."""
    rows = document.versions.select_related("made_by", "job").order_by("-number")
    if not all_of_them:
        rows = rows.filter(state=DocumentVersion.State.READY)
    versions: list[Any] = list(rows[:MOST_VERSIONS])
    for each in versions:
        each.is_current = each.pk == document.current_id
        each.is_being_read = is_being_read(each)
    return versions


def removed(org: Org) -> QuerySet[Document]:
    rows: QuerySet[Document] = Document.objects.filter(org=org, deleted_at__isnull=False)
    return rows.select_related("deleted_by").order_by("-deleted_at", "-id")
