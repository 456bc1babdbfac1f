"""What a person brings: judged by its name and size, kept, and handed to the reader."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, Protocol

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile as Received
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.http import HttpRequest
from django.utils.text import slugify

from assistant.knowledge import keeping
from assistant.knowledge.reading.blocks import UnreadableError
from assistant.knowledge.reading.formats import BY_SUFFIX, format_of_name
from assistant.knowledge.tasks import start_reading
from assistant.markup import cleaned
from assistant.models import Audience, Document, DocumentVersion
from revenue.users import audit
from revenue.users.models import AuditEvent, Org, User

WANTED = tuple(BY_SUFFIX)
MOST_FILES = 20
MEGABYTE = 1 << 20
TRIES = 20
KINDS_BY_WORD = {
    "case": Document.Kind.CASE_STUDY,
    "customer-story": Document.Kind.CASE_STUDY,
    "reference": Document.Kind.CASE_STUDY,
    "competit": Document.Kind.COMPETITORS,
    "battlecard": Document.Kind.COMPETITORS,
    "capabilit": Document.Kind.CAPABILITIES,
    "product": Document.Kind.CAPABILITIES,
    "datasheet": Document.Kind.CAPABILITIES,
    "industry": Document.Kind.INDUSTRY,
    "trend": Document.Kind.INDUSTRY,
    "market": Document.Kind.INDUSTRY,
    "best-practice": Document.Kind.PRACTICE,
    "playbook": Document.Kind.PRACTICE,
    "guide": Document.Kind.PRACTICE,
}


class Begin(Protocol):
    """Has a version read: by a worker, or at once."""

    def __call__(
        self, version: DocumentVersion, *, by: User | None, request: HttpRequest | None
    ) -> object: ...


class NotTakenError(Exception):
    """Nothing was kept: why, and what to do."""


@dataclass(frozen=True)
class Brought:
    document: Document
    version: DocumentVersion
    is_same: bool = False  # as what is here already: nothing was kept
    is_new: bool = False


@dataclass(frozen=True)
class Said:
    """What the person says of a file; of one that replaces another, that one's words stand."""

    title: str = ""
    kind: str = ""
    audience: str = Audience.EVERYONE


def most_bytes() -> int:
    return int(settings.KNOWLEDGE_MAX_UPLOAD_MB) * MEGABYTE


def judge(received: "Sequence[Received[bytes]]") -> None:
    if not received:
        raise NotTakenError("Choose a file: PDF, Word (.docx), Markdown, HTML or plain text.")
    if len(received) > MOST_FILES:
        raise NotTakenError(f"These are more than {MOST_FILES} files. Bring them in parts.")
    for each in received:
        name = said_name(each.name)
        try:
            format_of_name(name)
        except UnreadableError as problem:
            raise NotTakenError(str(problem)) from problem
        if not each.size:
            raise NotTakenError(f"{name} is empty. Bring a file that holds something.")
        if each.size > most_bytes():
            raise NotTakenError(
                f"{name} is larger than {settings.KNOWLEDGE_MAX_UPLOAD_MB} MB. Save it with "
                "smaller pictures, or bring it in parts."
            )


def bring_all(
    received: "Sequence[Received[bytes]]",
    *,
    org: Org,
    said: Said,
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> list[Brought]:
    """A title is for one file alone; of several, each is called as its file is."""
    judge(received)
    alone = said if len(received) == 1 else Said("", said.kind, said.audience)
    return [bring(each, org=org, said=alone, by=by, at=at, request=request) for each in received]


def bring(
    received: "Received[bytes]",
    *,
    org: Org,
    said: Said,
    by: User | None,
    at: datetime,
    document: Document | None = None,
    begin: "Begin" = start_reading,
    request: HttpRequest | None = None,
) -> Brought:
    """A new document, or a version of one that is called the same; the one named, where one is."""
    file, name = received.file or BytesIO(), said_name(received.name)
    mark = keeping.mark_of(file)
    title = title_of(said.title, name=name)
    document = document or twin(org, mark=mark) or namesake(org, title=title, name=name)
    if document is not None and document.current and document.current.sha256 == mark:
        return Brought(document, document.current, is_same=True)
    with kept_file(file, org=org) as stored_as, transaction.atomic():
        is_new = document is None
        document = document or make(org, title=title, name=name, said=said, by=by, at=at)
        version = add_version(
            document,
            file_name=name,
            format=format_of_name(name),
            size=received.size or 0,
            sha256=mark,
            stored_as=stored_as,
            made_by=by,
            made_at=at,
        )
        Document.objects.filter(pk=document.pk).update(changed_at=at)
        audit.record(
            AuditEvent.Action.ORG_CHANGED,
            by=by,
            org=org,
            subject=document,
            detail={"document": document.title, "version": version.number, "file": name},
            request=request,
        )
        begin(version, by=by, request=request)
    return Brought(document, version, is_new=is_new)


@contextmanager
def kept_file(file: Any, *, org: Org) -> Iterator[str]:
    stored_as = keeping.store(file, org_id=org.pk)
    try:
        yield stored_as
    except BaseException:
        keeping.remove_files([stored_as])
        raise


def add_version(document: Document, **facts: Any) -> DocumentVersion:
    """Two that come at once get two numbers: the document's row is held meanwhile."""
    Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    last = document.versions.aggregate(last=Max("number"))["last"] or 0
    version = DocumentVersion(org=document.org, document=document, number=last + 1, **facts)
    version.save(force_insert=True)
    return version


def make(org: Org, *, title: str, name: str, said: Said, by: User | None, at: datetime) -> Document:
    """Under a name for addresses that nobody else has, nor had."""
    stem = slugify(title)[:70] or "document"
    kind = said.kind if said.kind in Document.Kind.values else kind_of(title, name=name)
    for place in range(1, TRIES + 1):
        slug = stem if place == 1 else f"{stem}-{place}"
        if Document.objects.filter(org=org, slug=slug).exists():
            continue
        try:
            with transaction.atomic():
                return Document.objects.create(
                    org=org,
                    slug=slug,
                    title=title,
                    kind=kind,
                    audience=said.audience,
                    made_by=by,
                    made_at=at,
                    changed_at=at,
                )
        except IntegrityError:
            continue
    raise NotTakenError(f"There are many documents called {title}. Give it another title.")


def twin(org: Org, *, mark: str) -> Document | None:
    """A document that reads the same, letter by letter."""
    rows = Document.objects.filter(org=org, deleted_at=None, current__sha256=mark)
    found: Document | None = rows.select_related("current").order_by("id").first()
    return found


def namesake(org: Org, *, title: str, name: str) -> Document | None:
    """What the file is a newer form of: the one of its title, else the one of its file's name."""
    rows = Document.objects.filter(org=org, deleted_at=None).select_related("current")
    named: Document | None = rows.filter(title__iexact=title).order_by("id").first()
    return named or rows.filter(current__file_name__iexact=name).order_by("id").first()


def said_name(given: str | None) -> str:
    """As the person knows it; nothing on our disk is called so."""
    base = PurePosixPath((given or "").replace("\\", "/")).name
    return cleaned(base).replace("\n", " ").strip()[-200:] or "file"


def title_of(said: str, *, name: str) -> str:
    given = " ".join(cleaned(said).split())
    if given:
        return given[:200]
    words = PurePosixPath(name).stem.replace("_", " ").replace("-", " ").split()
    text = " ".join(words)
    return (text[:1].upper() + text[1:])[:200] or "Document"


def kind_of(title: str, *, name: str) -> str:
    words = f"{slugify(title)} {slugify(PurePosixPath(name).stem)}"
    found = (kind for word, kind in KINDS_BY_WORD.items() if word in words)
    return str(next(found, Document.Kind.OTHER))
