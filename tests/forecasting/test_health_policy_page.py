"""The policy of health: who may change it, what is refused, and what it would mean."""

import re
from typing import Any

import pytest

from accounts.models import Account
from forecasting.health import tasks
from forecasting.health.plays import USUAL
from forecasting.health.policy import policy_of
from forecasting.models import HealthPolicy
from revenue.jobs.models import Job
from revenue.users.models import AuditEvent
from tests.factories.facts import a_source_field
from tests.factories.jobs import RUNNING
from tests.forecasting.healthy import Customers

pytestmark = pytest.mark.django_db
ADDRESS = "/o/acme/health/policy/"


@pytest.fixture
def team() -> Customers:
    return Customers()


def filled(team: Customers, **other: Any) -> dict[str, Any]:
    form = team.health("admin", "policy/").context["form"]
    said = {name: form[name].value() for name in form.fields}
    said = {name: "on" if value is True else value for name, value in (said | other).items()}
    return {name: value for name, value in said.items() if value not in (False, None)}


def send(team: Customers, *, button: str = "save", **other: Any) -> Any:
    said = filled(team, **other) | {button: "1"}
    return team.client("admin").post(ADDRESS, said, follow=True)


def test_it_is_for_admins_alone(team: Customers) -> None:
    for who in ("rep", "manager", "executive", "integrator"):
        assert team.client(who).get(ADDRESS).status_code == 403
        assert team.client(who).post(ADDRESS, {"save": "1"}).status_code == 403


def test_what_changes_nothing_is_not_written(team: Customers) -> None:
    assert "Nothing was changed" in send(team).content.decode()
    assert not HealthPolicy.objects.exists()
    assert not Job.objects.exists()


def test_a_change_is_kept_told_and_scored_anew_and_may_be_taken_back(team: Customers) -> None:
    answer = send(
        team, band_red="40", weight_use="60", on_no_pipeline=False, title_no_contact="Call"
    )
    assert "Customers are being scored anew" in answer.content.decode()
    policy = policy_of(team.org)
    assert policy.bands == {"red": 40, "yellow": 75}
    assert round(policy.weights["use"], 3) == round(60 / 130, 3)
    assert policy.plays == {"no_pipeline": {"on": False}, "no_contact": {"title": "Call"}}
    event = AuditEvent.objects.get(subject="Health policy")
    assert event.detail["health_policy"]["bands.red"] == [50, 40]
    assert Job.objects.filter(org=team.org, task__endswith="score_health").count() == 1
    assert "It was changed here" in team.health("admin", "policy/").content.decode()
    assert "Saved." in send(team, button="reset").content.decode()
    assert not HealthPolicy.objects.exists()


def test_who_counts_as_gone_is_learned_anew(team: Customers) -> None:
    a_source_field(
        org=team.org, object_name="Account", name="Status__c", label="Status", type="picklist"
    )
    account = team.account()
    Account.objects.filter(pk=account.pk).update(extra={"Status__c": "Churned"})
    answer = send(team, left_field="Status__c", left_value="churned")
    assert "the model learns anew" in answer.content.decode()
    assert policy_of(team.org).left_field == "Status__c"
    assert Job.objects.filter(org=team.org, task__endswith="train_health").count() == 1


def test_what_runs_has_read_the_policy_as_it_was_and_another_follows(team: Customers) -> None:
    account = team.account()
    Account.objects.filter(pk=account.pk).update(extra={"Status__c": "Churned"})
    a_source_field(
        org=team.org, object_name="Account", name="Status__c", label="Status", type="picklist"
    )
    for contraction in ("40", "30", "20"):
        send(team, contraction=contraction)
        jobs = Job.objects.filter(org=team.org)
        assert set(jobs.filter(state="queued").values_list("task", flat=True)) == {
            tasks.train_health.name,
            tasks.score_health.name,
        }
        jobs.filter(state="queued").update(**RUNNING)
    send(team, contraction="10")
    send(team, contraction="15")
    assert Job.objects.filter(org=team.org, state="queued").count() == 2, "one of each will do"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"band_yellow": "40"}, "Yellow must reach higher than red, which ends at 50."),
        ({"band_red": "101"}, "less than or equal to 99"),
        ({"weight_use": "-1"}, "greater than or equal to 0"),
        ({"contraction": "0"}, "Give a share above 0 %"),
        ({"left_value": "Churned"}, "Choose the field that holds it"),
        ({"left_field": "Gone__c"}, "Select a valid choice"),
        (
            {"left_field": "Status__c", "left_value": "Lost"},
            "No account holds “Lost” in Status. It",
        ),
        ({"left_field": "Day__c", "left_value": "x"}, "The field is a date"),
        ({f"title_{next(iter(USUAL))}": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(
    said: dict[str, str], words: str, team: Customers
) -> None:
    for name, label, kind in (("Status__c", "Status", "picklist"), ("Day__c", "Day", "date")):
        a_source_field(org=team.org, object_name="Account", name=name, label=label, type=kind)
    account = team.account()
    Account.objects.filter(pk=account.pk).update(extra={"Status__c": "Active"})
    answer = send(team, **said)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not HealthPolicy.objects.exists()


def test_no_weight_at_all_is_refused(team: Customers) -> None:
    form = team.health("admin", "policy/").context["form"]
    nothing = {name: "0" for name in form.fields if name.startswith("weight_")}
    assert "at least one dimension a weight" in send(team, **nothing).content.decode()


def test_a_preview_counts_customers_under_other_bands_and_weights(team: Customers) -> None:
    team.customer(score=45)
    parts = {"use": 20, "support": 90}
    by_hand: dict[str, Any] = dict.fromkeys(("probability", "low", "high", "at_risk"))
    by_hand["score"] = 70  # stands until other weights reckon it anew
    team.customer(source="composite", parts=parts, **by_hand)
    headers = {"HX-Request": "true", "HX-Target": "health-preview"}

    def counts(**said: Any) -> list[int]:
        answer = team.client("admin").post(ADDRESS, filled(team, **said), headers=headers)
        assert b"<html" not in answer.content
        found = re.findall(r'class="is-number[^>]*>(\d+)<', answer.content.decode())
        return [int(each) for each in found]

    assert counts() == [1, 1, 0]
    assert counts(band_red="40") == [1, 0, 1, 2, 0, 0]
    assert counts(weight_use="0") == [1, 1, 1, 0, 0, 1]
    assert not HealthPolicy.objects.exists()
