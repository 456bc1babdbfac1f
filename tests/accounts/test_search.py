"""What is typed finds what is meant, and nothing that its reader may not open."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import search as searching
from accounts.models import SearchEntry, SearchWord, SyncRun
from accounts.search import Kind, refresh_after_sync, refresh_search, search
from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.factories.facts import (
    NOON,
    a_contact,
    a_crm_user,
    a_lead,
    a_product,
    a_sync_run,
    an_account,
    an_opportunity,
)
from tests.factories.people import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Membership:
    return MembershipFactory(role=Role.EXECUTIVE)


def found(reader: Membership, text: str, **options: Any) -> dict[str, list[str]]:
    groups = search(reader=reader, text=text, **({"most": 10} | options))
    return {str(group.kind): [str(row) for row in group.rows] for group in groups}


def fill(org: Org) -> None:
    an_account(org=org, name="Northwind Traders", website="https://www.northwind.example")
    an_account(org=org, name="Müller & Söhne GmbH")
    an_account(org=org, name="Старые Друзья")
    an_opportunity(org=org, name="Northwind – Renewal 2026", external_id="0065g0000012345AAB")
    a_contact(org=org, name="Zoë O'Hara", email="zoe@contoso.example")
    a_lead(org=org, name="Ann Lee", company="Fabrikam", email="ann@fabrikam.example")
    a_product(org=org, name="Sync Server", code="SY-200")
    refresh_search(org=org, since=None)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Northwind Traders", {"account": ["Northwind Traders"]}),
        ("traders NORTH", {"account": ["Northwind Traders"]}),
        ("nor tra", {"account": ["Northwind Traders"]}),
        ("www.northwind.example", {"account": ["Northwind Traders"]}),
        ("Nortwind tradrs", {"account": ["Northwind Traders"]}),
        ("muller sohne", {"account": ["Müller & Söhne GmbH"]}),
        ("MÜLLER", {"account": ["Müller & Söhne GmbH"]}),
        ("старые", {"account": ["Старые Друзья"]}),
        ("Друз", {"account": ["Старые Друзья"]}),
        ("renewal", {"deal": ["Northwind – Renewal 2026"]}),
        ("renewl", {"deal": ["Northwind – Renewal 2026"]}),
        ("0065g0000012345AAB", {"deal": ["Northwind – Renewal 2026"]}),
        ("0065g0000012345", {"deal": ["Northwind – Renewal 2026"]}),
        ("o'hara", {"contact": ["Zoë O'Hara"]}),
        ("O’HARA", {"contact": ["Zoë O'Hara"]}),
        ("ohara", {"contact": ["Zoë O'Hara"]}),
        ("zoe ohra", {"contact": ["Zoë O'Hara"]}),
        ("zoe@contoso.example", {"contact": ["Zoë O'Hara"]}),
        ("fabrikam", {"lead": ["Ann Lee"]}),
        ("sy-200", {"product": ["Sync Server"]}),
        ("nowhere to be found", {}),
        ("", {}),
        (" \0 ", {}),
        ("'", {}),
        ("%", {}),
    ],
)
def test_words_beginnings_accents_and_misspellings(
    reader: Membership, text: str, seen: dict[str, list[str]]
) -> None:
    fill(reader.org)
    assert found(reader, text) == seen


def test_the_closest_stand_first(reader: Membership) -> None:
    for name in ("Grand Acme", "Acme Two", "Acme", "Old acme Ltd"):
        an_account(org=reader.org, name=name)
    a_contact(org=reader.org, name="Bo", email="bo@acme.example")
    refresh_search(org=reader.org, since=None)
    assert found(reader, "acme")["account"][:2] == ["Acme", "Acme Two"]
    assert found(reader, "acme", kinds=(Kind.CONTACT,)) == {"contact": ["Bo"]}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(max_size=260))
def test_any_text_is_an_answer_and_no_error(reader: Membership, text: str) -> None:
    typed = text.encode("utf-8", "replace").decode()
    an_account(org=reader.org, name=typed.replace("\0", "")[:255])
    refresh_search(org=reader.org, since=None)
    assert search(reader=reader, text=typed, most=3) is not None


@pytest.fixture
def seller() -> Membership:
    """A rep with a deal of their own, in an org where others have many more like it."""
    rep = MembershipFactory(role=Role.REP)
    own = a_crm_user(org=rep.org, membership=rep).external_id
    other = a_crm_user(org=rep.org).external_id
    an_opportunity(org=rep.org, name="Harbour lights", owner_ref=own)
    for number in range(30):
        an_opportunity(org=rep.org, name=f"Harbour {number}", owner_ref=other)
    an_opportunity(org=rep.org, name="Harbur secret", owner_ref=other)
    refresh_search(org=rep.org, since=None)
    return rep


def test_neither_rows_nor_counts_tell_of_what_is_hidden(seller: Membership) -> None:
    (group,) = search(reader=seller, text="harbour", most=5)
    assert ([str(row) for row in group.rows], group.count) == (["Harbour lights"], 1)
    assert found(seller, "secret") == {}


def test_a_hidden_name_written_like_the_misspelling_does_not_stand_before_what_is_meant(
    seller: Membership,
) -> None:
    assert found(seller, "harbur") == {"deal": ["Harbour lights"]}


def test_who_sees_few_of_many_matches_still_finds_them(
    seller: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "CANDIDATES", 3)
    (group,) = search(reader=seller, text="harbour", most=5)
    assert ([str(row) for row in group.rows], group.count) == (["Harbour lights"], 1)


def test_another_org_is_another_world(reader: Membership) -> None:
    fill(MembershipFactory(role=Role.EXECUTIVE).org)
    assert found(reader, "northwind") == {}
    assert found(reader, "nortwind") == {}


def test_what_changed_is_found_anew_and_what_was_deleted_no_more(reader: Membership) -> None:
    account = an_account(org=reader.org, name="Before")
    gone = an_account(org=reader.org, name="Gone soon")
    assert refresh_search(org=reader.org, since=None) == 2
    assert refresh_search(org=reader.org, since=None) == 0
    later = timezone.now()
    account.name, account.synced_at = "After", later
    account.save()
    gone.deleted_at = gone.synced_at = later
    gone.save()
    assert refresh_search(org=reader.org, since=later) == 2
    assert found(reader, "before") == {}
    assert found(reader, "after") == {"account": ["After"]}
    assert not SearchEntry.objects.filter(record_id=gone.pk, kind="account").exists()


def test_after_a_sync_only_what_is_new_since_the_last_good_one_is_read(reader: Membership) -> None:
    an_account(org=reader.org, name="Early")
    assert refresh_after_sync(org=reader.org) == 1
    a_sync_run(org=reader.org, state=SyncRun.State.SUCCEEDED, started_at=NOON)
    assert refresh_after_sync(org=reader.org) == 0
    later = NOON.replace(hour=18)
    an_account(org=reader.org, name="Late", synced_at=later)
    an_account(org=reader.org, name="Changed unseen", synced_at=NOON)
    a_sync_run(org=reader.org, state=SyncRun.State.RUNNING, started_at=later, finished_at=None)
    assert refresh_after_sync(org=reader.org) == 1


def test_the_role_of_the_pages_reads_no_other_org_and_none_of_the_words(
    reader: Membership,
) -> None:
    fill(reader.org)
    ask = "SELECT count(*) FROM accounts_search(%s, '{account,deal}', 'northwind', true, 9)"
    with connection.cursor() as cursor:
        cursor.execute(ask, [reader.org_id])
        assert cursor.fetchone() == (2,)
        cursor.execute("SELECT set_config('role', 'revenue_web', true)")
        for orgs, seen in [("", 0), (str(reader.org_id + 1), 0), (str(reader.org_id), 2)]:
            cursor.execute("SELECT set_config('revenue.orgs', %s, true)", [orgs])
            cursor.execute(ask, [reader.org_id])
            assert cursor.fetchone() == (seen,)
        cursor.execute("SELECT has_table_privilege('accounts_searchword', 'SELECT')")
        assert cursor.fetchone() == (False,)
        cursor.execute("SELECT set_config('role', 'none', true)")
    assert SearchWord.objects.filter(word="northwind").exists()


def test_the_box_and_the_page(client: Client, reader: Membership) -> None:
    fill(reader.org)
    client.force_login(reader.user)
    address = f"/o/{reader.org.slug}/search/"
    page = client.get(address, {"q": "nortwind"}).content.decode()
    assert "Northwind Traders" in page
    assert "<html" in page
    headers = {"HX-Request": "true", "HX-Target": "record-search-list"}
    box = client.get(address, {"q": "nortwind"}, headers=headers).content.decode()
    assert 'role="listbox"' in box
    assert "<html" not in box
    one = client.get(address, {"q": "nortwind", "kind": "deal"}).content.decode()
    assert "Northwind Traders" not in one
    assert "Show every kind" in one
    assert "Nothing found" in client.get(address, {"q": "zzzzzz"}).content.decode()


def test_the_questions_of_a_search_do_not_grow_with_what_is_found(
    client: Client, reader: Membership, django_assert_max_num_queries: Any
) -> None:
    for number in range(40):
        an_account(org=reader.org, name=f"Acme {number}")
        an_opportunity(org=reader.org, name=f"Acme deal {number}")
    refresh_search(org=reader.org, since=None)
    client.force_login(reader.user)
    client.get(f"/o/{reader.org.slug}/search/")
    with django_assert_max_num_queries(12):
        client.get(f"/o/{reader.org.slug}/search/", {"q": "acme"})
