"""The list of lead scores: what it holds, for whom, in which order, and what it costs."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from forecasting.leads.answering import answers
from forecasting.leads.tasks import score_leads
from forecasting.models import LeadScore
from revenue.jobs.models import Job
from revenue.users.models import AuditEvent, SavedView
from tests.factories.facts import a_source_field
from tests.factories.outlooks import a_lead_override
from tests.factories.selling import the_selling_run
from tests.forecasting.lead_team import CAME, NOW, LeadTeam

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def team() -> LeadTeam:
    return LeadTeam()


def test_each_reads_the_leads_that_are_theirs(team: LeadTeam) -> None:
    for who in ("rep", "other", "outside"):
        team.score(f"of {who}", who)
    assert team.names("rep") == ["of rep"]
    assert set(team.names("manager")) == {"of rep", "of other"}
    for who in ("executive", "admin", "integrator"):
        assert len(team.names(who)) == 3


def test_who_has_converted_ended_or_gone_is_not_in_the_list(team: LeadTeam) -> None:
    team.score("open")
    team.score(lead=team.lead(name="converted", is_converted=True))
    team.score(lead=team.lead(name="ended", status="Disqualified"))
    team.score(lead=team.lead(name="merged", merged_into_ref="x"))
    team.score(lead=team.lead(name="deleted", deleted_at=NOW))
    team.score("older", is_latest=False)
    assert team.names("rep") == ["open"]
    assert team.names("admin") == ["open"]


def test_the_likeliest_stands_first_and_each_column_sorts(team: LeadTeam) -> None:
    for name, chance, tier, score, change in (
        ("low", 0.1, "D", 10, 4),
        ("high", 0.8, "A", 95, None),
        ("middle", 0.4, "B", 60, -9),
    ):
        team.score(name, probability=chance, tier=tier, score=score, change=change)
    assert team.names("rep") == ["high", "middle", "low"]
    assert team.names("rep", "?sort=chance") == ["low", "middle", "high"]
    assert team.names("rep", "?sort=tier") == ["high", "middle", "low"]
    assert team.names("rep", "?sort=-score") == ["high", "middle", "low"]
    assert team.names("rep", "?sort=-trend") == ["low", "middle", "high"]
    for column in ("name", "company", "source", "owner", "came", "answer", "as_of", "low"):
        assert len(team.names("rep", f"?sort=-{column}")) == 3


def test_a_row_says_tier_score_chance_trend_why_and_who_waits(team: LeadTeam) -> None:
    lead = team.lead(name="Ada", company="Long & Sons", source="Referral")
    row = team.score(lead=lead, probability=0.25, score=81, tier="A", trend="improving", change=7)
    line = next(iter(team.page("rep").context["table"].cells))
    said = {cell.column.name: (cell.text, cell.badge, cell.note) for cell in line}
    assert said["name"] == ("Ada", "", "Long & Sons")
    assert said["tier"] == ("A", "positive", "")
    assert said["score"][0] == "81"
    assert said["chance"] == ("25%", "", "15% to 35%")
    assert said["trend"] == ("Improving", "positive", "+7 in a week")
    assert said["reason"][0] == "Source: referrals convert often"
    assert said["source"][0] == "Referral"
    assert said["owner"][0] == "Rep Person"
    assert said["came"][2] == "10 days"
    assert said["answer"] == ("Waits 10 days", "negative", "")
    opened = team.page("rep", f"lead-scores/?open={row.pk}").content.decode()
    assert "<strong>Source</strong>: referrals convert often" in opened
    assert "<strong>Free mail</strong>: a private address" in opened
    assert f"/leads/{lead.pk}/" in opened


def test_a_tier_set_by_hand_sorts_filters_and_is_told(team: LeadTeam) -> None:
    for name, tier in (("one", "B"), ("two", "C")):
        team.score(name, tier=tier, probability=0.5 if tier == "B" else 0.2)
    lead = LeadScore.objects.get(tier="C").lead
    a_lead_override(lead=lead, tier="A")
    a_lead_override(lead=lead, tier="D", ended_at=NOW)
    assert team.names("rep", "?sort=tier") == ["two", "one"]
    assert team.names("rep", "?tier=A") == team.names("rep", "?by_hand=yes") == ["two"]
    assert team.names("rep", "?tier=C") == []
    assert team.names("rep", "?by_hand=no") == ["one"]
    line = next(iter(team.page("rep", "lead-scores/?tier=A").context["table"].cells))
    cell = next(cell for cell in line if cell.column.name == "tier")
    assert (cell.text, cell.note) == ("A", "by hand; model: C")


def test_filters_narrow_and_stay_in_the_address(team: LeadTeam) -> None:
    mine = team.lead(name="Mine", source="Web", status="New", company="Clinic")
    team.score(lead=mine, tier="A", trend="declining", score=90)
    team.score(lead=team.lead("other", name="Theirs", source="Event", status="Working"), score=10)
    for query in (
        "q=clinic",
        "tier=A",
        "trend=declining",
        "source=Web",
        "owner=u-rep",
        "status=New",
        "score_from=50",
    ):
        assert team.names("manager", f"?{query}") == ["Mine"], query
        assert team.page("manager", f"lead-scores/?{query}").context["table"].url.endswith(query)
    assert len(team.names("manager", "?team=u-manager")) == 2
    assert team.names("manager", "?came_from=2099-01-01") == []
    wrong = team.page("manager", "lead-scores/?tier=Z")
    assert len(wrong.context["table"].page.rows) == 2
    assert b"Choose from the list." in wrong.content


def test_answered_and_waiting_are_told_as_the_report_tells_them(team: LeadTeam) -> None:
    a_source_field(org=team.org, object_name="Lead", name="First_Response__c", column="")
    leads = {
        "soon": team.lead(name="soon"),
        "slow": team.lead(name="slow"),
        "waits": team.lead(name="waits", created_at=NOW - HOUR / 2),
        "late": team.lead(name="late"),
        "own": team.lead(name="own", extra={"First_Response__c": (CAME + HOUR / 2).isoformat()}),
        "day": team.lead(name="day", extra={"First_Response__c": f"{CAME + 24 * HOUR:%Y-%m-%d}"}),
        "typed": team.lead(name="typed", extra={"First_Response__c": "2026-02-31 called"}),
    }
    team.answer(leads["soon"], after=HOUR / 4)
    team.answer(leads["slow"], after=3 * HOUR)
    team.answer(leads["late"], after=HOUR / 4, kind="email", is_incoming=True)
    team.answer(leads["late"], after=HOUR / 4, kind="task", is_done=False)
    team.answer(leads["waits"], after=9 * HOUR, kind="meeting")  # still to come
    for lead in leads.values():
        team.score(lead=lead)
    rows = {row.lead.name: row for row in team.page("rep").context["table"].page.rows}
    said = {name: row.answer for name, row in rows.items()}
    assert said == {
        "soon": "in_time",
        "slow": "slow",
        "waits": "waiting",
        "late": "late",
        "own": "in_time",
        "day": "slow",  # a plain day counts from its end
        "typed": "late",
    }
    told = answers(org=team.org, as_of=NOW).set_index("ref")["hours"]
    for row in rows.values():
        hours = row.answer_took.total_seconds() / 3600 if row.answered_at else None
        assert told[row.lead_ref] == pytest.approx(hours, nan_ok=True) or hours is None
        assert (hours is None) == (told[row.lead_ref] != told[row.lead_ref])
    assert set(team.names("rep", "?answer=waiting")) == {"waits", "late", "typed"}
    assert set(team.names("rep", "?answer=late")) == {"late", "typed"}
    assert set(team.names("rep", "?answer=answered")) == {"soon", "slow", "own", "day"}
    assert set(team.names("rep", "?answer=slow")) == {"slow", "day"}


def test_tiles_count_and_lead_to_what_they_count(team: LeadTeam) -> None:
    team.score(probability=0.6, tier="A")
    team.score(probability=0.3, tier="B", trend="improving")
    team.score(lead=team.lead(created_at=NOW - HOUR / 2), probability=0.3, tier="A")
    team.score(who="outside", probability=0.9, tier="A")
    tiles = {tile.label: tile for tile in team.page("rep").context["board"].tiles}
    assert {label: tile.value for label, tile in tiles.items()} == {
        "Open leads": "3",
        "Tier A": "2",
        "Expected conversions": "1.2",
        "A and B waiting too long": "2",
        "Getting better": "1",
        "Set by hand": "0",
    }
    late = tiles["A and B waiting too long"]
    assert late.href == "/o/acme/lead-scores/?tier=A&tier=B&answer=late"
    there = team.page("rep", late.href.removeprefix("/o/acme/"))
    assert there.context["table"].count == len(there.context["table"].page.rows) == 2
    shown = {tile.label: tile for tile in there.context["board"].tiles}
    assert shown["A and B waiting too long"].active
    assert shown["Open leads"].value == "3"


def test_the_chart_says_what_became_of_such_tiers_when_the_model_was_judged(
    team: LeadTeam,
) -> None:
    gains = [{"share": tenth / 10, "found": min(tenth / 5, 1)} for tenth in range(1, 11)]
    the_selling_run(
        team.org,
        task="lead_score",
        metrics={"rate": 0.2, "groups": 1000},
        report={"lift": gains, "horizon_days": 90},
    )
    team.score(tier="A", probability=0.5)
    chart = team.page("executive").context["board"].chart
    assert [row[0] for row in chart.rows] == ["Tier A", "Tier B", "Tier C", "Tier D"]
    # Of 200 conversions among 1000, the better half holds all: 80 in its upper 200, 120 below.
    assert [row[3].split(",")[0] for row in chart.rows] == ["40%", "40%", "0%", "0%"]
    assert chart.rows[0][1:3] == ("1", "50%")
    assert "converted 40% of A, 40% of B" in chart.summary


def test_nothing_scored_yet_says_what_is_missing(team: LeadTeam) -> None:
    team.lead()
    text = team.page("rep").content.decode()
    assert "No lead is scored yet" in text
    assert "takes 100 leads" in text
    assert "40 conversions" in text
    assert "See the models" not in text
    assert "See the models" in team.page("admin").content.decode()


def test_rates_say_that_they_speak_and_give_no_reasons(team: LeadTeam) -> None:
    run = the_selling_run(
        team.org,
        task="lead_score",
        readiness="not_ready",
        report={"readiness": {"reasons": ["Too little to learn from: 3 leads."]}},
    )
    row = team.score(run=run, source="rates", reasons=[])
    page = team.page("rep", f"lead-scores/?open={row.pk}")
    text = page.content.decode()
    assert "the rate of each source speaks instead" in text
    assert "Too little to learn from: 3 leads." in text
    assert "a rate has no reasons" in text
    assert "reason" not in {column.name for column in page.context["table"].columns}


def test_what_is_not_scored_yet_is_counted(team: LeadTeam) -> None:
    team.score()
    assert "not scored yet" not in team.page("rep").content.decode()
    team.lead()
    assert "1 open lead is not scored yet" in team.page("rep").content.decode()


def test_a_bar_shows_how_far_scoring_is_and_the_page_comes_anew(team: LeadTeam) -> None:
    team.score()
    job = Job.objects.create(
        task=score_leads.name, title="t", queue="bulk", org=team.org, created_at=timezone.now()
    )
    assert b"Scoring the open leads" in team.page("rep").content
    bar = {"HX-Request": "true", "HX-Target": "scoring"}
    assert b'id="scoring"' in team.page("rep", **bar).content
    job.delete()
    assert team.page("rep", **bar).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("who", ["rep", "manager", "admin"])
def test_the_list_costs_the_same_whatever_it_holds(team: LeadTeam, who: str) -> None:
    first = team.score()
    path = f"lead-scores/?open={first.pk}"
    team.page(who, path)
    few = team.queries(who, path)
    rows = [team.score(tier="A") for _ in range(8)]
    for row in rows:
        a_lead_override(lead=row.lead)
        team.answer(row.lead, after=HOUR)
    many = f"lead-scores/?open={','.join(str(row.pk) for row in rows)}"
    assert team.queries(who, many) <= few


def test_the_list_as_a_file_holds_the_same_and_is_written_down(team: LeadTeam) -> None:
    team.score(lead=team.lead(name="=cmd", company="Firm"), probability=0.25)
    team.score("Theirs", "outside")
    answer = team.page("rep", "lead-scores/export.csv?cols=tier,chance,source")
    lines = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert lines[0] == ["Lead", "Tier", "Chance", "Source"]
    assert lines[1:] == [["'=cmd", "B", "0.25", ""]]
    assert "lead-scores-acme" in answer.headers["Content-Disposition"]
    event = AuditEvent.objects.get(action=AuditEvent.Action.EXPORT_TAKEN)
    assert (event.subject, event.detail["rows"]) == ("Lead scores", 1)
    sheet = team.page("rep", "lead-scores/export.xlsx")
    assert b"".join(sheet)[:2] == b"PK"


def test_a_view_that_is_the_default_opens_first(team: LeadTeam) -> None:
    team.score()
    SavedView.objects.create(
        org=team.org,
        owner=team.members["rep"],
        page="forecasting:lead-list",
        name="Best",
        query="tier=A",
        is_default=True,
        saved_at=timezone.now(),
    )
    answer = team.client("rep").get("/o/acme/lead-scores/")
    assert answer.status_code == 302
    assert "tier=A" in answer.headers["Location"]


def test_pages_follow_each_other(team: LeadTeam) -> None:
    run: Any = the_selling_run(team.org, task="lead_score")
    for place in range(55):
        team.score(f"lead {place:02d}", probability=place / 100, run=run)
    first = team.page("rep").context["table"]
    assert (first.count, len(first.page.rows)) == (55, 50)
    rest = team.page("rep", f"lead-scores/?cursor={first.page.next}").context["table"]
    assert len(rest.page.rows) == 5


def test_the_menu_leads_there(team: LeadTeam) -> None:
    address = reverse("forecasting:lead-list", args=["acme"])
    for who in ("rep", "manager", "integrator"):
        assert address in team.page(who).content.decode()
