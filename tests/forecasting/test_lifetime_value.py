"""What customers will bring: drawn toward their segment, bounded, held against what came."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.health.lifetime import (
    YEARS,
    Bought,
    beliefs_of,
    bought_of,
    foretell,
    gamma_of,
    lifetimes_of,
    stays_of,
    store_lifetimes,
)
from forecasting.health.lifetime_check import judged_lifetimes
from forecasting.models.health import AccountHealth, LifetimeValue
from revenue.ml.arrays import floats
from revenue.users.models import Org
from tests.factories import facts
from tests.factories.people import OrgFactory

AT = datetime(2026, 1, 1, tzinfo=UTC)


def company(*, customers: int, years: float = 3.0, seed: int = 0, rate: float = 1.5) -> Bought:
    """Customers whose rates and amounts differ, seen for so many years."""
    rng = np.random.default_rng(seed)
    rates = rng.gamma(2.0, rate / 2.0, customers)
    levels = rng.normal(9.0, 0.6, customers)
    rows = [
        (f"A{at:04d}", AT - timedelta(days=float(day)), np.exp(rng.normal(levels[at], 0.4)))
        for at in range(customers)
        for day in [
            365.25 * years - 1,
            *rng.uniform(0, 365.25 * years, rng.poisson(rates[at] * years)),
        ]
    ]
    won = pd.DataFrame(rows, columns=["ref", "ended_at", "amount"])
    who = pd.DataFrame(
        {"ref": [f"A{at:04d}" for at in range(customers)], "employees": 100.0, "industry": "Steel"}
    )
    return bought_of(won, who.set_index("ref"), AT)


def test_a_gamma_of_rates_is_found_again() -> None:
    bought = company(customers=3_000)
    shape, rate = gamma_of(bought.count, bought.years)
    assert shape / rate == pytest.approx(1.5, rel=0.1)
    assert shape == pytest.approx(2.0, rel=0.3)


@given(st.integers(0, 50), st.floats(0, 3))
@settings(max_examples=20, deadline=None)
def test_values_lie_within_their_bounds_and_fall_with_leaving(seed: int, leaves: float) -> None:
    bought = company(customers=12, seed=seed)
    told = foretell(bought, np.full(12, leaves))
    sooner = foretell(bought, np.full(12, leaves + 0.5))
    assert (told.low <= told.value).all()
    assert (told.value <= told.high).all()
    assert (told.low >= 0).all()
    assert (sooner.value < told.value).all()
    assert ((told.stays >= 0) & (told.stays <= YEARS + 1e-9)).all()


def test_the_same_is_told_of_a_customer_every_time() -> None:
    bought = company(customers=8)
    one, other = (foretell(bought, np.full(8, 0.2)) for _ in range(2))
    assert one.low.tolist() == other.low.tolist()
    assert one.high.tolist() == other.high.tolist()


def test_little_that_is_known_is_drawn_toward_the_segment() -> None:
    bought = company(customers=200)
    beliefs = beliefs_of(bought)
    rate = beliefs.shape / beliefs.rate
    own = bought.count / bought.years
    assert ((rate - own.mean()) ** 2).mean() < ((own - own.mean()) ** 2).mean()
    assert beliefs.level.std() < bought.level.std()


def test_the_interval_holds_what_comes() -> None:
    """Rates, amounts and lives are drawn as they are told: eight of ten, and no fewer."""
    rng = np.random.default_rng(5)
    bought = company(customers=300)
    leaves = 0.25
    told = foretell(bought, np.full(300, leaves))
    beliefs = beliefs_of(bought)
    often = rng.gamma(beliefs.shape, 1 / beliefs.rate)
    lives = np.minimum(rng.exponential(1 / leaves, 300), YEARS)
    level = rng.normal(beliefs.level, beliefs.unsure)
    came = np.array(
        [
            np.exp(rng.normal(one, np.sqrt(beliefs.within), count)).sum()
            for one, count in zip(level, rng.poisson(often * lives), strict=True)
        ]
    )
    inside = (came >= told.low) & (came <= told.high)
    assert 0.74 <= inside.mean() <= 0.93
    assert told.value.sum() == pytest.approx(came.sum(), rel=0.15)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=10))
def test_who_is_likelier_to_leave_stays_no_longer(chances: list[float]) -> None:
    found = stays_of(floats(sorted(chances)), usual=0.1, years=3.0)
    assert (np.diff(found) >= -1e-12).all()
    assert (found >= 0).all()


@pytest.fixture
def org() -> Org:
    return OrgFactory(currency="USD")


def a_history(org: Org, *, deals: int, first: int) -> str:
    account = facts.an_account(org=org, created_at=AT - timedelta(days=1500), employees=100)
    for nth in range(deals):
        at = AT - timedelta(days=first - nth * 100)
        facts.an_opportunity(
            won=True, org=org, account_ref=account.external_id, created_at=at - timedelta(days=20),
            close_date=at.date(), corporate_amount=Decimal(1000),
        )  # fmt: skip
    return account.external_id


@pytest.mark.django_db
def test_lifetimes_are_kept_once_for_each_customer_that_stays(org: Org) -> None:
    refs = [a_history(org, deals=count, first=1000) for count in (1, 4, 9)]
    for ref, chance in zip(refs[:2], (0.05, 0.5), strict=True):
        AccountHealth.objects.create(
            org=org, account_ref=ref, as_of=AT, source="model", score=60, band="yellow",
            probability=chance,
        )  # fmt: skip
    for _ in range(2):
        told = lifetimes_of(org=org, as_of=AT, rows=AccountHealth.objects.of(org))
        assert store_lifetimes(org=org, rows=told) == 2
    rows = {row.account_ref: row for row in LifetimeValue.objects.of(org)}
    assert set(rows) == set(refs[:2])
    assert rows[refs[0]].stays_years > rows[refs[1]].stays_years
    assert rows[refs[1]].a_year > rows[refs[0]].a_year


@pytest.mark.django_db
def test_what_was_said_a_year_ago_stands_beside_what_came(org: Org) -> None:
    assert judged_lifetimes(org=org, as_of=AT) == {}
    for count in (2, 5, 9, 10):
        a_history(org, deals=count, first=1000)
    found = judged_lifetimes(org=org, as_of=AT)
    assert found["customers"] == 4
    assert 0 <= found["coverage"] <= 1
    assert set(found["errors"]) == {"lifetime", "last_year_again", "segment_mean"}
