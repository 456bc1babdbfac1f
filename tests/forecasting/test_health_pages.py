"""Customers at risk: what the page says, to whom, and what it costs."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from forecasting.health.tasks import score_health
from forecasting.models import AccountHealth
from revenue.jobs.models import Job
from revenue.users.models import AuditEvent, SavedView
from tests.factories.facts import NOON, an_opportunity
from tests.factories.outlooks import a_lifetime_value
from tests.forecasting.healthy import Customers

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Customers:
    return Customers()


def test_each_reads_the_customers_that_are_theirs_by_value_at_risk(team: Customers) -> None:
    team.customer("Small", value=Decimal(900))
    team.customer("Large", value=Decimal(90_000))
    team.customer("Middle", "other", value=Decimal(9_000))
    team.customer("Elsewhere", "outside", value=Decimal(60))
    assert team.listed("rep") == ["Large", "Small"]
    assert team.listed("manager") == ["Large", "Middle", "Small"]
    for who in ("executive", "admin", "integrator"):
        assert team.listed(who) == ["Large", "Middle", "Small", "Elsewhere"]
    assert team.figures("rep")["Value at risk"] == "$30.3k"
    for path in ("export.csv", ""):
        answer = team.client("rep").get(f"/o/acme/health/{path}")
        body = b"".join(answer) if answer.streaming else answer.content
        assert b"Elsewhere" not in body
        assert b"Middle" not in body


def test_a_row_says_score_band_weeks_chance_worth_and_why(team: Customers) -> None:
    row = team.customer("Long & Sons", score=45, change=-12)
    team.before(row, 2, score=60)
    team.before(row, 17, score=90)
    team.before(row, 18, score=10)
    a_lifetime_value(account=row.account)
    line = next(iter(team.health("rep").context["table"].cells))
    cells = {cell.column.name: cell for cell in line}
    assert [cells[name].text for name in ("account", "score", "band", "change")] == [
        "Long & Sons",
        "45",
        "At risk",
        "−12",
    ]
    assert cells["band"].badge == "negative"
    assert (cells["chance"].text, cells["chance"].note) == ("30%", "20–40%")
    assert (cells["lifetime"].text, cells["lifetime"].note) == ("$90,000", "$40k to $150k")
    assert cells["driver"].text.startswith("Cases within 90 days: 5; 30% of such")
    weeks = [text for text, _ in cells["weeks"].badges]
    assert weeks == ["90", *["–"] * 14, "60", "–", "45"]
    text = team.health("rep", f"?open={row.pk}").content.decode()
    assert "Deals won</strong>: 12" in text
    assert 'aria-label="18 weeks: 90, –' in text


def test_what_is_weighted_by_hand_says_so_and_counts_revenue_in_red(team: Customers) -> None:
    by_hand: dict[str, Any] = {
        "source": "composite",
        "probability": None,
        "low": None,
        "high": None,
        "at_risk": None,
    }
    team.customer("Red", score=30, value=Decimal(4_000), **by_hand)
    team.customer("Green", score=90, value=Decimal(9_000), **by_hand)
    page = team.health("admin")
    assert "weighted by hand" in page.content.decode()
    assert "Say which field tells that a customer left" in page.content.decode()
    cells = [{c.column.name: c for c in line} for line in page.context["table"].cells]
    assert [line["account"].text for line in cells] == ["Red", "Green"]
    assert [line["chance"].note for line in cells] == ["weighted by hand"] * 2
    assert [line["at_risk"].text for line in cells] == ["$4,000", "–"]
    assert team.figures("admin")["Value at risk"] == "$4k"
    assert "An admin can say which field" in team.health("rep").content.decode()


def test_tiles_count_bands_and_what_changed_and_lead_there(team: Customers) -> None:
    team.customer("Fell", score=40, change=-20, value=Decimal(1_000))
    team.customer("Stayed red", score=40, change=-5, value=Decimal(1_000))
    team.customer("Recovered", score=60, change=15, value=Decimal(5_000))
    team.customer("At the border", score=51, change=1, value=Decimal(1_000))
    team.customer("Fine", score=90, change=None, value=Decimal(2_000))
    figures = team.figures("rep")
    bands = [figures[name] for name in ("At risk", "To watch", "Healthy")]
    assert bands == ["2", "2", "1"]
    assert (figures["Fell into red"], figures["Recovered"]) == ("1", "2")
    assert figures["Revenue in red"] == "20%"
    assert set(team.listed("rep", "?band=red")) == {"Fell", "Stayed red"}
    assert team.listed("rep", "?change=fell") == ["Fell"]
    assert set(team.listed("rep", "?change=recovered")) == {"Recovered", "At the border"}
    assert team.listed("rep", "?change=better") == ["Recovered"]
    assert team.figures("rep", "?change=fell") == figures
    assert team.health("rep", "?change=fell").context["table"].count == 1
    shown = {tile.label: tile for tile in team.health("rep", "?band=red").context["board"].tiles}
    assert shown["At risk"].active
    assert shown["Recovered"].href == "/o/acme/health/?change=recovered"


def test_filters_narrow_and_stay_in_the_address(team: Customers) -> None:
    team.customer("Clinic", industry="Health", country="Spain", employees=20, score=80)
    row = team.customer("Shop", "other", industry="Retail", country="Peru", employees=9000)
    reasons = [{"name": "use", "title": "Use", "text": "Use: −40%", "points": -9}]
    AccountHealth.objects.filter(pk=row.pk).update(reasons=reasons)
    team.play(row, state="accepted")
    for query in (
        "band=red",
        "plays=accepted",
        "driver=Use",
        "owner=u-other",
        "industry=Retail",
        "region=Peru",
        "size=5%2C000+and+more",
        "score_to=50",
        "q=shop",
    ):
        assert team.listed("manager", f"?{query}") == ["Shop"], query
        assert team.health("manager", f"?{query}").context["table"].url.endswith(query)
    assert len(team.listed("manager", "?team=u-manager")) == 2
    wrong = team.health("manager", "?band=purple")
    assert "Choose from the list." in wrong.content.decode()
    assert len(wrong.context["table"].page.rows) == 2


def test_segments_add_up_to_all_and_each_part_lists_its_customers(team: Customers) -> None:
    for number in range(3):
        team.customer(industry="Health", score=20 + 30 * number)
    team.customer("Own", "other", industry="Retail", value=Decimal(600_000))
    for cut, who in (("industry", "executive"), ("owner", "manager"), ("team", "manager")):
        page = team.health(who, f"?by={cut}")
        chart = page.context["board"].charts[0]
        drawn = sum(sum(each["x"]) for each in chart.data)
        assert round(drawn) == 230_000, cut
        for trace in chart.data:
            for amount, address in zip(trace["x"], trace["customdata"], strict=True):
                if amount:
                    table = team.client(who).get(address).context["table"]
                    assert float(table.totals["sum_at_risk"]) == pytest.approx(amount), cut
    assert team.health("rep", "?by=owner").context["board"].cut == "industry"


def test_the_trend_holds_the_last_word_of_each_week(team: Customers) -> None:
    row = team.customer(score=80)
    team.before(row, 3, score=30)
    team.customer(
        account=row.account,
        as_of=NOON - timedelta(weeks=3) + timedelta(hours=5),
        is_latest=False,
        score=70,
    )
    team.customer("Elsewhere", "outside", score=10)
    chart = team.health("rep").context["board"].charts[1]
    bands = {each["name"]: each["y"] for each in chart.data}
    assert bands == {"At risk": [0] * 4, "To watch": [1, 0, 0, 0], "Healthy": [0, 0, 0, 1]}


def test_the_trend_counts_those_who_have_left_since(team: Customers) -> None:
    gone = team.customer("Gone", industry="Steel", score=20, is_latest=False)
    for who, account, score in (("rep", gone.account, 30), ("outside", None, 10)):
        facts = {"account": account} if account else {"industry": "Steel"}
        team.customer(
            who=who, as_of=NOON - timedelta(weeks=2), is_latest=False, score=score, **facts
        )
    AccountHealth.objects.filter(pk=gone.pk).delete()
    team.customer("Here", industry="Steel", score=80)
    team.customer("There", industry="Food", score=80)
    for query, red in (("", [1, 0, 0]), ("?industry=Steel", [1, 0, 0]), ("?industry=Food", [0])):
        chart = team.health("rep", query).context["board"].charts[1]
        assert {each["name"]: each["y"] for each in chart.data}["At risk"] == red, query


def test_down_the_hierarchy_figures_add_up_and_a_stranger_is_not_there(team: Customers) -> None:
    team.customer("One", score=30)
    team.customer("Two", "other", score=90)
    team.customer("Three", "manager", score=60)
    page = team.health("manager", "team/")
    rows = {row["name"]: row for row in page.context["rows"]}
    assert set(rows) == {"Manager Person", "Rep Person", "Other Person"}
    total = page.context["total"]
    assert total["whole"].count == sum(row["whole"].count for row in rows.values()) == 3
    for row in rows.values():
        assert len(team.listed("manager", f"?{row['query']}")) == row["whole"].count
    assert team.client("manager").get("/o/acme/health/team/?of=u-outside").status_code == 404
    names = [text for text, _ in page.context["crumbs"]]
    assert names == ["Account health", "Teams", "Manager Person"]
    assert team.client("rep").get("/o/acme/health/team/").status_code == 403


def test_what_is_missing_is_said_in_plain_words(team: Customers) -> None:
    assert "No customer is scored yet" in team.health("rep").content.decode()
    assert "Say who counts as gone" in team.health("admin").content.decode()
    row = team.customer("Theirs", "outside")
    assert "No customer is yours to see" in team.health("rep").content.decode()
    row.delete()
    team.org.data_as_of = None
    team.org.save()
    assert "No customers yet" in team.health("rep").content.decode()


def test_a_bar_lives_while_scores_are_made(team: Customers) -> None:
    team.customer()
    job = Job.objects.create(
        task=score_health.name,
        title="x",
        queue="bulk",
        org=team.org,
        created_at=timezone.now(),
        step="Health as of today",
    )
    bar = {"HX-Request": "true", "HX-Target": "scoring"}
    assert 'id="scoring"' in team.health("rep").content.decode()
    assert "Scoring the customers" in team.health("rep", **bar).content.decode()
    job.delete()
    assert team.health("rep", **bar)["HX-Refresh"] == "true"


def test_more_customers_and_more_that_are_open_cost_no_query_more(team: Customers) -> None:
    def opened() -> str:
        rows = AccountHealth.objects.filter(is_latest=True)
        return ",".join(str(pk) for pk in rows.values_list("pk", flat=True))

    def more() -> None:
        for who in ("rep", "other"):
            row = team.customer(who=who)
            team.before(row, 1, score=60)
            team.play(row, state="accepted", past=[decision()])
            a_lifetime_value(account=row.account)

    def decision() -> dict[str, Any]:
        return {"state": "accepted", "at": NOON.isoformat(), "by": 1, "name": "X", "reason": ""}

    more()
    for who in ("rep", "manager"):
        for path in ("?open=", "team/", "export.csv"):
            if path == "team/" and who == "rep":
                continue
            asked = path + (opened() if path == "?open=" else "")
            few = team.queries(who, asked)
            more()
            more()
            asked = path + (opened() if path == "?open=" else "")
            assert team.queries(who, asked) == few, (who, path)
            assert few < 40


def test_a_file_holds_the_rows_and_columns_that_are_shown(team: Customers) -> None:
    row = team.customer("=1+1", score=40)
    team.before(row, 1, score=60)
    team.customer("Fine", score=90)
    answer = team.health("rep", "export.csv?band=red&cols=score,band,weeks,chance")
    lines = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert lines[0] == ["Customer", "Score", "Health", "18 weeks", "May leave"]
    assert lines[1:] == [["'=1+1", "40", "At risk", ", ".join(["–"] * 16 + ["60", "40"]), "0.3"]]
    assert b"".join(team.health("rep", "export.xlsx")).startswith(b"PK")
    events = AuditEvent.objects.filter(action=AuditEvent.Action.EXPORT_TAKEN).order_by("id")
    assert [event.detail["rows"] for event in events] == [1, 2]


def test_a_view_is_kept_and_may_be_where_one_begins(team: Customers) -> None:
    team.customer()
    client = team.client("rep")
    page = "forecasting:health-list"
    kept = {"page": page, "name": "Red ones", "query": "band=red", "is_default": "on"}
    assert client.post(reverse("users:view-save", args=["acme"]), kept).status_code == 302
    view = SavedView.objects.get(name="Red ones")
    answer = client.get("/o/acme/health/")
    assert answer["Location"] == f"/o/acme/health/?view={view.pk}&band=red"
    assert b"Red ones" in client.get(answer["Location"]).content


def test_htmx_gets_the_list_with_its_figures_and_a_sort_leaves_these_alone(team: Customers) -> None:
    team.customer()
    asked = {"HX-Request": "true", "HX-Target": "customers-at-risk"}
    answer = team.health("rep", "?band=red", **asked)
    assert answer["HX-Push-Url"] == "/o/acme/health/?band=red"
    assert b"<html" not in answer.content
    assert b'id="health-tiles"' in answer.content
    here = "http://testserver/o/acme/health/?band=red"
    again = team.health("rep", "?band=red&sort=-value", **{**asked, "HX-Current-URL": here})
    assert b'id="health-tiles"' not in again.content


def test_who_reads_an_account_for_a_deal_of_theirs_reads_its_health(team: Customers) -> None:
    row = team.customer("Shared", "outside")
    an_opportunity(org=team.org, owner_ref="u-rep", account_ref=row.account_ref)
    assert team.listed("rep") == ["Shared"]
    assert team.listed("other") == []
