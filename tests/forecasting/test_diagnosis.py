import os
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.diagnosis.causes import Diagnosis, TooLittleError, diagnose
from forecasting.diagnosis.change_point import change_point
from forecasting.diagnosis.closed import UNKNOWN, Closed
from forecasting.diagnosis.expected import expect
from forecasting.diagnosis.mix import mix_of, shapley_mix, split_by
from tests.forecasting.planted import CAUSES, STEPS, Planted, a_company

COMPANIES = int(os.environ.get("DIAGNOSED", "100" if os.environ.get("SOAK") else "10"))


def is_found(planted: Planted, found: Diagnosis) -> bool:
    if planted.cause == "none":
        return not found.causes
    if not found.causes:
        return False
    first = found.causes[0]
    if planted.cause == "mix":
        return first.kind == "mix" and first.levels[0][0] == planted.dimension
    of_rate = first.kind == "rate" and frozenset(first.levels) == planted.levels
    return of_rate and (first.step == planted.step or planted.cause != "stage")


@pytest.mark.timeout(3600)
def test_the_planted_cause_comes_first() -> None:
    rng = np.random.default_rng(7)
    drawn = [CAUSES[at] for at in rng.integers(0, len(CAUSES), COMPANIES)]
    companies = [a_company(seed, cause=cause) for seed, cause in enumerate(drawn)]
    hits = [is_found(one, diagnose(one.closed)) for one in companies]
    caused = [hit for hit, cause in zip(hits, drawn, strict=True) if cause != "none"]
    alarms = [not hit for hit, cause in zip(hits, drawn, strict=True) if cause == "none"]
    print(f"{sum(caused)} of {len(caused)} found first, {sum(alarms)} of {len(alarms)} alarms")
    assert np.mean(caused) >= 0.9
    assert np.mean(alarms) <= 0.05


@pytest.mark.parametrize("cause", ["segment", "mix"])
def test_parts_sum_to_the_change(cause: str) -> None:
    closed = a_company(1, cause=cause).closed
    found = diagnose(closed)
    parts = sum(one.points for one in found.causes) + found.unexplained
    assert parts == pytest.approx(closed.rate(now=True) - closed.rate(now=False))
    assert found.shares.mix + found.shares.rate == pytest.approx(found.change)
    assert abs(found.unexplained) < 0.03
    assert found == diagnose(closed)


def test_a_fall_is_told_as_large_as_it_is() -> None:
    planted = a_company(1, cause="segment")
    first = diagnose(planted.closed).causes[0]
    rows = np.logical_and.reduce(
        [
            planted.closed.dimension(name).codes
            == planted.closed.dimension(name).levels.index(level)
            for name, level in planted.levels
        ]
    )
    now = planted.closed.now
    share = rows[now].mean()
    came = planted.closed.won[rows & now].mean() - planted.closed.won[rows & ~now].mean()
    assert first.points == pytest.approx(share * came, abs=0.01)
    assert first.now - first.before == pytest.approx(came)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 80), st.integers(1, 5))
def test_splits_are_exact_for_any_deals(seed: int, number: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    now = rng.random(number) < 0.5
    closed = Closed.of(
        now=now,
        won=rng.random(number) < 0.4,
        value=np.ones(number),
        values={name: rng.integers(0, levels, number).astype(str) for name in "abc"},
    )
    if now.all() or not now.any():
        return
    change = closed.rate(now=True) - closed.rate(now=False)
    for name in "abc":
        found = split_by(closed, name)
        assert found.mix + found.rate == pytest.approx(change, abs=1e-9)
        assert sum(one.mix + one.rate for one in found.levels) == pytest.approx(change, abs=1e-9)
    chance = np.full(number, 0.4)
    shares = shapley_mix(closed, chance)
    whole = mix_of(closed.dimensions, closed, chance)
    assert shares.mix == pytest.approx(whole, abs=1e-9)


def test_the_order_of_dimensions_does_not_matter() -> None:
    closed = a_company(3, cause="mix").closed
    turned = Closed(closed.now, closed.value, closed.dimensions[::-1], closed.passed, closed.steps)
    chance = expect(closed).win
    one, other = shapley_mix(closed, chance), shapley_mix(turned, chance)
    for name, part in one.by_dimension.items():
        assert other.by_dimension[name] == pytest.approx(part, abs=1e-12)


def test_a_dimension_that_says_nothing_gets_nothing() -> None:
    closed = a_company(3, cause="mix").closed
    same = {one.name: [one.levels[at] for at in one.codes] for one in closed.dimensions}
    wider = Closed.of(
        now=closed.now, won=closed.won, value=closed.value, values={**same, "dull": ["x"] * 3600}
    )
    assert shapley_mix(wider, expect(wider).win).by_dimension["dull"] == pytest.approx(0, abs=1e-12)


def test_too_few_deals_are_said_to_be_too_few() -> None:
    closed = Closed.of(
        now=np.array([True] * 10 + [False] * 90),
        won=np.array([True, False] * 50),
        value=np.ones(100),
        values={"region": ["A"] * 100},
    )
    with pytest.raises(TooLittleError, match="10 deals"):
        diagnose(closed)


def test_steps_multiply_to_the_win() -> None:
    closed = Closed.of(
        now=np.array([True, True, False]),
        won=np.array([True, False, False]),
        value=np.ones(3),
        values={"region": ["A", None, ""]},
        reached=[4, 2, 0],
        steps=STEPS,
    )
    assert closed.won.tolist() == [True, False, False]
    assert np.nansum(closed.passed, axis=1).tolist() == [4, 2, 0]
    assert np.isnan(closed.passed).sum(axis=1).tolist() == [0, 1, 3]
    assert closed.dimension("region").levels == ("A", UNKNOWN)


def test_a_change_point_is_found_where_it_is_and_only_there() -> None:
    rng = np.random.default_rng(2)
    days = np.datetime64("2026-01-01") + rng.integers(0, 300, 1_200)
    fell = days >= np.datetime64("2026-07-01")
    found = change_point(days, rng.random(1_200) < np.where(fell, 0.2, 0.4))
    assert found is not None
    assert abs((found.day - date(2026, 7, 1)).days) <= 21
    assert found.before > found.after
    assert change_point(days, rng.random(1_200) < 0.3) is None
    assert change_point(days[:10], fell[:10]) is None
