"""Amounts that are often nought: models that multiply, told in money."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from revenue.ml.amount_choosing import chosen_amount
from revenue.ml.amounts import Floored, Tweedie, TwoParts, settled
from revenue.ml.artefact import digest
from revenue.ml.frames import Feature, Frame, Kind, make_frame
from revenue.ml.intervals import Spread
from revenue.ml.members import Contributions, Member
from revenue.ml.number_judging import errors_of, found_first, values_of
from revenue.ml.pipeline import parted
from revenue.ml.readiness import State
from revenue.ml.regression import Regressed, compare_numbers, train_regressor
from revenue.ml.settings import Settings
from revenue.ml.trained import member_from

ACCOUNTS, MOMENTS, STEP, HORIZON = 150, 12, 30, 60
KINDS = ("linear", "tweedie", "two_parts", "blend")
START = np.datetime64("2024-01-01", "s")
DAY = np.timedelta64(86_400, "s")
FEATURES = (
    Feature("open", Kind.NUMBER, "Open deals"),
    Feature("size", Kind.NUMBER, "Size"),
    Feature("industry", Kind.CATEGORY, "Industry"),
    Feature("before", Kind.NUMBER, "What the last period brought"),
)
SETTINGS = Settings(
    "expansion",
    whole_groups=False,
    judge_moments=False,
    target="amount",
    last_period="before",
    stratum="segment",
    calibrate_from=str(START + 5 * STEP * DAY),
    test_from=str(START + 9 * STEP * DAY),
    until=str(START + 20 * STEP * DAY),
    most_trees=60,
    stop_after=10,
    bootstraps=100,
    noun="customers",
)


def amounts(*, has_signal: bool = True, seed: int = 1) -> Frame:
    """Each account at each moment: whether it buys and for how much hang on what is known."""
    rng = np.random.default_rng(seed)
    rows = ACCOUNTS * MOMENTS
    opened, size = rng.poisson(0.8, rows), rng.lognormal(0, 1, rows)
    industry = rng.choice(["Steel", "Food"], rows)
    chance = np.where(opened > 0, 0.6, 0.1) * np.where(industry == "Food", 1.3, 0.7)
    mean = 1000 * (1 + size)
    if not has_signal:
        chance, mean = np.full(rows, 0.3), np.full(rows, 2000.0)
    label = (rng.random(rows) < chance) * mean * rng.lognormal(-0.1, 0.45, rows)
    at = START + np.repeat(np.arange(MOMENTS), ACCOUNTS) * STEP * DAY
    values = pd.DataFrame(
        {"open": opened, "size": size, "industry": industry, "before": rng.permutation(label)}
    )
    return make_frame(
        values,
        features=FEATURES,
        as_of=at,
        label=label,
        label_known_at=at + HORIZON * DAY,
        ids=np.tile(np.arange(ACCOUNTS), MOMENTS),
        segments=pd.DataFrame({"segment": industry}),
    )


@pytest.fixture(scope="module")
def trained() -> Regressed:
    return train_regressor(amounts(), SETTINGS)


@pytest.fixture(scope="module")
def members() -> dict[str, Member]:
    """One of each kind, so that every kind is held to the same."""
    found: dict[str, Member] = {}
    parts = parted(amounts(), SETTINGS)
    for kind in KINDS:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("revenue.ml.amount_choosing.EASE", (kind,))
            patched.setattr("revenue.ml.amount_choosing.grouped_error", lambda *_: np.inf)
            found[kind], told, _ = chosen_amount(parts, SETTINGS)
            assert told == kind
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_contributions_in_money_sum_to_the_amount(kind: str, members: dict[str, Member]) -> None:
    frame, member = amounts(seed=2), members[kind]
    value = member.margin(frame)
    told = member.contributions(frame)
    np.testing.assert_allclose(told.margin, value, rtol=1e-4, atol=1e-6)
    assert (value >= 0).all()
    np.testing.assert_allclose(settled(told, value).margin, value, atol=1e-8)
    assert np.ptp(told.by_feature, axis=0).max() > 100
    assert np.ptp(told.base) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_member_comes_back_alike(kind: str, members: dict[str, Member]) -> None:
    frame, member = amounts(seed=2), members[kind]
    again = member_from(member.as_json(), member.blobs())
    assert isinstance(again, Floored | Tweedie | TwoParts)
    np.testing.assert_array_equal(again.margin(frame), member.margin(frame))


def test_what_is_left_by_rounding_goes_to_the_largest() -> None:
    parts = Contributions(np.array([1.0]), np.array([[0.5, -3.0]]))
    found = settled(parts, np.array([-1.25]))
    np.testing.assert_allclose(found.by_feature, [[0.5, -2.75]])


def test_signal_is_found_and_told_beside_plain_numbers(trained: Regressed) -> None:
    report = trained.report
    assert trained.readiness.state is not State.NOT_READY
    assert report["metrics"]["r2"] > 0.15
    assert set(report["baselines"]) == {
        "mean", "median", "recent_mean", "linear", "last_period", "segment_mean",
    }  # fmt: skip
    best = min(one["rmse"] for name, one in report["baselines"].items() if name != "linear")
    assert report["metrics"]["rmse"] < best
    tenths = report["tenths"]
    assert len(tenths) == 10
    assert tenths[-1]["came"] > 3 * tenths[0]["came"]
    assert report["found_first"][-1]["found"] == pytest.approx(1)
    assert report["metrics"]["coverage"] == pytest.approx(0.9, abs=0.07)


def test_bands_hold_the_amount_and_never_fall_below_nought(trained: Regressed) -> None:
    told = trained.predict(amounts(seed=3))
    assert (told.low >= 0).all()
    assert (told.low <= told.value).all()
    assert (told.value <= told.high).all()
    np.testing.assert_allclose(told.contributions.margin, told.value, atol=1e-8)


def test_the_same_is_learned_twice_and_comes_back(trained: Regressed) -> None:
    data = trained.to_bytes()
    assert train_regressor(amounts(), SETTINGS).to_bytes() == data
    again = Regressed.from_bytes(data, sha256=digest(data))
    np.testing.assert_array_equal(
        again.predict(amounts(seed=3)).high, trained.predict(amounts(seed=3)).high
    )


def test_noise_is_not_ready_and_a_plain_number_is_given(trained: Regressed) -> None:
    noise = train_regressor(amounts(has_signal=False), SETTINGS)
    assert noise.readiness.state is State.NOT_READY
    assert noise.report["importance"] == []
    plain = noise.report["plain"]
    assert 0 <= plain["low"] < plain["value"] < plain["high"]


def test_what_came_after_the_test_window_began_changes_nothing_learned(trained: Regressed) -> None:
    frame = amounts()
    later = frame.label_known_at >= np.datetime64(trained.report["windows"]["test_from"])
    turned = replace(frame, label=np.where(later, 0.0, frame.label))
    second = train_regressor(turned, SETTINGS)
    np.testing.assert_array_equal(trained.predict(frame).value, second.predict(frame).value)


def test_two_models_of_amounts_are_compared_by_what_tells_the_mean(trained: Regressed) -> None:
    found: dict[str, Any] = compare_numbers(trained, trained, amounts())
    assert found["candidate"] == found["live"]
    assert {"rmse", "deviance"} <= set(found["live"])
    assert "mae" not in found["live"]


def test_deviance_is_nought_where_all_is_said_and_least_at_the_mean() -> None:
    frame = amounts()
    exact = errors_of(values_of(frame, np.maximum(frame.label, 1e-9)), target="amount")
    mean = float(frame.label.mean())
    at = [errors_of(values_of(frame, mean * one), target="amount") for one in (0.8, 1.0, 1.25)]
    assert exact["deviance"] < at[1]["deviance"] / 20
    assert at[1]["deviance"] < min(at[0]["deviance"], at[2]["deviance"])


def test_who_is_said_to_bring_most_first() -> None:
    frame = amounts()
    rows = found_first(values_of(frame, frame.label))
    shares = [one["found"] for one in rows]
    assert shares == sorted(shares)
    assert shares[4] == pytest.approx(1)
    assert found_first(values_of(replace(frame, label=np.zeros(len(frame))), 1.0)) == []


def test_a_spread_that_knows_too_little_ends_at_the_furthest_that_was_seen() -> None:
    fitted = Spread.fit(np.ones(5), np.full(5, 3.0))
    low, high = Spread.from_json(fitted.as_json())(np.ones(1))
    assert (low[0], high[0]) == (1, 3)


@pytest.mark.parametrize("tied", [0.3, 0.6, 0.97])
def test_a_spread_holds_what_it_promises_where_many_are_told_the_same(tied: float) -> None:
    rng = np.random.default_rng(3)
    said = np.where(rng.random(4_000) < tied, 10.0, 10 + rng.gamma(2, 50, 4_000))
    came = said * rng.gamma(1, 1, 4_000)
    fitted = Spread.fit(said[:2_000], came[:2_000])
    low, high = fitted(np.append(said[2_000:], 0.5))
    assert np.isfinite(high).all()
    inside = (low[:-1] <= came[2_000:]) & (came[2_000:] <= high[:-1])
    assert 0.86 < inside.mean() < 0.94
