"""What is asked finds the texts that say it, as far as their reader may see, and nothing else."""

from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Activity, Opportunity
from accounts.search import refresh_search
from assistant.models import SearchIndex, SearchText
from assistant.search import find, ranking
from assistant.search.asking import ask, read
from assistant.search.finding import look, vector_of
from assistant.search.hits import GROUPS, RECORDS
from assistant.search.ranking import Scope, rank
from assistant.search.tasks import refresh_texts
from revenue.jobs.models import Job, State
from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.factories.facts import (
    NOON,
    a_contact,
    a_crm_user,
    an_account,
    an_activity,
    an_opportunity,
)
from tests.factories.jobs import a_job
from tests.factories.people import MembershipFactory
from tests.factories.words_knowledge import a_document
from tests.factories.words_search import an_index

pytestmark = pytest.mark.django_db
NOTES = (
    ("Call on price", "They find the price too high and ask for a discount."),
    ("Follow-up", "The discount was granted, the price is fine now."),
    ("Security review", "Their security team wants an audit of the data centre."),
    ("Audit", "The audit of security is done; the data centre passed."),
    ("Kick-off", "The project begins in March with three people."),
    ("Training", "Users were trained on site for two days."),
)


def fill(org: Org, *, owner: str | None = None) -> None:
    account = an_account(org=org, name="Acme Industries", owner_ref=owner)
    of_account: dict[str, Any] = {"org": org, "account_ref": account.external_id}
    deal = an_opportunity(name="Acme – Renewal 2026", owner_ref=owner, **of_account)
    an_opportunity(name="Acme – Expansion", owner_ref=owner, **of_account)
    a_contact(name="Zoë Quill", email="zoe@acme.example", owner_ref=owner, **of_account)
    for subject, text in NOTES:
        an_activity(
            subject=subject,
            description=text,
            opportunity_ref=deal.external_id,
            owner_ref=owner,
            happens_at=NOON,
            **of_account,
        )


@pytest.fixture
def reader() -> Membership:
    found: Membership = MembershipFactory(role=Role.EXECUTIVE)
    fill(found.org)
    a_document(org=found.org, title="How we sell", texts=["Never grant a discount before a proof."])
    refresh_search(org=found.org, since=None)
    an_index(org=found.org)
    return found


def titles(reader: Membership, text: str, **options: Any) -> list[str]:
    return [hit.title for hit in find(reader=reader, text=text, **options)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Acme renewal", "Acme – Renewal 2026"),
        ("acme industries", "Acme Industries"),
        ("zoe@acme.example", "Zoë Quill"),
        ("Zoe Quill", "Zoë Quill"),
        ("which team wants to look at their data centre?", "Security review"),
        ('"three people"', "Kick-off"),
        ("secutity team", "Security review"),
        ("trained users", "Training"),
    ],
)
def test_the_best_answer_stands_first(reader: Membership, text: str, first: str) -> None:
    assert titles(reader, text)[0] == first


def test_a_minus_leaves_out_and_quotes_hold_together(reader: Membership) -> None:
    assert "Audit" in titles(reader, "audit", kinds=("activity",))
    assert "Audit" not in titles(reader, "audit -passed", kinds=("activity",))
    assert titles(reader, '"centre passed"') == ["Audit"]


def test_kinds_narrow_and_documents_are_not_drowned(reader: Membership) -> None:
    assert {hit.kind for hit in find(reader=reader, text="discount", kinds=("passage",))} == {
        "passage"
    }
    assert "How we sell" in titles(reader, "discount", most=3)
    assert find(reader=reader, text="discount", kinds=()) == []


def test_a_hit_leads_to_its_page_and_marks_what_was_asked(reader: Membership) -> None:
    (hit,) = find(reader=reader, text="trained", kinds=("activity",), most=1)
    activity = Activity.objects.get(subject="Training")
    assert (hit.kind, hit.ref) == ("activity", activity.pk)
    assert hit.url == f"/o/{reader.org.slug}/search/activities/{activity.pk}/"
    assert [hit.excerpt[begun:ended] for begun, ended in hit.marks] == ["trained"]
    assert "words" in hit.found_by


def test_about_an_account_only_what_is_of_it_is_found(reader: Membership) -> None:
    other = an_account(org=reader.org, name="Borealis")
    an_activity(
        org=reader.org,
        subject="Discount for Borealis",
        account_ref=other.external_id,
        happens_at=NOON,
    )
    an_index(org=reader.org)
    found = find(reader=reader, text="discount", about=other)
    assert {hit.title for hit in found} == {"Discount for Borealis", "How we sell", "Borealis"} & {
        hit.title for hit in found
    }
    assert "Discount for Borealis" in {hit.title for hit in found}
    deal = Opportunity.objects.get(name="Acme – Expansion")
    assert "Discount for Borealis" not in {
        hit.title for hit in find(reader=reader, text="discount", about=deal)
    }


@pytest.fixture
def seller() -> Membership:
    """A rep with a few notes among hundreds of a colleague's that say the same."""
    rep: Membership = MembershipFactory(role=Role.REP)
    own = a_crm_user(org=rep.org, membership=rep).external_id
    fill(rep.org, owner=own)
    other = a_crm_user(org=rep.org).external_id
    for number in range(40):
        an_activity(
            org=rep.org,
            subject=f"Discount {number}",
            description="price discount price discount",
            owner_ref=other,
            happens_at=NOON,
        )
    an_index(org=rep.org)
    return rep


def test_a_rep_finds_own_texts_alone_and_all_of_them(seller: Membership) -> None:
    found = titles(seller, "price discount", kinds=("activity",), most=20)
    assert found[:2] in (["Call on price", "Follow-up"], ["Follow-up", "Call on price"])
    assert not any(title.startswith("Discount ") for title in found)
    manager = MembershipFactory(org=seller.org, role=Role.MANAGER)
    assert titles(manager, "price discount", kinds=("activity",)) == []


def test_hidden_rows_that_come_move_nothing(seller: Membership) -> None:
    before = find(reader=seller, text="price discount", most=20)
    other = a_crm_user(org=seller.org).external_id
    for number in range(30):
        an_activity(
            org=seller.org,
            subject=f"Price {number}",
            description="discount discount",
            owner_ref=other,
            happens_at=NOON,
        )
    refresh(seller.org)
    assert SearchText.objects.filter(title="Price 3").exists()
    assert find(reader=seller, text="price discount", most=20) == before


def refresh(org: Org) -> None:
    job = a_job(org=org, task=refresh_texts.name)
    Job.objects.filter(pk=job.pk).update(state=State.QUEUED, attempts=0)
    refresh_texts.message_task(str(job.pk))
    job.refresh_from_db()
    assert job.state == State.SUCCEEDED


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    words=st.lists(
        st.sampled_from(
            ["price", "discount", "audit", "security", "data", "people", "trained", "project"]
        ),
        min_size=1,
        max_size=5,
    )
)
def test_both_ways_give_the_same_places(reader: Membership, words: list[str]) -> None:
    """Candidates of all and then the visible of them, or the visible ones looked through."""
    index = SearchIndex.objects.get(org=reader.org, state="live")
    asked = ask(index=index, question=read(index=index, text=" ".join(words)), group=RECORDS)
    vector = vector_of(index=index, asked=asked)
    wide = rank(index=index, asked=asked, vector=vector, scope=Scope(reader, GROUPS[RECORDS]))
    values = ranking.values_of(
        index=index, asked=asked, vector=vector, scope=Scope(reader, GROUPS[RECORDS])
    )
    narrow = ranking.within_sight(values, Scope(reader, GROUPS[RECORDS]))
    assert [place.text_id for place in wide.words] == [p.text_id for p in narrow.words]
    assert {place.text_id: round(place.score, 6) for place in wide.meaning} == {
        place.text_id: round(place.score, 6) for place in narrow.meaning
    }


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=80))
def test_any_text_is_an_answer_and_no_error(reader: Membership, text: str) -> None:
    typed = text.encode("utf-8", "replace").decode()
    assert find(reader=reader, text=typed) is not None
    assert find(reader=reader, text=f'"{typed}" -{typed}') is not None


def test_before_an_index_is_there_names_are_found_and_it_is_said() -> None:
    reader = MembershipFactory(role=Role.EXECUTIVE)
    an_account(org=reader.org, name="Acme Industries")
    refresh_search(org=reader.org, since=None)
    found = look(reader=reader, text="acme")
    assert [hit.title for hit in found.hits] == ["Acme Industries"]
    assert "for the first time" in found.notice


def test_another_org_finds_nothing_of_it(reader: Membership) -> None:
    stranger = MembershipFactory(role=Role.EXECUTIVE)
    an_index(org=stranger.org)
    assert find(reader=stranger, text="discount") == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT index_id) FROM assistant_searchvector")
        assert cursor.fetchone()[0] >= 1
