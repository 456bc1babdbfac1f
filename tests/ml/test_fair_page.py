"""The page that says whether live models are as good for everyone."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from revenue.ml.fair_page import TELLS_WORSE
from revenue.users.models import Membership
from revenue.users.roles import Role
from tests.factories.facts import a_crm_user
from tests.factories.models import a_model_run
from tests.factories.people import MembershipFactory

pytestmark = pytest.mark.django_db


def group(dimension: str, value: str, **facts: Any) -> dict[str, Any]:
    usual = {
        "groups": 80, "is_few": False, "said": 0.31, "came": 0.22, "low": 0.16, "high": 0.28,
        "gap": 0.09, "beside": 0.1, "error": 0.02, "p": 0.001, "q": 0.01, "stands_out": False,
        "figure": 0.2, "figure_low": 0.1, "figure_high": 0.3,
        "chosen": 0.2, "chosen_low": 0.1, "chosen_high": 0.3,
    }  # fmt: skip
    return {"dimension": dimension, "value": value, **usual, **facts}


def a_report(*groups: dict[str, Any], kind: str = "chance") -> dict[str, Any]:
    whole = {"groups": 300, "said": 0.3, "came": 0.3, "figure": 0.2}
    return {"fairness": {"kind": kind, "far": 0.05, "whole": whole, "groups": list(groups)}}


@pytest.fixture
def reader(client: Client) -> Membership:
    member: Membership = MembershipFactory(role=Role.EXECUTIVE)
    client.force_login(member.user)
    return member


def page(client: Client, reader: Membership, query: str = "") -> Any:
    return client.get(reverse("ml:model-fairness", args=[reader.org.slug]) + query)


def test_what_stands_out_is_said_in_words_with_the_names_of_sellers(
    client: Client, reader: Membership
) -> None:
    a_crm_user(org=reader.org, external_id="u-1", name="Ada Seller")
    report = a_report(
        group("industry", "Healthcare", stands_out=True),
        group("industry", "Retail", gap=-0.1, beside=-0.1),
        {"dimension": "industry", "value": "Mines", "groups": 5, "is_few": True},
        group("seller", "u-1"),
        group("seller", "u-2"),
    )
    a_model_run(org=reader.org, live=True, report=report)
    answer = page(client, reader)
    text = answer.content.decode()
    said = "Healthcare: said 31%, came 22% (16% to 28%): the model promises too much here."
    assert answer.context["fair"].told == [said]
    assert said in text
    assert "too few to say" in text
    assert "Ada Seller" in text
    assert "u-1" not in text
    assert "Somebody whom this org does not know" in text
    charts = {one.name: one.chart for one in answer.context["fair"].dimensions}
    assert charts["industry"].data[0]["y"] == ["Healthcare", "Retail"]
    assert charts["industry"].data[-1]["x"] == [0.3, 0.3]


def test_where_it_tells_apart_worse_is_said_once_with_the_figure_of_all_others(
    client: Client, reader: Membership
) -> None:
    worse = {
        "auc": 0.58, "auc_low": 0.5, "auc_high": 0.66, "auc_beside": -0.16,
        "auc_stands_out": True, "skill": 0.01, "skill_low": -0.02, "skill_high": 0.04,
        "skill_beside": -0.2, "skill_stands_out": True,
    }  # fmt: skip
    less = {**worse, "auc_stands_out": False}
    report = a_report(
        group("industry", "Healthcare", **worse),
        group("industry", "Retail", **less),
        group("country", "Chile", auc=0.7, auc_low=0.6, auc_high=0.8),
    )
    a_model_run(org=reader.org, live=True, report=report)
    answer = page(client, reader)
    assert answer.context["fair"].told == [
        f"Healthcare: AUC 0.58 (0.50 to 0.66), of all others 0.74: {TELLS_WORSE['auc']}.",
        (
            "Retail: share of the ups and downs that it tells 0.01 (-0.02 to 0.04), of all others"
            f" 0.21: {TELLS_WORSE['skill']}."
        ),
    ]
    remarks = {
        line.name: (line.remark, line.stands_out)
        for one in answer.context["fair"].dimensions
        for line in one.lines
    }
    assert remarks["Healthcare"] == ("it tells them apart less well here", True)
    assert remarks["Chile"] == ("as elsewhere", False)
    assert "0.70 (0.60 to 0.80)" in answer.content.decode()


def test_each_live_model_has_a_tab_and_an_older_one_asks_to_be_trained_again(
    client: Client, reader: Membership
) -> None:
    a_model_run(org=reader.org, live=True)
    ranked = a_report(group("industry", "Farm", stands_out=True, beside=-0.1), kind="order")
    a_model_run(org=reader.org, live=True, task="crosssell", report=ranked)
    a_model_run(org=reader.org, task="lead_score")
    answer = page(client, reader)
    assert [tab["label"] for tab in answer.context["tabs"]] == ["Cross-sell", "Deal risk"]
    assert "suggestions fit worse here" in answer.content.decode()
    assert "Train it again" in page(client, reader, "?task=deal_risk").content.decode()
    assert page(client, reader, "?task=nothing").context["fair"].run.task == "crosssell"


def test_where_plain_rates_speak_there_is_nothing_to_compare(
    client: Client, reader: Membership
) -> None:
    a_model_run(org=reader.org, live=True, report={"kind": "rates"})
    said = page(client, reader).content.decode()
    assert "No model yet" in said
    assert "Train it again" not in said


def test_without_a_live_model_the_page_says_what_to_wait_for(
    client: Client, reader: Membership
) -> None:
    assert "No model is live yet" in page(client, reader).content.decode()
    a_model_run(org=reader.org, live=True, report={"fairness": {}})
    assert "Nothing to compare by" in page(client, reader).content.decode()


def test_of_other_orgs_nothing_is_shown_and_reps_do_not_read_it(client: Client) -> None:
    a_model_run(org=MembershipFactory().org, live=True, report=a_report(group("industry", "Bank")))
    rep = MembershipFactory()
    client.force_login(rep.user)
    assert page(client, rep).status_code == 403
    other = MembershipFactory(role=Role.ADMIN)
    client.force_login(other.user)
    assert "No model is live yet" in page(client, other).content.decode()
