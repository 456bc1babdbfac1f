"""Rows that tests of jobs stand on, with types."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from revenue.jobs.models import Job
from revenue.users.models import Membership, Org, User
from tests.factories import people

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RUNNING = {
    "state": "running",
    "attempts": 1,
    "stalls": 1,
    "sent_at": NOON,
    "started_at": NOON,
    "attempted_at": NOON,
    "heartbeat_at": NOON,
}
SUCCEEDED = {
    "state": "succeeded",
    "attempts": 1,
    "started_at": NOON,
    "heartbeat_at": NOON,
    "finished_at": NOON,
}
numbers = count(1)


def a_job(*, running: bool = False, succeeded: bool = False, **facts: Any) -> Job:
    """One that waits, where nothing else is said."""
    further = (RUNNING if running else {}) | (SUCCEEDED if succeeded else {})
    facts = {
        "task": "tests.count_bulk",
        "title": f"Job {next(numbers)}",
        "queue": "bulk",
        "created_at": NOON,
        **further,
        **facts,
    }
    return Job.objects.create(**facts)


def an_org(**facts: Any) -> Org:
    org: Org = people.OrgFactory.create(**facts)
    return org


def a_user(**facts: Any) -> User:
    user: User = people.UserFactory.create(**facts)
    return user


def a_member(**facts: Any) -> Membership:
    member: Membership = people.MembershipFactory.create(**facts)
    return member
