"""The router: slots by grammar, agents by likeness, follow-ups, and its figures."""

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat.router import judging
from assistant.chat.router.agents import TAKES
from assistant.chat.router.examples import examples, prepared
from assistant.chat.router.lexicon import Lexicon
from assistant.chat.router.periods import span_of
from assistant.chat.router.route import Routed, route

LEXICON = Lexicon(
    people=("Anna Keller", "Anna Schmidt", "Ben Carver"),
    industries=("Healthcare", "Retail"),
    regions=("EMEA",),
    stages=("Proposal", "Negotiation"),
    kinds=("Renewal",),
    products=("Forecast", "Data Lake"),
)
TODAY = date(2026, 11, 22)


def asked(text: str, *before: str) -> Routed:
    previous = None
    for one in before:
        previous = route(one, previous=previous, lexicon=LEXICON)
    return route(text, previous=previous, lexicon=LEXICON)


def test_most_judged_questions_find_their_agent_and_slots_also_those_that_were_set_aside() -> None:
    found = judging.report()
    assert found["n"] >= 300
    assert found["n_test"] >= found["n"] / 4
    assert found["metrics"]["right"]["share"] >= 0.9
    keyword = found["baselines"]["keyword"]["right"]["share"]
    assert found["metrics"]["right"]["share"] > keyword + 0.3


def test_a_question_takes_milliseconds() -> None:
    outcomes = judging.outcomes(judging.questions()[:60])
    took = sorted(one.took_ms for one in outcomes)
    assert took[len(took) // 2] < 20


def test_no_example_is_a_judged_question() -> None:
    def plain(text: str) -> str:
        return " ".join(re.findall(r"\w+", prepared(text)))

    every = judging.questions()
    judged = {plain(one.text) for one in every} | {plain(t) for one in every for t in one.after}
    learned = {plain(phrase) for phrases in examples().values() for phrase in phrases}
    assert not judged & learned


def test_the_set_aside_third_depends_on_nothing_but_ids() -> None:
    aside = {one.id for one in judging.questions() if judging.is_set_aside(one)}
    assert "q002" not in aside
    assert judging.is_set_aside(replace(judging.questions()[0], text="other words")) == (
        "q001" in aside
    )
    assert 0.25 < len(aside) / len(judging.questions()) < 0.42


def test_many_conditions_in_one_question() -> None:
    found = asked("deals over 50k closing this month in EMEA that have gone quiet")
    assert found.agent == "risk"
    assert found.slots == {
        "amount": ">50000",
        "period": "month+0",
        "region": "EMEA",
        "warning": ["no_activity"],
    }


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("deals over $1.5m", ">1500000"),
        ("deals between 10,000 and 20.000", "10000..20000"),
        ("Deals unter 5 tsd", "<5000"),
        ("deals > 30k", ">30000"),
        ("deals 75k+", ">75000"),
    ],
)
def test_amounts(text: str, amount: str) -> None:
    assert asked(text).slots["amount"] == amount


def test_days_are_no_amount() -> None:
    assert "amount" not in asked("deals with no activity for more than 30 days").slots


def test_whose_it_is() -> None:
    assert asked("my deals").slots["owner"] == "me"
    assert asked("show me deals in EMEA").slots.get("owner") is None
    assert asked("pipeline of Anna's team").slots == {"team": "anna"}
    assert asked("deals of Ben and Anna Keller").slots["owner"] == ["ben", "anna keller"]


def test_a_product_with_a_plain_name_is_none_where_it_is_not_written_as_one() -> None:
    assert asked("forecast this quarter").agent == "forecast"
    assert asked("who could buy Data Lake").slots == {"product": "Data Lake"}


def test_a_misspelt_word_is_read_and_a_name_is_left_as_it_is() -> None:
    assert asked("pipelin overveiw").agent == "pipeline"
    assert asked("tell me about Leadora Partners").slots == {"about": "leadora partners"}


@pytest.mark.parametrize(
    ("before", "text", "agent", "slots"),
    [
        ("pipeline in retail", "and for Ben?", "pipeline", {"industry": "Retail", "owner": "ben"}),
        ("deals of Ben in proposal", "and for Anna's team?", "deals",
         {"stage": "Proposal", "team": "anna"}),
        ("top 5 deals", "show more", "top", {"count": 10}),
        ("what is our win rate", "why?", "winrate", {}),
        ("deals at risk in EMEA", "all regions", "risk", {}),
        ("tell me about Acme", "write them a friendly email", "mail",
         {"about": "acme", "tone": "friendly"}),
        ("forecast this quarter", "what about last quarter?", "forecast", {"period": "quarter-1"}),
        ("forecast this quarter", "which leads are best?", "leads", {}),
    ],
)  # fmt: skip
def test_what_follows_keeps_what_was_not_changed(
    before: str, text: str, agent: str, slots: dict[str, object]
) -> None:
    found = asked(text, before)
    assert (found.agent, found.slots) == (agent, slots)


@pytest.mark.parametrize(
    ("said", "first_month", "since", "last"),
    [
        ("quarter+0", 1, date(2026, 10, 1), date(2026, 12, 31)),
        ("quarter+0", 2, date(2026, 11, 1), date(2027, 1, 31)),
        ("q1", 2, date(2027, 2, 1), date(2027, 4, 30)),
        ("q1:2026", 2, date(2025, 2, 1), date(2025, 4, 30)),
        ("year:2026", 2, date(2025, 2, 1), date(2026, 1, 31)),
        ("m2", 1, date(2027, 2, 1), date(2027, 2, 28)),
        ("week-1", 1, date(2026, 11, 9), date(2026, 11, 15)),
        ("days-7", 1, date(2026, 11, 15), date(2026, 11, 22)),
    ],
)
def test_periods_follow_the_fiscal_calendar(
    said: str, first_month: int, since: date, last: date
) -> None:
    span = span_of(said, today=TODAY, first_month=first_month)
    assert (span.since, span.last) == (since, last)


def test_a_month_that_is_over_is_looked_for_in_the_past() -> None:
    span = span_of("m10", today=TODAY, first_month=1, ahead=False)
    assert span.since == date(2026, 10, 1)


@given(st.text(max_size=300))
def test_any_text_is_routed_with_slots_of_its_agent_alone(text: str) -> None:
    found = route(text, lexicon=LEXICON)
    assert set(found.slots) <= set(TAKES[found.agent])
    assert 0 <= found.confidence <= 1
    again = route("and in EMEA?", previous=found, lexicon=LEXICON)
    assert set(again.slots) <= set(TAKES[again.agent])
