from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.about.amounts import amount_chart, amounts_of
from accounts.about.pace import Usual
from accounts.about.stages import Stay, Step, in_order, path_of, stage_chart, stays, stays_of
from accounts.models import Opportunity, StageChange
from tests.factories.facts import NOON

USUAL = ["Prospecting", "Qualification", "Proposal", "Negotiation"]
DAY = timedelta(days=1)


def deal(stage: str, **facts: Any) -> Opportunity:
    return Opportunity(stage=stage, **facts)


def saved(*versions: tuple[int, str, int | None]) -> list[StageChange]:
    return [
        StageChange(
            changed_at=NOON + DAY * day,
            stage=stage,
            amount=None if amount is None else Decimal(amount),
        )
        for day, stage, amount in versions
    ]


def spent(**days: float) -> list[Stay]:
    return [Stay(stage=stage, days=each) for stage, each in days.items()]


def told(steps: list[Step]) -> list[str]:
    return [f"{each.stage} {each.state} {each.note}".strip() for each in steps]


def test_an_open_deal_stands_among_the_usual_stages() -> None:
    steps = path_of(deal("Proposal"), spent=spent(Prospecting=1, Proposal=3.4), usual=USUAL)
    assert told(steps) == [
        "Prospecting done 1 day",
        "Qualification skipped skipped",
        "Proposal current 3 days",
        "Negotiation ahead",
    ]


def test_a_closed_deal_ends_its_path_where_it_was_closed() -> None:
    lost = deal("Closed Lost", is_closed=True)
    assert told(path_of(lost, spent=spent(Prospecting=2), usual=USUAL)) == [
        "Prospecting done 2 days",
        "Closed Lost lost",
    ]
    won = deal("Closed Won", is_closed=True, is_won=True)
    assert told(path_of(won, spent=[], usual=USUAL)) == ["Closed Won won"]


def test_a_stage_of_its_own_stands_after_the_one_it_came_from() -> None:
    steps = path_of(deal("Legal"), spent=spent(Qualification=1, Legal=2), usual=USUAL)
    assert [step.stage for step in steps] == [*USUAL[:2], "Legal", *USUAL[2:]]
    assert in_order(usual=[], own=["A", "B"]) == ["A", "B"]
    assert path_of(deal(""), spent=[], usual=USUAL) == []


@given(st.lists(st.sampled_from([*USUAL, "Legal", "Review"]), unique=True), st.sampled_from(USUAL))
def test_every_stage_stands_once_and_one_is_now(own: list[str], now: str) -> None:
    steps = path_of(deal(now), spent=[Stay(each, 1) for each in own], usual=USUAL)
    assert sorted(each.stage for each in steps) == sorted({*USUAL, *own, now})
    assert [each.stage for each in steps if each.state == "current"] == [now]


@given(st.lists(st.tuples(st.sampled_from(USUAL), st.integers(0, 400)), max_size=12))
def test_no_day_is_lost_or_counted_twice(moves: list[tuple[str, int]]) -> None:
    entered = [(stage, NOON + DAY * day) for stage, day in sorted(moves, key=lambda each: each[1])]
    until = NOON + DAY * 400
    total = sum(each.days for each in stays(entered, until=until))
    expected = (until - entered[0][1]) / DAY if entered else 0
    assert total == pytest.approx(expected)


def test_a_closed_deal_ages_no_more() -> None:
    versions = saved((0, "Proposal", 1), (5, "Closed Won", 1), (9, "Closed Won", 2))
    won = deal("Closed Won", is_closed=True, is_won=True)
    found = stays_of(won, versions=versions, at=NOON + DAY * 900)
    assert found == [Stay("Proposal", 5)]


def test_bars_compare_two_stages_at_least() -> None:
    chart = stage_chart(spent(Proposal=3.25, Legal=10))
    assert chart is not None
    assert chart.summary == "13 days so far; the longest in Legal."
    assert chart.rows == [("Proposal", "3.2"), ("Legal", "10")]
    assert stage_chart(spent(Proposal=3)) is stage_chart([]) is None


def test_won_deals_stand_beside_the_deal() -> None:
    usual = {"Proposal": Usual(deals=40, low=4, median=8.4, high=12)}
    chart = stage_chart(spent(Legal=1, Proposal=20), usual=usual)
    assert chart is not None
    assert "In Proposal for 20 days; half of the won deals left it within 8." in chart.summary
    assert chart.rows == [("Legal", "1", "–", "–", "–"), ("Proposal", "20", "8", "4 to 12", "40")]
    assert stage_chart(spent(Proposal=20), usual=usual) is not None
    assert stage_chart(spent(Other=20), usual=usual) is None


def test_amounts_are_those_of_its_own_currency_until_today() -> None:
    versions = saved((0, "A", 100), (1, "B", 100), (2, "B", 130), (3, "B", None), (9, "C", 999))
    other = saved((4, "B", 77))
    other[0].currency = "JPY"
    one = deal("B", amount=140, currency="EUR")
    at = NOON + DAY * 5
    points = amounts_of(one, versions=[*versions[:4], *other, versions[4]], currency="EUR", at=at)
    assert [(moment - NOON).days for moment, _ in points] == [0, 2, 5]
    assert [int(amount) for _, amount in points] == [100, 130, 140]
    chart = amount_chart(points, currency="EUR")
    assert chart is not None
    assert chart.summary == "€100 at first, €140 at last: +40%."
    assert amount_chart(points[:1] * 2, currency="EUR") is None
