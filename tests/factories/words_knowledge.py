"""Documents of the house, read already."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from assistant.models import Document, DocumentVersion, Passage
from revenue.users.models import Org
from tests.factories.facts import NOON

numbers = count(1)
WORDS = "We answer support tickets within four hours on every day of the year."


def a_document(*, org: Org, texts: Sequence[str] = (WORDS,), **facts: Any) -> Document:
    """With a version that is ready, a passage for each text."""
    place = next(numbers)
    document = Document.objects.create(
        **{
            "org": org,
            "slug": f"document-{place}",
            "title": f"Document {place}",
            "made_at": NOON,
            "changed_at": NOON,
            **facts,
        }
    )
    document.current = a_version(document=document, texts=texts)
    document.save(update_fields=["current"])
    return document


def a_version(*, document: Document, texts: Sequence[str] = (), **facts: Any) -> DocumentVersion:
    """The next one; it is not made the current one."""
    version = DocumentVersion.objects.create(
        **{
            "org": document.org,
            "document": document,
            "number": document.versions.count() + 1,
            "file_name": f"{document.slug}.pdf",
            "format": "pdf",
            "size": 1000,
            "sha256": f"{next(numbers):064x}",
            "state": "ready",
            "pages": 1,
            "passage_count": len(texts),
            "word_count": sum(len(text.split()) for text in texts),
            "made_at": NOON,
            "read_at": NOON,
            **facts,
        }
    )
    Passage.objects.bulk_create(
        Passage(
            org=document.org,
            version=version,
            number=place,
            heading=["Service"],
            page=1,
            last_page=1,
            text=text,
        )
        for place, text in enumerate(texts, start=1)
    )
    return version
