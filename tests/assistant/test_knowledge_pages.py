"""The pages of documents: brought, read in the background, replaced, taken back, removed."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assistant.knowledge import changing, keeping
from assistant.knowledge.tasks import read_document
from assistant.models import Audience, Document, DocumentVersion, Passage
from revenue.jobs.models import Job
from revenue.jobs.running import JobError, JobRun
from revenue.users.models import AuditEvent, Membership, Org
from revenue.users.roles import Role
from tests.assistant import files
from tests.factories.facts import NOON
from tests.factories.people import MembershipFactory, OrgFactory
from tests.factories.words_knowledge import a_document, a_version

pytestmark = pytest.mark.django_db
TEXT = "# Prices\n\n" + "The price per user falls with the number of users. " * 3
heard: list[int] = []


def follow(org_id: int) -> None:
    heard.append(org_id)


@pytest.fixture
def org(settings: LazySettings, tmp_path: Path) -> Org:
    settings.MEDIA_ROOT = tmp_path
    return OrgFactory(slug="acme")


@pytest.fixture
def executive(client: Client, org: Org) -> Client:
    client.force_login(MembershipFactory(org=org, role=Role.EXECUTIVE).user)
    return client


def url(name: str, *arguments: Any) -> str:
    return reverse(f"assistant:{name}", args=["acme", *arguments])


def sign_in(org: Org, role: Role) -> Client:
    client = Client()
    client.force_login(MembershipFactory(org=org, role=role).user)
    return client


def send(client: Client, *given: tuple[str, str | bytes], to: str = "", **said: str) -> Any:
    brought = [
        SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)
        for name, text in given
    ]
    said = {"audience": "everyone", **said}
    return client.post(to or url("knowledge-upload"), {"files": brought, **said}, follow=True)


def run(version: DocumentVersion) -> DocumentVersion:
    """As a worker does it."""
    assert version.job is not None
    job = version.job
    Job.objects.filter(pk=job.pk).update(
        state="running",
        attempts=1,
        started_at=NOON,
        attempted_at=NOON,
        heartbeat_at=timezone.now(),
    )
    job.refresh_from_db()
    ended: dict[str, Any] = {"state": "succeeded"}
    try:
        read_document.function(JobRun.of(job))
    except JobError as problem:
        ended = {"state": "failed", "error": str(problem)}
    Job.objects.filter(pk=job.pk).update(**ended, finished_at=timezone.now())
    version.refresh_from_db()
    return version


def newest() -> DocumentVersion:
    found: DocumentVersion = DocumentVersion.objects.order_by("-id")[0]
    return found


def html(answer: Any, *, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:500]
    return str(answer.content.decode())


def test_a_document_is_brought_and_read(
    executive: Client, org: Org, settings: LazySettings, django_capture_on_commit_callbacks: Any
) -> None:
    said = html(send(executive, ("Price list.md", TEXT), title="Prices"))
    version = newest()
    assert "Waiting for its turn" in said
    assert 'hx-trigger="every 1s"' in said
    assert not Passage.objects.exists()
    settings.AFTER_KNOWLEDGE = [f"{__name__}.follow"]
    heard.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert run(version).state == "ready"
    assert heard == [org.pk]
    said = html(executive.get(version.document.get_absolute_url()))
    assert "The price per user falls" in said
    assert "every 1s" not in said
    passage = Passage.objects.get(version=version)
    assert passage.heading == ["Prices"]
    assert "Prices" in html(executive.get(url("knowledge-list")))
    assert "is-marked" in html(executive.get(passage.get_absolute_url()))
    assert AuditEvent.objects.filter(org=org, subject="Prices").exists()
    # Whoever watched the bar gets the whole page anew.
    live = executive.get(
        version.document.get_absolute_url(), headers={"HX-Request": "true", "HX-Target": "live"}
    )
    assert live.headers["HX-Refresh"] == "true"


def test_the_same_file_again_changes_nothing(executive: Client) -> None:
    send(executive, ("prices.md", TEXT))
    run(newest())
    said = html(send(executive, ("other name.md", TEXT)))
    assert "is here already, as Prices" in said
    to = url("knowledge-version", Document.objects.get().pk)
    assert "is here already" in html(send(executive, ("prices.md", TEXT), to=to))
    assert DocumentVersion.objects.count() == 1
    assert len([each for each in keeping.root().rglob("*") if each.is_file()]) == 1


def test_a_newer_file_takes_its_place_once_it_is_read(executive: Client, org: Org) -> None:
    send(executive, ("prices.md", TEXT), audience="executives")
    first = run(newest())
    quoted = Passage.objects.get()
    said = html(
        send(executive, ("prices.md", TEXT + "Since May, by a tenth."), audience="everyone")
    )
    assert "gets version 2, for executives and admins as before" in said
    assert "Version 1 serves until version 2 is read" in said
    document = Document.objects.get()
    assert (document.current, document.audience) == (first, Audience.EXECUTIVES)
    second = run(newest())
    document.refresh_from_db()
    assert document.current == second
    reader = Membership.objects.get(org=org)
    assert "tenth" in Passage.objects.visible_to(reader).get().text
    assert "From an older version" in html(executive.get(quoted.get_absolute_url()))
    html(executive.post(url("knowledge-use", document.pk, first.pk), follow=True))
    document.refresh_from_db()
    assert document.current == first


def test_what_is_refused_says_why_and_the_old_one_serves(executive: Client) -> None:
    send(executive, ("prices.md", TEXT))
    first = run(newest())
    to = url("knowledge-version", first.document.pk)
    send(executive, ("prices.pdf", files.a_locked_pdf(for_reading="secret")), to=to)
    second = run(newest())
    assert (second.state, second.number) == ("refused", 2)
    said = html(executive.get(first.document.get_absolute_url()))
    assert "locked by a password" in said
    assert "the one before serves on" in said
    first.document.refresh_from_db()
    assert first.document.current == first
    assert Passage.objects.filter(version=second).count() == 0
    # Once more; a reader that was stopped in the middle is seen to be.
    executive.post(url("knowledge-again", first.document.pk, second.pk))
    second.refresh_from_db()
    assert second.state == "waiting"
    assert second.job is not None
    Job.objects.filter(pk=second.job.pk).update(
        state="cancelled", cancel_requested_at=NOON, finished_at=NOON
    )
    assert "was not read to its end" in html(executive.get(first.document.get_absolute_url()))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("sheet.xlsx", b"PK", "Sheets are not read"),
        ("empty.pdf", b"", "is empty"),
        ("large.txt", b"x" * (1 << 20) + b"y", "larger than 1 MB"),
    ],
)
def test_what_is_not_taken_is_not_kept(
    executive: Client, settings: LazySettings, name: str, content: bytes, said: str
) -> None:
    settings.KNOWLEDGE_MAX_UPLOAD_MB = 1
    assert said in html(send(executive, (name, content)), status=422)
    assert not Document.objects.exists()
    assert not Job.objects.exists()
    assert "Choose a file" in html(send(executive), status=422)


def test_several_at_once_are_called_as_their_files(executive: Client) -> None:
    send(executive, ("our_case-study.md", TEXT), ("b.txt", "Other words."), title="Ignored")
    documents = Document.objects.order_by("id")
    assert [each.title for each in documents] == ["Our case study", "B"]
    assert documents[0].kind == Document.Kind.CASE_STUDY


def test_readers_find_what_is_for_them_and_nothing_unfinished(org: Org) -> None:
    rep = sign_in(org, Role.REP)
    secret = a_document(org=org, title="Secret", audience="executives")
    plain = a_document(org=org, title="Plain")
    waiting = a_document(org=org, title="Unread")
    Document.objects.filter(pk=waiting.pk).update(current=None)
    refused = a_version(document=plain, state="refused", error="No.", stored_as="x")
    said = html(rep.get(url("knowledge-list")))
    assert "Plain" in said
    assert "Secret" not in said
    assert "Unread" not in said
    assert "Upload" not in said
    for each in (secret, waiting):
        assert rep.get(each.get_absolute_url()).status_code == 404
    assert "Bring a new version" not in html(rep.get(plain.get_absolute_url()))
    hidden = Passage.objects.get(version=secret.current)
    assert rep.get(hidden.get_absolute_url()).status_code == 404
    assert rep.get(url("knowledge-file", plain.pk, refused.pk)).status_code == 404
    assert rep.get(url("knowledge-file", plain.pk, secret.current_id)).status_code == 404


def test_a_removed_document_is_gone_until_it_is_restored(executive: Client, org: Org) -> None:
    document = a_document(org=org, title="Old prices")
    passage = Passage.objects.get()
    said = html(executive.post(url("knowledge-remove", document.pk), follow=True))
    assert "can be restored for 30 days" in said
    assert executive.get(passage.get_absolute_url()).status_code == 404
    assert "Restore" in said
    html(executive.post(url("knowledge-restore", document.pk), follow=True))
    assert executive.get(passage.get_absolute_url()).status_code == 200


def test_what_was_removed_long_ago_goes_for_good(executive: Client, org: Org) -> None:
    send(executive, ("prices.md", TEXT))
    version = run(newest())
    kept = a_document(org=org)
    path = keeping.path_of(version)
    stray = path.with_name("stray")
    stray.write_text("left over")
    Document.objects.filter(pk=version.document_id).update(deleted_at=NOON)
    assert changing.purge(at=NOON + changing.KEEP_REMOVED / 2) == 0
    assert path.exists()
    assert changing.purge(at=timezone.now() + changing.KEEP_REMOVED) == 1
    assert not path.exists()
    assert not stray.exists()
    assert list(Document.objects.all()) == [kept]


def test_a_change_is_kept_and_followed(executive: Client, org: Org) -> None:
    document = a_document(org=org)
    page = url("knowledge-change", document.pk)
    assert document.title in html(executive.get(page))
    said = {"title": "New  title", "kind": "industry", "audience": "managers"}
    html(executive.post(page, said, follow=True))
    document.refresh_from_db()
    assert (document.title, document.kind, document.audience) == (
        "New title",
        "industry",
        "managers",
    )
    event = AuditEvent.objects.get(org=org, action="org_changed")
    assert event.detail["before"]["audience"] == "everyone"
    html(executive.post(page, {**said, "title": " "}), status=422)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("page.html", "application/octet-stream"), ("page.pdf", "application/pdf")],
)
def test_the_original_is_saved_and_never_shown(executive: Client, name: str, kind: str) -> None:
    content = b"<script>alert(1)</script>" if name.endswith("html") else files.a_pdf()
    send(executive, (name, content))
    version = newest()
    answer: Any = executive.get(url("knowledge-file", version.document_id, version.pk))
    assert b"".join(answer.streaming_content) == content
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_what_a_document_says_is_text_and_nothing_else(executive: Client) -> None:
    send(executive, ("x.txt", "<script>alert(1)</script> & <b>bold</b>\u202e\u200b words to read"))
    run(newest())
    said = html(executive.get(Passage.objects.get().get_absolute_url()))
    assert "&lt;script&gt;alert(1)" in said
    assert "<b>bold" not in said
    assert not {"\u202e", "\u200b"} & set(said)
