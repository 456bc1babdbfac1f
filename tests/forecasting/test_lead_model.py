"""What is known of a lead at a moment, what is learned from it, and the rows that are made."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from accounts.models import Activity, CampaignMember, Lead
from forecasting.lead_pages.way import way_of
from forecasting.leads.answering import answers
from forecasting.leads.dataset import dataset, open_leads
from forecasting.leads.policy import TIERS, Policy, PolicyError, policy_of, tier_of
from forecasting.leads.scoring import foresee, score, scores_of
from forecasting.leads.training import learned, train
from forecasting.models import LeadOverride, LeadPolicy, LeadScore
from revenue.ml.learned import NoModelError, NothingToLearnError
from revenue.users.models import Org
from tests.factories import facts
from tests.factories.outlooks import a_lead_override
from tests.factories.people import OrgFactory
from tests.forecasting.asking import BEGAN, some_leads

SHARES = st.floats(0, 1, allow_nan=False)


@given(
    grid=arrays.arrays(np.float64, 101, elements=SHARES).map(np.sort),
    chances=st.lists(SHARES, min_size=2, max_size=20).map(sorted),
    borders=st.sets(st.integers(1, 100), min_size=3, max_size=3).map(sorted),
)
def test_a_higher_chance_never_has_a_lower_score_or_tier(
    grid: Any, chances: list[float], borders: list[int]
) -> None:
    policy = Policy(tiers=dict(zip("CBA", borders, strict=True)))
    scores = scores_of(np.array(chances), grid.tolist()).tolist()
    assert all(0 <= one <= 100 for one in scores)
    assert scores == sorted(scores)
    tiers = [TIERS.index(tier_of(one, policy)) for one in scores]
    assert tiers == sorted(tiers, reverse=True)
    assert [tier_of(one, policy) for one in (0, 100)] == ["D", "A"]


@pytest.mark.parametrize(
    "tiers", [{"A": 50, "B": 50, "C": 20}, {"A": 80, "B": 50}, {"A": 101, "B": 50, "C": 20}]
)
def test_tiers_that_do_not_fall_are_refused(tiers: dict[str, int]) -> None:
    with pytest.raises(PolicyError, match=r"\.$"):
        Policy(tiers=tiers)


@pytest.mark.django_db
def test_what_an_org_has_changed_holds_and_the_rest_is_as_usual() -> None:
    org = OrgFactory()
    assert policy_of(org) == Policy()
    LeadPolicy.objects.create(org=org, tiers={"A": 90}, answer_minutes=15)
    found = policy_of(org)
    assert dict(found.tiers) == {"A": 90, "B": 50, "C": 20}
    assert (found.answer_minutes, found.least_leads) == (15, 100)


@pytest.fixture
def org() -> Org:
    return OrgFactory(slug="acme")


def one_lead(org: Org, **said: Any) -> Lead:
    return facts.a_lead(
        org=org, created_at=BEGAN, modified_at=BEGAN, external_id="one", source="Web", **said
    )


@pytest.mark.django_db
def test_an_answer_is_ours_done_and_not_before_the_lead_came(org: Org) -> None:
    lead = one_lead(org)
    for hours, more in (
        (1, {"kind": "email", "is_incoming": True}),
        (2, {"kind": "task", "is_done": False}),
        (5, {"kind": "email", "is_incoming": False}),
        (9, {}),
    ):
        at = BEGAN + timedelta(hours=hours)
        facts.an_activity(org=org, lead_ref=lead.external_id, happens_at=at, created_at=at, **more)
    late = answers(org=org, as_of=BEGAN + timedelta(days=1))
    assert late["hours"].tolist() == [5.0]
    assert answers(org=org, as_of=BEGAN + timedelta(hours=4))["answered_at"].isna().all()


@pytest.mark.django_db
def test_an_own_field_that_says_when_it_was_answered_counts_once_it_was(org: Org) -> None:
    said = (BEGAN + timedelta(hours=3)).isoformat()
    one_lead(org, extra={"First_Response_Date__c": said})
    assert answers(org=org, as_of=BEGAN + timedelta(days=1))["hours"].tolist() == [3.0]
    before = open_leads(org=org, as_of=BEGAN + timedelta(hours=2)).values.iloc[0]
    assert np.isnan(before["hours_to_answer"])


@pytest.mark.django_db
def test_nothing_that_comes_later_changes_what_was_known(org: Org) -> None:
    some_leads(org, count=120, days=200)
    then = BEGAN + timedelta(days=100)
    before = open_leads(org=org, as_of=then)
    assert len(before) > 5
    for ref in before.ids.tolist():
        at = then + timedelta(days=1)
        facts.an_activity(org=org, lead_ref=ref, happens_at=at, created_at=at)
        facts.a_campaign_member(org=org, lead_ref=ref, created_at=at, has_responded=True)
    later = Lead.objects.of(org).filter(external_id__in=before.ids.tolist())
    later.update(is_converted=True, converted_date=(then + timedelta(days=3)).date())
    Lead.objects.of(org).filter(created_at__gt=then).update(source="Another")
    after = open_leads(org=org, as_of=then)
    assert after.ids.tolist() == before.ids.tolist()
    pd.testing.assert_frame_equal(before.values, after.values)
    assert Activity.objects.of(org).count() > 120
    assert CampaignMember.objects.of(org).exists()


@pytest.mark.django_db
def test_a_label_is_known_once_the_horizon_has_passed_and_rows_weigh_as_the_leads(
    org: Org,
) -> None:
    until = some_leads(org, count=200)
    frame = dataset(org=org, as_of=until).frame
    known = frame.take(frame.is_known)
    took = (known.label_known_at - known.as_of) / np.timedelta64(1, "D")
    assert set(took.tolist()) == {90.0}
    assert known.label_known_at.max() <= np.datetime64(until.replace(tzinfo=None))
    assert {0.0, 1.0} == set(known.label.tolist())
    assert frame.weight.sum() == pytest.approx(frame.groups())


@pytest.mark.django_db
def test_without_leads_it_says_what_to_bring(org: Org) -> None:
    one_lead(org)
    with pytest.raises(NothingToLearnError, match="Sync or import leads"):
        learned(org=org, as_of=BEGAN + timedelta(days=10))
    with pytest.raises(NoModelError, match=r"manage\.py train lead_score --org acme"):
        score(org=org, as_of=BEGAN)


@pytest.mark.django_db
def test_below_the_minimum_the_rate_of_the_source_speaks(org: Org) -> None:
    until = some_leads(org, count=90)
    run = train(org=org, as_of=until, at=until)
    assert "at least 100 and 40 are needed" in run.report["readiness"]["reasons"][0]
    facts.a_lead(org=org, created_at=until, status="Open", source="Referral")
    facts.a_lead(org=org, created_at=until, status="Open", source="Cold Call")
    said = score(org=org, as_of=until + timedelta(hours=1))
    assert said["source"] == "rates"
    rows = LeadScore.objects.of(org).newest().filter(as_of__gt=until)
    by_source = {row.lead.source: row.probability for row in rows}
    assert by_source["Referral"] > by_source["Cold Call"]
    assert all(row.reasons == [] for row in rows)


@pytest.mark.django_db
def test_a_model_scores_with_reasons_alike_each_time_and_leaves_what_people_said(
    org: Org,
) -> None:
    until = some_leads(org)
    run = train(org=org, as_of=until, at=until)
    assert run.readiness in ("ready", "ok"), run.report["readiness"]
    assert "own_Fate" in run.excluded_features, "what is filled in with the outcome is no feature"
    said = a_lead_override(org=org, lead_ref=open_leads(org=org, as_of=until).ids[0], tier="A")
    first, again = (rows_after(org, until) for _ in range(2))
    assert first == again
    assert len(first) > 10
    for row in LeadScore.objects.of(org).newest():
        assert 0 <= row.low <= row.probability <= row.high <= 1
        assert row.tier == tier_of(row.score, Policy())
        assert row.source == "model"
        assert 0 < len(row.reasons) <= 6
        assert "converted, against" in " ".join(one["words"] for one in row.reasons)
        way = way_of(row, run)
        assert way is not None
        [bars] = way.data
        *steps, total = bars["x"]
        assert sum(steps) == pytest.approx(total) == pytest.approx(row.probability)
    found = foresee(org=org, as_of=until)
    walked = found.trained.waterfall(found.frame, found.scores, row=0)
    assert run.report["start"] == pytest.approx(walked.base)
    kept = LeadOverride.objects.get(pk=said.pk)
    assert (kept.tier, kept.ended_at) == ("A", None)


def rows_after(org: Org, until: Any) -> list[Any]:
    score(org=org, as_of=until)
    rows = LeadScore.objects.of(org).newest().order_by("lead_ref")
    return list(
        rows.values_list("lead_ref", "probability", "score", "tier", "change", "contributions")
    )


@pytest.mark.django_db
def test_a_row_a_day_is_kept_and_what_has_ended_has_no_latest(org: Org) -> None:
    until = some_leads(org, count=90)
    train(org=org, as_of=until, at=until)
    evening = until.replace(hour=20)
    score(org=org, as_of=evening)
    score(org=org, as_of=evening + timedelta(hours=1))
    rows = LeadScore.objects.of(org)
    one = str(rows.newest().earliest("lead_ref").lead_ref)
    assert rows.filter(lead_ref=one).count() == 1
    Lead.objects.of(org).filter(external_id=one).update(status="Unqualified", modified_at=evening)
    score(org=org, as_of=evening + timedelta(days=1))
    assert not rows.newest().filter(lead_ref=one).exists()
    assert rows.filter(lead_ref=one).count() == 1
    assert rows.newest().exists()


@pytest.mark.django_db
def test_a_year_of_leads_is_learned_from_by_how_they_ended(org: Org) -> None:
    until = some_leads(org, count=500, days=365)
    rows = dataset(org=org, as_of=until)
    known = rows.frame.take(rows.frame.is_known)
    took = (known.label_known_at - known.as_of) / np.timedelta64(1, "D")
    assert rows.is_short
    assert took.max() <= 90
    assert np.median(took) < 30
    run = train(org=org, as_of=until, at=until)
    assert run.metrics["auc"] > 0.6
    assert run.report["kind"] != "rates"
