"""Pages of what customers are expected to bring: who reads what, in which order, and why."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest

from crosssell.models import ExpansionScore
from revenue.ml.models import ModelRun
from revenue.users.models import AuditEvent
from tests.crosssell.team import Team
from tests.factories.selling import (
    a_plan,
    a_plan_row,
    an_action_type,
    an_expansion,
    the_selling_run,
)

pytestmark = pytest.mark.django_db
FEATURES = [
    {"name": "revenue_180", "title": "Won in the last 180 days", "kind": "number"},
    {"name": "industry", "title": "Industry", "kind": "category"},
]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def team() -> Team:
    return Team()


def run_of(team: Team, **told: Any) -> ModelRun:
    return the_selling_run(
        team.org, task="expansion", features=FEATURES, report={"horizon_days": 180}, **told
    )


def foreseen(team: Team, name: str, who: str = "rep", **told: Any) -> ExpansionScore:
    run = run_of(team)
    value = Decimal(told.pop("value", 5000))
    return an_expansion(
        account=team.account(who, name=name, industry=told.pop("industry", "Steel")),
        run=run,
        value=value,
        base=Decimal(3000),
        contributions={"revenue_180": float(value) - 3400.0, "industry": 400.0},
        values={"revenue_180": 12000.0, "products": 3.0, "industry": "Steel", "care_90": 1.0},
        **told,
    )


def names(team: Team, who: str, query: str = "") -> list[str]:
    rows = team.page(who, f"expansion/{query}").context["table"].page.rows
    return [row.account.name for row in rows]


def test_each_reads_the_customers_that_are_theirs_the_most_first(team: Team) -> None:
    for place, who in enumerate(("rep", "other", "outside")):
        foreseen(team, f"of {who}", who, value=1000 * (place + 1))
    assert names(team, "rep") == ["of rep"]
    assert names(team, "manager") == ["of other", "of rep"]
    assert names(team, "executive") == ["of outside", "of other", "of rep"]
    assert names(team, "executive", "?sort=value") == ["of rep", "of other", "of outside"]
    body = team.page("rep", "expansion/").content.decode()
    assert "of other" not in body


def test_a_page_is_a_fixed_number_of_questions(team: Team) -> None:
    foreseen(team, "one")
    team.queries("rep", "expansion/")  # what the filters offer is kept for a while
    few = team.queries("rep", "expansion/")
    for each in range(4):
        foreseen(team, f"more {each}")
    assert team.queries("rep", "expansion/") == few


def test_filters_and_figures_go_together(team: Team) -> None:
    foreseen(team, "Small", value=1000, industry="Food")
    big = foreseen(team, "Big", value=9000)
    plan = a_plan(org=team.org, is_adopted=True, name="Summer")
    a_plan_row(plan=plan, org=team.org, account_ref=big.account_ref, count=3)
    assert names(team, "rep", "?q=big") == ["Big"]
    assert names(team, "rep", "?value_from=2000") == ["Big"]
    assert names(team, "rep", "?owned_from=4") == []
    assert names(team, "rep", "?industry=Food") == ["Small"]
    assert names(team, "rep", "?allotted=yes") == ["Big"]
    tiles = {
        one.label: one.value
        for one in team.page("rep", "expansion/?allotted=yes").context["board"].tiles
    }
    assert tiles["Expected"] == "$9k"
    assert tiles["Won in 180 days"] == "$12k"
    assert (tiles["Customers"], tiles["Actions allotted"]) == ("1", "3")


def test_a_file_holds_exactly_the_rows_that_are_filtered(team: Team) -> None:
    foreseen(team, "Small", value=1000)
    foreseen(team, "=Big", value=9000)
    answer = team.page("rep", "expansion/export.csv?q=big")
    told = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(told)))
    assert [row["Customer"] for row in rows] == ["'=Big"]
    assert float(rows[0]["Expected"]) == 9000
    event = AuditEvent.objects.get(action=AuditEvent.Action.EXPORT_TAKEN)
    assert event.detail["rows"] == 1
    sheet = team.page("rep", "expansion/export.xlsx")
    assert b"".join(sheet.streaming_content)[:2] == b"PK"


def test_the_way_of_a_customer_is_told_in_money(team: Team) -> None:
    row = foreseen(team, "Big", value=9000)
    foreseen(team, "Small", value=1000)
    page = team.page("rep", f"expansion/{row.account.pk}/")
    chart = page.context["waterfall"]
    amounts = chart.data[0]["x"]
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1])
    assert amounts[-1] == 9000
    body = page.content.decode()
    assert "Won in the last 180 days" in body
    assert "+$5,600" in body
    plot = page.context["chart"]
    assert plot.data[-1]["name"] == "This customer"
    assert plot.data[-1]["x"] == [12000.0]
    assert sum(len(each["x"]) for each in plot.data[:-1]) == 2


def test_another_feature_is_drawn_in_place(team: Team) -> None:
    row = foreseen(team, "Big")
    answer = team.client("rep").get(
        f"/o/acme/sell/expansion/{row.account.pk}/?feature=industry&colour=nonsense",
        headers={**HTMX, "HX-Target": "interaction"},
    )
    assert answer.context["asked"].feature.name == "industry"
    assert answer.context["asked"].colour == "taken"
    assert "<html" not in answer.content.decode()


def test_allotted_actions_stand_on_the_page_of_the_customer(team: Team) -> None:
    row = foreseen(team, "Big")
    kind = an_action_type(org=team.org, key="demo", title="Product demo")
    plan = a_plan(org=team.org, is_adopted=True)
    a_plan_row(plan=plan, org=team.org, account_ref=row.account_ref, action=kind.key, count=2)
    page = team.page("rep", f"expansion/{row.account.pk}/")
    assert [(title, one.count) for title, one in page.context["outlook"].allotted] == [
        ("Product demo", 2)
    ]
    assert page.context["asked"].colour == "allotted"


def test_what_was_expected_before_is_drawn(team: Team) -> None:
    row = foreseen(team, "Big", value=9000)
    assert team.page("rep", f"expansion/{row.account.pk}/").context["history"] is None
    an_expansion(
        org=team.org,
        account_ref=row.account_ref,
        run=row.run,
        as_of=row.as_of.replace(month=1),
        value=Decimal(4000),
        is_latest=False,
    )
    chart = team.page("rep", f"expansion/{row.account.pk}/").context["history"]
    assert [each[1] for each in chart.rows] == ["$4,000", "$9,000"]


def test_a_model_that_is_not_ready_says_so_and_names_no_reasons(team: Team) -> None:
    run = run_of(team, readiness="not_ready")
    ModelRun.objects.filter(pk=run.pk).update(
        report={"horizon_days": 180, "plain": {}, "readiness": {"reasons": ["No usable signal."]}}
    )
    account = team.account(name="Plain")
    an_expansion(account=account, run=run, contributions={}, base=Decimal(5000))
    for path in ("expansion/", f"expansion/{account.pk}/"):
        body = team.page("rep", path).content.decode()
        assert "a plain number speaks in its place" in body
        assert "No usable signal." in body
    assert "waterfall" not in team.page("rep", f"expansion/{account.pk}/").context


def test_empty_places_say_what_is_missing(team: Team) -> None:
    account = team.account(name="New")
    assert "No model yet" in team.page("rep", "expansion/").content.decode()
    assert (
        "Nothing is foreseen yet" in team.page("rep", f"expansion/{account.pk}/").content.decode()
    )
    foreseen(team, "Big")
    body = team.page("rep", f"expansion/{account.pk}/").content.decode()
    assert "It has bought nothing yet" in body
    assert "No customer is yours to see" in team.page("other", "expansion/").content.decode()


def test_the_panel_stands_on_the_page_of_the_account(team: Team) -> None:
    row = foreseen(team, "Big", value=9000)
    address = f"/o/acme/sell/expansion/{row.account.pk}/panel/"
    body = team.client("rep").get(address, headers=HTMX).content.decode()
    assert "$9,000" in body
    assert "+$5,600" in body
    assert team.client("rep").get(address).status_code == 302
    assert team.client("outside").get(address, headers=HTMX).status_code == 404
    page = team.client("rep").get(f"/o/acme/accounts/{row.account.pk}/").content.decode()
    assert address in page


def test_what_is_another_sellers_is_not_there(team: Team) -> None:
    row = foreseen(team, "Big", "other")
    assert team.client("rep").get(f"/o/acme/sell/expansion/{row.account.pk}/").status_code == 404
