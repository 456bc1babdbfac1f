"""What a forecast is put together from, each part by itself."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.about.hierarchy import Node, tree_of
from forecasting.quarter.alternatives import beside
from forecasting.quarter.calibration import Looked, Part, correction, walked
from forecasting.quarter.curves import WonBy, days_from, in_period, week_ends
from forecasting.quarter.looking import lifted
from forecasting.quarter.new_business import coming
from forecasting.quarter.state import State
from forecasting.quarter.tree import places_in
from revenue.periods import Period
from revenue.users.models import Org

QUARTER = Period.of(date(2026, 4, 1))


def a_state(rows: list[dict[str, Any]], *, as_of: datetime) -> State:
    usual = {
        "owner": "U1",
        "created": "2025-01-01",
        "stage": "Proposal",
        "category": "Pipeline",
        "probability": 0.5,
        "closes": "2026-05-01",
        "amount": 100.0,
        "is_open": True,
        "is_won": False,
    }
    full = [usual | row for row in rows]

    def column(name: str, kind: Any) -> Any:
        return np.array([row[name] for row in full], dtype=kind)

    return State(
        today=as_of.date(),
        refs=np.array([f"D{at}" for at in range(len(full))], dtype=object),
        owner=column("owner", object),
        created=column("created", "datetime64[D]"),
        stage=column("stage", object),
        category=column("category", object),
        probability=column("probability", float),
        closes=column("closes", "datetime64[D]"),
        amount=column("amount", float),
        is_open=column("is_open", bool),
        is_won=column("is_won", bool),
    )


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def won(made: date, closed: date, **more: Any) -> dict[str, Any]:
    days = {"created": made.isoformat(), "closes": closed.isoformat()}
    return {**days, "is_open": False, "is_won": True, **more}


# Curves.


@given(
    st.lists(st.floats(0, 0.03), min_size=26, max_size=26),
    st.floats(0, 400),
    st.floats(0, 400),
)
def test_the_longer_the_likelier_and_never_beyond_all(
    steps: list[float], one: float, other: float
) -> None:
    by_week = np.cumsum(steps)[None, :]
    at_all = np.minimum(by_week[:, -1] + 0.1, 1)
    curve = WonBy(by_week, at_all, "model")
    low, high = sorted((one, other))
    assert 0 <= curve.within(low)[0] <= curve.within(high)[0] + 1e-12
    assert curve.within(high)[0] <= at_all[0] + 1e-12


def test_a_curve_is_read_within_its_weeks_and_beyond() -> None:
    curve = WonBy(np.arange(1, 27)[None, :] / 100, np.array([0.4]), "model")
    assert curve.within(0)[0] == 0
    assert curve.within(7)[0] == pytest.approx(0.01)
    assert curve.within(10.5)[0] == pytest.approx(0.015)
    assert curve.within(39 * 7)[0] == pytest.approx(0.26 + 0.5 * 0.14)
    assert curve.within(10_000)[0] == pytest.approx(0.4)


def test_of_a_coming_period_what_is_won_before_it_does_not_count() -> None:
    curve = WonBy(np.arange(1, 27)[None, :] / 100, np.array([0.26]), "model")
    org = Org(timezone="America/New_York")
    as_of = at("2026-03-18T04:00")  # two weeks before it begins, where the org is
    chance, weeks = in_period(curve, until=days_from(org, as_of), period=QUARTER)
    assert chance[0] == pytest.approx(0.13)
    assert weeks[0, 0] == pytest.approx(1 / 13)
    assert weeks[0, -1] == 1
    assert (np.diff(weeks[0]) >= 0).all()
    assert week_ends(QUARTER)[-1] == date(2026, 7, 1)


# New business.


def quarters_of_wins(a_quarter: int, *, quarters: int = 6) -> list[dict[str, Any]]:
    """Each quarter as many deals made on its 40th day and won on its 60th; many more that wait."""
    rows = []
    for number in range(1, quarters + 1):
        period = QUARTER.before(number)
        made, closed = (period.since + timedelta(days=days) for days in (40, 60))
        rows += [won(made, closed, owner=f"U{nth % 2}") for nth in range(a_quarter)]
    return rows


def test_new_business_is_that_of_the_same_part_of_past_periods() -> None:
    state = a_state(quarters_of_wins(10), as_of=at("2026-04-01"))
    found = coming(state, QUARTER)
    assert found.expected == pytest.approx(10)
    assert found.mean == pytest.approx(1000)
    assert found.periods == 4
    assert sum(found.by_owner.values()) == pytest.approx(10)
    assert found.by_owner["U0"] == pytest.approx(5)
    ends = dict(zip(week_ends(QUARTER), found.weeks, strict=True))
    assert found.weeks[-1] == 1
    assert ends[QUARTER.since + timedelta(days=56)] == 0
    assert ends[QUARTER.since + timedelta(days=63)] == 1


def test_after_the_day_on_which_they_were_made_none_are_to_come() -> None:
    state = a_state(quarters_of_wins(10), as_of=at("2026-05-20"))
    assert coming(state, QUARTER).expected == 0


def test_when_more_is_made_more_is_expected() -> None:
    rows = quarters_of_wins(10)
    last = QUARTER.before()
    more = [{"created": (last.since + timedelta(days=40)).isoformat()} for _ in range(10)]
    found = coming(a_state(rows + more, as_of=at("2026-04-01")), QUARTER)
    assert found.expected == pytest.approx(20)


def test_steady_periods_are_drawn_to_a_usual_spread_and_wild_ones_are_wider() -> None:
    steady = coming(a_state(quarters_of_wins(40), as_of=at("2026-04-01")), QUARTER)
    wild_rows = [
        row
        for number, row in enumerate(quarters_of_wins(40))
        if (number // 40) % 2 or number % 40 < 5
    ]
    wild = coming(a_state(wild_rows, as_of=at("2026-04-01")), QUARTER)
    assert steady.spread < 0.15 < wild.spread


def test_of_a_young_org_the_last_weeks_speak_and_of_an_empty_one_nothing() -> None:
    recent = won(date(2026, 3, 10), date(2026, 3, 20))
    young = coming(a_state([recent] * 6, as_of=at("2026-04-01")), QUARTER)
    assert young.expected == 6
    assert young.periods == 0
    nothing = coming(a_state([], as_of=at("2026-04-01")), QUARTER)
    assert nothing.mean == 0
    assert len(nothing.weeks) == len(QUARTER.weeks)


# Correction.


def a_look(number: int, *, came: float, cut: str = "day_1", mean: float = 1000.0) -> Looked:
    part = Part(mean, 50.0**2, 400.0, came)
    return Looked(f"p{number:02d}", cut, part, Part(100.0, 15.0**2, 100.0, 100.0))


def test_without_a_past_nothing_is_corrected() -> None:
    found = correction([])
    assert (found.level, found.new_level, found.widening, found.periods) == (1, 1, 1, 0)


def test_the_level_follows_the_last_periods() -> None:
    steady = correction([a_look(n, came=1000) for n in range(8)])
    fallen = correction([a_look(n, came=1000 if n < 5 else 800) for n in range(8)])
    once = correction([a_look(n, came=1000 if n < 7 else 800) for n in range(8)])
    assert steady.level == pytest.approx(1, abs=0.01)
    assert 0.8 < fallen.level < once.level < steady.level


def test_three_looks_at_a_period_are_not_three_periods() -> None:
    one = correction([a_look(n, came=900) for n in range(3)])
    three = correction([a_look(n, came=900, cut=cut) for n in range(3) for cut in "abc"])
    assert three.level == pytest.approx(one.level)
    assert three.periods == one.periods == 3


def test_periods_that_sway_widen_the_band() -> None:
    calm = correction([a_look(n, came=1000) for n in range(8)])
    wild = correction([a_look(n, came=1000 + 300 * (-1) ** n) for n in range(8)])
    assert calm.shocks.period < wild.shocks.period
    assert wild.shocks.period > 0.3


@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e9)), max_size=12))
def test_a_level_stays_within_bounds(pairs: list[tuple[float, float]]) -> None:
    parts = [Part(mean, mean**2 / 10, mean, came) for mean, came in pairs]
    level = walked(parts, walks=0.08, begins=0.1, sways=0.03)
    assert np.exp(-0.51) <= level <= np.exp(0.51)


def test_a_shock_is_no_larger_because_little_was_expected_of_a_part() -> None:
    tiny = Part(0.01, 0.0001, 0.005, 50.0)
    looks = [
        replace(a_look(n, came=1000), teams=(tiny, Part(500, 900, 200, 500))) for n in range(8)
    ]
    assert correction(looks).shocks.team < 0.3


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1e6)), min_size=1, max_size=30),
    st.floats(0.6, 1.6),
)
def test_a_level_moves_what_is_expected_and_leaves_chances_chances(
    deals: list[tuple[float, float]], level: float
) -> None:
    chance, worth = (np.array(one) for one in zip(*deals, strict=True))
    found = lifted(chance, worth, level)
    assert ((found >= 0) & (found <= 1)).all()
    assert (found[chance == 0] == 0).all()
    assert (found[chance == 1] == 1).all()
    expected, most = (chance * worth).sum(), worth[chance > 0].sum()
    if level * expected < 0.9 * most and ((chance > 0.01) & (chance < 0.99) | (worth == 0)).all():
        assert (found * worth).sum() == pytest.approx(level * expected, rel=1e-4, abs=1e-6)


# What others say.


def test_other_ways_are_worked_out_by_hand() -> None:
    rows = [
        {"probability": 0.5, "category": "Commit"},
        {"probability": 0.25, "category": "Best Case", "amount": 200.0},
        {"probability": 0.1, "category": "Pipeline", "closes": "2026-07-01"},  # due later
        {"probability": np.nan, "category": "Omitted", "amount": np.nan},
        won(date(2026, 2, 1), date(2026, 4, 10), amount=30.0),
        won(date(2025, 2, 1), date(2025, 4, 10), amount=70.0),
        won(date(2025, 2, 1), date(2025, 7, 1), amount=999.0),
    ]
    found = beside(a_state(rows, as_of=at("2026-04-20")), QUARTER)
    assert found.closed == 30
    assert found.pipeline == 300
    assert found.stage_weighted == 30 + 50 + 50
    assert found.category_weighted == 30 + 90 + 100
    assert found.year_before == 70
    assert found.categories == {"closed": 30, "commit": 100, "best_case": 200, "pipeline": 0}
    assert found.open_deals == 4


def test_of_some_owners_alone_and_of_a_year_that_nobody_wrote_down() -> None:
    rows = [{"owner": "U1"}, {"owner": "U2"}, {"created": "2025-06-01", "owner": "U1"}]
    state = a_state([row | {"created": "2025-06-01"} for row in rows], as_of=at("2026-04-20"))
    assert beside(state, QUARTER, owners=["U2"]).pipeline == 100
    assert beside(state, QUARTER).year_before is None


# Whose number adds to whose.


@given(st.lists(st.integers(0, 12), min_size=1, max_size=13))
def test_what_stands_below_makes_up_what_stands_above(above: list[int]) -> None:
    nodes = [
        Node(f"N{at}", f"Name {at}", f"N{parent}" if parent < at else None, (f"U{at}",))
        for at, parent in enumerate(above)
    ]
    everybody = {f"U{at}" for at in range(len(nodes))} | {"lost"}
    places = places_in(tree_of(nodes), owners=everybody)
    assert set(places[0].owners) == everybody
    for place in places:
        below = [one for one in places if one.parent == place.key and one.is_total]
        own = [one for one in places if one.key == place.key and not one.is_total]
        parts = [owner for one in (*below, *own) for owner in one.owners]
        if place.is_total and parts:
            assert sorted(parts) == sorted(place.owners)
