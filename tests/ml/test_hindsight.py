"""Fields that were filled in with the outcome known are found, and honest ones are kept."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from revenue.ml.frames import Feature, Frame, Kind, make_frame
from revenue.ml.leakage import alone_auc, leaks, with_hindsight
from revenue.ml.settings import Settings
from tests.ml.planted import START, planted

SETTINGS = Settings("lead_score", noun="leads", positive="converted", negative="not converted")


def found_in(frame: Frame) -> dict[str, str]:
    """As if no history dated any of them."""
    settings = replace(SETTINGS, unrecorded=tuple(one.name for one in frame.features))
    return leaks(frame, open_rows=frame.take(np.zeros(0, dtype=int)), settings=settings)


@pytest.mark.parametrize(("seed", "rate"), [(0, 0.3), (1, 0.3), (2, 0.15), (3, 0.45)])
def test_of_forty_fields_the_twenty_leaky_ones_are_found_and_no_other(
    seed: int, rate: float
) -> None:
    frame, leaky = planted(seed=seed, rate=rate)
    assert len(leaky) == 20
    assert len(frame.features) == 40
    found = found_in(frame)
    assert leaky - set(found) == set(), "not found"
    assert set(found) - leaky == set(), "wrongly left out"
    assert all(why.endswith(".") and len(why) > 40 for why in found.values())


def test_strong_honest_fields_are_really_strong() -> None:
    frame, leaky = planted()
    alone = [alone_auc(frame, one) or 0.5 for one in frame.features if one.name not in leaky]
    assert sum(one > 0.65 for one in alone) >= 3
    assert 0.72 < max(alone) < 0.8


def of_one(name: str, values: object, label: np.ndarray) -> Frame:
    at = START + np.arange(len(label)) * np.timedelta64(60, "s")
    kind = Kind.CATEGORY if isinstance(values, list) else Kind.NUMBER
    return make_frame(
        pd.DataFrame({name: values}),
        features=[Feature(name, kind)],
        as_of=at,
        label=label,
        label_known_at=at,
    )


def test_a_name_alone_is_no_sign() -> None:
    rng = np.random.default_rng(0)
    label = (rng.random(2_000) < 0.3).astype(float)
    for name in ("Final score", "Last Activity", "Closed_Reason__c", "Lead Status", "Rating"):
        assert found_in(of_one(name, rng.normal(size=2_000), label)) == {}


def test_the_same_values_are_a_sign_under_a_name_that_speaks_of_the_end() -> None:
    rng = np.random.default_rng(0)
    label = (rng.random(2_000) < 0.3).astype(float)
    values = label * 0.8 + rng.normal(size=2_000)
    assert found_in(of_one("Distance", values, label)) == {}
    assert "“last”" in found_in(of_one("Last Distance", values, label))["Last Distance"]


def test_what_a_history_dates_is_not_asked() -> None:
    frame, leaky = planted()
    found = leaks(frame, open_rows=frame.take(np.zeros(0, dtype=int)), settings=SETTINGS)
    assert set(found) < leaky
    assert with_hindsight(frame, found, SETTINGS) == {}


def test_what_is_filled_in_beside_a_leak_goes_with_it() -> None:
    rng = np.random.default_rng(1)
    label = (rng.random(2_000) < 0.4).astype(float)
    there = rng.random(2_000) < 0.5
    beside = np.where(there, rng.normal(size=2_000), np.nan)
    frame = of_one("told", np.where(there, label + 0.1 * rng.normal(size=2_000), np.nan), label)
    values = frame.values.assign(beside=beside, apart=rng.permutation(beside))
    features = (*frame.features, Feature("beside"), Feature("apart"))
    found = found_in(replace(frame, features=features, values=values))
    assert set(found) == {"told", "beside"}
    assert "together with told" in found["beside"]
