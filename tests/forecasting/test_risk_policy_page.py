"""The page on which an org's risk policy is tried, kept and put back."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from forecasting.models import RiskPolicy
from forecasting.risk.catalogue import PARTS
from forecasting.risk.policy import Policy, Rule
from forecasting.risk.policy_form import initial_of
from forecasting.risk.preview import preview_of
from forecasting.risk.scoring import SCORING
from revenue.jobs.models import Job
from revenue.users.models import AuditEvent, Membership
from tests.factories.deals import an_outlook
from tests.factories.facts import an_opportunity
from tests.factories.people import MembershipFactory, OrgFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> Membership:
    return MembershipFactory(org=OrgFactory(slug="acme"), role="executive")


@pytest.fixture
def page(boss: Membership, client: Client) -> Client:
    client.force_login(boss.user)
    for silent in (2, 20, 40):
        facts = {"age": 90, "worth": 1000, "pushes": 0, "days_since_activity": silent}
        an_outlook(deal=an_opportunity(org=boss.org), probability=0.5, facts=facts)
    return client


ADDRESS = "/o/acme/risk/policy/"


def said(**changed: Any) -> dict[str, Any]:
    """The form as it stands, with some fields changed; a switch that is off is not sent."""
    whole = {**initial_of(Policy()), **changed}
    return {name: value for name, value in whole.items() if value is not False}


def test_it_shows_what_holds_and_what_it_means_for_open_deals(page: Client) -> None:
    assert reverse("forecasting:policy-show", args=["acme"]) == ADDRESS
    html = page.get(ADDRESS).content.decode()
    assert "It is as usual." in html
    assert 'name="weight_chance" value="40"' in html
    assert "No activity" in html
    assert "Nothing was done for 14 days" in html


def test_a_policy_is_tried_before_it_is_kept(page: Client) -> None:
    tried = said(days_no_activity=30, grade_A=1)
    answer = page.post(
        ADDRESS, tried, headers={"HX-Request": "true", "HX-Target": "policy-preview"}
    )
    html = answer.content.decode()
    assert html.lstrip().startswith("<section")
    assert "under this policy" in html
    assert not RiskPolicy.objects.exists()


def test_the_preview_counts_both_policies(page: Client, boss: Membership) -> None:
    now = Policy()
    rules = {**now.rules, "no_activity": Rule(True, 30)}
    then = Policy(borders={"A": 98, "B": 99, "C": 100}, rules=rules)
    found = preview_of(reader=boss, now=now, then=then)
    assert found.deals == found.all_deals == 3
    by_name = {line.name: (line.now, line.then) for line in found.warnings}
    assert by_name["No activity"] == (2, 1)
    assert [line.then for line in found.grades] == [3, 0, 0, 0]
    assert sum(line.now for line in found.grades) == 3
    assert "No next step: no next steps are recorded, so it warns of no deal." in found.untold
    assert not any(line.startswith("No activity") for line in found.untold)
    other = MembershipFactory(org=boss.org, role="rep")
    assert preview_of(reader=other, now=now, then=then).deals == 0


def test_a_policy_is_kept_told_and_worked_out_anew(page: Client, boss: Membership) -> None:
    answer = page.post(ADDRESS, said(weight_chance=60, on_stalled=False, save="1"), follow=True)
    assert "are being scored anew" in answer.content.decode()
    policy = Policy.of(boss.org)
    assert policy.weights["chance"] == pytest.approx(0.5)
    assert not policy.rules["stalled"].is_on
    event = AuditEvent.objects.get(action="org_changed", org=boss.org)
    assert (event.actor, event.subject) == (boss.user, "Risk policy")
    assert event.detail["risk_policy"]["warnings.stalled"] == [
        {"on": True, "days": 21},
        {"on": False, "days": 21},
    ]
    assert Job.objects.get(org=boss.org).dedupe_key == SCORING
    page.post(ADDRESS, {**initial_of(policy), "save": "1"} | {"on_stalled": ""})
    assert AuditEvent.objects.filter(action="org_changed").count() == 1
    page.post(ADDRESS, {"reset": "1"})
    assert not RiskPolicy.objects.exists()
    assert AuditEvent.objects.filter(action="org_changed").count() == 2


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"grade_B": 20}, "Grade B must reach higher than grade A"),
        ({"days_stalled": 0}, "greater than or equal to 1"),
        ({"days_stalled": "soon"}, "Enter a whole number"),
        ({f"weight_{name}": 0 for name in PARTS}, "at least one part"),
        ({"weight_chance": "nan"}, "Enter a number"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_and_not_kept(
    page: Client, changed: dict[str, Any], why: str
) -> None:
    answer = page.post(ADDRESS, said(**changed, save="1"))
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not RiskPolicy.objects.exists()


def test_it_is_asked_of_the_database_as_often_however_many_deals(
    page: Client, boss: Membership, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        an_outlook(deal=an_opportunity(org=boss.org))
    with django_assert_max_num_queries(16):
        page.get(ADDRESS)
