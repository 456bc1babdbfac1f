"""Who reads which document and which passage of it: by audience, and only what holds now."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from assistant.models import Audience, Document, DocumentVersion, Passage
from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.factories.facts import NOON
from tests.factories.people import MembershipFactory, OrgFactory
from tests.factories.words_knowledge import a_document, a_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def org() -> Org:
    return OrgFactory()


def member(org: Org, role: Role = Role.REP, **facts: Any) -> Membership:
    return MembershipFactory(org=org, role=role, **facts)


def titles(reader: Any) -> set[str]:
    passages = Passage.objects.visible_to(reader).values_list("version__document__title", flat=True)
    documents = Document.objects.visible_to(reader).values_list("title", flat=True)
    assert set(passages) == set(documents)
    return set(documents)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.REP, {"everyone"}),
        (Role.INTEGRATOR, {"everyone"}),
        (Role.MANAGER, {"everyone", "managers"}),
        (Role.EXECUTIVE, {"everyone", "managers", "executives"}),
        (Role.ADMIN, {"everyone", "managers", "executives"}),
    ],
)
def test_an_audience_is_asked_by_role(org: Org, role: Role, expected: set[str]) -> None:
    for audience in Audience:
        a_document(org=org, title=str(audience), audience=audience)
    reader = member(org, role)
    assert titles(reader) == expected
    assert titles(reader.user) == expected


def test_of_another_org_nothing_is_read(org: Org) -> None:
    a_document(org=OrgFactory(), title="theirs")
    a_document(org=org, title="ours")
    assert titles(member(org, Role.ADMIN)) == {"ours"}


def test_a_person_of_two_orgs_has_the_role_of_each(org: Org) -> None:
    other = OrgFactory()
    mine = member(org, Role.ADMIN)
    member(other, Role.REP, user=mine.user)
    for place in (org, other):
        a_document(org=place, title=f"{place.pk} secret", audience=Audience.EXECUTIVES)
        a_document(org=place, title=f"{place.pk} open")
    assert titles(mine.user) == {f"{org.pk} secret", f"{org.pk} open", f"{other.pk} open"}
    assert titles(mine) == {f"{org.pk} secret", f"{org.pk} open"}


@pytest.mark.parametrize("what", ["membership", "user", "org"])
def test_whoever_is_switched_off_reads_nothing(org: Org, what: str) -> None:
    a_document(org=org)
    reader = member(org, Role.ADMIN)
    row: Any = {"membership": reader, "user": reader.user, "org": org}[what]
    type(row).objects.filter(pk=row.pk).update(is_active=False)
    assert titles(reader) == set()
    assert titles(reader.user) == set()


def test_a_document_that_was_removed_is_not_read(org: Org) -> None:
    a_document(org=org, deleted_at=NOON)
    reader = member(org)
    assert titles(reader) == set()
    assert not Passage.objects.ever_visible_to(reader).exists()


def test_the_newest_ready_version_is_read_and_the_older_ones_are_looked_up(org: Org) -> None:
    document = a_document(org=org, texts=["old"])
    document.current = a_version(document=document, texts=["new"])
    document.save()
    a_version(document=document, state="reading", read_at=None)
    reader = member(org)
    assert [each.text for each in Passage.objects.visible_to(reader)] == ["new"]
    assert {each.text for each in Passage.objects.ever_visible_to(reader)} == {"old", "new"}


def test_a_document_without_a_ready_version_is_listed_and_not_read(org: Org) -> None:
    document = a_document(org=org)
    Document.objects.filter(pk=document.pk).update(current=None)
    reader = member(org)
    assert titles(reader) == set()
    assert document in Document.objects.listed_for(reader)


def test_a_version_that_was_refused_says_why(org: Org) -> None:
    document = a_document(org=org)
    with pytest.raises(IntegrityError), transaction.atomic():
        a_version(document=document, state="refused")
    a_version(document=document, state="refused", error="It is locked.")
    assert DocumentVersion.objects.filter(state="refused").count() == 1


def test_a_passage_is_called_by_its_pages(org: Org) -> None:
    passage = Passage(number=7, page=3, last_page=3, heading=["Service", "Hours"])
    assert (passage.place, passage.pages, passage.path) == ("p. 3", "p. 3", "Service › Hours")
    assert Passage(number=7, page=3, last_page=4).pages == "pp. 3–4"
    assert Passage(number=7).pages == "passage 7"
