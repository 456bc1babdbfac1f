"""The same moment scored again: what is shown stays whole until what is new is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.db.models import Count

from forecasting.health import lifetime, running, scoring, tasks
from forecasting.health.running import scoring_of
from forecasting.models.health import AccountHealth, LifetimeValue
from revenue.jobs.models import Job
from revenue.jobs.running import JobRun
from revenue.ml.frames import Frame
from revenue.users.models import Org
from tests.factories import facts
from tests.factories.jobs import RUNNING, a_job
from tests.factories.people import OrgFactory
from tests.forecasting.test_health_model_scoring import AT, a_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def org() -> Org:
    return OrgFactory(currency="USD")


@pytest.fixture
def frame(monkeypatch: pytest.MonkeyPatch) -> Frame:
    monkeypatch.setattr(scoring, "CHUNK", 10)
    return customers(monkeypatch, count=40)


def customers(monkeypatch: pytest.MonkeyPatch, *, count: int) -> Frame:
    frame = a_world(rows=count, seed=9)
    frame = replace(frame, label=np.full(count, np.nan))
    monkeypatch.setattr(scoring, "customers_now", lambda **_: frame)
    return frame


def shown(org: Org) -> set[str]:
    return set(AccountHealth.objects.of(org).newest().values_list("account_ref", flat=True))


def test_what_is_shown_stays_until_all_is_exchanged(
    org: Org, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.score(org=org, as_of=AT, at=AT)
    before = shown(org)
    customers(monkeypatch, count=30)
    found = scoring_of(org=org, as_of=AT, at=AT)
    *writing, last = found.steps(found.begin())
    for step in writing:
        step.write()
        assert shown(org) == before
    last.write()
    rows = AccountHealth.objects.of(org).filter(as_of__gt=AT - timedelta(days=1))
    assert shown(org) == set(rows.values_list("account_ref", flat=True))
    assert len(shown(org)) == 30, "who is no customer any more has gone"
    assert set(rows.values_list("as_of", flat=True)) == {AT}


def test_what_a_cancelled_scoring_left_is_not_shown(
    org: Org, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = scoring_of(org=org, as_of=AT, at=AT)
    for step in list(found.steps(found.begin()))[:-1]:
        step.write()
    customers(monkeypatch, count=20)
    running.score(org=org, as_of=AT, at=AT)
    rows = AccountHealth.objects.of(org).filter(as_of__gt=AT - timedelta(days=1))
    assert rows.count() == len(shown(org)) == 20


def test_a_past_week_is_told_whole_or_not_at_all(org: Org, frame: Frame) -> None:
    """Each customer once a week, whenever the scoring is cancelled; the next one fills it in."""
    found = scoring_of(org=org, as_of=AT, at=AT)
    rows = AccountHealth.objects.of(org).filter(as_of__lt=AT)
    for number, step in enumerate(found.steps(found.begin())):
        step.write()
        weeks = set(rows.values_list("as_of").annotate(Count("pk")).values_list("pk__count"))
        assert weeks <= {(40,)}
        if number == 8:
            break
    assert rows.exists()
    running.score(org=org, as_of=AT + timedelta(hours=1), at=AT)
    told = AccountHealth.objects.of(org).values_list("as_of").annotate(Count("pk"))
    assert set(told.values_list("pk__count")) == {(40,)}
    assert told.count() == scoring.WEEKS + 1
    assert not rows.filter(as_of__gt=AT + timedelta(hours=1)).exists()


def test_a_scoring_that_goes_on_after_another_cleared_what_it_had_begins_its_week_anew(
    org: Org, frame: Frame
) -> None:
    found = scoring_of(org=org, as_of=AT, at=AT)
    steps = found.steps(found.begin())
    marks = []
    for _ in range(3):
        step = next(steps)
        step.write()
        marks.append(step.mark)
    assert marks[-1]["after"]
    scoring.clear_aside(org, AT)
    for step in found.steps(marks[-1]):
        step.write()
    assert len(shown(org)) == 40
    told = AccountHealth.objects.of(org).values_list("as_of").annotate(Count("pk"))
    assert set(told.values_list("pk__count")) == {(40,)}


def test_a_job_that_is_delivered_again_after_showing_leaves_all_as_it_is(
    org: Org, frame: Frame
) -> None:
    job = a_job(org=org, running=True)
    for _ in range(2):
        said = tasks.score_health.function(JobRun.of(job)) or {}
        assert said["customers"] == len(shown(org)) == 40
        job.refresh_from_db()


def test_another_speaker_gives_no_change(org: Org, frame: Frame) -> None:
    running.score(org=org, as_of=AT - timedelta(days=29), at=AT)
    changes = AccountHealth.objects.of(org).newest().values_list("change", flat=True)
    running.score(org=org, as_of=AT, at=AT)
    assert set(changes.all()) == {0}
    AccountHealth.objects.of(org).filter(as_of__lt=AT).update(source="model")
    running.score(org=org, as_of=AT, at=AT)
    assert set(changes.all()) == {None}


def test_lifetimes_are_foretold_before_what_stands_is_taken_away(
    org: Org, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = facts.an_account(
        org=org, external_id=str(frame.ids[0]), created_at=AT - timedelta(days=900), employees=100
    )
    facts.an_opportunity(
        won=True, org=org, account_ref=account.external_id, corporate_amount=Decimal(1000),
        created_at=AT - timedelta(days=500), close_date=(AT - timedelta(days=400)).date(),
    )  # fmt: skip
    found = scoring_of(org=org, as_of=AT, at=AT)

    def too_late(**_: object) -> None:
        raise AssertionError("Others wait for what is drawn here.")

    for step in found.steps(found.begin()):
        if step.text.startswith("Showing"):
            monkeypatch.setattr(lifetime, "read_bought", too_late)
        step.write()
    assert LifetimeValue.objects.of(org).count() == 1


def test_after_a_training_what_runs_already_is_followed_by_another(org: Org) -> None:
    tasks.start_scoring(org=org, by=None)
    Job.objects.filter(org=org).update(**RUNNING)
    said = {"run": 1, "state": "live", "readiness": "ok"}
    job = a_job(org=org, running=True, checkpoint=said, created_at=datetime(2026, 1, 2, tzinfo=UTC))
    tasks.train_health.function(JobRun.of(job))
    assert Job.objects.filter(org=org, state="queued", task=tasks.score_health.name).count() == 1
