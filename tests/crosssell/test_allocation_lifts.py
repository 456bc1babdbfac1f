"""What followed actions: found where it is there, left as it is said where little is known."""

import numpy as np
import pandas as pd
import pytest

from crosssell.allocation.lifts import followed, past_of
from tests.crosssell.team import Team
from tests.factories.facts import NOON

SAID = {"visit": 0.05, "demo": 0.05}


def a_panel(rows: int, *, effect: float, seed: int = 3) -> pd.DataFrame:
    """Sellers visit whoever buys much anyway; a visit multiplies what they buy by the effect."""
    rng = np.random.default_rng(seed)
    usual = rng.gamma(1.0, 1.0, rows)
    before = rng.poisson(4 * usual)
    visit = rng.random(rows) < np.where(before > 3, 0.4, 0.05)
    after = rng.poisson(usual * np.where(visit, effect, 1.0))
    return pd.DataFrame(
        {
            "moment": rng.integers(1, 4, rows),
            "before": before,
            "size": rng.choice([10.0, 100.0, 1000.0], rows),
            "after": after,
            "visit": visit.astype(int),
            "demo": 0,
        }
    )


def test_an_effect_is_found_although_sellers_choose_whom_they_see() -> None:
    panel = a_panel(40_000, effect=1.3)
    seen, other = panel[panel.visit > 0], panel[panel.visit == 0]
    assert seen.after.mean() / other.after.mean() > 1.8
    found = {one.key: one for one in followed(panel, said=SAID)}
    assert found["visit"].low < 0.3 < found["visit"].high + 0.12
    assert found["visit"].lift == pytest.approx(0.3, abs=0.12)


def test_what_was_never_done_stays_as_it_is_said() -> None:
    demo = followed(a_panel(2000, effect=1.3), said=SAID)[1]
    assert (demo.seen, demo.rate, demo.lift) == (0, None, 0.05)
    assert demo.low < 0.05 < demo.high


def test_little_of_it_moves_little() -> None:
    few = followed(a_panel(300, effect=1.3), said=SAID)[0]
    assert few.rate is not None
    distance = abs(few.lift - 0.05)
    assert distance < abs(few.rate - 1.05)


@pytest.mark.django_db
def test_an_org_without_a_past_has_its_types_as_they_are_said() -> None:
    team = Team()
    team.account()
    found = past_of(team.org, as_of=NOON)
    assert [one.key for one in found] == ["call", "visit", "demo", "executive", "training"]
    assert all(one.rate is None for one in found)
