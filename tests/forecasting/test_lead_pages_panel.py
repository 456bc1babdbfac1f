"""What stands on a lead's own page, and the policy of an org's leads."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from forecasting.leads.policy import Policy, policy_of, tier_of
from forecasting.leads.tasks import score_leads
from forecasting.models import LeadPolicy, LeadScore
from revenue.jobs.models import Job
from revenue.users.models import AuditEvent
from tests.factories.outlooks import a_lead_override
from tests.factories.selling import the_selling_run
from tests.forecasting.lead_team import NOW, LeadTeam

pytestmark = pytest.mark.django_db
POLICY = "/o/acme/lead-scores/policy/"
USUAL = {
    "tier_A": "80",
    "tier_B": "50",
    "tier_C": "20",
    "answer_minutes": "60",
    "least_leads": "100",
    "least_converted": "40",
}


@pytest.fixture
def team() -> LeadTeam:
    return LeadTeam()


def panel(team: LeadTeam, who: str, lead: Any, **headers: str) -> str:
    answer = team.page(who, f"lead-scores/leads/{lead.pk}/", **headers)
    return str(answer.content.decode())


def test_the_lead_s_page_has_a_place_for_it(team: LeadTeam) -> None:
    lead = team.lead()
    text = team.page("rep", f"leads/{lead.pk}/").content.decode()
    assert reverse("forecasting:lead-panel", args=["acme", lead.pk]) in text


def test_it_says_tier_score_chance_why_and_who_waits(team: LeadTeam) -> None:
    run = the_selling_run(
        team.org,
        task="lead_score",
        metrics={"rate": 0.17},
        features=[{"name": "source", "title": "Source"}],
        report={"start": 0.2},
    )
    lead = team.lead()
    team.score(lead=lead, run=run, probability=0.42, score=88, tier="A", change=-6)
    text = panel(team, "rep", lead, **{"HX-Request": "true", "HX-Target": "x"})
    assert text.lstrip().startswith("<section")
    for said in (
        "88",
        "42%",
        "32% to 52%",
        "any lead 17%",
        "6 in a week",
        "Waits 10 days",
        "referrals convert often",
        "a private address",
        "+0.40",
        "Set the tier by hand",
    ):
        assert said in text, said  # fmt: skip
    assert "From 20% for any lead to 42%." in text
    assert "<html" in panel(team, "rep", lead)
    assert reverse("ml:model-show", args=["acme", run.pk]) in panel(team, "executive", lead)
    assert reverse("ml:model-show", args=["acme", run.pk]) not in text


def test_score_over_time_is_drawn_with_what_was_set_by_hand(team: LeadTeam) -> None:
    lead = team.lead()
    for days, score in ((9, 30), (5, 60), (0, 85)):
        at = NOW - timedelta(days=days)
        team.score(lead=lead, as_of=at, score=score, is_latest=not days)
    a_lead_override(lead=lead, tier="A", note="Met at the fair", made_at=NOW - timedelta(days=4))
    text = panel(team, "rep", lead)
    assert "Score over time" in text
    assert "Set by hand" in text
    assert "Met at the fair" in text


def test_of_one_that_has_converted_it_says_what_was_foreseen_then(team: LeadTeam) -> None:
    day = (NOW - timedelta(days=3)).date()
    lead = team.lead(is_converted=True, converted_date=day)
    for days, chance in ((9, 0.2), (5, 0.6), (0, 0.99)):  # the last was said too late
        at = NOW - timedelta(days=days)
        team.score(lead=lead, as_of=at, probability=chance, is_latest=not days)
    text = panel(team, "rep", lead)
    assert "What was foreseen" in text
    assert "Said at last: 60%" in text
    assert "It converted on 27 Feb 2026." in text
    assert "99%" not in text
    assert "Set the tier" not in text


def test_an_open_one_with_older_scores_alone_is_not_said_to_have_ended(team: LeadTeam) -> None:
    lead = team.lead()
    at = NOW - timedelta(days=9)
    team.score(lead=lead, as_of=at, probability=0.42, tier="B", is_latest=False)
    text = panel(team, "rep", lead)
    assert "not open any more" not in text.lower()
    assert "What was foreseen" not in text
    assert "has no score of now" in text
    assert "Said at last: 42%, tier B." in text
    lead.status = "Unqualified"
    lead.save()
    assert "Said at last: 42%, tier B. It is not open any more." in panel(team, "rep", lead)
    assert "before anything was said" in panel(team, "rep", team.lead(status="Unqualified"))


def test_of_one_without_a_score_it_says_when_there_will_be_one(team: LeadTeam) -> None:
    assert "has not been scored yet" in panel(team, "rep", team.lead())
    gone = team.lead(is_converted=True)
    assert "before anything was said" in panel(team, "rep", gone)


def test_a_lead_of_somebody_else_is_not_there(team: LeadTeam) -> None:
    lead = team.lead("outside")
    for who in ("rep", "manager"):
        path = f"/o/acme/lead-scores/leads/{lead.pk}/"
        assert team.client(who).get(path).status_code == 404
    assert "has not been scored" in panel(team, "integrator", lead)


def test_only_admins_open_the_policy(team: LeadTeam) -> None:
    assert team.client("admin").get(POLICY).status_code == 200
    for who in ("rep", "manager", "executive", "integrator"):
        assert team.client(who).get(POLICY).status_code in (403, 404)


def test_other_tiers_are_previewed_and_then_drawn(team: LeadTeam) -> None:
    for score in (95, 85, 60, 10):
        team.score(score=score, tier=tier_of(score, Policy()))
    a_lead_override(lead=LeadScore.objects.get(score=10).lead, tier="A")
    client = team.client("admin")
    wanted = USUAL | {"tier_A": "90"}
    shown = client.post(POLICY, wanted | {"preview": "1"}).context["preview"]
    assert [(line.now, line.then) for line in shown.tiers] == [(2, 1), (1, 2), (0, 0), (0, 0)]
    assert (shown.leads, shown.by_hand) == (4, 1)
    assert not LeadPolicy.objects.exists()
    page = client.post(POLICY, wanted | {"save": "1"}, follow=True)
    assert b"The open leads are being drawn anew" in page.content
    assert policy_of(team.org).tiers["A"] == 90
    assert Job.objects.get().task == score_leads.name
    event = AuditEvent.objects.get(subject="Lead policy")
    assert event.detail["lead_policy"]["tiers"][1]["A"] == 90
    client.post(POLICY, {"reset": "1"})
    assert not LeadPolicy.objects.exists()
    assert b"as it was" in client.post(POLICY, USUAL | {"save": "1"}, follow=True).content


def test_another_goal_scores_nothing_anew(team: LeadTeam) -> None:
    team.client("admin").post(POLICY, USUAL | {"answer_minutes": "30", "save": "1"})
    assert policy_of(team.org).answer_minutes == 30
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tier_A": "50"}, "must be above"),
        ({"tier_C": "60"}, "must be above"),
        ({"tier_A": "101"}, "from 1 to 100"),
        ({"tier_A": "8.5"}, "whole number"),
        ({"answer_minutes": "0"}, "Give the minutes to an answer"),
        ({"least_leads": "3"}, "Give the fewest leads"),
        ({"least_converted": ""}, "required"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_saved(
    team: LeadTeam, changed: dict[str, str], said: str
) -> None:
    answer = team.client("admin").post(POLICY, USUAL | changed | {"save": "1"})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not LeadPolicy.objects.exists()
