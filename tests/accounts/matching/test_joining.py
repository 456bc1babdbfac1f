from datetime import UTC, datetime

import pytest

from accounts.matching import comparing, joining
from accounts.matching.joining import (
    NotYoursToDecideError,
    choose,
    decide,
    match_group,
    undo,
)
from accounts.matching.pairs import joinable
from accounts.matching.reading import traits_of
from accounts.models import Account, Customer, CustomerAccount, Match
from revenue.users.models import Org, OrgGroup, User
from revenue.users.roles import Role
from tests.accounts.matching.in_memory import alike
from tests.factories.facts import an_account
from tests.factories.people import MembershipFactory, OrgFactory, OrgGroupFactory, UserFactory

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WEB = "https://northwind.example"

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> OrgGroup:
    return OrgGroupFactory()


@pytest.fixture
def orgs(group: OrgGroup) -> list[Org]:
    return sorted((OrgFactory(group=group) for _ in range(3)), key=lambda org: org.pk)


def admin_of(*orgs: Org) -> User:
    user = UserFactory()
    for org in orgs:
        MembershipFactory(user=user, org=org, role=Role.ADMIN)
    return user


def joined(group: OrgGroup) -> set[tuple[str, ...]]:
    return {
        tuple(sorted(link.account_ref for link in customer.members.all()))
        for customer in Customer.objects.filter(group=group)
    }


def test_the_same_customer_in_three_orgs_is_one(group: OrgGroup, orgs: list[Org]) -> None:
    names = ("Northwind Traders Inc.", "NORTHWIND Traders GmbH", "Northwind Traders")
    refs = [
        an_account(org=org, name=name, website=WEB).external_id
        for org, name in zip(orgs, names, strict=True)
    ]
    found = match_group(group=group, at=NOON)
    assert (found.joined, found.doubtful, found.customers) == (3, 0, 1)
    assert joined(group) == {tuple(sorted(refs))}


def test_a_second_run_writes_nothing(group: OrgGroup, orgs: list[Org]) -> None:
    for org in orgs:
        an_account(org=org, name="Northwind Traders", website=WEB)
        an_account(org=org, name="Redwood Dental", website="")
    match_group(group=group, at=NOON)
    before = [
        list(model.objects.order_by("pk").values()) for model in (Match, Customer, CustomerAccount)
    ]
    match_group(group=group, at=NOON.replace(day=3))
    after = [
        list(model.objects.order_by("pk").values()) for model in (Match, Customer, CustomerAccount)
    ]
    assert before == after


def test_a_doubtful_pair_waits_for_a_person_and_stays_as_decided(
    group: OrgGroup, orgs: list[Org]
) -> None:
    one, other, _ = orgs
    an_account(org=one, name="Redwood Dental Care")
    an_account(org=other, name="Redwood Dental Care")
    assert match_group(group=group, at=NOON).doubtful == 1
    assert joined(group) == set()
    match = Match.objects.get()
    decide(match=match, same=True, by=admin_of(one, other), at=NOON)
    assert match_group(group=group, at=NOON).customers == 1
    undo(match=match, by=admin_of(one, other), at=NOON)
    assert match_group(group=group, at=NOON).customers == 0
    assert Match.objects.get().state == Match.State.UNDONE


def test_what_a_person_took_apart_no_third_org_brings_together(
    group: OrgGroup, orgs: list[Org]
) -> None:
    accounts = [an_account(org=org, name="Northwind Traders", website=WEB) for org in orgs]
    match_group(group=group, at=NOON)
    match = Match.objects.get(org=orgs[0], other_org=orgs[1])
    undo(match=match, by=admin_of(*orgs), at=NOON)
    match_group(group=group, at=NOON)
    first, second = (account.external_id for account in accounts[:2])
    assert not any({first, second} <= set(members) for members in joined(group))


def test_two_accounts_of_an_org_are_never_joined_by_themselves(
    group: OrgGroup, orgs: list[Org]
) -> None:
    for org in (orgs[0], orgs[0], orgs[1]):
        an_account(org=org, name="Northwind Traders", website=WEB)
    found = match_group(group=group, at=NOON)
    assert (found.joined, found.doubtful, found.customers) == (1, 1, 1)


def test_orgs_that_nobody_grouped_are_never_compared(group: OrgGroup, orgs: list[Org]) -> None:
    an_account(org=orgs[0], name="Northwind Traders", website=WEB)
    for stranger in (OrgFactory(), OrgFactory(group=OrgGroupFactory())):
        an_account(org=stranger, name="Northwind Traders", website=WEB)
    assert match_group(group=group, at=NOON).joined == 0
    assert not Match.objects.exists()


def test_an_org_that_leaves_the_group_takes_its_links_along(
    group: OrgGroup, orgs: list[Org]
) -> None:
    for org in orgs:
        an_account(org=org, name="Northwind Traders", website=WEB)
    match_group(group=group, at=NOON)
    orgs[0].group = None
    orgs[0].save()
    assert match_group(group=group, at=NOON).joined == 1
    assert not CustomerAccount.objects.filter(org=orgs[0]).exists()


def test_a_customer_that_goes_on_keeps_its_id(group: OrgGroup, orgs: list[Org]) -> None:
    for org in orgs[:2]:
        an_account(org=org, name="Northwind Traders", website=WEB)
    match_group(group=group, at=NOON)
    before = Customer.objects.get().pk
    an_account(org=orgs[2], name="Northwind Traders", website=WEB)
    match_group(group=group, at=NOON)
    assert Customer.objects.get().pk == before


def test_an_admin_of_one_side_does_not_decide(group: OrgGroup, orgs: list[Org]) -> None:
    for org in orgs[:2]:
        an_account(org=org, name="Redwood Dental Care")
    match_group(group=group, at=NOON)
    match = Match.objects.get()
    with pytest.raises(NotYoursToDecideError):
        decide(match=match, same=True, by=admin_of(orgs[0]), at=NOON)
    match.refresh_from_db()
    assert match.state == Match.State.DOUBTFUL


@pytest.mark.parametrize("is_still_alike", [True, False])
def test_who_decides_while_a_run_compares_is_not_overruled(
    group: OrgGroup, orgs: list[Org], monkeypatch: pytest.MonkeyPatch, is_still_alike: bool
) -> None:
    accounts = [an_account(org=org, name="Northwind Traders", website=WEB) for org in orgs[:2]]
    match_group(group=group, at=NOON)
    match = Match.objects.get(group=group)
    person = admin_of(*orgs)
    if not is_still_alike:
        Account.objects.filter(pk=accounts[0].pk).update(name="Redwood", website="")

    def decided_meanwhile(group: OrgGroup) -> None:
        choose(group)
        decide(match=match, same=False, by=person, at=NOON)

    monkeypatch.setattr(joining, "choose", decided_meanwhile)
    assert match_group(group=group, at=NOON).customers == 0

    match.refresh_from_db()
    assert (match.state, match.decided_by) == (Match.State.REFUSED, person)


def test_accounts_are_compared_by_tables_as_in_memory(
    orgs: list[Org], group: OrgGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also across the borders of chunks, and where a block is too large to tell anything."""
    names = ("Northwind Traders", "Redwood Dental Care", "Harbour Freight", "Ålesund Fisk")
    forms = ("", " Inc.", " GmbH", " Group")
    for number in range(90):
        an_account(
            org=orgs[number % 3],
            name=names[number % 4] + forms[number % 5 % 4] + (f" {number}" if number > 30 else ""),
            website=f"https://{names[number % 4].split()[0].lower()}{number // 24}.example",
            phone=f"+1 555 25{number % 7} 49{number % 11:02}",
            postal_code=f"100{number % 9}",
        )
    monkeypatch.setattr(comparing, "CHUNK", 7)
    match_group(group=group, at=NOON)
    expected = alike([traits for org in orgs for traits in traits_of(org_id=org.pk)])
    sure = {(pair.one, pair.other) for pair in joinable(expected, joined=[])}
    assert len(expected) > 100
    assert 10 < len(sure) < len(expected)
    assert [
        (match.confidence, match.reasons, match.state == Match.State.JOINED)
        for match in Match.objects.order_by("id")
    ] == [
        (
            pair.likeness.confidence,
            [reason.text for reason in pair.likeness.reasons],
            (pair.one, pair.other) in sure,
        )
        for pair in expected
    ]


def test_an_org_that_joins_another_group_brings_its_old_links_nowhere(
    group: OrgGroup, orgs: list[Org]
) -> None:
    for org in orgs:
        an_account(org=org, name="Northwind Traders", website=WEB)
    match_group(group=group, at=NOON)
    moved, other_group = orgs[0], OrgGroupFactory()
    further = OrgFactory(group=other_group)
    an_account(org=further, name="Northwind Traders", website=WEB)
    moved.group = other_group
    moved.save()
    assert match_group(group=other_group, at=NOON).customers == 1
    links = CustomerAccount.objects.filter(org=moved)
    assert [link.customer.group for link in links] == [other_group]
