"""From rows of a CRM to scores of what is open, through the commands and the job."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import Opportunity
from forecasting.deals import training
from forecasting.deals.dataset import dataset
from forecasting.deals.evaluation import beside_oracle, evaluate
from forecasting.deals.training import foresee, score
from forecasting.models import DealScore
from forecasting.tasks import score_deals, train_deals
from revenue.jobs.run import JobRun
from revenue.ml.models import ModelRun
from revenue.ml.recording import load
from tests.factories import facts
from tests.factories.jobs import a_job
from tests.factories.people import MembershipFactory, OrgFactory
from tests.forecasting.worlds import BEGAN, a_pipeline

pytestmark = pytest.mark.django_db
DEALS = 420
AS_OF = BEGAN + timedelta(days=2 * DEALS)


def said(command: str, *given: str) -> dict[str, Any]:
    out = StringIO()
    call_command(command, *given, "--json", stdout=out, stderr=StringIO())
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


@pytest.fixture(scope="module")
def learned(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[ModelRun]:
    """One world and one training for all of this module's tests; at the end all is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        org = OrgFactory(slug="pipeline", clock_date=AS_OF.date())
        a_pipeline(org, deals=DEALS, until=AS_OF)
        said("train", "deal_risk", "--org", "pipeline")
        yield ModelRun.objects.get(org=org)
        transaction.set_rollback(True)


def test_a_training_is_a_run_that_is_live(learned: ModelRun) -> None:
    assert (learned.task, learned.state) == ("deal_risk", "live")
    assert learned.readiness in ("ready", "ok")
    assert learned.metrics["auc"] > 0.65
    assert learned.metrics["brier"] < learned.baselines["base_rate"]["brier"]
    assert "Nothing recorded" not in str(learned.features)
    assert learned.report["counts"]["test"]["groups"] >= 40


def test_of_the_same_past_the_same_model_is_learned(learned: ModelRun) -> None:
    assert learned.org is not None
    again = training.learn(dataset(org=learned.org, as_of=learned.as_of))
    assert again.to_bytes() == bytes(learned.artefact)


def test_a_model_keeps_the_fiscal_year_that_it_learned(learned: ModelRun) -> None:
    org = learned.org
    assert org is not None
    as_of = learned.as_of
    before = foresee(org=org, as_of=as_of)
    org.fiscal_month = 2
    with transaction.atomic():
        org.save()
        after = foresee(org=org, as_of=as_of)
        assert after.trained.settings.first_month == after.lives.past.first_month == 1
        np.testing.assert_array_equal(before.scores.probability, after.scores.probability)
        assert dataset(org=org, as_of=as_of).first_month == 2
        transaction.set_rollback(True)
    org.fiscal_month = 1


def test_every_open_deal_is_scored_once_a_moment(learned: ModelRun) -> None:
    org = learned.org
    assert org is not None
    first = said("score", "deal_risk", "--org", org.slug)
    still_open = set(
        Opportunity.objects.of(org).filter(is_closed=False).values_list("external_id", flat=True)
    )
    assert len(still_open) > 10
    day = f"{AS_OF.date()}T23:59:59+00:00"
    assert first == {"run": learned.pk, "as_of": day, "source": "model",
                     "deals": len(still_open)}  # fmt: skip
    rows = list(DealScore.objects.of(org).filter(as_of=first["as_of"]).order_by("pk"))
    assert {row.opportunity_ref for row in rows} == still_open
    said("score", "deal_risk", "--org", org.slug)
    again = list(DealScore.objects.of(org).filter(as_of=first["as_of"]).order_by("pk"))
    assert [r.probability for r in rows] == [r.probability for r in again]
    early = said(
        "score", "deal_risk", "--org", org.slug, "--as-of", f"{AS_OF - timedelta(days=15):%Y-%m-%d}"
    )
    assert early["deals"] > 0
    newest = DealScore.objects.of(org).newest().filter(opportunity_ref__in=still_open)
    assert {row.as_of.date().isoformat() for row in newest} == {AS_OF.date().isoformat()}
    assert newest.count() == len(still_open)


def test_reasons_sum_to_what_the_model_says(learned: ModelRun) -> None:
    assert learned.org is not None
    found, trained = foresee(org=learned.org, as_of=learned.as_of), load(learned)
    assert trained.model is not None
    rows = [row for chunk in found.chunks() for row in chunk]
    place = {ref: at for at, ref in enumerate(found.frame.ids.tolist())}
    order = [place[row.opportunity_ref] for row in rows]
    margin = trained.model.member.margin(trained.rows_of(found.frame))[order]
    told = np.array([row.base + sum(row.contributions.values()) for row in rows])
    np.testing.assert_allclose(told, margin, atol=1e-4)
    assert all(row.low <= row.probability <= row.high for row in rows)


def test_each_open_deal_has_a_curve_that_agrees_with_its_chance(learned: ModelRun) -> None:
    assert learned.org is not None
    found = foresee(org=learned.org, as_of=learned.as_of)
    rows = [row for chunk in found.chunks() for row in chunk]
    for row in rows:
        assert row.won_by is not None
        assert row.lost_by is not None
        assert len(row.won_by) == len(row.lost_by) == 26
        assert row.won_by == sorted(row.won_by)
        assert row.lost_by == sorted(row.lost_by)
        assert row.won_by[-1] <= row.probability
        assert row.lost_by[-1] <= 1 - row.probability
    assert learned.report["by_when"][0]["weeks"] == 4


def test_what_is_judged_stands_beside_what_it_has_to_beat(learned: ModelRun) -> None:
    found = said("evaluate", "deal_risk", "--org", "pipeline", "--test-from", "2025-11-01")
    assert set(found["baselines"]) >= {"base_rate", "stage_rate", "logistic"}
    assert set(found["metrics"]) >= {"auc", "brier", "log_loss", "ece"}
    assert found["windows"]["test_from"] == "2025-11-01T00:00:00"
    assert set(found["by_life"]) == {"at_creation", "mid_life", "last_week"}
    assert found["n_train"] > 60
    assert found["n_test"] > 40
    assert "oracle" not in found
    assert found["readiness"]["state"] in ("ready", "ok", "not_ready")
    assert found["excluded_features"]
    assert {one["segment"] for one in found["segments"]} >= {"industry", "country", "size", "stage"}


def test_the_model_stands_beside_whoever_knows_how_it_ends(learned: ModelRun) -> None:
    assert learned.org is not None
    found = evaluate(org=learned.org, as_of=learned.as_of)
    day = found.test_from.astype(datetime).replace(tzinfo=UTC) + timedelta(days=15)
    ends = dict(zip(found.test.ids.tolist(), found.test.label.tolist(), strict=True))
    knows = {day: {ref: 0.9 if won else 0.1 for ref, won in ends.items()}}
    beside = beside_oracle(found, org=learned.org, known=knows)
    assert beside["rows"] > 10
    assert beside["oracle"]["brier"] == pytest.approx(0.01)
    assert beside["share_of_skill"] < 1
    assert beside_oracle(found, org=learned.org, known={day: {}}) == {}


def test_whoever_goes_on_writes_the_chunks_that_are_left(
    learned: ModelRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "CHUNK", 7)
    found = foresee(org=learned.org, as_of=learned.as_of)  # type: ignore[arg-type]
    chunks = list(found.chunks())
    assert [len(one) for one in chunks[:-1]] == [7] * (len(chunks) - 1)
    rest = list(found.chunks(after=chunks[0][-1].opportunity_ref))
    assert [[r.opportunity_ref for r in one] for one in rest] == [
        [r.opportunity_ref for r in one] for one in chunks[1:]
    ]


def test_who_may_not_read_a_deal_does_not_read_its_score(learned: ModelRun) -> None:
    org = learned.org
    assert org is not None
    score(org=org, as_of=learned.as_of)
    seller, other = MembershipFactory(org=org, role="rep"), MembershipFactory(org=org, role="rep")
    facts.a_crm_user(org=org, external_id="U1", membership=seller)
    own = set(
        Opportunity.objects.of(org)
        .filter(is_closed=False, owner_ref="U1")
        .values_list("external_id", flat=True)
    )
    theirs = DealScore.objects.newest().visible_to(seller)
    assert {row.opportunity_ref for row in theirs} == own
    assert len(own) > 1
    assert not DealScore.objects.visible_to(other).exists()


def test_a_command_says_what_is_missing() -> None:
    org = OrgFactory(slug="empty")
    with pytest.raises(CommandError, match="nothing to learn from"):
        said("train", "deal_risk", "--org", "empty")
    with pytest.raises(CommandError, match="train deal_risk --org empty"):
        said("score", "deal_risk", "--org", "empty")
    with pytest.raises(CommandError, match="no org nowhere"):
        said("evaluate", "deal_risk", "--org", "nowhere")
    with pytest.raises(CommandError, match="not known"):
        said("train", "deal_risk", "--org", "empty", "--as-of", "2999-01-01")
    assert not ModelRun.objects.filter(org=org).exists()


def test_with_few_deals_the_rate_of_the_stage_speaks() -> None:
    org = OrgFactory(slug="young")
    a_pipeline(org, deals=40, until=BEGAN + timedelta(days=100))
    as_of = BEGAN + timedelta(days=100)
    org.clock_date = as_of.date()
    org.save()
    done = train_deals.function(JobRun.of(a_job(org=org, running=True))) or {}
    assert (done["state"], done["readiness"]) == ("live", "not_ready")
    job = a_job(org=org, running=True)
    said_of = score_deals.function(JobRun.of(job)) or {}
    job.refresh_from_db()
    rows = DealScore.objects.of(org).filter(as_of=said_of["as_of"])
    assert said_of["source"] == "rates"
    assert said_of["deals"] == rows.count() == job.done == job.total
    assert rows.count() > 5
    assert job.checkpoint["phase"] == "end"
    assert {row.source for row in rows} == {"rates"}
    assert len({row.probability for row in rows}) > 1
    assert all(row.won_by is not None and row.won_by[-1] <= row.probability for row in rows)
