"""The pages of the forecast: whose number is shown to whom, and what it opens."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from forecasting.models import Forecast, ForecastCall
from revenue.periods import Length, Period
from revenue.users.models import AuditEvent, Org
from revenue.users.roles import Role
from tests.factories.deals import an_outlook
from tests.factories.facts import a_crm_user, an_account, an_opportunity
from tests.factories.jobs import a_job
from tests.factories.people import MembershipFactory, OrgFactory
from tests.forecasting.forecasts import AS_OF, TODAY, a_forecast, a_forecast_deal, a_node

pytestmark = pytest.mark.django_db
OWNERS = {"manager": None, "rep": "manager", "other": "manager", "outside": None}


class Sales:
    """A manager who also sells, above two reps; and a seller beside them. One has no CRM user."""

    def __init__(self) -> None:
        self.org: Org = OrgFactory(slug="acme", name="Acme", clock_date=TODAY, data_as_of=AS_OF)
        roles = {"executive": Role.EXECUTIVE, "admin": Role.ADMIN, "manager": Role.MANAGER}
        people = (*OWNERS, "executive", "admin", "nobody")
        self.members = {
            who: MembershipFactory(org=self.org, role=roles.get(who, Role.REP)) for who in people
        }
        for who, boss in OWNERS.items():
            a_crm_user(
                org=self.org,
                external_id=f"u-{who}",
                name=f"{who.title()} Person",
                membership=self.members[who],
                manager_ref=boss and f"u-{boss}",
            )
        self.forecast = a_forecast(self.org)
        self.nodes(self.forecast)

    def nodes(self, forecast: Forecast) -> None:
        everybody = [f"u-{who}" for who in OWNERS]
        a_node(forecast, owners=everybody, closed=700, from_open=800, from_new=300)
        team = everybody[:3]
        own: dict[str, Any] = {"name": "Manager Person", "depth": 1}
        a_node(forecast, "u-manager", owners=team, closed=600, from_open=700, **own)
        a_node(forecast, "u-manager", is_total=False, owners=["u-manager"], closed=100, **own)
        for who in ("rep", "other"):
            a_node(forecast, f"u-{who}", name=f"{who.title()} Person", parent="u-manager", depth=2)
        a_node(forecast, "u-outside", name="Outside Person", closed=100)

    def deal(self, who: str = "rep", *, forecast: Forecast | None = None, **said: Any) -> Any:
        names = ("name", "won", "close_date", "corporate_amount")
        facts = {name: said.pop(name) for name in names if name in said}
        account = an_account(org=self.org, owner_ref=f"u-{who}", name=f"{who} account")
        deal = an_opportunity(
            org=self.org,
            owner_ref=f"u-{who}",
            account_ref=account.external_id,
            **{"close_date": TODAY + timedelta(days=9), **facts},
        )
        return a_forecast_deal(forecast or self.forecast, deal, **said)

    def client(self, who: str) -> Client:
        client = Client()
        client.force_login(self.members[who].user)
        return client

    def page(self, who: str, address: str = "", status: int = 200, **headers: str) -> Any:
        answer = self.client(who).get(f"/o/acme/forecast/{address}", headers=headers)
        assert answer.status_code == status
        return answer

    def names(self, who: str, query: str = "") -> list[str]:
        table = self.page(who, f"deals/{query}").context["table"]
        return [row.name for row in table.page.rows]


@pytest.fixture
def sales() -> Sales:
    return Sales()


def lines_of(answer: Any) -> list[str]:
    return [one["line"].name for one in answer.context["lines"]]


def test_everybody_begins_with_their_own_number(sales: Sales) -> None:
    tops = {
        who: sales.page(who).context["overview"].node.key
        for who in ("executive", "admin", "manager", "rep", "outside")
    }
    assert tops == {
        "executive": "",
        "admin": "",
        "manager": "u-manager",
        "rep": "u-rep",
        "outside": "u-outside",
    }
    assert sales.page("nobody").context.get("overview") is None
    assert "No number of yours" in sales.page("nobody").content.decode()


def test_the_head_line_says_it_in_words(sales: Sales) -> None:
    said = sales.page("executive").context["overview"].headline
    assert said == (
        "Q4 2026: $1.8k likely (P50), between $1.4k and $2.2k in 8 of 10 worlds;"
        " $700 is won so far; 6 weeks to go"
    )


def test_those_below_add_up_and_open_their_own(sales: Sales) -> None:
    page = sales.page("executive")
    assert lines_of(page) == ["Manager Person", "Outside Person"]
    lines = [one["line"] for one in page.context["lines"]]
    assert sum(line.amounts["closed"] for line in lines) == 700
    below = sales.client("executive").get(lines[0].url)
    assert below.context["overview"].node.key == "u-manager"
    assert set(lines_of(below)) == {"Manager Person, own deals", "Rep Person", "Other Person"}
    assert [text for text, _ in below.context["crumbs"]] == ["Acme", "Manager Person"]


def test_others_are_not_there(sales: Sales) -> None:
    sales.page("rep", "?team=u-other", status=404)
    sales.page("manager", "?team=u-outside", status=404)
    sales.page("manager", "deals/?team=u-outside", status=404)
    sales.page("manager", "deals/export.csv?team=u-outside", status=404)
    assert "Outside Person" not in sales.page("manager").content.decode()
    assert [text for text, _ in sales.page("manager").context["crumbs"]] == []


def test_who_leads_others_but_sees_only_their_own_deals_begins_with_those(sales: Sales) -> None:
    member = sales.members["manager"]
    member.role = Role.REP
    member.save()
    overview = sales.page("manager").context["overview"]
    assert (overview.node.key, overview.node.is_total) == ("u-manager", False)
    assert sales.page("manager").context["lines"] == []


def test_several_tops_are_a_list_without_a_total(sales: Sales) -> None:
    a_crm_user(
        org=sales.org, external_id="u-second", name="Second", membership=sales.members["rep"]
    )
    a_node(sales.forecast, "u-second", name="Second")
    page = sales.page("rep")
    assert page.context.get("overview") is None
    assert set(lines_of(page)) == {"Rep Person", "Second"}
    assert "do not add up" in page.content.decode()
    one = sales.page("rep", "?team=u-second")
    assert [text for text, _ in one.context["crumbs"]] == ["Forecast", "Second"]


@pytest.mark.parametrize(
    ("sort", "first"), [("name", "Manager"), ("-name", "Outside"), ("closed", "Outside")]
)
def test_lines_are_sorted_by_the_address(sales: Sales, sort: str, first: str) -> None:
    page = sales.page("executive", f"?sort={sort}")
    assert lines_of(page)[0] == f"{first} Person"
    turned = [head for head in page.context["heads"] if head["direction"]]
    assert [head["name"] for head in turned] == [sort.removeprefix("-")]
    assert parse_qs(urlsplit(turned[0]["url"]).query)["sort"] != [sort]


def test_a_sort_that_is_none_is_the_usual_one(sales: Sales) -> None:
    assert sales.page("executive", "?sort=-password").context["sort"] == "-p50"


def test_parts_of_the_mean_add_up(sales: Sales) -> None:
    parts = sales.page("executive").context["overview"].parts
    assert [one.amount for one in parts] == [700, 800, 300]
    assert sum(one.share for one in parts) == pytest.approx(100, abs=0.01)
    assert parts[2].begin == pytest.approx(100 - parts[2].share, abs=0.01)


def test_beside_it_stands_how_far_others_are(sales: Sales) -> None:
    usual: dict[str, Any] = {
        "org": sales.org,
        "length": "quarter",
        "since": date(2026, 10, 1),
        "by_name": "Ada",
        "owners": ["u-manager"],
    }
    for day, amount in ((1, 900), (2, 1500)):
        ForecastCall.objects.create(
            key="u-manager",
            kind="submission",
            amount=Decimal(amount),
            made_at=AS_OF + timedelta(days=day),
            **usual,
        )
    ForecastCall.objects.create(
        key="u-manager", kind="adjustment", amount=None, made_at=AS_OF, **usual
    )
    beside = {one.label: one for one in sales.page("manager").context["overview"].beside}
    assert beside["Stage-weighted"].difference == "$140 above, 10%"
    assert beside["Same period last year"].difference == "$420 below, 30%"
    assert beside["Submission"].amount == 1500
    assert beside["Submission"].difference == "$100 above, 7%"
    assert (beside["Adjustment"].amount, beside["Adjustment"].difference) == (None, "")
    above = sales.page("executive").context
    assert [head["label"] for head in above["heads"]][-1] == "Submission"
    own = next(one["line"] for one in above["lines"] if one["line"].name == "Manager Person")
    assert own.amounts["submission"] == 1500


def test_weeks_are_drawn_as_a_line_and_a_band(sales: Sales) -> None:
    before = Period.of(TODAY).year_before()
    sales.deal("rep", won=True, close_date=before.since + timedelta(days=20))
    fan = sales.page("executive").context["overview"].charts[0]
    drawn = {one["name"]: one for one in fan.data}
    assert drawn["Won"]["y"][0] == 0
    assert drawn["Won"]["x"][-1] == drawn["P50"]["x"][0] == TODAY
    assert drawn["Won"]["y"][-1] == drawn["P50"]["y"][0] == 700
    assert drawn["P50"]["x"][-1] == date(2026, 12, 31)
    assert [row[0] for row in fan.rows].count("21 Nov 2026") == 1
    assert drawn["Year before"]["y"][-1] == 1000
    assert drawn["Year before"]["y"][1] == 0


def test_how_it_moved_is_told_of_one_forecast_a_day(sales: Sales) -> None:
    assert len(sales.page("manager").context["overview"].charts) == 1
    for days, closed in ((7, 100), (3, 200), (3, 300)):
        earlier = a_forecast(
            sales.org,
            is_latest=False,
            as_of=AS_OF - timedelta(days=days, seconds=1000 - closed),
        )
        a_node(earlier, "u-manager", owners=["u-manager"], closed=closed, from_open=0, from_new=0)
    moved = sales.page("manager").context["overview"].charts[1]
    middles = next(one for one in moved.data if one["name"] == "P50")["y"]
    assert middles == [100, 300, 1400]
    assert "up $1.3k" in moved.summary


def test_what_is_not_known_is_said(sales: Sales) -> None:
    Forecast.objects.filter(pk=sales.forecast.pk).update(
        source="rates", problem="No past quarter has closed yet."
    )
    said = sales.page("rep").content.decode()
    assert "Rates speak here, not a model" in said
    assert "No past quarter has closed yet." in said
    assert "Data has come in since" not in said
    sales.org.data_as_of = AS_OF + timedelta(hours=1)
    sales.org.save()
    assert "Data has come in since" in sales.page("rep").content.decode()


def test_periods_are_chosen_by_the_address(sales: Sales) -> None:
    month = a_forecast(sales.org, length=Length.MONTH)
    a_node(month, "u-rep", name="Rep Person")
    page = sales.page("rep", "?length=month&since=2026-11-05")
    assert page.context["asked"].period.label == "November 2026"
    assert page.context["overview"].forecast == month
    assert "There is no forecast of this period" in (
        sales.page("rep", "?length=year&since=2024-01-01").content.decode()
    )
    assert sales.page("rep", "?since=never").context["asked"].problem
    assert sales.page("rep", "?length=week").context["asked"].period.label == "Q4 2026"
    steps = sales.page("rep").context["steps"]
    assert (steps["this"], "since=2027-01-01" in steps["next"]) == ("", True)


def test_quarters_are_those_of_the_orgs_fiscal_year(sales: Sales) -> None:
    Org.objects.filter(pk=sales.org.pk).update(fiscal_month=2)
    page = sales.page("rep", "?since=2026-11-21")
    assert page.context["asked"].period.label == "Q4 FY2027"
    assert page.context["asked"].period.since == date(2026, 11, 1)


def test_an_org_without_data_or_forecast_says_what_to_do() -> None:
    org = OrgFactory(slug="acme")
    client = Client()
    client.force_login(MembershipFactory(org=org, role=Role.EXECUTIVE).user)
    for name in ("", "deals/", "record/"):
        assert b"No deals yet" in client.get(f"/o/acme/forecast/{name}").content
    Org.objects.filter(pk=org.pk).update(data_as_of=AS_OF)
    for name in ("", "deals/"):
        assert b"has not been forecast yet" in client.get(f"/o/acme/forecast/{name}").content
    assert client.get("/o/acme/forecast/deals/export.csv").status_code == 404


def test_integrators_have_no_forecast(sales: Sales) -> None:
    client = Client()
    client.force_login(MembershipFactory(org=sales.org, role=Role.INTEGRATOR).user)
    assert client.get("/o/acme/forecast/").status_code == 403


def test_a_bar_runs_while_it_is_made(sales: Sales) -> None:
    asked = {"HX-Request": "true", "HX-Target": "foreseeing"}
    assert sales.page("rep", **asked).headers["HX-Refresh"] == "true"
    a_job(org=sales.org, running=True, task="forecasting.tasks.forecast_org")
    bar = sales.page("rep", **asked)
    assert b"Forecasting" in bar.content
    assert b"<html" not in bar.content
    assert b"Forecast anew" not in sales.page("executive").content


def test_deals_are_those_that_the_reader_sees_of_the_team(sales: Sales) -> None:
    for who in OWNERS:
        sales.deal(who, name=f"Deal of {who}")
    assert sales.names("rep") == ["Deal of rep"]
    assert len(sales.names("manager")) == 3
    assert len(sales.names("executive")) == 4
    assert sales.names("executive", "?team=u-rep") == ["Deal of rep"]
    assert sales.names("executive", "?team=u-manager&own=yes") == ["Deal of manager"]
    assert sales.names("nobody") == []


def test_deals_are_expected_to_bring_their_chance(sales: Sales) -> None:
    sales.deal(name="Sure", amount=Decimal(100), chance=0.9)
    sales.deal(name="Large", amount=Decimal(1000), chance=0.1)
    sales.deal(name="Won", won=True, amount=Decimal(80))
    page = sales.page("rep", "deals/")
    rows = page.context["table"].page.rows
    assert [(row.name, round(row.expected)) for row in rows] == [
        ("Large", 100),
        ("Sure", 90),
        ("Won", 80),
    ]
    assert "$270" in page.content.decode()
    assert "/deals/" in page.content.decode()


def test_deals_are_filtered_by_standing_category_and_when_they_are_due(sales: Sales) -> None:
    later = date(2027, 2, 1)
    sales.deal(name="Due", category="Commit")
    sales.deal(name="After", close_date=later, category="Pipeline")
    sales.deal(name="Late", close_date=TODAY - timedelta(days=1))
    sales.deal(name="Won", won=True, close_date=TODAY)
    slow = sales.deal(name="Slow", chance=0.1)
    an_outlook(deal=slow.opportunity, probability=0.6)
    found = {
        query: set(sales.names("rep", f"?{query}"))
        for query in (
            "standing=won",
            "category=Commit",
            "due=in",
            "due=after",
            "due=overdue",
            "due=slips",
            "q=after",
        )
    }
    assert found == {
        "standing=won": {"Won"},
        "category=Commit": {"Due"},
        "due=in": {"Due", "Late", "Won", "Slow"},
        "due=after": {"After"},
        "due=overdue": {"Late"},
        "due=slips": {"Slow"},
        "q=after": {"After"},
    }


def test_the_file_holds_what_the_list_holds(sales: Sales) -> None:
    sales.deal(name="=1+1", chance=0.5, amount=Decimal(10))
    sales.deal("other", name="Other")
    page = sales.page("manager", "deals/?team=u-rep&cols=account,amount")
    answer = sales.client("manager").get(page.context["export_url"])
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == ["Deal,Account,Amount", "'=1+1,rep account,10.0000"]
    assert "quarter-2026-10-01.csv" in answer.headers["Content-Disposition"]
    event = AuditEvent.objects.get(action=AuditEvent.Action.EXPORT_TAKEN)
    assert (event.detail["rows"], event.org) == (1, sales.org)


def test_another_orgs_forecast_is_not_there(sales: Sales) -> None:
    other = OrgFactory(slug="other", clock_date=TODAY, data_as_of=AS_OF)
    client = Client()
    client.force_login(MembershipFactory(org=other, role=Role.EXECUTIVE).user)
    assert client.get("/o/acme/forecast/").status_code == 404
    assert client.get("/o/other/forecast/").context["forecast"] is None


@pytest.mark.parametrize("address", ["", "deals/"])
@pytest.mark.parametrize("who", ["executive", "manager"])
def test_queries_do_not_grow_with_people_and_deals(sales: Sales, who: str, address: str) -> None:
    sales.deal("rep", category="A")
    sales.deal("other", category="B")

    def queries() -> int:
        client = sales.client(who)
        client.get(f"/o/acme/forecast/{address}")
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(f"/o/acme/forecast/{address}").status_code == 200
        return len(caught)

    before = queries()
    for number in range(12):
        ref = f"u-{number}"
        a_crm_user(org=sales.org, external_id=ref, name=ref, manager_ref="u-manager")
        a_node(sales.forecast, ref, parent="u-manager", depth=2)
        sales.deal("rep")
    earlier = a_forecast(sales.org, is_latest=False, as_of=datetime(2026, 11, 1, tzinfo=UTC))
    sales.nodes(earlier)
    assert queries() <= before
