"""The documents of the simulated company: the same each time, read as they were written, judged."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import LazySettings

from assistant.knowledge.apart import read_apart
from assistant.knowledge.demo.judged import FILE, grades, judged_in, questions
from assistant.knowledge.demo.rendering import rendered
from assistant.knowledge.demo.seeding import DOCUMENTS, FOLDER, READ, pdf_of, seed_documents
from assistant.knowledge.passages import Cut, passages_of, words_in
from assistant.models import Document, DocumentVersion, Passage
from revenue.rooms import AFTER_DEMO
from tests.factories.facts import NOON
from tests.factories.people import OrgFactory, UserFactory


@pytest.fixture(scope="module")
def cuts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Cut]]:
    found = {}
    for each in DOCUMENTS:
        path: Path = tmp_path_factory.mktemp("demo") / f"{each.slug}.pdf"
        path.write_bytes(pdf_of(each))
        read = read_apart(path, form="pdf")
        assert read.notes == []
        READ[sha256(pdf_of(each)).hexdigest()] = read  # for the test that seeds
        assert (read.pages or 0) >= 4
        found[each.slug] = passages_of(read.blocks)
    return found


def test_a_document_has_the_same_bytes_each_time() -> None:
    one = DOCUMENTS[0]
    text = (FOLDER / f"{one.slug}.md").read_text(encoding="utf-8")
    assert rendered(text, title=one.title) == rendered(text, title=one.title)


def test_every_word_of_the_sources_is_read_and_none_of_the_footers(
    cuts: dict[str, list[Cut]],
) -> None:
    for slug, passages in cuts.items():
        read = " ".join(f"{' '.join(each.heading)} {each.text}" for each in passages)
        source = (FOLDER / f"{slug}.md").read_text(encoding="utf-8")
        written = {word for word in source.split() if word.isalnum()}
        assert written - set(read.replace("|", " ").split()) <= {"-"}
        assert "Page 2" not in read
        assert all(30 <= words_in(each.text) <= 420 for each in passages)
        assert all(each.heading and each.page for each in passages)


def test_each_question_is_answered_by_something(cuts: dict[str, list[Cut]]) -> None:
    asked = questions()
    assert len(asked) >= 60
    assert len({each.text for each in asked}) == len(asked)
    placed = [(slug, n, cut) for slug, all_cuts in cuts.items() for n, cut in enumerate(all_cuts)]
    for question in asked:
        for section in question.relevant:
            found = [
                n for slug, n, cut in placed if slug == section.document and section.stands_in(cut)
            ]
            assert found, (question.text, section)
        assert 2 in grades(question, placed).values(), question.text


def test_no_question_is_copied_from_a_document() -> None:
    everything = " ".join(path.read_text(encoding="utf-8").lower() for path in FOLDER.glob("*.md"))
    for each in json.loads(FILE.read_text(encoding="utf-8"))["questions"]:
        words = each["question"].lower().strip("?").split()
        runs = [" ".join(words[start : start + 5]) for start in range(len(words) - 4)]
        assert not [run for run in runs if run in everything], each["question"]


@pytest.mark.django_db
def test_seeding_twice_adds_nothing_and_leaves_what_people_did(
    settings: LazySettings, tmp_path: Path, cuts: dict[str, list[Cut]]
) -> None:
    settings.MEDIA_ROOT = tmp_path
    assert f"{seed_documents.__module__}.seed_documents" in AFTER_DEMO
    org, other = OrgFactory(), OrgFactory()
    assert seed_documents(org=org, at=NOON) == len(DOCUMENTS)
    assert seed_documents(org=other, at=NOON) == len(DOCUMENTS)
    assert {"Case study"} < set(Document.objects.filter(org=org).values_list("title", flat=True))
    assert not DocumentVersion.objects.exclude(state="ready").exists()
    removed, changed = Document.objects.filter(org=org).order_by("id")[:2]
    Document.objects.filter(pk=removed.pk).update(deleted_at=NOON)
    changed.versions.update(made_by=UserFactory(), sha256="0" * 64)
    before = Passage.objects.filter(org=org).count()
    assert seed_documents(org=org, at=NOON) == 0
    assert Passage.objects.filter(org=org).count() == before
    judged = judged_in(other)
    assert all(2 in answers.values() for _, answers in judged)
