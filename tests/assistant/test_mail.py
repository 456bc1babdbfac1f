"""Drafts of e-mails: five reasons and four tones, from what is known alone."""

import itertools
import re
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs, unquote

import pytest

from assistant.chat.mail.drafting import KINDS, LONGEST_MAILTO, TONES, Draft, drafted, two_days
from assistant.chat.mail.facts import Contacted, MailFacts, topic_of
from assistant.chat.mail.rewording import problem_of

TODAY = date(2026, 3, 2)
EVERY = list(itertools.product(KINDS, TONES))
FACTS = MailFacts(
    sender="Anna Keller",
    account="Globex",
    first_name="Maria",
    to_name="Maria Lopes",
    to_email="maria@globex.example",
    deal="Globex – Sync 004",
    products=("Sync",),
    topic="the proposal",
    last=Contacted("meeting", date(2026, 2, 20), "Steering committee", None),
    days_silent=10,
    unanswered=None,
    cases=("Login fails",),
    is_late_stage=True,
    is_known=True,
    people=2,
    warnings=("single_threaded",),
    close_date=date(2026, 3, 31),
    today=TODAY,
    next_step="send proposal before they talk to the competitor",
)
NOTHING = MailFacts(
    sender="Anna Keller", account="", first_name="", to_name="", to_email="", deal="",
    products=(), topic="", last=None, days_silent=None, unanswered=None, cases=(),
    is_late_stage=False, is_known=False, people=0, warnings=(), close_date=None, today=TODAY,
)  # fmt: skip


@pytest.mark.parametrize(("kind", "tone"), EVERY)
@pytest.mark.parametrize("facts", [FACTS, NOTHING], ids=["known", "unknown"])
def test_a_draft_is_whole_and_has_no_gap(facts: MailFacts, kind: str, tone: str) -> None:
    draft = drafted(facts, kind=kind, tone=tone)
    assert draft.subject
    assert not re.search(r"[\[\]{}<>]|\bNone\b|  |\s[.,;?]|\.\.", f"{draft.subject} {draft.body}")
    assert draft.body.endswith("Anna Keller")
    assert len(draft.body.split()) > 20


@pytest.mark.parametrize(("kind", "tone"), EVERY)
def test_what_is_known_is_used_and_what_is_ours_is_kept(kind: str, tone: str) -> None:
    draft = drafted(FACTS, kind=kind, tone=tone)
    text = f"{draft.subject}\n{draft.body}"
    assert "Maria" in text
    assert "competitor" not in text
    assert "Sync 004" not in text
    days = set(re.findall(r"\d+ (?:January|February|March|April)", text))
    one, other = two_days(TODAY, soon=tone == "urgent")
    known = {date(2026, 2, 20), FACTS.close_date, one, other}
    assert days <= {f"{day:%-d %B}" for day in known if day is not None}


def test_all_twenty_differ() -> None:
    assert len({drafted(FACTS, kind=kind, tone=tone).body for kind, tone in EVERY}) == len(EVERY)


def test_who_was_never_met_is_not_thanked_for_a_meeting() -> None:
    for kind, tone in EVERY:
        body = drafted(replace(FACTS, last=None), kind=kind, tone=tone).body
        assert "our meeting" not in body
        assert "Thank you again" not in body


def test_an_inner_note_gives_its_topic_alone() -> None:
    assert topic_of("push legal on the redlines before quarter end") == "the contract"
    assert topic_of("call them") == ""


def test_the_address_for_a_mail_program_holds_the_text_or_nothing_of_it() -> None:
    draft = drafted(FACTS, kind="follow_up", tone="friendly")
    head, _, query = draft.mailto.partition("?")
    assert head == "mailto:maria@globex.example"
    assert "+" not in query
    fields = parse_qs(query)
    assert fields["subject"] == [draft.subject]
    assert fields["body"][0].replace("\r\n", "\n") == draft.body
    long = Draft("follow_up", "friendly", "a@b.example", "", "Ü & ?", "ä" * 3000)
    assert len(long.mailto) <= LONGEST_MAILTO
    assert not long.is_whole
    assert unquote(long.mailto).endswith("subject=Ü & ?")


def test_two_days_are_working_days() -> None:
    for day in range(1, 29):
        for soon in (True, False):
            pair = two_days(date(2026, 2, day), soon=soon)
            assert all(one.weekday() < 5 for one in pair)
            assert date(2026, 2, day) < pair[0] < pair[1]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("We give you 20 % off.", "20"),
        ("I spoke with Peter about it.", "Peter"),
        ("Dear [Name], hello.", "[Name]"),
        ("See you on 9 April.", "9 April"),
    ],
)
def test_better_words_that_say_more_than_is_known_are_not_taken(more: str, why: str) -> None:
    draft = drafted(FACTS, kind="follow_up", tone="friendly")
    assert why.lower() in problem_of(f"{draft.body}\n\n{more}", draft=draft, facts=FACTS).lower()


def test_the_draft_itself_passes() -> None:
    for kind, tone in EVERY:
        draft = drafted(FACTS, kind=kind, tone=tone)
        assert problem_of(f"{draft.subject}\n{draft.body}", draft=draft, facts=FACTS) == ""
