"""Two who score the leads of one org at the same time, and one that follows another."""

import threading
import time
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection

from forecasting.leads import tasks
from forecasting.leads.scoring import SCORING, score
from forecasting.leads.training import train
from forecasting.models import LeadScore
from revenue.jobs.models import Job
from revenue.jobs.running import JobRun
from revenue.ml.one_at_a_time import one_at_a_time
from revenue.users.models import Org
from tests.factories.jobs import RUNNING, a_job
from tests.factories.people import OrgFactory
from tests.forecasting.asking import some_leads
from tests.forecasting.test_health_together import MOST_SECONDS, is_waiting


def by_job(org: Org, until: datetime) -> None:
    job = a_job(org=org, running=True, created_at=until)
    tasks.score_leads.function(JobRun.of(job))


def by_command(org: Org, until: datetime) -> None:
    score(org=org, as_of=until)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("deed", [by_job, by_command])
def test_the_later_one_waits(deed: Callable[[Org, datetime], None]) -> None:
    org: Org = OrgFactory()
    until = some_leads(org, count=90)
    train(org=org, as_of=until, at=until)
    done: list[bool] = []

    def run() -> None:
        try:
            deed(org, until)
            done.append(True)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with one_at_a_time(org, SCORING):
        thread.start()
        waited = time.monotonic() + MOST_SECONDS
        while not is_waiting() and thread.is_alive() and time.monotonic() < waited:
            time.sleep(0.02)
        assert thread.is_alive(), "Nobody waited."
        assert not LeadScore.objects.of(org).exists()
    thread.join(MOST_SECONDS)
    assert done == [True]
    assert LeadScore.objects.of(org).newest().exists()


@pytest.mark.django_db
def test_after_a_training_what_runs_already_is_followed_by_another() -> None:
    org: Org = OrgFactory()
    tasks.start_scoring(org=org, by=None)
    Job.objects.filter(org=org).update(**RUNNING)
    job = a_job(org=org, running=True, checkpoint={"run": 1, "state": "live", "readiness": "ok"})
    tasks.train_leads.function(JobRun.of(job))
    assert Job.objects.filter(org=org, state="queued", task=tasks.score_leads.name).count() == 1
