"""Thousands of hierarchies that could be, each asked of the database and of a plain walk upward."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import CrmRole, CrmUser, Opportunity
from accounts.visibility import OWN, OWN_AND_BELOW
from revenue.users.models import Membership, Org, User
from revenue.users.roles import Role
from tests.factories.facts import NOON

ABSENT = "absent"
BYTES = 48
AT_ONCE = 100
Key = TypeVar("Key", int, str)


@dataclass
class Seller:
    id: str
    manager: str | None
    role: str | None
    member: int | None
    is_deleted: bool


@dataclass
class Place:
    """A role of the CRM."""

    id: str
    parent: str | None
    is_deleted: bool


@dataclass
class Member:
    id: int
    reports_to: int | None
    is_active: bool
    is_user_active: bool


@dataclass
class Company:
    org_id: int
    by_roles: bool
    is_active: bool
    sellers: list[Seller] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)


def company_of(data: bytes, *, number: int) -> Company:
    """The ids of the CRM are the same in every org, so that a walk into another would show."""
    take = iter(data + bytes(BYTES))
    sellers, places, members = next(take) % 7 + 1, next(take) % 4, next(take) % 3 + 1
    shape = next(take)
    is_flat, first = shape % 5 == 0, number * 10 + 1_000_000
    company = Company(
        org_id=number + 1_000_000, by_roles=bool(shape % 2), is_active=shape % 11 != 0
    )

    def one_of(prefix: str, count: int) -> str | None:
        """Somebody there, possibly oneself, or nobody, or somebody who is not there."""
        chosen = next(take) % (count + 2)
        return f"{prefix}{chosen}" if chosen < count else (None, ABSENT)[chosen - count]

    for at in range(places):
        parent = None if is_flat else one_of("role", places)
        company.places.append(Place(f"role{at}", parent, next(take) % 9 == 0))
    for at in range(members):
        chief = next(take) % (members + 1)
        flags = next(take)
        company.members.append(
            Member(
                id=first + at,
                reports_to=None if chief in (at, members) else first + chief,
                is_active=flags % 13 != 0,
                is_user_active=flags % 17 != 0,
            )
        )
    for at in range(sellers):
        linked = next(take)
        is_deleted = linked > 230
        # Where nobody has a manager, somebody who is gone may have had one.
        manager = None if is_flat and not is_deleted else one_of("user", sellers)
        member = first + linked % (members + 1) if linked % (members + 1) < members else None
        if number and 220 < linked <= 230:
            member = first - 10  # of the org before this one
        company.sellers.append(
            Seller(f"user{at}", manager, one_of("role", places), member, is_deleted)
        )
    return company


def upward(start: Key, above: Callable[[Key], Key | None]) -> tuple[set[Key], bool]:
    """Everyone above, and whether the way leads back to where it has been."""
    passed, here = [start], above(start)
    while here is not None:
        if here in passed:
            return set(passed[1:]), True
        passed.append(here)
        here = above(here)
    return set(passed[1:]), False


def reached(
    *, starts: Sequence[Key], everyone: Sequence[Key], above: Callable[[Key], Key | None]
) -> set[Key]:
    """Those who have one of the starts above them; nobody where a start is in a knot."""
    if any(upward(start, above)[1] for start in starts):
        return set()
    return {one for one in everyone if upward(one, above)[0] & set(starts)}


def expected(company: Company, member: Member) -> tuple[set[str], set[str]]:
    """The ids of one's own CRM users, and those with all that are below."""
    if not (company.is_active and member.is_active and member.is_user_active):
        return set(), set()
    sellers = {seller.id: seller for seller in company.sellers if not seller.is_deleted}
    places = {place.id: place for place in company.places if not place.is_deleted}
    own = {seller.id for seller in sellers.values() if seller.member == member.id}
    if not any(s.manager for s in sellers.values()) and not any(p.parent for p in places.values()):
        chiefs = {one.id: one.reports_to for one in company.members}
        below = reached(starts=[member.id], everyone=list(chiefs), above=chiefs.__getitem__)
        found = {seller.id for seller in sellers.values() if seller.member in below}
    elif company.by_roles:
        roles = {sellers[one].role for one in own}
        below_roles = reached(
            starts=[role for role in roles if role in places],
            everyone=list(places),
            above=lambda role: present(places[role].parent, among=places),
        )
        found = {seller.id for seller in sellers.values() if seller.role in below_roles}
    else:
        found = reached(
            starts=list(own),
            everyone=list(sellers),
            above=lambda one: present(sellers[one].manager, among=sellers),
        )
    return own, own | found


def present(wanted: str | None, *, among: object) -> str | None:
    return wanted if wanted in among else None  # type: ignore[operator]


def store(companies: list[Company]) -> None:
    Org.objects.bulk_create(
        Org(
            id=each.org_id,
            slug=f"org-{each.org_id}",
            hierarchy=Org.Hierarchy.ROLES if each.by_roles else Org.Hierarchy.MANAGERS,
            is_active=each.is_active,
        )
        for each in companies
    )
    members = [(each, one) for each in companies for one in each.members]
    User.objects.bulk_create(
        User(id=one.id, email=f"{one.id}@example.com", is_active=one.is_user_active)
        for _, one in members
    )
    Membership.objects.bulk_create(
        Membership(
            id=one.id,
            org_id=each.org_id,
            user_id=one.id,
            role=Role.MANAGER,
            reports_to_id=one.reports_to,
            is_active=one.is_active,
        )
        for each, one in members
    )
    CrmRole.objects.bulk_create(
        CrmRole(
            org_id=each.org_id,
            external_id=one.id,
            parent_ref=one.parent,
            deleted_at=NOON if one.is_deleted else None,
            synced_at=NOON,
        )
        for each in companies
        for one in each.places
    )
    CrmUser.objects.bulk_create(
        CrmUser(
            org_id=each.org_id,
            external_id=one.id,
            manager_ref=one.manager,
            role_ref=one.role,
            membership_id=one.member,
            deleted_at=NOON if one.is_deleted else None,
            synced_at=NOON,
        )
        for each in companies
        for one in each.sellers
    )


def found_for(companies: list[Company], *, sql: str) -> dict[int, set[str]]:
    """Of every member at once: what `visible_to` asks for one."""
    ids = [member.id for each in companies for member in each.members]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT asked.id, owner.external_id FROM unnest(%s::bigint[]) AS asked (id),"  # noqa: S608
            f" LATERAL ({sql.replace('%s', 'asked.id')}) owner",
            [ids],
        )
        found: dict[int, set[str]] = {number: set() for number in ids}
        for number, owner in cursor.fetchall():
            found[number].add(owner)
    return found


def check(drawn: list[bytes]) -> None:
    companies = [company_of(data, number=number) for number, data in enumerate(drawn)]
    with transaction.atomic():
        store(companies)
        own, all_found = (found_for(companies, sql=sql) for sql in (OWN, OWN_AND_BELOW))
        for company in companies:
            for member in company.members:
                said = own[member.id], all_found[member.id]
                assert said == expected(company, member), (company, member)
        transaction.set_rollback(True)


drawn_companies = st.lists(
    st.binary(min_size=BYTES, max_size=BYTES), min_size=AT_ONCE, max_size=AT_ONCE
)
usual = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)


@pytest.mark.django_db
@settings(usual, max_examples=50)
@given(drawn=drawn_companies)
def test_five_thousand_hierarchies_agree_with_a_walk_by_hand(drawn: list[bytes]) -> None:
    check(drawn)


@pytest.mark.slow
@pytest.mark.django_db
@settings(usual, max_examples=1000)
@given(drawn=drawn_companies)
def test_a_hundred_thousand_hierarchies_agree_with_a_walk_by_hand(drawn: list[bytes]) -> None:
    check(drawn)


def some_companies() -> Iterator[Company]:
    for number in range(200):
        yield company_of(
            bytes((number * 37 + at * 101) % 256 for at in range(BYTES)), number=number
        )


def test_the_hierarchies_have_what_makes_them_hard() -> None:
    companies = list(some_companies())
    knots = [
        each
        for each in companies
        if any(upward(s.id, {x.id: x.manager for x in each.sellers}.get)[1] for s in each.sellers)
    ]
    assert len(knots) > 20
    assert any(s.manager == ABSENT for each in companies for s in each.sellers)
    assert any(len(below) > len(own) for each in companies for own, below in answers(each))
    assert {each.by_roles for each in companies} == {True, False}


def answers(company: Company) -> list[tuple[set[str], set[str]]]:
    return [expected(company, member) for member in company.members]


@pytest.mark.django_db
def test_records_are_found_as_their_owners_are() -> None:
    companies = list(some_companies())[:20]
    store(companies)
    Opportunity.objects.bulk_create(
        Opportunity(org_id=each.org_id, external_id=one.id, owner_ref=one.id, synced_at=NOON)
        for each in companies
        for one in each.sellers
    )
    for company in companies:
        for member in company.members:
            reader = Membership.objects.get(pk=member.id)
            deals = Opportunity.objects.visible_to(reader).values_list("external_id", flat=True)
            assert set(deals) == expected(company, member)[1]
