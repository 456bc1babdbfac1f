"""The panels of a deal through the client: what is said, to whom, and at what cost."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Opportunity, StageChange
from forecasting.deal_page import history, reasons, weeks
from forecasting.deal_page.history import Mark, Said
from forecasting.deal_page.reasons import in_points
from forecasting.deal_page.warned import lasting
from forecasting.models import DealAnalysis, DealOutlook
from revenue.web.reasons import wrapped
from revenue.web.templatetags import web
from tests.accounts.about.world import CANARY, World, get, make_world, text
from tests.factories.deals import a_note, a_score, an_action, an_analysis, an_outlook
from tests.factories.facts import NOON, a_stage_change, an_opportunity
from tests.factories.models import a_model_run

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
DAY = timedelta(days=1)
STEPS = {
    "source": "model",
    "base": 0.31,
    "base_margin": -0.8,
    "steps": [
        {
            "name": "days_since_meeting",
            "title": "Meetings",
            "words": "no meeting in 21 days",
            "value": 21.0,
            "contribution": -0.6,
            "points": -0.13,
            "base_rate": {
                "won": 0.12,
                "against": 0.31,
                "deals": 214,
                "words": "12 % of such deals were won, against 31 %",
            },
        },
        {
            "name": "amount_log",
            "title": "Amount",
            "words": "$1,000",
            "value": 6.9,
            "contribution": 0.9,
            "points": 0.2,
            "base_rate": {},
        },
    ],
    "rest": {"title": "Everything else", "contribution": 0.1, "points": 0.02},
    "total": 0.4,
    "margin": -0.4,
}
MOVES = [
    {"name": "book_meeting", "title": "Book a meeting", "change": "none yet",
     "probability": 0.5, "points": 0.1, "changes": {}},
]  # fmt: skip
PANELS = ("", "reasons/", "moves/", "weeks/", "risk/", "similar/", "actions/", "notes/")


@pytest.fixture
def world() -> World:
    return make_world()


def scored(world: World, **facts: Any) -> DealOutlook:
    deal = world.deal
    for back in (14, 7, 0):
        a_score(
            deal=deal,
            as_of=NOON - timedelta(days=back),
            probability=0.5 - back / 100,
            is_latest=back == 0,
            won_by=[0.01 * week for week in range(1, 27)],
            lost_by=[0.02 * week for week in range(1, 27)],
        )
    an_analysis(deal=deal, steps=STEPS, moves=MOVES, values={"amount_log": 6.9})
    numbers = {"days_since_activity": 23.0}
    return an_outlook(deal=deal, **{"warnings": ["no_activity"], "facts": numbers, **facts})


def panel(client: Client, world: World, name: str = "", who: str = "rep") -> str:
    return text(client, world, f"risk/deals/{world.deal.pk}/{name}", who, **HX)


def test_the_head_says_how_likely_how_risky_and_what_warns(client: Client, world: World) -> None:
    scored(world, probability_before=0.3, trend="improving", risk=63.4, grade="D")
    head = panel(client, world)
    for said in ("40%", "30% to 50%", "Improving", "10 points in a week", "63", "$400", ">D<"):
        assert said in head, said
    assert "No activity</strong> for 23 days" in head
    assert "Nothing was done for 14 days" in head
    assert "Chance over time" in head
    assert "Scored as of 2 Mar 2026" in head
    assert "<html" not in head


def test_the_model_is_a_link_for_those_who_may_open_it(client: Client, world: World) -> None:
    run = scored(world).run
    link = f'href="/o/acme/models/{run.pk}/"'
    for who, is_there in (("executive", True), ("admin", True), ("manager", False), ("rep", False)):
        head = panel(client, world, who=who)
        assert (link in head) is is_there, who
        assert "Ready" in head


def test_each_reason_is_told_with_its_base_rate(client: Client, world: World) -> None:
    scored(world)
    why = panel(client, world, "reasons/")
    for said in (
        "no meeting in 21 days",
        "12 % of such deals were won, against 31 %",
        "(214 deals)",
        "−13 points",
        "+20 points",
        "not what causes it",
        "From 31% for any deal to 40%.",
    ):
        assert said in why, said


def test_every_reason_is_told_on_request(client: Client, world: World) -> None:
    outlook = scored(world)
    outlook.run.features = [{"name": "days_since_meeting", "title": "Days since a meeting"}]
    outlook.run.save()
    every = panel(client, world, "reasons/all/")
    assert "Days since a meeting" in every
    assert "+0.20" in every


def test_where_rates_speak_no_reasons_are_sold(client: Client, world: World) -> None:
    deal = world.deal
    a_score(deal=deal, source="rates")
    an_outlook(deal=deal, source="rates")
    an_analysis(
        deal=deal,
        steps={"source": "rates", "base": 0.3, "steps": [], "rate": {"words": "One in three"}},
        moves=MOVES,
    )
    why = panel(client, world, "reasons/")
    assert "none are given" in why
    assert "One in three" in why
    assert "points" not in why
    assert panel(client, world, "reasons/all/").strip() == ""
    assert panel(client, world, "moves/").strip() == ""
    assert "is not ready to be used" in panel(client, world)


def test_a_deal_without_a_score_says_when_there_will_be_one(client: Client, world: World) -> None:
    assert "No deal of this company has been scored yet" in panel(client, world)
    a_model_run(org=world.org, live=True)
    assert "every six hours" in panel(client, world)
    for name in ("reasons/", "reasons/all/", "moves/", "weeks/", "risk/", "similar/"):
        assert panel(client, world, name).strip() == "", name


def test_a_closed_deal_says_what_was_said_and_how_it_ended(client: Client, world: World) -> None:
    scored(world)
    deal = world.deal
    deal.is_closed, deal.is_won, deal.stage = True, True, "Closed Won"
    deal.save()
    head = panel(client, world)
    for said in ("What was foreseen", "leaned toward winning: 50%", "It was won on 28 Feb 2026"):
        assert said in head, said
    for name in ("moves/", "weeks/", "risk/", "similar/"):
        assert panel(client, world, name).strip() == "", name
    assert "no meeting in 21 days" in panel(client, world, "reasons/")


def test_a_closed_deal_that_was_never_scored_says_nothing(client: Client, world: World) -> None:
    world.deal.is_closed = True
    world.deal.save()
    for name in (*PANELS[:-1], "reasons/all/"):
        assert panel(client, world, name).strip() == "", name


def test_the_parts_of_the_risk_add_up_before_the_reader(client: Client, world: World) -> None:
    health = [
        {"name": "n", "title": "Stage progress", "value": "Stage 2 of 4", "part": 0.5,
         "weight": 0.3, "points": 15.0},
    ]  # fmt: skip
    scored(world, health=61.0, health_parts=health)
    opened = panel(client, world, "risk/")
    for said in ("60% × 40%", "24.0", "40.0", "Stage 2 of 4", "61.0", "40% seller win rate"):
        assert said in opened, said
    read = re.findall(r'data-label="Points">([0-9.]+)<', opened.split("Deal Health Score")[0])
    assert sum(map(float, read)) == 40.0


def test_weeks_to_come_and_changes_within_reach(client: Client, world: World) -> None:
    scored(world)
    weeks = panel(client, world, "weeks/")
    assert "Won: 4% within 4 weeks, 13% within 13 weeks, 26% within 26 weeks." in weeks
    moves = panel(client, world, "moves/")
    assert "Book a meeting" in moves
    assert "+10 points" in moves
    assert "to 50%" in moves
    assert "need not cause" in moves


def test_only_similar_deals_that_the_reader_may_see_are_named(client: Client, world: World) -> None:
    mine = an_opportunity(
        org=world.org, owner_ref=world.seller.external_id, won=True, name="Like this one"
    )
    theirs = Opportunity.objects.get(name__startswith=CANARY)
    scored(world)
    analysis = DealAnalysis.objects.get()
    analysis.similar = {"won": [theirs.external_id, mine.external_id], "lost": []}
    analysis.save()
    for who in ("rep", "manager"):
        alike = panel(client, world, "similar/", who)
        assert "Like this one" in alike
        assert CANARY not in alike
    assert CANARY in panel(client, world, "similar/", "executive")
    analysis.similar = {"won": [], "lost": [], "words": "30 of each are needed."}
    analysis.save()
    assert "30 of each are needed." in panel(client, world, "similar/")


def test_each_panel_is_refused_to_who_may_not_read_the_deal(client: Client, world: World) -> None:
    scored(world)
    for name in (*PANELS, "reasons/all/"):
        for who in ("other", "stranger"):
            page = f"risk/deals/{world.deal.pk}/{name}"
            assert get(client, world, who, page, **HX).status_code == 404, (name, who)


def test_the_address_of_a_panel_is_a_page_without_script(client: Client, world: World) -> None:
    scored(world)
    page = text(client, world, f"risk/deals/{world.deal.pk}/")
    assert "<html" in page
    for part in ("Outlook", "Why this chance", "When it may close", "Risk, opened up", "Notes"):
        assert part in page, part
    alone = text(client, world, f"risk/deals/{world.deal.pk}/risk/")
    assert "<html" in alone
    assert "Why this chance" not in alone
    deal = text(client, world, world.pages[3])
    assert f'href="/o/acme/risk/deals/{world.deal.pk}/"' in deal


def test_an_account_shows_the_outlook_of_deals_that_the_reader_sees(
    client: Client, world: World
) -> None:
    scored(world)
    other = an_opportunity(
        org=world.org, name=f"{CANARY} beside", account_ref=world.account.external_id
    )
    an_outlook(deal=other)
    address = f"risk/accounts/{world.account.pk}/"
    shown = text(client, world, address, "rep", **HX)
    assert "Renewal" in shown
    assert CANARY not in shown
    assert CANARY in text(client, world, address, "executive", **HX)
    assert "<html" in text(client, world, address)
    assert get(client, world, "other", address, **HX).status_code == 404


def test_a_panel_asks_the_same_number_of_questions_however_much_there_is(
    client: Client, world: World
) -> None:
    scored(world)
    counts = {name: questions(client, world, name) for name in PANELS}
    for number in range(30):
        a_score(deal=world.deal, as_of=NOON - timedelta(days=20 + number), is_latest=False)
        a_stage_change(
            org=world.org,
            opportunity_ref=world.deal.external_id,
            stage=f"Stage {number}",
            amount=number,
            changed_at=NOON - timedelta(days=number),
        )
        an_action(deal=world.deal, state="dismissed")
        an_action(deal=world.deal)
        a_note(deal=world.deal)
    for name, count in counts.items():
        # Once something was suggested, whether there are plays is not asked.
        assert questions(client, world, name) <= count, name
    assert max(counts.values()) <= 16, counts


def questions(client: Client, world: World, name: str) -> int:
    panel(client, world, name)
    with CaptureQueriesContext(connection) as asked:
        panel(client, world, name)
    return len(asked)


@pytest.mark.parametrize(
    ("name", "facts", "said"),
    [
        ("no_activity", {"days_since_activity": 23.4}, "for 23 days"),
        ("pushed", {"days_since_third_push": 90.0}, "within 90 days"),
        ("stalled", {"days_in_stage": 0.2}, ""),
        ("stalled", {}, ""),
        ("no_next_step", {"days_in_stage": 9}, ""),
    ],
)
def test_how_long_it_has_been_so(name: str, facts: dict[str, float], said: str) -> None:
    assert lasting(name, facts) == said


@pytest.mark.parametrize(
    ("points", "said"),
    [(0.08, "+8 points"), (-0.123, "−12 points"), (0.01, "+1 point"), (-0.004, "−0.4 points")],
)
def test_points_of_probability_in_words(points: float, said: str) -> None:
    assert in_points(points) == said


def test_the_steps_of_the_waterfall_sum_to_the_chance_that_is_shown() -> None:
    chart = reasons.chart_of(STEPS)
    assert chart is not None
    bars = chart.data[0]
    assert bars["measure"] == ["absolute", "relative", "relative", "relative", "total"]
    assert sum(bars["x"][:-1]) == pytest.approx(bars["x"][-1])
    low, high = chart.layout["xaxis"]["range"]
    assert low == 0
    assert high > 0.4


def test_a_long_title_is_wrapped_for_a_phone() -> None:
    assert wrapped("E-mails from the customer") == "E-mails from the<br>customer"
    assert wrapped("Amount") == "Amount"


def test_a_day_has_one_point_and_marks_stand_within_them() -> None:
    points = [Said(NOON + DAY * day, 0.2 + day / 10, 0, 1) for day in (0, 0.1, 2, 4)]
    daily = history.last_of_each_day(points)
    assert [point.chance for point in daily] == [pytest.approx(each) for each in (0.21, 0.4, 0.6)]
    marks = [Mark(NOON + DAY * day, "stage", "A → B") for day in (-1, 2, 9)]
    chart = history.chart_of(daily, marks=marks)
    assert chart is not None
    assert chart.data[-1]["x"] == [marks[1].at]
    assert chart.rows[1][-1] == "stage A → B"
    assert history.chart_of(daily[:1], marks=marks) is None


def test_a_chance_of_before_its_model_was_trained_is_said_to_be_filled_in() -> None:
    learned_at = NOON + 3 * DAY
    points = [Said(NOON + DAY * day, 0.5, 0, 1, learned_at) for day in (0, 2, 4)]

    said = history.filled_in(points)

    assert said.startswith(f"Chances up to {web.day(NOON + 2 * DAY)} were filled in")
    assert history.filled_in(points[2:]) == ""
    chart = history.chart_of(points, marks=[])
    assert chart is not None
    assert said in chart.summary


def test_the_title_of_a_reason_is_not_said_twice() -> None:
    words = [("Champion: Confirmed", "Champion"), ("In Negotiation", "Stage")]

    assert [reasons.without_title(each, title=title) for each, title in words] == [
        "Confirmed",
        "In Negotiation",
    ]


def test_what_changed_is_marked() -> None:
    def save(**facts: Any) -> StageChange:
        usual = {"stage": "A", "amount": Decimal(5), "currency": "USD"}
        return StageChange(**{**usual, "changed_at": NOON, "close_date": NOON.date(), **facts})

    later = (NOON + DAY * 3).date()
    versions = [save(), save(stage="B"), save(amount=Decimal(9), stage="B", close_date=later)]
    marks = history.marks_of(versions, currency="USD")
    assert [(mark.kind, mark.words) for mark in marks] == [
        ("stage", "A → B"),
        ("amount", "+$4"),
        ("close_date", "3 days later"),
    ]
    assert history.marks_of([save(), save(currency="EUR", amount=Decimal(9))], currency="") == []


def test_curves_are_drawn_only_where_the_model_tells_time() -> None:
    asked: dict[str, Any] = {"as_of": NOON, "close_date": None}
    assert weeks.chart_of(won_by=None, lost_by=None, **asked) is None
    chart = weeks.chart_of(won_by=[0.1, 0.3], lost_by=[0.2, 0.4], **asked)
    assert chart is not None
    assert [row[1:] for row in chart.rows] == [("10%", "20%", "70%"), ("30%", "40%", "30%")]
    dated = weeks.chart_of(
        won_by=[0.1, 0.3], lost_by=[0.2, 0.4], as_of=NOON, close_date=(NOON + DAY * 10).date()
    )
    assert dated is not None
    assert dated.layout["shapes"]
