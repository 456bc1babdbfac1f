"""Reading a version to its end: passages where it can be read, a sentence where it cannot."""

from datetime import datetime

from django.db import transaction

from assistant.knowledge import keeping
from assistant.knowledge.apart import Tell, read_apart
from assistant.knowledge.following import tell_followers
from assistant.knowledge.passages import Cut, passages_of, words_in
from assistant.knowledge.reading.blocks import Found, UnreadableError
from assistant.models import Document, DocumentVersion, Passage

State = DocumentVersion.State
NO_FILE = "The file is not here any more. Bring it again."
NO_WORDS = "There is no text to read in it. Bring a file that holds some."
CHUNK = 500


def found_in(version: DocumentVersion, *, tell: Tell | None = None) -> Found:
    """The slow part: nothing is written meanwhile, and what was read before goes on serving."""
    path = keeping.path_of(version)
    if not path.is_file():
        raise UnreadableError(NO_FILE)
    return read_apart(path.resolve(), form=version.format, tell=tell)


def keep(version: DocumentVersion, found: Found, *, at: datetime) -> int:
    """All of its passages, or none; and it becomes the current one unless a newer one is."""
    cuts = passages_of(found.blocks)
    if not cuts:
        raise UnreadableError(NO_WORDS)
    with transaction.atomic():
        document = Document.objects.select_for_update(of=("self",)).get(pk=version.document_id)
        Passage.objects.filter(version=version).delete()
        rows = rows_of(version, cuts)
        Passage.objects.bulk_create(rows, batch_size=CHUNK)
        DocumentVersion.objects.filter(pk=version.pk).update(
            state=State.READY,
            error="",
            notes=found.notes,
            pages=found.pages,
            passage_count=len(rows),
            word_count=sum(words_in(row.text) for row in rows),
            read_at=at,
        )
        newest = document.versions.filter(state=State.READY).order_by("-number").first()
        if newest and newest.pk == version.pk:
            Document.objects.filter(pk=document.pk).update(current=version, changed_at=at)
        tell_followers(org=version.org)
    return len(rows)


def rows_of(version: DocumentVersion, cuts: list[Cut]) -> list[Passage]:
    return [
        Passage(
            org=version.org,
            version=version,
            number=number,
            heading=cut.heading,
            page=cut.page,
            last_page=cut.last_page,
            text=cut.text,
        )
        for number, cut in enumerate(cuts, start=1)
    ]


def refuse(version: DocumentVersion, problem: UnreadableError, *, at: datetime) -> None:
    DocumentVersion.objects.filter(pk=version.pk).update(
        state=State.REFUSED, error=str(problem)[:500], read_at=at
    )
