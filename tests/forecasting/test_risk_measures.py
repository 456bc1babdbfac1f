"""The two measures that sales leaders know, by hand."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.risk.measures import consistency, health_of
from tests.forecasting.risky import facts_with

TODAY = date(2026, 11, 21)


def test_deal_health_by_hand() -> None:
    facts = facts_with(
        age=[80, 20], seller_rate=[0.3, 0.3], usual_cycle=40, stage_place=[2, 4], stages=4
    )
    health = health_of(facts)
    # 0.3 × 0.4 + 40/80 × 0.3 + 2/4 × 0.3, and: younger than won deals get is wholly efficient.
    assert health.score.tolist() == pytest.approx([42.0, 72.0])
    opened = health.opened(0)
    assert [each["points"] for each in opened] == pytest.approx([12, 15, 15])
    assert "80 days old; won deals take 40 days" in opened[1]["value"]
    assert opened[2]["value"] == "Stage 2 of 4"


def test_health_without_a_part_is_not_told() -> None:
    health = health_of(facts_with(age=80, seller_rate=0.3, usual_cycle=40, stages=4))
    assert health.opened(0) == []


def test_consistency_by_hand() -> None:
    found = consistency([(2, 10), (4, 10), (6, 10), (9, 2)])
    assert found is not None
    assert found.value == pytest.approx(1 - (8 / 300) ** 0.5 / 0.4)
    assert found.even == pytest.approx(1 - (0.4 * 0.6 / 10) ** 0.5 / 0.4)
    assert found.periods == 3
    even = consistency([(3, 10)] * 4)
    assert even is not None
    assert even.value == 1


def test_too_few_say_nothing() -> None:
    assert consistency([(2, 10), (4, 10), (1, 2)]) is None
    assert consistency([(0, 10), (0, 12), (0, 9)]) is None


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted), max_size=12))
def test_consistency_is_within_its_bounds(periods: list[list[int]]) -> None:
    found = consistency([(won, closed) for won, closed in periods])
    assert found is None or (0 <= found.value <= 1 and 0 <= found.even <= 1)
