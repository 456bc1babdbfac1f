from typing import Any

import pytest
from django.db import IntegrityError, transaction

from revenue.jobs.models import Job
from revenue.observe import metrics
from revenue.users.roles import Role
from tests.factories.jobs import NOON, a_job, a_member, a_user, an_org

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"state": "lost"}, "job_(state_known|finished_at)"),
        ({"queue": "slow"}, "job_queue_known"),
        ({"done": 3, "total": 2}, "job_done_within_total"),
        ({"done": -1}, "done"),
        ({"state": "succeeded"}, "job_finished_at_when_finished"),
        ({"finished_at": NOON}, "job_finished_at_when_finished"),
        ({"state": "running"}, "job_running_has_heartbeat"),
        ({"state": "failed", "finished_at": NOON}, "job_failed_has_reason"),
        ({"state": "cancelled", "finished_at": NOON}, "job_cancelled_was_asked"),
    ],
)
def test_the_database_refuses(facts: dict[str, Any], constraint: str) -> None:
    job = a_job()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**facts)


def test_a_dedupe_key_is_taken_by_one_unfinished_job_of_an_org() -> None:
    org = an_org()
    a_job(org=org, dedupe_key="export", succeeded=True)
    a_job(org=org, dedupe_key="export")
    a_job(org=an_org(), dedupe_key="export")
    a_job(org=None, dedupe_key="export")
    for same in (org, None):
        with pytest.raises(IntegrityError, match="job_dedupe"), transaction.atomic():
            a_job(org=same, dedupe_key="export")


def test_visible_to_whoever_started_it_and_to_admins_of_the_org() -> None:
    org, other = an_org(), an_org()
    rep, manager, admin = (
        a_member(org=org, role=role) for role in (Role.REP, Role.MANAGER, Role.ADMIN)
    )
    stranger = a_member(org=other, role=Role.ADMIN)
    mine = a_job(org=org, started_by=rep.user)
    theirs = a_job(org=org, started_by=admin.user)
    of_system = a_job(org=org)
    a_job(org=None)

    def seen(reader: Any) -> set[Any]:
        return set(Job.objects.visible_to(reader).values_list("pk", flat=True))

    assert seen(rep) == seen(rep.user) == {mine.pk}
    assert seen(manager) == seen(manager.user) == set()
    assert seen(admin) == seen(admin.user) == {mine.pk, theirs.pk, of_system.pk}
    assert seen(stranger) == seen(stranger.user) == set()


def test_nothing_is_visible_to_who_has_left() -> None:
    gone = a_member(role=Role.ADMIN, is_active=False)
    a_job(org=gone.org, started_by=gone.user)
    assert not Job.objects.visible_to(gone.user).exists()
    off = a_member(role=Role.ADMIN, user=a_user(is_active=False))
    a_job(org=off.org, started_by=off.user)
    assert not Job.objects.visible_to(off.user).exists()


@pytest.mark.django_db(transaction=True)
def test_jobs_by_state_are_figures() -> None:
    a_job(queue="training", running=True)
    for _ in range(2):
        a_job(queue="bulk", succeeded=True)
    text = metrics.exposition().decode()
    assert 'revenue_jobs{queue="training",state="running"} 1.0' in text
    assert 'revenue_jobs{queue="bulk",state="succeeded"} 2.0' in text
    assert 'revenue_jobs{queue="interactive",state="failed"} 0.0' in text
    assert 'revenue_collector_up{collector="revenue_jobs"} 1.0' in text
