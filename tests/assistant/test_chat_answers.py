"""The number in an answer is that of the page that it leads to, for each reader."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from assistant.chat.answering import answer_of, understood
from assistant.chat.router.route import Routed
from revenue.web.templatetags import web
from tests.factories.facts import an_account
from tests.factories.words_chat import AskingTeam

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 20)


@pytest.fixture
def team() -> AskingTeam:
    team = AskingTeam()
    team.deal("anna", "Globex", name="Globex rollout", corporate_amount=Decimal(80_000),
              close_date=MARCH, grade="D", industry="Retail", region="EMEA",
              warnings=["no_activity"])  # fmt: skip
    team.deal("anna", "Initech", name="Initech renewal", corporate_amount=Decimal(30_000),
              close_date=MARCH, grade="C", industry="Healthcare", region="EMEA")  # fmt: skip
    team.deal("other", "Umbrella", name="Umbrella core", corporate_amount=Decimal(60_000),
              close_date=date(2026, 6, 1), grade="A", industry="Retail", region="APAC")  # fmt: skip
    team.deal("ben", "Hooli", name="Hooli pilot", corporate_amount=Decimal(500_000),
              close_date=MARCH, grade="D", industry="Retail", region="EMEA")  # fmt: skip
    for who, won in (("anna", True), ("anna", False), ("anna", False), ("ben", True)):
        team.closed(who, won=won, close_date=date(2026, 2, 10), corporate_amount=Decimal(10_000))
    return team


def answered(team: AskingTeam, who: str, text: str, *before: str) -> dict[str, Any]:
    previous: Routed | None = None
    for one in (*before, text):
        ask = understood(one, reader=team.members[who], at=timezone.now(), previous=previous)
        previous = ask.routed
    return answer_of(ask).as_data()


def page_of(team: AskingTeam, who: str, answer: dict[str, Any]) -> Any:
    page = team.client(who).get(answer["links"][0]["url"])
    assert page.status_code == 200
    return page.context


QUESTIONS = (
    ("anna", "which deals are at risk?"),
    ("manager", "which deals are at risk?"),
    ("executive", "which deals are at risk?"),
    ("executive", "deals over 50k closing this month in EMEA that have gone quiet"),
    ("executive", "top 2 deals in retail"),
    ("executive", "open deals of Ben closing this quarter"),
    ("manager", "top 5"),
    ("manager", "deals won this quarter"),
    ("anna", "deals lost this year"),
)


def test_a_list_is_the_first_rows_of_its_page(team: AskingTeam) -> None:
    for who, question in QUESTIONS:
        answer = answered(team, who, question)
        table = page_of(team, who, answer)["table"]
        shown = [row[0]["text"] for row in answer["tables"][0]["rows"]]
        assert shown == [str(row.name) for row in table.page.rows[: len(shown)]], question
        assert f"{table.count:,} deal" in answer["text"], question
        assert web.money(table.totals["sum_amount"], "USD") in answer["text"], question


def test_the_pipeline_is_that_of_the_page(team: AskingTeam) -> None:
    for who in ("anna", "manager", "executive"):
        answer = answered(team, who, "how does the pipeline look?")
        tiles = {tile.label: tile.value for tile in page_of(team, who, answer)["board"].tiles}
        told = {figure["label"]: figure["value"] for figure in answer["figures"]}
        assert told["Open pipeline"] == tiles["Open pipeline"]
        assert told["Value at risk"] == tiles["Value at risk"]


def test_each_industry_is_what_its_link_shows(team: AskingTeam) -> None:
    answer = answered(team, "executive", "industry trends")
    for row in answer["tables"][0]["rows"]:
        page = team.client("executive").get(row[0]["href"])
        board = page.context["board"]
        assert row[1]["text"] == f"{board.table.count:,}"
        assert row[2]["text"] == web.money(board.standing.whole.amount, "USD")


def test_won_and_lost_are_counted_as_their_lists_count_them(team: AskingTeam) -> None:
    answer = answered(team, "manager", "win rate this quarter")
    counts = []
    for figure in answer["figures"]:
        page = team.client("manager").get(figure["href"])
        assert figure["value"] == f"{page.context['table'].count:,}"
        counts.append(int(figure["value"]))
    assert counts == [1, 2]
    assert "33%" in answer["text"]


def test_nobody_is_told_of_what_they_may_not_see(team: AskingTeam) -> None:
    for question in (
        "tell me about Hooli",
        "write Hooli a friendly follow-up",
        "why is the Hooli deal at risk",
    ):
        answer = answered(team, "anna", question)
        assert "Hooli" not in str(answer)
        assert not answer.get("links")
        assert not answer.get("draft")
        assert "found no" in answer["text"] or "don't know" in answer["text"]
        assert "Hooli" in str(answered(team, "ben", question))
    assert "500,000" not in str(answered(team, "manager", "how does the pipeline look?"))


def test_two_of_a_name_are_asked_back_and_a_choice_is_taken(team: AskingTeam) -> None:
    answer = answered(team, "executive", "deals of Anna")
    assert {one["label"] for one in answer["choices"]} == {"Anna Keller", "Anna Schmidt"}
    whole = answered(team, "executive", "deals of Anna Schmidt")
    assert [chip["text"] for chip in whole["chips"]] == ["Anna Schmidt"]


def test_what_a_list_cannot_be_narrowed_by_is_said(team: AskingTeam) -> None:
    answer = answered(team, "executive", "lost deals in EMEA this year")
    assert any("EMEA" in note for note in answer["notes"])


def test_why_is_for_executives_and_others_get_their_own_rates(team: AskingTeam) -> None:
    answer = answered(team, "anna", "why did win rates fall?")
    assert "for executives" in answer["text"]
    assert all("/why/" not in link["url"] for link in answer["links"])


def test_going_on_keeps_the_rest(team: AskingTeam) -> None:
    answer = answered(team, "executive", "only in retail", "top deals in EMEA")
    assert {chip["text"] for chip in answer["chips"]} == {"Retail", "EMEA"}


def test_an_account_is_summed_up_from_its_own_page(team: AskingTeam) -> None:
    answer = answered(team, "anna", "tell me about globex")
    assert answer["title"] == "Globex"
    for part in ("### Overview", "### Pipeline", "### Engagement", "### Risks", "### Next steps"):
        assert part in answer["text"]
    assert team.client("anna").get(answer["links"][0]["url"]).status_code == 200


def test_what_somebody_typed_is_no_mark_of_ours(team: AskingTeam) -> None:
    an_account(org=team.org, owner_ref="u-anna", name="[[x]] **Bold** Ltd")
    answer = answered(team, "anna", 'tell me about "[[x]] **Bold** Ltd"')
    assert "found no" in answer["text"] or answer["title"]


SPARSE = (
    "forecast", "are we going to hit quota?", "what changed this week?", "best leads",
    "which customers may churn?", "what should we sell next?", "account prioritization",
    "who is my best rep", "help", "delete the deal", "what is our refund policy?",
    "prepare me for a call with Globex", "conversion by stage",
)  # fmt: skip


def test_with_little_known_every_answer_is_a_sentence(team: AskingTeam) -> None:
    for who in ("anna", "manager", "executive"):
        for question in SPARSE:
            assert answered(team, who, question)["text"].strip(), question
