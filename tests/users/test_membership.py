import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory

SIZE = 6
SEES_ALL = {Role.EXECUTIVE, Role.ADMIN}
hierarchies = st.tuples(
    st.lists(st.sampled_from(Role.values), min_size=SIZE, max_size=SIZE),
    # Whom each reports to; any graph at all, circles included.
    st.lists(st.none() | st.integers(0, SIZE - 1), min_size=SIZE, max_size=SIZE),
)


def below_by_hand(chiefs: list[int | None], start: int) -> set[int]:
    found: set[int] = set()
    edge = {start}
    while edge:
        edge = {n for n, chief in enumerate(chiefs) if chief in edge} - found
        found |= edge
    return found - {start}


@pytest.fixture
def people(db: None) -> list[Membership]:
    org, other = OrgFactory(), OrgFactory()
    MembershipFactory(org=other, role=Role.ADMIN)
    return [MembershipFactory(org=org) for _ in range(SIZE)]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(hierarchies)
def test_visibility_is_that_of_the_hierarchy(
    people: list[Membership], hierarchy: tuple[list[str], list[int | None]]
) -> None:
    roles, chiefs = hierarchy
    chiefs = [None if chief == n else chief for n, chief in enumerate(chiefs)]
    for n, (role, chief) in enumerate(zip(roles, chiefs, strict=True)):
        reports_to = None if chief is None else people[chief]
        people[n].role, people[n].reports_to = role, reports_to
        Membership.objects.filter(pk=people[n].pk).update(role=role, reports_to=reports_to)
    number = {membership.pk: n for n, membership in enumerate(people)}
    for n, membership in enumerate(people):
        below = below_by_hand(chiefs, n)
        found = Membership.objects.below(membership).values_list("pk", flat=True)
        assert sorted(number[pk] for pk in found) == sorted(below)
        expected = {n}
        if roles[n] in SEES_ALL:
            expected = set(range(SIZE))
        elif roles[n] == Role.MANAGER:
            expected |= below
        seen = Membership.objects.visible_to(membership).values_list("pk", flat=True)
        assert sorted(number[pk] for pk in seen) == sorted(expected)


@pytest.mark.django_db(transaction=True)
def test_database_refuses_a_manager_of_another_org() -> None:
    stranger = MembershipFactory()
    mine = MembershipFactory(org=OrgFactory())
    with pytest.raises(IntegrityError, match="membership_manager_in_same_org"):
        Membership.objects.filter(pk=mine.pk).update(reports_to=stranger)


def test_visible_to_composes_with_joins_and_counts(people: list[Membership]) -> None:
    boss = people[0]
    boss.role = Role.MANAGER
    Membership.objects.filter(pk=people[1].pk).update(reports_to=boss)
    found = Membership.objects.visible_to(boss).select_related("user", "org")
    assert found.filter(user__email__contains="@").count() == 2
    assert found.exclude(pk=boss.pk).get() == people[1]


def test_visible_orgs_are_those_of_active_membership(db: None) -> None:
    user = UserFactory()
    inside = MembershipFactory(user=user, role=Role.ADMIN).org
    MembershipFactory(user=user, is_active=False)
    OrgFactory()
    switched_off = MembershipFactory(user=user, role=Role.ADMIN).org
    Org.objects.filter(pk=switched_off.pk).update(is_active=False)
    assert list(Org.objects.visible_to(user)) == [inside]
    assert list(Org.objects.run_by(user)) == [inside]
    user.is_active = False
    assert not Org.objects.visible_to(user).exists()


def test_one_cannot_report_to_oneself(people: list[Membership]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(pk=people[0].pk).update(reports_to=people[0])
    assert connection.is_usable()
