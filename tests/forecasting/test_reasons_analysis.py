"""From what was foreseen to the rows that a deal's page reads, in a small org with a past."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import Activity, CrmUser, Opportunity
from forecasting.deal_page.look import Look
from forecasting.deal_page.similar import similar_to as shown_to
from forecasting.deals import training
from forecasting.deals.dataset import dataset, open_deals
from forecasting.deals.training import Foreseen, foresee, write
from forecasting.models import DealAnalysis, DealScore, RunBaseRates
from forecasting.reasons import prepared as preparing
from forecasting.reasons.analysis import analyses, reasons_of, write_analyses
from forecasting.reasons.base_rates import base_rates
from forecasting.reasons.prepared import Prepared, prepare
from forecasting.reasons.reach import MOVES, Deals
from forecasting.reasons.similar import stays
from revenue.ml.readiness import Readiness, State
from revenue.ml.recording import Owner, record_and_promote
from tests.factories import facts
from tests.factories.people import MembershipFactory, OrgFactory
from tests.forecasting.worlds import BEGAN, a_pipeline

pytestmark = pytest.mark.django_db
DEALS = 330
AS_OF = BEGAN + timedelta(days=2 * DEALS)
# Of trees contributions are sums of 32-bit numbers: there exactness has to be earned.
TREES = replace(training.SETTINGS, candidates=("boosted",), most_trees=60, bootstraps=50)


@pytest.fixture(scope="module")
def foreseen(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Foreseen]:
    """One world and one training for all of this module's tests; at the end all is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        org = OrgFactory(slug="reasoned", clock_date=AS_OF.date(), currency="EUR")
        a_pipeline(org, deals=DEALS, until=AS_OF)
        facts.a_crm_user(org=org, external_id="U1", name="Priya Natarajan")
        rows = dataset(org=org, as_of=AS_OF)
        trained = training.learn(rows, TREES)
        record_and_promote(trained, owner=Owner(org=org), as_of=AS_OF, at=AS_OF, frame=rows.frame)
        yield foresee(org=org, as_of=AS_OF)
        transaction.set_rollback(True)


@pytest.fixture
def ready(foreseen: Foreseen) -> Prepared:
    assert foreseen.scores.source == "model"
    return prepare(foreseen)


def every(foreseen: Foreseen) -> Any:
    return np.arange(len(foreseen.frame))


def test_the_way_to_each_chance_sums_to_it_and_to_the_margin(ready: Prepared) -> None:
    foreseen, model = ready.foreseen, ready.model
    assert model is not None
    rows = analyses(ready, every(foreseen))
    assert len(rows) > 10
    margin = model.member.margin(foreseen.trained.rows_of(foreseen.frame))
    for place, row in enumerate(rows):
        steps = row.steps
        points = [one["points"] for one in steps["steps"]] + [steps["rest"]["points"]]
        assert steps["base"] + sum(points) == pytest.approx(steps["total"], abs=1e-9)
        assert steps["total"] == float(foreseen.scores.probability[place])
        parts = [one["contribution"] for one in steps["steps"]] + [steps["rest"]["contribution"]]
        assert steps["base_margin"] + sum(parts) == pytest.approx(margin[place], abs=1e-4)
        topics = [one["topic"] for one in steps["steps"]]
        assert len(set(topics)) == len(topics) <= 5
        assert all(one["words"] for one in steps["steps"])


def test_what_is_stored_is_what_is_shown(ready: Prepared) -> None:
    foreseen = ready.foreseen
    places = every(foreseen)
    write([row for chunk in foreseen.chunks() for row in chunk])
    write_analyses(ready, places)
    write_analyses(ready, places[::-1])
    stored = DealAnalysis.objects.of(foreseen.org)
    assert stored.count() == len(places)
    scores = {row.opportunity_ref: row for row in DealScore.objects.of(foreseen.org).newest()}
    for row in stored:
        score = scores[row.opportunity_ref]
        assert row.steps["total"] == score.probability
        points = [one["points"] for one in row.steps["steps"]] + [row.steps["rest"]["points"]]
        assert row.steps["base"] + sum(points) == pytest.approx(score.probability, abs=1e-9)
        assert set(score.contributions) <= set(row.values)
        assert (row.run_id, row.as_of) == (foreseen.run.pk, foreseen.as_of)
        assert all(one["probability"] > score.probability for one in row.moves)


def test_a_run_that_was_late_does_not_put_the_old_back(ready: Prepared) -> None:
    foreseen = ready.foreseen
    write_analyses(ready, every(foreseen))
    before = DealAnalysis.objects.of(foreseen.org).get(opportunity_ref=foreseen.frame.ids[0])
    early = foresee(org=foreseen.org, as_of=AS_OF - timedelta(days=9))
    write_analyses(prepare(early), every(early))
    after = DealAnalysis.objects.of(foreseen.org).get(opportunity_ref=foreseen.frame.ids[0])
    assert (after.as_of, after.steps) == (before.as_of, before.steps)


def test_three_reasons_are_three_different_things(ready: Prepared) -> None:
    found = reasons_of(ready, np.array([3, 1]))
    assert [len(one) for one in found] == [3, 3]
    for one in found:
        assert len({step["topic"] for step in one}) == 3
    again = analyses(ready, np.array([3, 1]))
    assert [row.steps["steps"][:3] for row in again] == found
    everyone = reasons_of(ready, every(ready.foreseen))
    rates = [step["base_rate"] for one in everyone for step in one]
    assert sum(rate is not None for rate in rates) > len(rates) * 0.8
    assert {rate["against"] for rate in rates if rate} == {ready.rates["whole"]}


def test_base_rates_are_counted_once_a_run(
    ready: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = RunBaseRates.objects.get(org=ready.foreseen.org)
    assert kept.rates["whole"] == ready.rates["whole"]

    def refuse(**asked: Any) -> None:
        raise AssertionError(f"counted again: {asked}")

    monkeypatch.setattr(preparing, "dataset", refuse)
    assert prepare(ready.foreseen).rates == ready.rates


def test_base_rates_know_nothing_of_what_came_after_the_training(ready: Prepared) -> None:
    org = ready.foreseen.org
    for number in range(30):
        facts.an_opportunity(
            org=org, won=True, created_at=AS_OF + timedelta(days=number % 3 + 1),
            stage="Closed Won", external_id=f"LATE{number}",
        )  # fmt: skip
    later = foresee(org=org, as_of=AS_OF + timedelta(days=20))
    RunBaseRates.objects.of(org).delete()
    again = prepare(later).rates
    assert again["deals"] == ready.rates["deals"]
    assert again["whole"] == pytest.approx(ready.rates["whole"])


def test_a_meeting_that_is_held_changes_what_the_move_said(ready: Prepared) -> None:
    """Each move is asked of the CRM too: what a real one changes, and nothing else."""
    foreseen = ready.foreseen
    frame = foreseen.frame
    kinds = {"book_meeting": "meeting", "log_call": "call", "get_answer": "email"}
    for move in [one for one in MOVES if one.name in kinds]:
        found = move.change(Deals(frame, ready.rates["stages"]))
        assert found is not None
        rows = np.flatnonzero(found[0])
        assert len(rows) > 3
        with transaction.atomic():
            for place in rows:
                facts.an_activity(
                    org=foreseen.org, kind=kinds[move.name], opportunity_ref=frame.ids[place],
                    is_incoming=True if kinds[move.name] == "email" else None,
                    happens_at=AS_OF - timedelta(days=1), created_at=AS_OF - timedelta(days=1),
                )  # fmt: skip
            after = open_deals(org=foreseen.org, as_of=AS_OF)
            transaction.set_rollback(True)
        said = frame.values.assign(**found[1])
        assert after.ids.tolist() == frame.ids.tolist()
        for name in frame.values.columns:
            mine, theirs = said[name].iloc[rows], after.values[name].iloc[rows]
            if not pd.api.types.is_numeric_dtype(mine):
                assert mine.tolist() == theirs.tolist(), (move.name, name)
            else:
                np.testing.assert_allclose(
                    mine.astype(float), theirs.astype(float), atol=1e-6, err_msg=name
                )
    assert not Activity.objects.of(foreseen.org).filter(happens_at=AS_OF - timedelta(days=1))


def test_closed_deals_are_looked_at_while_they_were_there(ready: Prepared) -> None:
    lives = ready.foreseen.lives
    found = stays(lives, {"Proposal", "Negotiation"})
    assert len(found) > 100
    assert (found.at >= lives.created[found.deal]).all()
    assert (found.at < lives.closed[found.deal]).all()
    at = lives.stages.at_moments(found.deal, found.at)
    assert set(at) == {"Proposal", "Negotiation"}
    assert len(set(zip(found.deal, at, strict=True))) == len(found)


def test_of_similar_deals_a_reader_is_shown_their_own(ready: Prepared) -> None:
    org = ready.foreseen.org
    write_analyses(ready, every(ready.foreseen))
    seller = MembershipFactory(org=org, role="rep")
    boss = MembershipFactory(org=org, role="executive")
    CrmUser.objects.filter(org=org, external_id="U1").update(membership=seller)
    deals = Opportunity.objects.of(org).filter(is_closed=False, owner_ref="U1")
    owners: dict[str, set[str | None]] = {"seller": set(), "boss": set()}
    for deal in deals:
        for name, reader in (("seller", seller), ("boss", boss)):
            found = shown_to(Look(deal, reader, AS_OF))
            like = [*found["won"], *found["lost"]]
            assert all(one.is_closed for one in like)
            owners[name] |= {one.owner_ref for one in like}
    assert owners["seller"] == {"U1"}
    assert owners["boss"] > {"U1"}


def test_the_sellers_name_and_the_orgs_currency_are_in_the_words(ready: Prepared) -> None:
    foreseen = ready.foreseen
    assert ready.sellers == {"U1": "Priya Natarajan"}
    assert ready.speaker.currency == "EUR"
    words = [
        step["words"] for one in analyses(ready, every(foreseen)) for step in one.steps["steps"]
    ]
    assert not any("$" in one or "nan" in one or "_" in one for one in words)


def test_where_the_rate_speaks_nothing_is_sold(foreseen: Foreseen) -> None:
    doubted = Readiness(State.NOT_READY, ("No usable signal.",))
    trained = replace(
        foreseen.trained, report={**foreseen.trained.report, "readiness": doubted.as_json()}
    )
    rated = replace(foreseen, trained=trained, scores=trained.score(foreseen.frame))
    assert rated.scores.source == "rates"
    ready = prepare(rated)
    places = every(rated)
    assert reasons_of(ready, places) == [[] for _ in places]
    for place, row in enumerate(analyses(ready, places)):
        assert row.moves == []
        assert row.steps["steps"] == []
        assert row.steps["total"] == float(rated.scores.probability[place])
        assert row.steps["base"] + row.steps["rest"]["points"] == pytest.approx(row.steps["total"])
        assert row.steps["rate"]["of"] in row.steps["rate"]["words"]
        assert row.similar["won"] or row.similar["words"]


def test_an_org_with_nothing_closed_has_no_base_rates() -> None:
    assert base_rates(open_deals(org=OrgFactory(), as_of=AS_OF))["whole"] is None
