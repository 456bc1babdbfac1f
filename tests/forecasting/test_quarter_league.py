"""The league of forecasts, by hand and by its rules."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.quarter.league import Standing, best_of, league, pinball


@dataclass(frozen=True)
class Said:
    said: Decimal | None
    actual: Decimal | None
    p10: Decimal | None = None
    p90: Decimal | None = None
    method: str = "model"
    cut: str = "day_1"
    since: date = date(2026, 7, 1)


def row(said: float | None, actual: float | None, **more: object) -> Said:
    told, came = (None if one is None else Decimal(str(one)) for one in (said, actual))
    found = Said(told, came)
    return replace(found, **more)  # type: ignore[arg-type]


def banded(low: float, middle: float, high: float, actual: float, *, month: int) -> Said:
    return row(
        middle,
        actual,
        p10=Decimal(str(low)),
        p90=Decimal(str(high)),
        since=date(2026, month, 1),
    )


def test_the_figures_by_hand() -> None:
    rows = [
        banded(80, 110, 120, 100, month=1),
        banded(70, 80, 90, 100, month=4),
        banded(150, 200, 260, 200, month=7),
    ]
    [found] = league(rows)
    assert (found.method, found.cut, found.periods) == ("model", "day_1", 3)
    # Missed by 10 %, 20 % and not at all.
    assert found.median_error == pytest.approx(0.1)
    assert found.bias == pytest.approx((10 - 20 + 0) / 400)
    assert found.coverage == pytest.approx(2 / 3)
    assert found.accuracy == pytest.approx((0.9 + 0.8 + 1) / 3)
    assert found.loss == pytest.approx(0.5 * (10 + 20 + 0) / 400)
    losses = [
        0.1 * 20 + 0.5 * 10 + 0.1 * 20,
        0.1 * 30 + 0.5 * 20 + 0.9 * 10,
        0.1 * 50 + 0 + 0.1 * 60,
    ]
    assert found.band_loss == pytest.approx(sum(losses) / 3 / 400)


def test_a_point_has_no_band_that_could_lose_or_cover() -> None:
    [found] = league([row(90, 100, method="stage")])
    assert found.loss == pytest.approx(0.5 * 10 / 100)
    assert (found.band_loss, found.coverage) == (None, None)
    [over] = league([row(110, 100, method="stage")])
    assert over.loss == pytest.approx(found.loss)


def test_a_band_does_not_win_against_a_point_that_was_nearer() -> None:
    rows = [banded(90, 110, 120, 100, month=1), row(109, 100, method="stage")]
    rows[1] = replace(rows[1], since=rows[0].since)
    first, second = league(rows)
    assert (first.method, second.method) == ("stage", "model")
    assert second.band_loss is not None
    # By all three levels the band would have won.
    assert sum(pinball(level, 109, 100) for level in (0.1, 0.5, 0.9)) / 300 > second.band_loss
    assert best_of([first, second]) == first


def test_a_period_without_any_won_counts_for_bias_and_loss_alone() -> None:
    [found] = league([row(50, 0), row(100, 100, since=date(2026, 4, 1))])
    assert (found.median_error, found.accuracy) == (0, 1)
    assert found.bias == pytest.approx(0.5)
    assert found.periods == 2
    [nothing] = league([row(50, 0)])
    assert (nothing.median_error, nothing.bias, nothing.loss, nothing.accuracy) == (None,) * 4


def test_what_was_not_said_or_is_not_over_is_left_out() -> None:
    assert league([row(None, 100), row(100, None)]) == []


def test_accuracy_never_falls_below_nothing() -> None:
    [found] = league([row(300, 100), row(100, 100, since=date(2026, 4, 1))])
    assert found.accuracy == pytest.approx(0.5)


def test_it_is_by_cut_off_and_then_the_nearest_first() -> None:
    rows = [
        row(150, 100, cut="week_8"),
        row(150, 100, method="stage"),
        row(110, 100, method="category"),
        row(101, 100),
    ]
    found = [(one.cut, one.method) for one in league(rows)]
    assert found == [
        ("day_1", "model"),
        ("day_1", "category"),
        ("day_1", "stage"),
        ("week_8", "model"),
    ]


def test_the_best_is_of_those_that_were_asked_as_often() -> None:
    rows = [
        row(110, 100),
        row(110, 100, since=date(2026, 4, 1)),
        row(100, 100, method="submitted"),
        row(130, 100, method="stage"),
        row(130, 100, method="stage", since=date(2026, 4, 1)),
    ]
    best = best_of(league(rows))
    assert best is not None
    assert best.method == "model"
    assert best_of([]) is None
    assert best_of(league([row(5, 0)])) is None


money = st.decimals(min_value=0, max_value=10**9, places=2)
won = st.decimals(min_value=1, max_value=10**9, places=2)


@st.composite
def bands(draw: st.DrawFn) -> Said:
    low, middle, high = sorted(draw(st.lists(money, min_size=3, max_size=3)))
    day = date(2026, draw(st.integers(1, 12)), 1)
    return Said(middle, draw(won), p10=low, p90=high, since=day)


@given(st.lists(bands(), min_size=1, max_size=12))
def test_shares_stay_within_their_bounds(rows: list[Said]) -> None:
    [found] = league(rows)
    assert found.median_error is not None
    assert found.median_error >= 0
    assert found.loss is not None
    assert found.loss >= 0
    assert found.band_loss is not None
    assert found.band_loss >= 0
    assert found.accuracy is not None
    assert 0 <= found.accuracy <= 1
    assert found.coverage is not None
    assert 0 <= found.coverage <= 1
    assert found.bias is not None
    assert found.bias >= -1


@given(st.lists(bands(), min_size=1, max_size=8), st.randoms())
def test_neither_order_nor_unit_of_money_matters(rows: list[Said], chance: object) -> None:
    def close(one: Standing, other: Standing) -> bool:
        names = ("median_error", "bias", "loss", "band_loss", "coverage", "accuracy")
        pairs = [(getattr(one, name), getattr(other, name)) for name in names]
        return all(left == pytest.approx(right, rel=1e-6, abs=1e-9) for left, right in pairs)

    mixed = list(rows)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    in_thousands = [
        replace(
            one,
            **{
                name: getattr(one, name) * 1000
                for name in ("said", "actual", "p10", "p90")
                if getattr(one, name) is not None
            },
        )
        for one in mixed
    ]
    [found], [other] = league(rows), league(in_thousands)
    assert close(found, other)


@given(st.floats(0.01, 0.99), st.floats(0, 1e9), st.floats(0, 1e9))
def test_no_loss_where_it_is_met_and_never_below(level: float, said: float, actual: float) -> None:
    assert pinball(level, said, actual) >= 0
    assert pinball(level, actual, actual) == 0
    assert pinball(level, actual + 10, actual) == pytest.approx((1 - level) * 10, abs=1e-6)


@given(bands())
def test_a_foresight_that_is_right_beats_any_other(other: Said) -> None:
    actual = other.actual
    right = Said(actual, actual, method="stage", since=other.since)
    first = best_of(league([other, right]))
    assert first is not None
    assert first.loss == 0
    if other.said != actual:
        assert first.method == "stage"
