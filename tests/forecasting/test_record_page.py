"""The record of past forecasts: whose, of which moments, and with how much behind it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from forecasting.models import BacktestRow
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.factories.facts import a_crm_user
from tests.factories.people import MembershipFactory, OrgFactory
from tests.forecasting.forecasts import AS_OF, TODAY, a_backtest_row

pytestmark = pytest.mark.django_db
QUARTERS = [date(year, month, 1) for year in (2024, 2025) for month in (1, 4, 7, 10)]
Method, Cut = BacktestRow.Method, BacktestRow.Cut


@pytest.fixture
def org() -> Org:
    found: Org = OrgFactory(slug="acme", name="Acme", clock_date=TODAY, data_as_of=AS_OF)
    return found


def past(org: Org, *, quarters: list[date], key: str = "", **said: Any) -> None:
    """The model 10 too high within its band; by stage 50 too high."""
    owners = [key] if key else ["u-one", "u-two"]
    own: dict[str, Any] = {"key": key, "name": key.title(), "owners": owners, **said}
    point: dict[str, Any] = {"p10": None, "p90": None, "said": Decimal(150), **own}
    for since in quarters:
        for cut in (Cut.FIRST_DAY, Cut.WEEK_4):
            a_backtest_row(org, since=since, cut=cut, **own)
            a_backtest_row(org, since=since, cut=cut, method=Method.STAGE, **point)


def page_of(org: Org, query: str = "", *, role: Role = Role.EXECUTIVE, ref: str = "") -> Any:
    member = MembershipFactory(org=org, role=role)
    if ref:
        a_crm_user(org=org, external_id=ref, name=ref, membership=member)
    client = Client()
    client.force_login(member.user)
    answer = client.get(f"/o/acme/forecast/record/{query}")
    assert answer.status_code == 200
    return answer


def test_methods_stand_beside_each_other_at_each_moment(org: Org) -> None:
    past(org, quarters=QUARTERS)
    page = page_of(org)
    tables = page.context["record"].tables
    assert [table["label"] for table in tables] == ["Day 1", "Week 4"]
    first, second = tables[0]["places"]
    assert (first.label, first.is_best, first.standing.coverage) == ("Forecast", True, 1.0)
    assert (second.label, second.is_best) == ("Stage-weighted", False)
    assert second.standing.median_error == pytest.approx(0.5)
    said = page.content.decode()
    assert "+10.0%" in said
    assert "Too few past periods" not in said


def test_little_history_is_shown_and_said(org: Org) -> None:
    past(org, quarters=QUARTERS[:3])
    said = page_of(org).content.decode()
    assert "There are 3; from 8 on" in said
    assert "Stage-weighted" in said


def test_each_period_is_drawn_with_its_band_and_what_came(org: Org) -> None:
    past(org, quarters=QUARTERS[:2])
    a_backtest_row(org, since=QUARTERS[2], cut=Cut.WEEK_4, actual=Decimal(500))
    chart = page_of(org).context["record"].chart
    assert chart.summary.startswith("2 of 3 periods came between")
    drawn = {one["name"]: one for one in chart.data}
    assert drawn["P10 to P90"]["base"] == [90, 90, 90]
    assert drawn["P10 to P90"]["y"] == [40, 40, 40]
    assert drawn["Came of it"]["y"] == [100, 100, 500]
    assert drawn["Stage-weighted"]["y"] == [150, 150, None]
    assert [row[0] for row in chart.rows] == ["Q1 2024", "Q2 2024", "Q3 2024"]
    other = page_of(org, "?cut=day_1").context["record"]
    assert len(other.chart.rows) == 2
    assert [one["label"] for one in other.cuts if one["active"]] == ["Day 1"]
    assert page_of(org, "?cut=never").context["record"].cut == "week_4"


def test_each_reader_has_the_record_of_those_whom_they_see(org: Org) -> None:
    past(org, quarters=QUARTERS[:1])
    past(org, quarters=QUARTERS[:2], key="u-one")
    past(org, quarters=QUARTERS[:2], key="u-two")
    whole = page_of(org).context["record"]
    assert whole.team == ("", "Acme")
    assert {one["key"] for one in whole.options} == {"", "u-one", "u-two"}
    assert page_of(org, "?team=u-two").context["record"].team[0] == "u-two"
    rep = page_of(org, "?team=u-two", role=Role.REP, ref="u-one")
    assert rep.context["record"].teams == [("u-one", "U-One")]
    assert "U-Two" not in rep.content.decode()
    assert "has no record of its own" in rep.content.decode()
    assert "No past record yet" in page_of(org, role=Role.REP).content.decode()


def test_what_those_above_said_of_past_periods_is_not_the_sellers(org: Org) -> None:
    own: dict[str, Any] = {"owners": ["u-one"], "said": Decimal(5432)}
    for key in ("", "u-boss"):
        for since in QUARTERS[:2]:
            a_backtest_row(org, since=since, key=key, method=Method.SUBMITTED, **own)
    past(org, quarters=QUARTERS[:2], key="u-one")
    a_crm_user(org=org, external_id="u-boss", name="Boss")
    a_crm_user(org=org, external_id="u-two", name="Two", manager_ref="u-boss")
    record = page_of(org, role=Role.REP, ref="u-one").context["record"]
    assert record.teams == [("u-one", "U-One")]
    assert {row.method for row in record.rows} == {"model", "stage"}


def test_lengths_have_records_of_their_own(org: Org) -> None:
    past(org, quarters=QUARTERS[:1])
    assert "No past record yet" in page_of(org, "?length=month").content.decode()


def test_it_costs_the_same_whatever_is_kept(org: Org) -> None:
    member = MembershipFactory(org=org, role=Role.MANAGER)
    for ref in ("u-one", "u-two"):
        a_crm_user(org=org, external_id=ref, name=ref, membership=member)
    client = Client()
    client.force_login(member.user)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get("/o/acme/forecast/record/").status_code == 200
        return len(caught)

    past(org, quarters=QUARTERS[:1], key="u-one")
    queries()
    before = queries()
    past(org, quarters=QUARTERS[1:], key="u-one")
    past(org, quarters=QUARTERS, key="u-two")
    assert queries() == before
