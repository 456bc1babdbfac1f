"""Health as rows: what a scoring writes, keeps and suggests, and that it goes on if stopped."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from forecasting.health import running, scoring, tasks
from forecasting.health.acting import suggest
from forecasting.health.dataset import HealthRows, spread
from forecasting.health.leaving import NOBODY, Leaving
from forecasting.health.scoring import moments_to_score, speaker_of
from forecasting.health.telling import telling
from forecasting.health.training import SETTINGS, learn, train
from forecasting.health_pages.way import way_of
from forecasting.models.health import AccountAction, AccountHealth
from forecasting.schedule import ensure_schedules
from forecasting.scheduled import learn_leaving_on_schedule, score_health_on_schedule
from revenue.jobs.models import Job
from revenue.jobs.running import JobError, JobRun
from revenue.ml.arrays import sigmoid
from revenue.ml.frames import Feature, Frame, Kind, make_frame
from revenue.ml.learned import NothingToLearnError
from revenue.ml.models import ModelRun
from revenue.ml.recording import Owner, record_and_promote
from revenue.ml.trained import Trained
from revenue.users.models import Org
from tests.factories.jobs import a_job
from tests.factories.people import OrgFactory, UserFactory

AT = datetime(2026, 1, 1, tzinfo=UTC)
QUICK = replace(SETTINGS, candidates=("linear",), bootstraps=50)
FEATURES = (
    Feature("own_Users__c_share", Kind.NUMBER, "Users of those licensed, now", monotone=-1),
    Feature("cases_grave", Kind.NUMBER, "Grave support cases in 180 days", monotone=1),
    Feature("industry", Kind.CATEGORY, "Industry"),
    Feature("revenue_365", Kind.NUMBER, "Won in the last 365 days"),
    Feature("own_Noise", Kind.NUMBER, "Noise"),
)
LEAVING = Leaving("flag", "A customer has left by its field Churn.", NOBODY, field="Churn")


def days(count: float) -> datetime:
    return AT + timedelta(days=count)


def a_world(*, rows: int = 900, seed: int = 1, has_signal: bool = True) -> Frame:
    """Those who use little of what they bought, and have grave cases, leave."""
    rng = np.random.default_rng(seed)
    share, grave = rng.uniform(0, 1, rows), rng.poisson(0.6, rows).astype(float)
    values = pd.DataFrame(
        {
            "own_Users__c_share": np.where(rng.random(rows) < 0.1, np.nan, share),
            "cases_grave": grave,
            "industry": rng.choice(["Steel", "Food"], rows),
            "revenue_365": rng.lognormal(9, 1, rows),
            "own_Noise": rng.normal(size=rows),
        }
    )
    margin = (1.2 - 5 * share + 1.2 * grave) * has_signal - 1.5
    label = (rng.random(rows) < sigmoid(margin)).astype(float)
    frame = make_frame(
        values,
        features=FEATURES,
        as_of=[AT] * rows,
        label=label,
        label_known_at=[AT] * rows,
        ids=np.array([f"A{at:05d}" for at in range(rows)], dtype=object),
    )
    return spread(frame, as_of=AT)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return learn(HealthRows(a_world(), AT, LEAVING, is_dated=False, horizon_days=0), QUICK)


@pytest.fixture
def org() -> Org:
    return OrgFactory(currency="USD")


@pytest.fixture
def run(org: Org, trained: Trained) -> ModelRun:
    return record_and_promote(
        trained, owner=Owner(org=org), as_of=AT, at=timezone.now(), frame=a_world()
    )


@pytest.fixture
def customers(monkeypatch: pytest.MonkeyPatch) -> Frame:
    frame = a_world(rows=120, seed=9)
    frame = replace(frame, label=np.full(len(frame), np.nan))
    monkeypatch.setattr(scoring, "customers_now", lambda **_: frame)
    return frame


def test_what_the_page_says_of_a_file_without_dates(trained: Trained) -> None:
    report = trained.report
    assert report["readiness"]["state"] == "ok"
    assert any("no day on which a customer left" in one for one in report["readiness"]["reasons"])
    assert report["notes"][0] == LEAVING.words
    assert "Alone it says nothing" in report["excluded_features"]["own_Noise"]
    assert report["left_by"] == {"how": "flag", "field": "Churn", "value": "", "is_dated": False}
    assert report["metrics"]["auc"] > 0.8
    assert 0.1 < report["health"]["usual"] < 0.5


def test_facts_that_say_nothing_are_left_out_and_the_strongest_stay() -> None:
    frame = a_world(has_signal=False)
    kept, gone = telling(frame, QUICK)
    assert len(kept.features) >= 3
    assert len(kept.features) + len(gone) == len(frame.features)
    few, none = telling(frame.take(np.arange(60)), QUICK)
    assert (len(few.features), none) == (len(FEATURES), {})


@pytest.mark.django_db
def test_a_scoring_says_for_each_customer_what_why_and_how_much(
    org: Org, run: ModelRun, customers: Frame
) -> None:
    said = running.score(org=org, as_of=AT, at=AT)
    assert (said["source"], said["customers"]) == ("model", 120)
    rows = list(AccountHealth.objects.of(org).newest().order_by("probability"))
    assert len(rows) == 120
    assert [row.score for row in rows] == sorted((row.score for row in rows), reverse=True)
    for row in rows:
        assert row.run_id == run.pk
        assert row.low <= row.probability <= row.high
        assert float(row.at_risk) == pytest.approx(float(row.value) * row.probability, abs=0.01)
        assert len(row.reasons) <= 6
        assert all(0 <= one <= 100 for one in row.parts.values() if one is not None)
        assert row.base is not None
    worst = rows[-1]
    assert worst.band == "red"
    assert {one["name"] for one in worst.reasons[:2]} == {"own_Users__c_share", "cases_grave"}
    assert "of such customers left, against" in worst.reasons[0]["text"]
    assert worst.reasons[0]["points"] < 0
    assert worst.parts["use"] < 75
    for row in rows:
        way = way_of(row)
        *steps, total = way.data[0]["x"] if way and row.reasons else [row.score, row.score]
        assert sum(steps) == total == row.score
        assert abs(steps[-1]) <= 4, "three facts: what is left is but rounding and the smallest"
    assert worst.parts["people"] is None


@pytest.mark.django_db
def test_the_same_facts_give_the_same_numbers_whatever_the_chunks(
    org: Org, run: ModelRun, customers: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    told = ("account_ref", "score", "probability", "parts", "reasons")
    for chunk in (1_000, 7):
        monkeypatch.setattr(scoring, "CHUNK", chunk)
        running.score(org=org, as_of=AT, at=AT)
        rows = AccountHealth.objects.of(org).newest().order_by("account_ref")
        said.append(list(rows.values_list(*told)))
    assert said[0] == said[1]


@pytest.mark.django_db
def test_the_job_goes_on_where_it_was_interrupted_and_shows_all_at_once(
    org: Org, run: ModelRun, customers: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "CHUNK", 50)
    write, most = scoring.write, 2
    written: list[int] = []

    def counted(rows: list[AccountHealth]) -> None:
        if len(written) == most:
            raise ConnectionError
        written.append(len(rows))
        write(rows)

    monkeypatch.setattr(scoring, "write", counted)
    job = a_job(org=org, running=True)
    with pytest.raises(ConnectionError):
        tasks.score_health.function(JobRun.of(job))
    assert AccountHealth.objects.of(org).count() == 100
    assert not AccountHealth.objects.of(org).newest().exists()
    job.refresh_from_db()
    most = 99
    said = tasks.score_health.function(JobRun.of(job)) or {}
    assert said["customers"] == AccountHealth.objects.of(org).newest().count() == 120
    assert written[2:4] == [20, 50]


@pytest.mark.django_db
def test_where_nobody_is_known_to_have_left_it_is_weighted_by_hand_and_says_so(
    org: Org, customers: Frame
) -> None:
    said = running.score(org=org, as_of=AT, at=AT)
    assert said["source"] == "composite"
    rows = list(AccountHealth.objects.of(org).newest())
    assert rows
    assert {(row.source, row.probability, row.at_risk, row.run_id) for row in rows} == {
        ("composite", None, None, None)
    }
    assert any("of the customers" in one["text"] for row in rows for one in row.reasons)
    with pytest.raises(NothingToLearnError, match="Choose the field that says who left"):
        train(org=org, as_of=AT, at=AT)


@pytest.mark.django_db
def test_a_row_a_week_is_kept_with_the_change_of_four_weeks(
    org: Org, run: ModelRun, customers: Frame
) -> None:
    for back in (29, 2, 1, 0):
        running.score(org=org, as_of=days(-back), at=AT)
    rows = AccountHealth.objects.of(org)
    kept = set(rows.values_list("as_of", flat=True))
    assert AT in kept
    assert days(-1) not in kept, "of this week the last word alone"
    assert {row.as_of for row in rows.newest()} == {AT}
    assert set(rows.newest().values_list("change", flat=True)) == {0}
    running.score(org=org, as_of=days(-10), at=AT)
    assert {row.as_of for row in rows.newest()} == {AT}, "an older moment stays history"


@pytest.mark.django_db
def test_the_first_scoring_fills_in_eighteen_weeks_and_later_ones_none(org: Org) -> None:
    found = moments_to_score(org, AT, is_dated=True)
    assert found == [days(-7 * back) for back in range(18, -1, -1)]
    assert moments_to_score(org, AT, is_dated=False) == [AT]
    for moment in found:
        AccountHealth.objects.create(
            org=org, account_ref="A", as_of=moment, source="model", score=70, band="yellow",
            is_latest=moment == AT,
        )  # fmt: skip
    assert moments_to_score(org, days(1), is_dated=True) == [days(1)]
    assert moments_to_score(org, days(14), is_dated=True) == [days(7), days(14)]


def a_row(org: Org, *triggers: str, band: str = "red", ref: str = "A") -> AccountHealth:
    reasons = [{"trigger": one, "points": -9, "text": one} for one in triggers]
    AccountHealth.objects.of(org).filter(account_ref=ref).delete()
    return AccountHealth.objects.create(
        org=org, account_ref=ref, as_of=AT, source="model", score=40, band=band, reasons=reasons
    )


def states(org: Org) -> dict[str, str]:
    return dict(AccountAction.objects.of(org).order_by("pk").values_list("trigger", "state"))


@pytest.mark.django_db
def test_plays_come_with_their_driver_and_go_with_it(org: Org) -> None:
    a_row(org, "use_falls", "", "case_open", "no_contact", "no_pipeline")
    a_row(org, "no_contact", band="green", ref="B")
    assert suggest(org=org, at=AT).made == 3
    assert suggest(org=org, at=AT).made == 0
    assert states(org) == dict.fromkeys(("use_falls", "case_open", "no_contact"), "suggested")
    a_row(org, "use_falls")
    assert suggest(org=org, at=AT).withdrawn == 2
    assert states(org)["case_open"] == "withdrawn"
    a_row(org, "use_falls", "case_open")
    assert suggest(org=org, at=AT).made == 1, "its driver is back"


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["dismissed", "done"])
def test_what_was_decided_rests_for_thirty_days(org: Org, state: str) -> None:
    a_row(org, "use_falls")
    suggest(org=org, at=AT)
    AccountAction.objects.of(org).update(state=state, decided_at=AT)
    assert suggest(org=org, at=days(29)).made == 0
    assert suggest(org=org, at=days(31)).made == 1


@pytest.mark.django_db
def test_what_has_come_in_is_scored_anew_and_every_day(org: Org) -> None:
    tasks.after_sync(org=org, has_changed=True)
    found = tasks.scoring_job(org)
    assert found is not None
    assert found.dedupe_key == running.SCORING
    score_health_on_schedule(org.pk)
    learn_leaving_on_schedule(org.pk)
    names = {tasks.score_health.name, tasks.train_health.name}
    assert set(Job.objects.filter(org=org).values_list("task", flat=True)) == names
    ensure_schedules(org=org)
    wanted = [f"score-health-{org.slug}", f"learn-leaving-{org.slug}"]
    assert PeriodicTask.objects.filter(name__in=wanted).count() == 2


@pytest.mark.django_db
def test_an_org_that_tells_nothing_is_no_failure_unless_somebody_asked(org: Org) -> None:
    said: dict[str, Any] = (
        tasks.train_health.function(JobRun.of(a_job(org=org, running=True))) or {}
    )
    assert "nothing to learn from" in said["problem"]
    asked = a_job(org=org, running=True, started_by=UserFactory())
    with pytest.raises(JobError, match="health policy"):
        tasks.train_health.function(JobRun.of(asked))
    scored = tasks.score_health.function(JobRun.of(a_job(org=org, running=True))) or {}
    assert (scored["source"], scored["customers"]) == ("composite", 0)
    assert speaker_of(org).by_model is False


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_each_command_says_what_is_missing(org: Org, command: str) -> None:
    with pytest.raises(CommandError, match="Choose the field that says who left"):
        call_command(command, "account_health", "--org", org.slug, "--json")
