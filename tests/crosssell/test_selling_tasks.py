"""Who starts learning and suggesting, when, and what an org that is too young is told."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django_celery_beat.models import PeriodicTask

from crosssell.schedule import ensure_schedules
from crosssell.scheduled import learn_on_schedule, suggest_on_schedule
from crosssell.tasks.recommending import (
    after_sync,
    score_crosssell,
    start_learning,
    start_suggesting,
    train_crosssell,
)
from revenue.jobs.models import Job
from revenue.jobs.running import JobError, JobRun
from revenue.ml.tasks import LearningTask, task_named, task_names
from revenue.rooms import AFTER_SYNC
from revenue.users.models import Org, OrgGroup
from tests.crosssell.selling_world import AS_OF, a_sale
from tests.factories import facts
from tests.factories.jobs import a_job
from tests.factories.people import OrgFactory, UserFactory

pytestmark = pytest.mark.django_db


def tasks_of(org: Org) -> list[str]:
    return list(Job.objects.filter(org=org).order_by("created_at").values_list("task", flat=True))


def test_each_task_by_its_name_can_do_all_three() -> None:
    assert {"deal_risk", "crosssell"} <= set(task_names())
    assert all(isinstance(task_named(name), LearningTask) for name in task_names())


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_commands_say_what_is_missing(command: str) -> None:
    org = OrgFactory(slug="young", clock_date=AS_OF.date())
    with pytest.raises(CommandError, match="There are no products"):
        call_command(command, "crosssell", "--org", "young", stderr=StringIO())
    facts.a_product(org=org, external_id="p1", created_at=AS_OF - timedelta(days=30))
    facts.an_account(org=org, external_id="a1", created_at=AS_OF - timedelta(days=30))
    a_sale(org, "a1", "p1", AS_OF - timedelta(days=9)).save()
    with pytest.raises(CommandError, match="has been followed for 90 days"):
        call_command(command, "crosssell", "--org", "young", stderr=StringIO())
    with pytest.raises(CommandError, match="train crosssell --org young"):
        call_command("score", "crosssell", "--org", "young", stderr=StringIO())


def test_a_day_whose_horizon_is_not_over_cannot_judge() -> None:
    org = OrgFactory(slug="young", clock_date=AS_OF.date())
    facts.a_product(org=org, external_id="p1", created_at=AS_OF - timedelta(days=300))
    facts.an_account(org=org, external_id="a1", created_at=AS_OF - timedelta(days=300))
    a_sale(org, "a1", "p1", AS_OF - timedelta(days=200)).save()
    given = ["--test-from", "2026-02-01"]
    with pytest.raises(CommandError, match="give 2025-12-01 or an earlier day"):
        call_command("evaluate", "crosssell", "--org", "young", *given, stderr=StringIO())


def test_an_empty_org_is_no_failure_unless_somebody_asked() -> None:
    org = OrgFactory()
    for task in (score_crosssell, train_crosssell):
        said = task.function(JobRun.of(a_job(org=org, running=True, started_by=None))) or {}
        assert "There are no products" in said["problem"]
        asked = a_job(org=org, running=True, started_by=UserFactory())
        with pytest.raises(JobError, match="sync or import the catalogue"):
            task.function(JobRun.of(asked))


def test_a_sync_is_followed_by_suggesting_and_a_schedule() -> None:
    assert f"{after_sync.__module__}.after_sync" in AFTER_SYNC
    org = OrgFactory(slug="acme")
    for _ in range(2):
        after_sync(org=org, has_changed=True)
    assert tasks_of(org) == [score_crosssell.name]
    names = PeriodicTask.objects.filter(name__endswith="-acme").values_list("name", flat=True)
    assert set(names) >= {"suggest-acme", "learn-crosssell-acme"}
    PeriodicTask.objects.filter(name="suggest-acme").update(enabled=False)
    ensure_schedules(org=org)
    assert not PeriodicTask.objects.get(name="suggest-acme").enabled


def test_a_group_learns_once() -> None:
    group = OrgGroup.objects.create(name="Together")
    first, second = OrgFactory(group=group), OrgFactory(group=group)
    learn_on_schedule(second.pk)
    assert tasks_of(second) == []
    learn_on_schedule(first.pk)
    assert start_learning(org=second, by=None).org == first
    assert tasks_of(first) == [train_crosssell.name]


def test_the_scheduler_starts_nothing_for_who_is_gone() -> None:
    org, shut = OrgFactory(), OrgFactory(is_active=False)
    for one in (org, shut):
        suggest_on_schedule(one.pk)
        learn_on_schedule(one.pk)
    assert tasks_of(org) == [score_crosssell.name, train_crosssell.name]
    assert tasks_of(shut) == []
    assert start_suggesting(org=org, by=None, anew=True) == Job.objects.get(
        org=org, task=score_crosssell.name
    )
