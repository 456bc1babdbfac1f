"""Numbers of sentences are found again in what the sentences name; what is not found is struck."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.claims import (
    Claim,
    Source,
    Unit,
    Value,
    change,
    checked,
    count,
    day,
    days,
    figures_in,
    money,
    points,
    score,
    share,
)
from assistant.claims.numerals import ONES
from revenue.web.templatetags import web


def kept(text: str, *values: Value, names: tuple[str, ...] = (), quoted: str = "") -> bool:
    source = Source("deal", "The deal", "/o/x/deals/1/", values, quoted, names)
    return not checked([Claim(text, ["deal"])], sources={"deal": source}).struck


DEAL = (
    share(0.314),
    points(0.082),
    money(Decimal("1234567"), "USD"),
    days(85.2, is_ahead=False),
    day(date(2025, 3, 4)),
    count(3),
    score(62),
)


@pytest.mark.parametrize(
    "text",
    [
        "The chance is 31 %.",
        "The chance is 31%, or 31 per cent, or 31.4 percent.",
        "A review adds 8 points.",
        "+8.2 points: review done",
        "It is worth $1,234,567.",
        "It is worth $1.2M.",
        "It is worth 1.23 million dollars.",
        "It is worth USD 1.2 million.",
        "Nothing for 85 days.",
        "Quiet for 12 weeks.",
        "It closes March 4.",
        "It closes on Tuesday, 4 March 2025.",
        "It closes 2025-03-04.",
        "It closes Mar. 4th, 2025.",
        "It closes in March 2025.",
        "Three people take part.",
        "3 people take part.",
        "Health is 62 of 100.",
        "Health is 62/100.",
        "Health is sixty-two.",
        "Nobody has spoken with the CFO.",
    ],
)
def test_what_a_record_says_is_kept_however_it_is_written(text: str) -> None:
    assert kept(text, *DEAL)


@pytest.mark.parametrize(
    "text",
    [
        "The chance is 32 %.",
        "The chance is 31.5 %.",
        "The chance is 31 points.",
        "There are 31 contacts.",
        "A review costs 8 points.",
        "−8.2 points: review done",
        "It adds 9 points.",
        "It is worth $1.3M.",
        "It is worth €1.2M.",
        "It is worth $1,234,576.",
        "It is worth $1.2k.",
        "It is worth one million dollars.",
        "Nothing for 86 days.",
        "Nothing for 85 weeks.",
        "It closes in 85 days, 85 days from now and 85 days ahead.",
        "It closes March 5.",
        "It closes April 4.",
        "It closes March 4, 2026.",
        "It closes on Monday, 4 March 2025.",
        "It closes in April.",
        "Four people take part.",
        "A dozen people take part.",
        "Health is 26 of 100.",
        "It doubled.",
        "Half of the deals were won.",
        "Version 2.1.4 is out.",
        "They have ISO27001.",
        "Won ٤ times.",
        "Won ④ times.",
    ],
)
def test_what_it_does_not_say_is_struck(text: str) -> None:
    assert not kept(text, *DEAL)


def test_a_name_with_digits_is_no_figure_and_a_quoted_figure_is_found() -> None:
    assert kept("Renewal 2024 of Studio 54 is quiet.", names=("Renewal 2024", "Studio 54"))
    assert not kept("Renewal 2025 of Studio 54 is quiet.", names=("Renewal 2024", "Studio 54"))
    quoted = "Fleets cut downtime by 23 % in 6 weeks (SOC 2, Q3)."
    assert kept("Fleets cut downtime by 23% within six weeks, with SOC 2 in Q3.", quoted=quoted)
    assert not kept("Fleets cut downtime by 24 %.", quoted=quoted)
    assert not kept("Fleets cut downtime within six months.", quoted=quoted)
    assert not kept("It was done in Q4.", quoted=quoted)


def test_what_stands_once_is_meant_of_both_ends_of_a_range() -> None:
    ends = (share(0.24), share(0.38), money(1_200_000, "USD"), money(1_500_000, "USD"))
    assert kept("Between 24 and 38 %, or 24–38 %.", *ends)
    assert kept("$1.2–1.5M, or $1.2M to $1.5M.", *ends)
    assert not kept("Between 24 and 39 %.", *ends)
    assert not kept("$1.2–1.6M.", *ends)


def test_a_span_goes_the_way_that_the_record_says() -> None:
    past, ahead = days(12, is_ahead=False), days(12, is_ahead=True)
    assert kept("The date passed 12 days ago.", past)
    assert not kept("The date passed 12 days ago.", ahead)
    assert kept("There are 12 days left.", ahead)
    assert not kept("There are 12 days left.", past)
    fell = change(-5)
    assert kept("Health fell by 5.", fell)
    assert not kept("Health rose by 5.", fell)


def test_a_claim_needs_a_source_that_may_be_opened() -> None:
    source = Source("deal", "The deal", "/o/x/deals/1/")
    closed = Source("other", "Another", "")
    found = checked(
        [
            Claim("It is quiet.", ["deal"]),
            Claim("It is quiet.", []),
            Claim("It is quiet.", ["other"]),
            Claim("It is quiet.", ["deal", "passage:9"]),
        ],
        sources={"deal": source, "other": closed},
    )
    assert [claim.sources for claim in found.kept] == [["deal"]]
    assert found.counted == {"figures": 0, "claims": 4, "struck": 3}
    assert "passage:9" in found.struck[2].why


def test_numbers_that_are_named_must_be_those() -> None:
    source = Source("deal", "Deal", "/d/", (days(85, name="silent"), days(12, name="stage")))
    right = Claim("Silent for 85 days.", ["deal"], numbers=("silent",))
    wrong = Claim("Silent for 12 days.", ["deal"], numbers=("silent",))
    assert checked([right, wrong], sources={"deal": source}).kept == [right]


WAYS: dict[str, tuple[Any, Callable[[int], str], Decimal]] = {
    "share": (share, lambda n: f"{n} %", Decimal("0.01")),
    "days": (days, lambda n: f"{n} days", Decimal(1)),
    "count": (count, lambda n: f"{n:,} meetings", Decimal(1)),
    "money": (lambda n: money(n, "USD"), lambda n: f"${n:,}", Decimal(1)),
    "points": (points, lambda n: f"+{n} points", Decimal("0.01")),
    "score": (score, lambda n: f"{n} of 100", Decimal(1)),
}


@given(
    way=st.sampled_from(sorted(WAYS)),
    number=st.integers(1, 5_000_000),
    other=st.integers(0, 5_000_000),
)
def test_a_changed_number_is_always_struck(way: str, number: int, other: int) -> None:
    make, write, unit = WAYS[way]
    value = make(number * unit)
    assert kept(f"It is {write(number)} now.", value)
    if other != number:
        assert not kept(f"It is {write(other)} now.", value)


@given(
    amount=st.decimals(1000, 10**11, places=2),
    factor=st.sampled_from([Decimal("0.1"), Decimal("0.8"), Decimal("1.2"), Decimal(10), -1]),
)
def test_money_as_pages_write_it_is_kept_and_changed_is_struck(
    amount: Decimal, factor: Decimal
) -> None:
    value = money(amount, "EUR")
    for write in (web.money, web.compact_money):
        assert kept(f"Worth {write(amount, 'EUR')} in all.", value)
        assert not kept(f"Worth {write(amount * factor, 'EUR')} in all.", value)
        assert not kept(f"Worth {write(amount, 'USD')} in all.", value)


@given(on=st.dates(date(2000, 1, 1), date(2090, 1, 1)), other=st.dates(date(2000, 1, 1)))
def test_a_day_is_that_day_and_no_other(on: date, other: date) -> None:
    for form in ("%-d %B %Y", "%B %-d, %Y", "%Y-%m-%d", "%A, %-d %b %Y"):
        assert kept(f"It closes {on:{form}}.", day(on))
        if other != on and other.year < 2100:
            assert not kept(f"It closes {other:{form}}.", day(on))


WORDS = (*ONES[2:], "twenty")


@given(number=st.integers(2, 20), other=st.integers(2, 20))
def test_numbers_in_words_count_as_numbers(number: int, other: int) -> None:
    said = kept(f"It took {WORDS[other - 2]} meetings.", count(number))
    assert said == (number == other)


@given(st.text(max_size=60))
def test_any_text_is_read_and_no_digit_of_it_goes_unread(text: str) -> None:
    has_digit = any(letter.isdigit() for letter in text)
    assert not (has_digit and kept(text))


@given(st.text(alphabet="0123456789.,-+% $€kMdays/:of", max_size=30))
def test_nothing_that_looks_like_figures_breaks_the_reading(text: str) -> None:
    for figure in figures_in(text):
        assert text[figure.start : figure.end] == figure.text
        assert figure.unit in Unit
