from dataclasses import replace
from decimal import Decimal
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.bridge.running import Deal, Running, State
from forecasting.bridge.steps import KINDS, WHOLE, Fate, category, put_in, walk
from forecasting.quarter.new_deals import Each
from forecasting.quarter.simulation import Ratios, Shocks
from forecasting.quarter.worlds import Method

PEOPLE = {"ann": "east", "bob": "east", "cyn": "west"}
ROSTERS = {"": ["ann", "bob", "cyn"], "east": ["ann", "bob"], "west": ["cyn"]}
OPEN_THEN, OPEN_OUT = Fate(is_due=True), Fate()


def method(**changed: Any) -> Method:
    usual: dict[str, Any] = {
        "shocks": Shocks(0.2, 0.1, 0.1),
        "each": Each(0.2, 3_000.0, 2_000.0),
        "widening": 1.2,
        "draws": 300,
    }
    return Method(**usual | changed)


def a_deal(ref: str, **facts: Any) -> Deal:
    owner = facts.pop("owner", "ann")
    usual: dict[str, Any] = {"team": PEOPLE[owner], "segment": "", "amount": 1_000.0, "chance": 0.4}
    return Deal(ref=ref, owner=owner, **usual | facts)


def a_state(*deals: Deal, **changed: Any) -> State:
    usual: dict[str, Any] = {
        "expected": {"ann": 1.0, "cyn": 0.5},
        "method": method(),
        "rosters": ROSTERS,
    }
    return State(deals={deal.ref: deal for deal in deals}, **usual | changed)


def random_state(seed: int, number: int) -> State:
    rng = np.random.default_rng(seed)
    refs = rng.choice(60, size=number, replace=False)
    return a_state(
        *(
            a_deal(
                f"d{at}",
                owner=str(rng.choice(list(PEOPLE))),
                segment=str(rng.choice(["", "x"])),
                amount=float(np.round(rng.lognormal(8, 1), 2)),
                chance=float(rng.uniform()),
                is_won=bool(rng.uniform() < 0.2),
            )
            for at in refs
        ),
        expected={name: float(rng.uniform(0, 2)) for name in PEOPLE},
        method=method(
            shocks=Shocks(*rng.uniform(0, 0.4, 3)),
            ratios=Ratios.of(rng.lognormal(0, 0.2, 50)),
            each=Each(*rng.uniform([0.01, 500, 100], [0.5, 5_000, 5_000])),
            level=float(rng.uniform(0.7, 1.2)),
            widening=float(rng.uniform(0.8, 1.5)),
            seed=int(rng.integers(1, 3)),
        ),
    )


def middles(state: State) -> dict[str, Decimal]:
    return Running(state, owners=sorted(state.owners)).middles(state.rosters)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.integers(0, 60),
    st.integers(0, 60),
    st.data(),
)
def test_parts_sum_to_the_difference_of_two_forecasts_to_the_cent(
    one: int, other: int, number: int, later: int, data: st.DataObject
) -> None:
    """Whatever is said of the deals: the ends are those of the two states drawn on their own."""
    before, after = random_state(one, number), random_state(other, later)
    refs = sorted({*before.deals, *after.deals})
    said = data.draw(
        st.lists(st.sampled_from(["", *WHOLE]), min_size=len(refs), max_size=len(refs))
    )
    chances = dict.fromkeys(refs[::3], 0.3)
    found = walk(
        before,
        after,
        categories=dict(zip(refs, said, strict=True)),
        by_old_model=chances,
        same_amount=frozenset(refs[::2]),
    )
    then, now = middles(before), middles(after)
    for team in ROSTERS:
        deltas = found.deltas(team)
        assert list(deltas) == [kind.name for kind in KINDS]
        assert sum(deltas.values()) == now[team] - then[team]
    assert (found.points[0], found.points[-1]) == (then, now)


def test_nothing_changed_is_no_step() -> None:
    state = random_state(1, 40)
    found = walk(state, state, categories={}, by_old_model={})
    assert not any(found.deltas("").values())
    assert not any(found.changes.values())


def test_each_kind_of_change_moves_its_own_step_alone() -> None:
    still = [a_deal(f"s{at}", owner="bob", amount=3_000.0) for at in range(20)]
    base = a_state(*still, a_deal("x"))
    cases = {
        "won": ([a_deal("x", is_won=True, chance=1.0)], {}, "won"),
        "lost": ([], {}, "lost"),
        "amount": ([a_deal("x", amount=5_000.0)], {}, ""),
        "probability": ([a_deal("x", chance=0.95)], {}, ""),
        "owner": ([a_deal("x", owner="cyn")], {}, ""),
        "model": ([a_deal("x", chance=0.95)], {"x": 0.4}, ""),
    }
    for step, (deals, by_old_model, said) in cases.items():
        after = a_state(*still, *deals)
        found = walk(base, after, categories={"x": said}, by_old_model=by_old_model)
        team = "west" if step == "owner" else ""
        moved = {name for name, delta in found.deltas(team).items() if delta}
        assert moved <= {step}
        assert [name for name, made in found.changes.items() if made] == [step]
    assert found.changes["model"][0].delta == pytest.approx(550)


def test_changes_of_the_method_and_of_what_is_to_come_have_steps_of_their_own() -> None:
    base = random_state(3, 50)
    lower = replace(base, method=replace(base.method, level=base.method.level * 0.8))
    more = replace(base, expected={name: one + 1 for name, one in base.expected.items()})
    for after, step in ((lower, "model"), (more, "new_business")):
        deltas = walk(base, after, categories={}, by_old_model={}).deltas("")
        assert {name for name, delta in deltas.items() if delta} == {step}
        assert (deltas[step] > 0) == (step == "new_business")


def test_what_such_deals_are_won_for_is_no_amount_of_the_crm() -> None:
    before, after = (
        a_state(a_deal("x"), a_deal("y")),
        a_state(a_deal("x", amount=1_200.0), a_deal("y", amount=1_300.0)),
    )
    found = walk(before, after, categories={}, by_old_model={}, same_amount=frozenset("x"))
    told = {name: [one.ref for one in made] for name, made in found.changes.items() if made}
    assert told == {"amount": ["y"], "model": ["x"]}


WON, LOST = Fate(is_closed=True, is_won=True), Fate(is_closed=True)
IT = a_deal("x")
IS_WON = a_deal("x", is_won=True, chance=1.0)


@pytest.mark.parametrize(
    ("before", "after", "then", "now", "said"),
    [
        (IT, IS_WON, OPEN_THEN, WON, "won"),
        (None, IS_WON, None, WON, "won"),
        (None, IS_WON, WON, WON, "corrected"),
        (IT, None, OPEN_THEN, LOST, "lost"),
        (IT, None, OPEN_THEN, None, "lost"),
        (IT, None, OPEN_THEN, WON, "pushed"),
        (None, IT, None, OPEN_THEN, "new"),
        (None, IT, LOST, OPEN_THEN, "new"),
        (None, IT, OPEN_OUT, OPEN_THEN, "pulled_in"),
        (IT, IT, OPEN_OUT, OPEN_THEN, "pulled_in"),
        (IT, IT, OPEN_THEN, OPEN_OUT, "pushed"),
        (IT, None, OPEN_THEN, OPEN_OUT, "pushed"),
        (IT, IT, OPEN_THEN, OPEN_THEN, ""),
        (IT, None, OPEN_THEN, OPEN_THEN, ""),
        (IS_WON, IS_WON, WON, WON, ""),
        (IS_WON, None, WON, LOST, "corrected"),
        (IS_WON, IT, WON, OPEN_THEN, "corrected"),
        (IS_WON, replace(IS_WON, amount=5.0), WON, WON, "corrected"),
    ],
)
def test_one_category_for_what_happens_to_a_deal_as_a_whole(
    before: Deal | None, after: Deal | None, then: Fate | None, now: Fate | None, said: str
) -> None:
    assert category(before, after, then, now) == said


@given(st.sampled_from(["", *WHOLE]), st.booleans(), st.booleans(), st.none() | st.floats(0, 1))
def test_after_the_last_step_a_deal_is_what_it_is_now(
    said: str, was: bool, is_there: bool, chance: float | None
) -> None:
    found = IT if was else None
    new = a_deal("x", owner="cyn", amount=7.0, chance=0.9) if is_there else None
    for kind in KINDS:
        found = put_in(kind.name, found, new, said, chance)
    assert found == new


def test_five_thousand_deals_take_seconds() -> None:
    rng = np.random.default_rng(1)
    owners = [f"o{at}" for at in range(60)]
    deals = [
        Deal(f"d{at}", owners[at % 60], f"t{at % 9}", "", float(rng.lognormal(9, 1)), 0.2)
        for at in range(5_000)
    ]
    rosters = {"": owners, **{f"t{at}": owners[at::9] for at in range(9)}}
    facts: dict[str, Any] = {"expected": dict.fromkeys(owners, 1.0), "rosters": rosters}
    before = State({one.ref: one for one in deals}, method=method(draws=10_000), **facts)
    later = {one.ref: replace(one, chance=0.22) for one in deals[:4_500]}
    after = replace(before, deals=later)
    begun = perf_counter()
    walk(before, after, categories={one.ref: "lost" for one in deals[4_500:]}, by_old_model={})
    assert perf_counter() - begun < 30
