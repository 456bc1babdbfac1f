from datetime import UTC, datetime, timedelta

import pytest

from accounts import activity
from revenue.users.models import AuditEvent, Membership
from revenue.users.roles import Role
from tests.factories.people import MembershipFactory, OrgFactory

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def signed_in(membership: Membership, *, at: datetime) -> None:
    AuditEvent.objects.create(
        happened_at=at,
        action=AuditEvent.Action.SIGNED_IN,
        actor=membership.user,
        person=membership.user,
    )


@pytest.mark.django_db
def test_counts_people_of_the_org_only() -> None:
    org = OrgFactory()
    MembershipFactory(org=org, role=Role.MANAGER, last_seen_at=NOW - timedelta(days=1))
    MembershipFactory(org=org, role=Role.REP, last_seen_at=NOW - timedelta(days=8))
    MembershipFactory(org=org, role=Role.REP, is_active=False, last_seen_at=NOW)
    MembershipFactory(role=Role.REP, last_seen_at=NOW)
    counts = activity.people_count(org=org, at=NOW)
    assert counts == activity.PeopleCount(people=2, sellers=1, managers=1, seen_lately=1)


@pytest.mark.django_db
def test_a_day_counts_each_person_once_and_days_without_anybody_are_zero() -> None:
    one, two = MembershipFactory.create_batch(2, org=OrgFactory())
    Membership.objects.update(created_at=NOW - timedelta(days=90))
    for hour in (1, 5, 9):
        signed_in(one, at=NOW.replace(hour=hour))
    signed_in(two, at=NOW)
    signed_in(two, at=NOW - timedelta(days=29))
    signed_in(two, at=NOW - timedelta(days=30))
    signed_in(MembershipFactory(), at=NOW)
    days = activity.people_by_day(org=one.org, at=NOW)
    assert len(days) == 30
    assert days[-1] == (NOW.date(), 2)
    assert days[0] == ((NOW - timedelta(days=29)).date(), 1)
    assert sum(people for _, people in days) == 3


def test_the_chart_says_what_is_to_be_seen() -> None:
    days = [(NOW.date() - timedelta(days=n), n) for n in range(3)]
    assert activity.activity_chart(days).summary == "Busiest: 29 March, with 2 people."
    empty = activity.activity_chart([(day, 0) for day, _ in days])
    assert empty.summary == "Nobody has signed in during this time."
