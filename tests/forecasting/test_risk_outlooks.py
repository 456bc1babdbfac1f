"""What pages show of open deals, written by a scoring."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from accounts.about.kept import kept
from accounts.models import Opportunity
from forecasting.deals import training
from forecasting.deals.training import train
from forecasting.models import DealAction, DealAnalysis, DealOutlook, DealScore, Play, RiskPolicy
from forecasting.risk import history, outlooks
from forecasting.risk.policy import Policy
from forecasting.risk.scoring import score, scoring_of
from forecasting.tasks import score_deals
from revenue.jobs.running import JobRun
from revenue.ml.arrays import floats
from revenue.ml.tasks import moment_for
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.factories.deals import a_score, an_outlook
from tests.factories.facts import an_opportunity
from tests.factories.jobs import a_job
from tests.factories.people import MembershipFactory, OrgFactory
from tests.forecasting.worlds import BEGAN, a_pipeline

pytestmark = pytest.mark.django_db
UNTIL = BEGAN + timedelta(days=480)
NOT_THE_ID = [one.name for one in DealOutlook._meta.concrete_fields if one.name != "id"]


@pytest.fixture(scope="module")
def org(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Org]:
    """One world, one training for all of this module's tests; what a test writes is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        org = OrgFactory(clock_date=UNTIL.date())
        as_of = moment_for(org, at=UNTIL)
        a_pipeline(org, deals=230, until=as_of)
        train(org=org, as_of=as_of, at=UNTIL)
        scored(org)
        yield org
        transaction.set_rollback(True)


def scored(org: Org) -> list[DealOutlook]:
    at = timezone.now()
    score(org=org, as_of=moment_for(org, at=at), at=at)
    return rows_of(org)


def rows_of(org: Org) -> list[DealOutlook]:
    return list(DealOutlook.objects.of(org).order_by("opportunity_ref"))


def written(org: Org) -> list[tuple[Any, ...]]:
    rows = DealOutlook.objects.of(org).order_by("opportunity_ref")
    return list(rows.values_list("id", *NOT_THE_ID))


def scores(org: Org) -> set[tuple[Any, ...]]:
    names = ("opportunity_ref", "as_of", "probability", "low", "high", "is_latest")
    return set(DealScore.objects.of(org).values_list(*names))


def test_every_open_deal_has_one_row_that_adds_up(org: Org) -> None:
    rows = rows_of(org)
    deals = {one.external_id: one for one in Opportunity.objects.of(org).filter(is_closed=False)}
    assert len(deals) > 15
    assert [row.opportunity_ref for row in rows] == sorted(deals)
    latest = {one.opportunity_ref: one for one in DealScore.objects.of(org).newest()}
    for row in rows:
        deal, said = deals[row.opportunity_ref], latest[row.opportunity_ref]
        assert (row.stage, row.name, row.close_date) == (deal.stage, deal.name, deal.close_date)
        assert (row.probability, row.low, row.high) == (said.probability, said.low, said.high)
        assert round(sum(part["points"] for part in row.risk_parts), 6) == row.risk
        assert sum(part["weight"] for part in row.risk_parts) == pytest.approx(1, abs=1e-3)
        assert row.grade == Policy().grades_of(floats([row.risk]))[0]
    assert len({row.grade for row in rows}) > 1
    assert len({row.risk for row in rows}) > 10
    analysed = DealAnalysis.objects.of(org).values_list("opportunity_ref", flat=True)
    assert sorted(analysed) == sorted(deals)


def test_amounts_are_those_of_the_deal_and_what_it_was_a_week_before(org: Org) -> None:
    Opportunity.objects.of(org).update(corporate_amount=7000)
    rows = scored(org)
    for row in rows:
        parts = [float(part or 0) for part in (row.expected_value, row.value_at_risk)]
        assert sum(parts) == pytest.approx(7000, abs=1e-3)
        assert float(row.risk_value or 0) == pytest.approx(70 * row.risk, abs=1e-3)
    was_here = [row for row in rows if row.amount_before is not None]
    assert was_here
    assert all(row.is_new for row in rows if row.amount_before is None)
    assert any(row.amount_before == row.corporate_amount for row in was_here)


def test_the_weeks_before_are_filled_in_where_nobody_scored_them(org: Org) -> None:
    rows = rows_of(org)
    as_of = rows[0].as_of
    days = set(DealScore.objects.of(org).values_list("as_of", flat=True))
    assert days == {as_of - week * history.WEEK for week in range(history.WEEKS_BACK + 1)}
    old = [row for row in rows if not row.is_new and row.probability_before is not None]
    assert len(old) > 10
    assert all(row.risk_before is not None for row in old)
    a_week_ago = {
        one.opportunity_ref: one.probability
        for one in DealScore.objects.of(org).filter(as_of=as_of - history.WEEK)
    }
    assert {row.opportunity_ref: row.probability_before for row in old} == {
        row.opportunity_ref: a_week_ago[row.opportunity_ref] for row in old
    }
    assert "steady" in {row.trend for row in rows}
    # Nothing that became known later has a say: whoever had scored then would have said the same.
    then = as_of - 3 * history.WEEK
    kept = scores_at(org, then)
    training.score(org=org, as_of=then)
    assert scores_at(org, then) == pytest.approx(kept)


def scores_at(org: Org, as_of: Any) -> dict[str, float]:
    rows = DealScore.objects.of(org).filter(as_of=as_of)
    return dict(rows.values_list("opportunity_ref", "probability"))


def test_the_same_moment_twice_gives_the_same_rows(org: Org) -> None:
    first, of_first = written(org), scores(org)
    actions = set(DealAction.objects.of(org).values_list("opportunity_ref", "title"))
    assert actions
    scored(org)
    assert written(org) == first
    assert scores(org) == of_first
    assert set(DealAction.objects.of(org).values_list("opportunity_ref", "title")) == actions
    assert Play.objects.filter(org=org).count() == len(set(Play.objects.values_list("title")))


def test_what_breaks_in_the_middle_leaves_whole_rows_and_is_gone_on_with(
    org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = written(org)
    RiskPolicy.objects.create(org=org, weights={"chance": 1, "value": 0, "velocity": 0})
    monkeypatch.setattr(training, "CHUNK", 7)
    write, calls = outlooks.write, []

    def breaking(rows: list[DealOutlook]) -> None:
        calls.append(len(rows))
        write(rows)
        if len(calls) == 2:
            raise OSError("The machine is gone.")

    monkeypatch.setattr(outlooks, "write", breaking)
    job = a_job(org=org, running=True)
    with pytest.raises(OSError, match="gone"):
        score_deals.function(JobRun.of(job))
    # The chunk that broke off is as before, the one before it is new; none is missing or twice.
    half = written(org)
    assert [row[0] for row in half] == [row[0] for row in before]
    assert half[7:] == before[7:]
    assert all(new != old for new, old in zip(half[:7], before[:7], strict=True))
    job.refresh_from_db()
    assert job.done == 7
    score_deals.function(JobRun.of(job))
    assert calls[2:] == calls[1:2] + [7] * (len(calls) - 4) + calls[-1:]
    job.refresh_from_db()
    assert (job.done, job.checkpoint["phase"]) == (len(before), "end")
    whole = written(org)
    monkeypatch.setattr(outlooks, "write", write)
    scored(org)
    assert written(org) == whole


def test_a_deal_that_closed_is_shown_no_more(org: Org) -> None:
    rows = rows_of(org)
    gone = an_outlook(deal=an_opportunity(org=org, lost=True), as_of=rows[0].as_of)
    Opportunity.objects.of(org).filter(external_id=rows[0].opportunity_ref).update(is_closed=True)
    left = {row.opportunity_ref for row in scored(org)}
    assert left == {row.opportunity_ref for row in rows[1:]}
    assert gone.opportunity_ref not in left


def test_a_day_long_past_is_kept_as_history_and_changes_no_page(org: Org) -> None:
    before = written(org)
    score(org=org, as_of=moment_for(org, at=UNTIL) - timedelta(days=40), at=timezone.now())
    assert written(org) == before


def test_of_two_scorings_at_once_the_newer_one_is_shown_whoever_ends_last(org: Org) -> None:
    at, as_of = timezone.now(), moment_for(org, at=timezone.now())
    late = scoring_of(org=org, as_of=as_of, at=at)
    DealOutlook.objects.of(org).update(as_of=as_of + timedelta(hours=1), name="By the newer one")
    DealAnalysis.objects.of(org).update(as_of=as_of + timedelta(hours=1))
    before = written(org)
    for step in late.steps(late.begin()):
        step.write()
    assert written(org) == before
    assert DealAnalysis.objects.of(org).count() == len(before)


def test_another_scoring_of_the_same_moment_ends_what_was_counted_of_it(
    org: Org, django_capture_on_commit_callbacks: Any
) -> None:
    """In an org of files each day is one moment, whatever policy or model speaks of it."""
    reader = MembershipFactory(org=org, role=Role.EXECUTIVE)
    as_of = rows_of(org)[0].as_of
    seen = kept(reader, about=["figures"], scored_at=as_of, is_scoring=False)
    assert seen(lambda: "before") == seen(lambda: "again") == "before"
    with django_capture_on_commit_callbacks(execute=True):
        scored(org)
    anew = kept(reader, about=["figures"], scored_at=as_of, is_scoring=False)
    assert anew(lambda: "after") == "after"


def test_a_policy_that_is_changed_meanwhile_holds_for_all(
    org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "CHUNK", 7)
    write, calls = outlooks.write, []

    def changing(rows: list[DealOutlook]) -> None:
        write(rows)
        calls.append(rows)
        if len(calls) == 2:
            RiskPolicy.objects.create(org=org, grades={"A": 1, "B": 2, "C": 3})

    monkeypatch.setattr(outlooks, "write", changing)
    rows = scored(org)
    policy = Policy.of(org)
    assert policy.borders["A"] == 1
    assert {row.grade for row in rows} == {policy.grades_of(floats([row.risk]))[0] for row in rows}


def test_of_each_day_and_later_of_each_week_one_score_is_kept(org: Org) -> None:
    first = an_outlook(deal=an_opportunity(org=org))
    as_of = moment_for(org, at=UNTIL)  # late on a Friday
    of_deal = {"org": org, "opportunity_ref": first.opportunity_ref, "is_latest": False}
    ages = [0, 3, 9, 30, 33, 24 * 40, 24 * 41, 24 * 47, 24 * 48]
    for hours in ages:
        a_score(**of_deal, as_of=as_of - timedelta(hours=hours), run=first.run)
    asked: dict[str, Any] = {"org": org, "as_of": as_of, "refs": [first.opportunity_ref]}
    assert history.thin(**asked) == 5
    left = DealScore.objects.of(org).filter(opportunity_ref=first.opportunity_ref)
    kept = [(as_of - at).total_seconds() / 3600 for at in left.values_list("as_of", flat=True)]
    assert sorted(kept) == [0, 30, 24 * 40, 24 * 47]
    assert history.thin(**asked) == 0
