"""The documents of the simulated company, through the same door as everybody's."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest

from assistant.knowledge import performing
from assistant.knowledge.demo.rendering import rendered
from assistant.knowledge.reading.blocks import Found
from assistant.knowledge.receiving import Said, bring
from assistant.models import Document, DocumentVersion
from revenue.users.models import Org, User

FOLDER = Path(__file__).parent / "documents"
Kind = Document.Kind


@dataclass(frozen=True)
class Written:
    slug: str
    title: str
    kind: str


DOCUMENTS = (
    Written("capabilities", "Capabilities", Kind.CAPABILITIES),
    Written("competitors", "Competitors", Kind.COMPETITORS),
    Written("case-study", "Case study", Kind.CASE_STUDY),
    Written("industry-trends", "Industry trends", Kind.INDUSTRY),
    Written("best-practices", "Best practices", Kind.PRACTICE),
)


def seed_documents(*, org: Org, at: datetime) -> int:
    """How many are new here; what people have changed or removed stays as they left it."""
    return sum(seed(written, org=org, at=at) for written in DOCUMENTS)


def seed(written: Written, *, org: Org, at: datetime) -> bool:
    document = Document.objects.select_related("current").filter(org=org, slug=written.slug).first()
    if document is not None and not is_as_seeded(document):
        return False
    brought = bring(
        SimpleUploadedFile(f"{written.slug}.pdf", pdf_of(written)),
        org=org,
        said=Said(written.title, written.kind),
        by=None,
        at=at,
        document=document,
        begin=ReadAtOnce(at),
    )
    return not brought.is_same


def is_as_seeded(document: Document) -> bool:
    current = document.current
    return document.deleted_at is None and (current is None or current.made_by_id is None)


@cache
def pdf_of(written: Written) -> bytes:
    text = (FOLDER / f"{written.slug}.md").read_text(encoding="utf-8")
    return rendered(text, title=written.title)


@dataclass(frozen=True)
class ReadAtOnce:
    """Without a job: who fills a demo waits for it, and no worker may run yet."""

    at: datetime

    def __call__(self, version: DocumentVersion, **_who: User | HttpRequest | None) -> None:
        performing.keep(version, found_once(version.sha256, version), at=self.at)


READ: dict[str, Found] = {}


def found_once(mark: str, version: DocumentVersion) -> Found:
    """Three orgs hold the same files; each is read apart once a run."""
    if mark not in READ:
        READ[mark] = performing.found_in(version)
    return READ[mark]
