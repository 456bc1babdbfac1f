"""The pages of the forecast: whose number is shown to whom, and what it opens."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from forecasting.models import Forecast, ForecastCall
from forecasting.quarter_pages.words import headline, how_it_came
from revenue.jobs.models import Job
from revenue.periods import Length, Period
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.factories.facts import a_crm_user
from tests.factories.jobs import a_job
from tests.factories.people import MembershipFactory, OrgFactory
from tests.forecasting.forecasts import (
    AS_OF,
    METHOD,
    TODAY,
    a_forecast,
    a_node,
)
from tests.forecasting.sales import Sales

pytestmark = pytest.mark.django_db


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
        "Q4 2026: $1.8k likely (P50), between $1.4k and $2.2k in 8 of 10 cases;"
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


def test_days_are_those_of_the_org(sales: Sales) -> None:
    overview = sales.page("manager").context["overview"]
    overview.reader.org.clock_date, overview.reader.org.timezone = None, "Pacific/Auckland"
    next_day = TODAY + timedelta(days=1)  # noon in UTC is past midnight there
    assert [one.day for one in overview.told] == [next_day]
    won = next(one for one in overview.charts[0].data if one["name"] == "Won")
    assert won["x"][-1] == next_day


def test_how_it_came_about_is_told_in_words() -> None:
    method = {
        **METHOD,
        "new": {"each_mean": 50.0, "spread": 0.3, "by_owner": {"one": 1.5, "two": 2.0}},
    }

    def told(method: dict[str, Any], *, new: int = 75, length: str = "quarter") -> dict[str, str]:
        return dict(
            how_it_came(method, owners=["one"], new_amount=new, length=length, currency="USD")
        )

    said = told(method)
    assert "drawn 1,000 times" in said["Draws"]
    assert "the whole period ×1.22, each team ×1.22, each segment ×1.11" in said["Shared luck"]
    assert "brought 100% of the amount" in said["Final amounts"]
    assert said["New business"].startswith("$75 is expected of deals that do not exist yet: 1.5 to")
    assert "multiplied by 0.95" in said["Correction"]
    assert said["History"] == "It rests on 9 past quarters."
    assert told(method, new=0)["New business"].startswith("No business")
    bare = told({"ratios": [1.0] * 64, "history": 1, "shocks": {"period": 0}}, length="month")
    assert bare["Final amounts"].startswith("Deals are taken to be won for 100%")
    assert bare["Shared luck"] == "Deals are drawn apart from each other."
    assert bare["Correction"] == "Nothing is corrected."
    assert bare["History"].startswith("It rests on 1 past quarter; a month takes")
    assert told({})["History"].startswith("No past quarter")


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2027, 1, 1), "Q4 2026 is over. The last forecast of it: $1.4k likely"),
        (date(2026, 9, 30), "in 8 of 10 cases; it begins in 1 day"),
        (date(2026, 12, 31), "$400 is won so far; 1 day to go"),
    ],
)
def test_the_head_line_knows_the_time(sales: Sales, today: date, said: str) -> None:
    node = sales.page("manager").context["overview"].node
    node.closed = Decimal(400)
    found = headline(node, period=Period.of(TODAY), today=today, currency="USD")
    assert said in found


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
    past = sales.page("rep", "?length=year&since=2024-01-01").content.decode()
    assert "There was no forecast of this period" in past
    assert reverse("forecasting:forecast-record", args=["acme"]) in past
    coming = sales.page("rep", "?length=year&since=2029-01-01").content.decode()
    assert "There is no forecast of this period" in coming
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
    asked: dict[str, Any] = {"HX-Request": "true", "HX-Target": "foreseeing"}
    assert sales.page("rep", **asked).headers["HX-Refresh"] == "true"
    a_job(org=sales.org, running=True, task="forecasting.tasks.forecast_org")
    bar = sales.page("rep", **asked)
    assert b"Forecasting" in bar.content
    assert b"<html" not in bar.content
    assert b"Forecast anew" not in sales.page("executive").content


def test_it_is_made_anew_on_request_and_leads_back(sales: Sales) -> None:
    assert b"Forecast anew" in sales.page("manager").content
    assert b"Forecast anew" not in sales.page("rep").content
    back = {"back": "length=quarter&since=2026-10-01&team=u-rep"}
    assert sales.client("rep").post("/o/acme/forecast/start/", back).status_code == 403
    answer = sales.client("manager").post("/o/acme/forecast/start/", back)
    assert answer.headers["Location"] == f"/o/acme/forecast/?{back['back']}"
    assert Job.objects.get(org=sales.org).task == "forecasting.tasks.forecast_org"
    assert b"Forecasting" in sales.page("rep").content


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
