"""Scoring and learning as jobs: who starts them, when, and what they do in an org that is young."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import override_settings
from django_celery_beat.models import PeriodicTask

from accounts.sync.following import tell_followers
from forecasting.models import DealOutlook, Play
from forecasting.schedule import ensure_schedules
from forecasting.scheduled import score_on_schedule, train_on_schedule
from forecasting.tasks import after_sync, score_deals, start_scoring, start_training, train_deals
from revenue.jobs.models import Job
from revenue.jobs.running import JobError, JobRun
from revenue.ml.models import ModelRun
from revenue.rooms import AFTER_SYNC
from revenue.users.models import Org
from tests.factories.jobs import a_job
from tests.factories.models import a_model_run
from tests.factories.people import OrgFactory, UserFactory
from tests.forecasting.worlds import BEGAN, a_pipeline

pytestmark = pytest.mark.django_db
UNTIL = BEGAN + timedelta(days=120)


@pytest.fixture
def org() -> Org:
    """With few deals that have closed: enough to say the rates of its stages."""
    org = OrgFactory(slug="young", clock_date=UNTIL.date())
    a_pipeline(org, deals=45, until=UNTIL)
    return org


def tasks_of(org: Org) -> list[str]:
    return list(Job.objects.filter(org=org).order_by("created_at").values_list("task", flat=True))


def test_a_scoring_learns_first_where_nothing_was_learned(org: Org) -> None:
    said = score_deals.function(JobRun.of(a_job(org=org, running=True))) or {}
    run = ModelRun.objects.get(org=org, state="live")
    rows = DealOutlook.objects.of(org)
    assert (said["run"], said["source"]) == (run.pk, "rates")
    assert said["deals"] == rows.count() > 5
    assert Play.objects.filter(org=org).count() > 8
    score_deals.function(JobRun.of(a_job(org=org, running=True)))
    assert ModelRun.objects.filter(org=org).count() == 1


def test_a_learning_that_goes_live_is_scored_by(org: Org) -> None:
    train_deals.function(JobRun.of(a_job(org=org, running=True)))
    assert ModelRun.objects.get(org=org).state == "live"
    assert score_deals.name in tasks_of(org)


def test_what_was_learned_before_a_worker_was_killed_is_not_learned_again(org: Org) -> None:
    job = a_job(org=org, running=True)
    first = train_deals.function(JobRun.of(job))
    job.refresh_from_db()
    Job.objects.filter(task=score_deals.name).delete()
    assert train_deals.function(JobRun.of(job)) == first
    assert ModelRun.objects.filter(org=org).count() == 1
    assert score_deals.name in tasks_of(org)


def test_what_came_in_while_a_scoring_ran_is_scored_by_another() -> None:
    org = OrgFactory(slug="acme")
    running = a_job(org=org, running=True, task=score_deals.name, dedupe_key="score-deals")
    assert start_scoring(org=org, by=None) == running
    following = start_scoring(org=org, by=None, anew=True)
    assert following != running
    assert start_scoring(org=org, by=None, anew=True) == following
    after_sync(org=org, has_changed=True)
    assert Job.objects.filter(org=org).count() == 2


def test_an_org_without_an_ended_deal_is_no_failure_unless_somebody_asked() -> None:
    org = OrgFactory()
    for task in (score_deals, train_deals):
        said = task.function(JobRun.of(a_job(org=org, running=True, started_by=None))) or {}
        assert said["deals"] == 0
        assert "nothing to learn from" in said["problem"]
        asked = a_job(org=org, running=True, started_by=UserFactory())
        with pytest.raises(JobError, match="Sync or import deals that have ended"):
            task.function(JobRun.of(asked))


@override_settings(AFTER_SYNC=[f"{after_sync.__module__}.after_sync"])
def test_a_sync_is_followed_by_a_scoring_where_something_changed() -> None:
    org = OrgFactory(slug="acme")
    assert set(settings.AFTER_SYNC) <= set(AFTER_SYNC)
    tell_followers(org=org, has_changed=True)
    tell_followers(org=org, has_changed=True)
    assert tasks_of(org) == [score_deals.name]
    names = PeriodicTask.objects.filter(name__endswith="-acme").values_list("name", flat=True)
    assert {"score-acme", "train-acme", "week-acme"} <= set(names)
    quiet = OrgFactory(slug="quiet")
    a_model_run(org=quiet, live=True)
    tell_followers(org=quiet, has_changed=False)
    assert tasks_of(quiet) == []
    unlearned = OrgFactory(slug="unlearned")
    tell_followers(org=unlearned, has_changed=False)
    assert tasks_of(unlearned) == [score_deals.name]


def test_the_schedule_is_made_once_and_stays_as_it_was_changed() -> None:
    org = OrgFactory(slug="acme")
    ensure_schedules(org=org)
    scoring = PeriodicTask.objects.get(name="score-acme")
    learning = PeriodicTask.objects.get(name="train-acme")
    assert str(scoring.interval) == "every 6 hours"
    assert str(learning.interval) == "every 24 hours"
    PeriodicTask.objects.filter(pk=scoring.pk).update(enabled=False)
    ensure_schedules(org=org)
    assert not PeriodicTask.objects.get(name="score-acme").enabled


def test_the_scheduler_starts_one_job_at_a_time_and_none_for_who_is_gone() -> None:
    org, shut = OrgFactory(), OrgFactory(is_active=False)
    for _ in range(2):
        score_on_schedule(org.pk)
        train_on_schedule(org.pk)
    assert tasks_of(org) == [score_deals.name, train_deals.name]
    score_on_schedule(shut.pk)
    train_on_schedule(10**9)
    assert tasks_of(shut) == []


def test_whoever_asks_gets_the_job_that_is_there() -> None:
    org, by = OrgFactory(), UserFactory()
    assert start_scoring(org=org, by=by) == start_scoring(org=org, by=None)
    assert start_training(org=org, by=by).queue == "training"
