from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts import operations
from revenue.jobs.models import Job
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.factories.jobs import a_job
from tests.factories.people import MembershipFactory, OrgFactory

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def job(org: Org, state: str, **facts: Any) -> Job:
    if state == "failed":
        facts = {"succeeded": True, "state": "failed", "error": "The disk is full."} | facts
    if state in ("succeeded", "failed"):
        facts = {"finished_at": NOW - timedelta(hours=1)} | facts
    if state in ("running", "succeeded"):
        facts = {state: True} | facts
    return a_job(org=org, **facts)


@pytest.mark.django_db
def test_counts_the_jobs_of_one_org_and_of_the_last_day() -> None:
    org, other = OrgFactory(), OrgFactory()
    for state in ("running", "queued", "succeeded", "failed"):
        job(org, state)
        job(other, state)
    job(org, "failed", finished_at=NOW - timedelta(hours=25))
    counted = operations.job_count(org=org, at=NOW)
    assert counted == operations.JobCount(running=1, waiting=1, done=1, failed=1)
    assert len(operations.recent_failures(org=org)) == 2


@pytest.mark.django_db
def test_an_org_is_counted_once_however_many_people_and_jobs_it_has() -> None:
    admin = MembershipFactory(role=Role.ADMIN)
    MembershipFactory.create_batch(3, org=admin.org)
    MembershipFactory(org=admin.org, is_active=False)
    for state in ("running", "queued", "failed", "failed"):
        job(admin.org, state)
    OrgFactory()
    (org,) = operations.orgs_run_by(admin.user, at=NOW)
    counts: Any = org
    assert (counts.people_count, counts.running_count, counts.failed_count) == (4, 2, 2)


@pytest.mark.django_db
def test_parts_of_the_system_say_what_is_down() -> None:
    parts = {part.label: part for part in operations.system_parts()}
    assert parts["Cache and rate limits"].up
    assert not parts["Workers"].up
    assert "start one for each queue" in parts["Workers"].detail
