"""The page of questions: asking with and without script, going on, forgetting; and the e-mail."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from assistant.models import ChatTurn, Conversation
from tests.factories.words_chat import AskingTeam, a_conversation, a_turn

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "chat-turns"}


@pytest.fixture
def team() -> AskingTeam:
    team = AskingTeam()
    team.deal("anna", "Globex", name="Globex rollout", corporate_amount=Decimal(80_000))
    return team


def ask(client: Client, text: str, conversation: Any = "", **headers: Any) -> Any:
    data = {"question": text, "conversation": getattr(conversation, "pk", conversation)}
    return client.post("/o/acme/ask/question/", data, **headers)


def test_without_script_a_question_leads_to_its_answer(team: AskingTeam) -> None:
    client = team.client("anna")
    begun = client.get("/o/acme/ask/")
    assert b"Which of my deals are at risk?" in begun.content
    assert b"Tell me about Globex" in begun.content
    page = client.get(ask(client, "top 5 deals").url)
    assert b"Globex rollout" in page.content
    conversation = Conversation.objects.get()
    assert conversation.title == "top 5 deals"
    client.post("/o/acme/ask/question/", {"question": "only EMEA", "conversation": conversation.pk})
    assert [turn.agent for turn in ChatTurn.objects.order_by("id")] == ["top", "top"]


def test_with_script_the_answer_alone_comes_back(team: AskingTeam) -> None:
    client = team.client("anna")
    conversation = a_conversation(org=team.org, owner=team.members["anna"].user)
    answer = ask(client, "top 5 deals", conversation, headers=HTMX)
    assert answer.status_code == 200
    assert b"<html" not in answer.content
    assert answer.content.count(b'class="chat-turn"') == 1
    assert "HX-Redirect" in ask(client, "top 5 deals", headers=HTMX).headers


@pytest.mark.parametrize("text", ["", "   ", "\x00", "x" * 2001])
def test_what_is_no_question_is_said_and_nothing_is_kept(team: AskingTeam, text: str) -> None:
    client = team.client("anna")
    answer = ask(client, text)
    assert answer.status_code == 422
    assert b"chat-problem" in answer.content
    again = ask(client, text, headers=HTMX)
    assert again.headers["HX-Retarget"] == "#chat-composer"
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("given", ["x", "999999", "-1", "9" * 40])
def test_a_conversation_that_is_not_there_is_404(team: AskingTeam, given: str) -> None:
    assert ask(team.client("anna"), "top 5 deals", given).status_code == 404


def test_a_condition_is_taken_away_and_a_choice_is_made(team: AskingTeam) -> None:
    client = team.client("executive")
    ask(client, "deals of Anna")
    turn = ChatTurn.objects.get()
    choice = turn.answer["choices"][0]
    url = f"/o/acme/ask/turns/{turn.pk}/change/"
    client.post(url, {"slot": "owner", "value": choice["value"]})
    chosen = ChatTurn.objects.latest("id")
    assert chosen.question == choice["label"]
    assert chosen.answer["chips"][0]["text"] == choice["label"]
    client.post(f"/o/acme/ask/turns/{chosen.pk}/change/", {"without": "owner"})
    assert ChatTurn.objects.latest("id").slots == {}
    count = ChatTurn.objects.count()
    client.post(url, {"slot": "nonsense", "value": "x"})
    assert ChatTurn.objects.count() == count


def test_it_is_renamed_and_deleted_by_its_owner_alone(team: AskingTeam) -> None:
    conversation = a_conversation(org=team.org, owner=team.members["anna"].user)
    for who in ("manager", "executive", "ben"):
        client = team.client(who)
        assert client.get(conversation.get_absolute_url()).status_code == 404
        assert client.post(f"/o/acme/ask/{conversation.pk}/delete/").status_code == 404
    client = team.client("anna")
    client.post(f"/o/acme/ask/{conversation.pk}/rename/", {"title": "  March  "})
    conversation.refresh_from_db()
    assert conversation.title == "March"
    client.post(f"/o/acme/ask/{conversation.pk}/delete/")
    assert not ChatTurn.objects.exists()


def test_what_was_typed_and_recorded_cannot_break_out(team: AskingTeam) -> None:
    bad = "<script>alert(1)</script>"
    team.deal("anna", f"{bad} Ltd", name=f"{bad} deal", corporate_amount=Decimal(5))
    client = team.client("anna")
    page = client.get(ask(client, f"top 5 deals {bad}").url)
    assert b"<script>alert" not in page.content
    conversation = Conversation.objects.get()
    a_turn(
        conversation=conversation, answer={"text": "[x](http://evil.example) ![](http://e/x.png)"}
    )
    page = client.get(conversation.get_absolute_url())
    assert b'href="http://evil.example' not in page.content
    assert b'x.png"' not in page.content


def test_one_that_waits_shows_its_bar_and_one_without_its_job_says_so(team: AskingTeam) -> None:
    conversation = a_conversation(org=team.org, owner=team.members["anna"].user)
    turn = a_turn(conversation=conversation, state=ChatTurn.State.WAITING, answer={})
    page = team.client("anna").get(f"/o/acme/ask/turns/{turn.pk}/", headers={"HX-Request": "true"})
    assert b"There is no answer" in page.content
    assert b"hx-trigger" not in page.content


def test_the_draft_of_an_email_is_chosen_by_reason_and_tone(team: AskingTeam) -> None:
    deal = team.deal("anna", "Initech", name="Initech renewal")
    url = f"/o/acme/mail/deals/{deal.pk}/"
    page = team.client("anna").get(url, {"kind": "re_engagement", "tone": "urgent"})
    assert page.context["draft"]["kind"] == "re_engagement"
    assert page.context["draft"]["tone"] == "urgent"
    odd = team.client("anna").get(url, {"kind": "x", "tone": "y", "job": "no"})
    assert odd.status_code == 404
    assert team.client("anna").get(url, {"kind": "x"}).status_code == 200
    assert team.client("ben").get(url).status_code == 404
