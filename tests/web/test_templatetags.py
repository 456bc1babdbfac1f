import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revenue.web.templatetags import web

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"), ("", "–"), ("x", "–"), (float("nan"), "–"), (True, "–"),
        (0, "$0"), (999, "$999"), (999.6, "$1k"), (1000, "$1k"), (1250, "$1.2k"),
        (12_340, "$12.3k"), (123_400, "$123k"), (999_499, "$999k"), (999_600, "$1M"),
        (1_200_000, "$1.2M"), (-1_200_000, "−$1.2M"), (Decimal("3e9"), "$3B"), (2.5e12, "$2.5T"),
    ],
)  # fmt: skip
def test_amounts_are_short(value: object, text: str) -> None:
    assert web.compact_money(value) == text


@given(st.decimals(0, 10**15, allow_nan=False))
def test_a_short_amount_is_within_a_twentieth_of_the_amount(value: Decimal) -> None:
    text = web.compact(value)
    scale = {"T": 10**12, "B": 10**9, "M": 10**6, "k": 1000}.get(text[-1], 1)
    read = Decimal(text.rstrip("TBMk").replace(",", "")) * scale

    assert abs(read - value) <= max(value / 20, Decimal("0.5"))
    assert len(text) <= 6


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (1234567.4, "USD", "$1,234,567"),
        (-5, "EUR", "−€5"),
        (7, "CHF", "CHF\u00a07"),
        (None, "USD", "–"),
    ],
)
def test_money(value: object, currency: str, text: str) -> None:
    assert web.money(value, currency) == text


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(0.734, 0, "73%"), (0.734, 1, "73.4%"), (-0.05, 0, "−5%"), (12, 0, "1,200%"), (None, 0, "–")],
)
def test_percent(value: object, places: int, text: str) -> None:
    assert web.percent(value, places) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"), (9, "just now"), (10, "10s ago"), (60, "1 min ago"), (3599, "59 min ago"),
        (3600, "1 h ago"), (86_400, "1 d ago"), (29 * 86_400, "29 d ago"),
        (45 * 86_400, "1 mo ago"),
        (364 * 86_400, "12 mo ago"), (400 * 86_400, "1 y ago"), (-7200, "in 2 h"),
    ],
)  # fmt: skip
def test_how_long_ago(seconds: int, text: str) -> None:
    html = web.ago(NOW - dt.timedelta(seconds=seconds), NOW)

    assert f">{text}</time>" in html
    assert "UTC" in html


def test_blank_moments_are_a_dash() -> None:
    assert [web.ago(None), web.moment(None), web.day(None)] == ["–"] * 3


def test_days_and_moments() -> None:
    assert web.day(dt.date(2026, 3, 1)) == web.day(NOW) == "1 Mar 2026"
    assert web.moment(NOW) == "1 Mar 2026, 12:00 UTC"


def test_an_icon_is_decoration() -> None:
    html = web.icon("search", '"><script>')

    assert 'aria-hidden="true"' in html
    assert "icons.svg#search" in html
    assert "<script>" not in html


@pytest.mark.parametrize(
    ("name", "text"), [("Ada Brandt", "AB"), ("ada@example.com", "AE"), ("", "?"), (None, "?")]
)
def test_initials(name: str | None, text: str) -> None:
    assert web.initials(name) == text
