"""What showing suggestions does: the rule against oracles, simulations, and rows."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.about import kept
from crosssell.models import Recommendation
from crosssell.uplift import saying
from crosssell.uplift.measuring import Uplift, ready_by, uplift_of
from crosssell.uplift.power import held_out_needed, worth_finding
from crosssell.uplift.proportions import (
    Sides,
    design_effect,
    difference_of_means,
    difference_of_shares,
    wilson,
)
from crosssell.uplift.reading import Waiting, waiting_of
from revenue.ml.arrays import Floats, floats
from revenue.users.models import Org
from tests.crosssell.team import Team
from tests.factories.facts import NOON, a_product, an_account
from tests.factories.people import OrgFactory
from tests.factories.selling import a_crosssell_policy, a_recommendation, the_selling_run

TRIALS = int(os.environ.get("UPLIFT_TRIALS", "300"))
TODAY = NOON + timedelta(days=200)


def sides(rows: Any, bought: Any, money: Any = None) -> Sides:
    return Sides(floats(rows), floats(bought), floats(bought if money is None else money))


def alone(bought: int, count: int) -> Sides:
    """As many accounts as rows."""
    return sides(np.ones(count), np.arange(count) < bought)


def test_a_wilson_interval_is_the_one_of_the_book() -> None:
    """Newcombe 1998, table I: 81 of 263, and 0 of 20."""
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0.0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


@pytest.mark.parametrize(
    ("a", "m", "b", "n", "low", "high"),
    [(56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (10, 10, 0, 10, 0.6075, 1)],
)
def test_rows_that_do_not_hang_together_give_newcombes_interval(
    a: int, m: int, b: int, n: int, low: float, high: float
) -> None:
    """Newcombe 1998 (two proportions), table II, method 10: each account on one side alone."""
    first = sides(np.r_[np.ones(m), np.zeros(n)], np.r_[np.arange(m) < a, np.zeros(n)])
    second = sides(np.r_[np.zeros(m), np.ones(n)], np.r_[np.zeros(m), np.arange(n) < b])
    found = difference_of_shares(first, second)
    assert found.value == pytest.approx(a / m - b / n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03)


def test_accounts_that_buy_all_or_nothing_say_less() -> None:
    one_by_one = alone(40, 200)
    in_tens = sides(np.full(20, 10.0), np.r_[np.full(4, 10.0), np.zeros(16)])
    assert design_effect(one_by_one) == pytest.approx(1.0, abs=0.01)
    assert design_effect(in_tens) == pytest.approx(10.0, rel=0.1)
    assert design_effect(sides(np.full(20, 10.0), np.zeros(20))) == pytest.approx(10.0)


def drawn(
    rng: np.random.Generator, *, accounts: int, lift: float, spread: float
) -> tuple[Sides, Sides]:
    """Each account has its own leaning to buy, and rows on both sides."""
    count = rng.integers(1, 6, accounts)
    held = rng.binomial(count, 0.2)
    leaning = rng.beta(0.1 / spread, 0.9 / spread, accounts)
    shown = count - held
    bought = rng.binomial(shown, np.clip(leaning + lift, 0, 1))
    return sides(shown, bought), sides(held, rng.binomial(held, leaning))


@pytest.mark.parametrize(("lift", "spread"), [(0.0, 0.05), (0.05, 0.6), (0.0, 3.0)])
def test_the_interval_holds_the_truth_as_often_as_it_says(lift: float, spread: float) -> None:
    """Beside it the interval that takes rows for independent, which holds it more seldom."""
    rng, held, true = np.random.default_rng(7), 0, []
    for _ in range(TRIALS):
        found = difference_of_shares(*drawn(rng, accounts=300, lift=lift, spread=spread))
        true.append(found.value)
        middle = truth(lift, spread)
        held += found.low <= middle <= found.high
    assert 0.92 <= held / TRIALS <= 0.99, held / TRIALS
    assert np.mean(true) == pytest.approx(truth(lift, spread), abs=4 * np.std(true) / TRIALS**0.5)


def truth(lift: float, spread: float) -> float:
    """What is added is cut where somebody buys anyway."""
    leaning = np.random.default_rng(0).beta(0.1 / spread, 0.9 / spread, 400_000)
    return float((np.clip(leaning + lift, 0, 1) - leaning).mean())


def test_it_is_as_wide_as_accounts_drawn_again_say() -> None:
    shown, held = drawn(np.random.default_rng(3), accounts=500, lift=0.05, spread=0.8)
    rng, again, money = np.random.default_rng(4), [], []
    for _ in range(600):
        at = rng.integers(0, 500, 500)
        one, other = taken(shown, at), taken(held, at)
        again.append(one.share - other.share)
        money.append(one.mean - other.mean)
    found = difference_of_shares(shown, held)
    low, high = np.quantile(again, [0.025, 0.975])
    assert found.high - found.low == pytest.approx(high - low, rel=0.15)
    sums = difference_of_means(shown, held)
    low, high = np.quantile(money, [0.025, 0.975])
    assert sums.high - sums.low == pytest.approx(high - low, rel=0.15)


def taken(side: Sides, at: Any) -> Sides:
    return Sides(*(floats(one[at]) for one in (side.rows, side.bought, side.money)))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(*(st.integers(0, 4),) * 2, *(st.integers(0, 4),) * 2), min_size=3, max_size=12
    )
)
def test_the_interval_holds_the_difference_whatever_was_bought(
    accounts: list[tuple[int, int, int, int]],
) -> None:
    rows = np.array([[1, 0, 1, 0], *accounts])
    first = sides(rows[:, 0], np.minimum(rows[:, 1], rows[:, 0]))
    second = sides(rows[:, 2], np.minimum(rows[:, 3], rows[:, 2]))
    found = difference_of_shares(first, second)
    assert -1 <= found.low <= found.value + 1e-12
    assert found.value <= found.high + 1e-12
    assert found.high <= 1
    turned = difference_of_shares(second, first)
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


def test_as_many_as_it_asks_for_find_the_difference_eight_times_of_ten() -> None:
    base, ratio = 0.1, 9.0
    difference = worth_finding(base)
    needed = held_out_needed(base=base, difference=difference, ratio=ratio, effect=1.0)
    rng, seen = np.random.default_rng(1), 0
    for _ in range(TRIALS):
        many = int(needed * ratio)
        shown = alone(int(rng.binomial(many, base + difference)), many)
        held = alone(int(rng.binomial(needed, base)), needed)
        apart = sides(np.r_[shown.rows, np.zeros(needed)], np.r_[shown.bought, np.zeros(needed)])
        beside = sides(np.r_[np.zeros(many), held.rows], np.r_[np.zeros(many), held.bought])
        seen += difference_of_shares(apart, beside).is_sure
    assert 0.72 <= seen / TRIALS <= 0.88, seen / TRIALS
    twice = held_out_needed(base=base, difference=difference, ratio=ratio, effect=2.0)
    assert twice == pytest.approx(2 * needed, abs=1)


def suggested(org: Org, *, shown: int, held: int, share: Floats | tuple[float, float]) -> None:
    """An account each, all of a kind, with the first of each side bought."""
    run, product = the_selling_run(org), a_product(org=org)
    rows = []
    for count, part, is_held in ((shown, share[0], False), (held, share[1], True)):
        for at in range(count):
            is_bought = at < part * count
            rows.append(
                Recommendation(
                    org=org,
                    account_ref=f"{is_held}-{at}",
                    product_ref=product.external_id,
                    run=run,
                    as_of=NOON,
                    kind="next",
                    state="converted" if is_bought else "expired",
                    is_held_out=is_held,
                    rank=1,
                    score=0.1,
                    probability=0.1,
                    suggested_at=NOON,
                    expires_on=NOON.date() + timedelta(days=90),
                    ended_at=NOON + timedelta(days=90),
                    bought_at=NOON + timedelta(days=9) if is_bought else None,
                    bought_for=Decimal(1000) if is_bought else None,
                )
            )
    Recommendation.objects.bulk_create(rows)


@pytest.mark.django_db
class TestOfRows:
    def measured(self, org: Org) -> Uplift:
        return uplift_of(org, at=TODAY)

    def test_shown_stands_beside_held_out_in_shares_and_in_money(self) -> None:
        org = OrgFactory()
        suggested(org, shown=900, held=300, share=(0.2, 0.1))
        found = self.measured(org)
        assert (found.whole.shown, found.whole.held) == (900, 300)
        assert found.whole.shares is not None
        assert found.whole.shares.value == pytest.approx(0.1)
        assert found.whole.shares.is_sure
        assert found.whole.money is not None
        assert found.whole.money.value == pytest.approx(100.0)
        assert [one.title for one in found.by_kind] == ["Next in sequence"]
        said = saying.said(found, currency="USD")
        assert said.headline == "Of a hundred suggestions, 10.0 more are bought when shown."
        assert len(saying.chart_of(found).rows) == 2

    def test_only_what_had_its_whole_horizon_counts_and_only_what_was_bought_in_it(self) -> None:
        account = an_account()
        org = account.org
        for days, bought in ((95, 5), (95, 91), (95, None), (89, 1)):
            since = TODAY - timedelta(days=days)
            a_recommendation(
                account=account,
                state="expired",
                suggested_at=since,
                bought_at=since + timedelta(days=bought) if bought else None,
            )
        found = self.measured(org)
        assert found.whole.shown == 3
        assert found.whole.share_shown == pytest.approx(1 / 3)

    def test_too_few_say_that_it_is_too_early_and_how_many_it_takes(self) -> None:
        org = OrgFactory()
        suggested(org, shown=100, held=20, share=(0.2, 0.1))
        for at in range(10):
            a_recommendation(
                org=org,
                account_ref=f"new-{at}",
                is_held_out=True,
                suggested_at=TODAY - timedelta(days=40),
            )
        found = self.measured(org)
        assert found.whole.is_early
        assert found.needed is not None
        assert found.needed.missing > 0
        said = saying.said(found, currency="USD")
        assert said.headline == "It is too early to say."
        assert "20 held out and 100 shown" in said.further[0]
        assert f"{found.needed.held:,} held out" in said.further[1]
        assert "At the pace of now that is in" in said.further[1]

    def test_where_nothing_is_held_out_that_is_said(self) -> None:
        org = OrgFactory()
        a_crosssell_policy(org=org, held_out=0.0)
        said = saying.said(self.measured(org), currency="USD")
        assert "an admin can hold out a share" in said.further[0]

    def test_a_difference_that_may_be_chance_is_not_called_one(self) -> None:
        org = OrgFactory()
        suggested(org, shown=400, held=100, share=(0.1, 0.1))
        said = saying.said(self.measured(org), currency="USD")
        assert said.headline == "No difference can be told from chance yet."
        assert "would be seen" in said.further[-1] or "takes" in said.further[-1]

    def test_what_was_answered_stands_beside_what_was_bought(self) -> None:
        org = OrgFactory()
        past: dict[str, Any] = {"past": [{"state": "accepted"}], "decided_at": NOON}
        undone = [{"state": "accepted"}, {"state": "undone"}]
        bought = {"bought_at": NOON + timedelta(days=3)}
        told: tuple[dict[str, Any], ...] = (
            {"state": "converted", **past, **bought},
            {"state": "expired", **past},
            {"state": "dismissed"},
            {"state": "dismissed", "past": [*undone, {"state": "dismissed"}]},
            {"state": "expired", "past": undone},
            {"state": "expired", **bought},
            {"state": "expired", "is_held_out": True, **bought},
        )
        for at, further in enumerate(told):
            a_recommendation(org=org, account_ref=f"a-{at}", **further)
        found = {one.title: (one.count, one.bought) for one in self.measured(org).answered}
        assert found == {"Accepted": (2, 1), "No answer": (2, 1), "Dismissed": (2, 0)}

    def test_what_comes_again_counts_once_on_either_side(self) -> None:
        """A dismissed one comes again otherwise than one that nobody saw."""
        account = an_account()
        product = a_product(org=account.org)
        for days, state, bought in ((150, "dismissed", 5), (120, "expired", None)):
            since = TODAY - timedelta(days=days)
            a_recommendation(
                account=account,
                product=product,
                state=state,
                suggested_at=since,
                bought_at=since + timedelta(days=bought) if bought else None,
            )
        a_recommendation(account=account, product=product, suggested_at=TODAY - timedelta(days=3))
        found = self.measured(account.org)
        assert (found.whole.shown, found.whole.share_shown) == (1, 1.0)
        days = found.horizon_days
        assert waiting_of(account.org, at=TODAY, horizon_days=days).all == 0

    def test_pages_tell_sums_and_never_a_row_that_is_held_out(self) -> None:
        team = Team()
        Org.objects.filter(pk=team.org.pk).update(clock_date=TODAY.date())
        suggested(team.org, shown=200, held=20, share=(0.2, 0.5))
        text = team.page("executive", "evaluation/").content.decode()
        assert "It is too early to say." in text
        assert "50.0%" not in text
        for who in ("rep", "manager", "integrator"):
            assert team.client(who).get("/o/acme/sell/evaluation/").status_code == 403
        suggested(team.org, shown=200, held=180, share=(0.2, 0.5))
        kept.forget(team.org)
        assert "50.0%" in team.page("executive", "evaluation/").content.decode()


def test_a_pace_is_told_of_weeks_and_ends_with_a_horizon() -> None:
    at = datetime(2026, 6, 30, tzinfo=UTC)
    begun = Waiting(held=100, all=1_000, since=at - timedelta(days=50))
    assert ready_by(80, begun, at=at, horizon_days=90) == at + timedelta(days=90)
    assert ready_by(300, begun, at=at, horizon_days=90) == at + timedelta(days=190)
    fresh = replace(begun, since=at - timedelta(days=1))
    assert ready_by(300, fresh, at=at, horizon_days=90) is None
