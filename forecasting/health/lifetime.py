"""What a customer is expected to bring in the next years, while it stays, with an interval.

Purchases come at a rate that is Gamma over the customers of a segment; what one is worth is
lognormal around a level of the customer's own, normal over its segment. Both are drawn toward the
segment the more, the less is known. How long it stays comes from its chance of leaving.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from django.db import transaction
from django.db.models import QuerySet

from accounts.customers.features import size_of
from accounts.customers.reading import accounts, read_deals
from accounts.frames import read_frame
from forecasting.models.health import AccountHealth, LifetimeValue
from revenue.ml.arrays import Floats, floats
from revenue.users.models import Org

YEARS = 3.0
DRAWS = 600
YEAR_DAYS = 365.25
HORIZON_YEARS = 180 / YEAR_DAYS
LOW, HIGH = 0.1, 0.9
LEAST_YEARS = 0.25  # of a customer that is younger: nobody buys twice on one day by rule
LEAST_SEGMENT = 30  # customers, below which a segment is all of them
CHUNK = 500


@dataclass(frozen=True, eq=False)
class Bought:
    """Of each customer: how often since its first purchase, for how long, and for how much."""

    refs: "pd.Index[str]"
    segment: "pd.Series[str]"
    count: Floats  # after the first, which made it a customer
    years: Floats
    deals: Floats
    level: Floats  # mean of the logarithms of its amounts
    within: float  # how much amounts of one customer vary, as a variance of logarithms


def read_bought(*, org: Org, as_of: datetime) -> Bought:
    deals = read_deals(org=org, as_of=as_of)
    won = deals[(deals["is_won"].astype(bool) & deals["ended_at"].notna()).to_numpy(dtype=bool)]
    won = won[(won["amount"].astype(float) > 0).to_numpy(dtype=bool)]
    who = read_frame(accounts(org, as_of)).assign(ref=lambda rows: rows["ref"].astype(object))
    return bought_of(won, who.set_index("ref"), as_of)


def bought_of(won: pd.DataFrame, who: pd.DataFrame, as_of: datetime) -> Bought:
    rows = pd.DataFrame(
        {
            "ref": won["ref"].astype(object),
            "at": won["ended_at"],
            "log": np.log(won["amount"].astype(float)),
        }
    )
    rows = rows[rows["ref"].isin(who.index)]
    by_ref = rows.groupby("ref", observed=True)
    told = by_ref.agg(first=("at", "min"), deals=("at", "size"), level=("log", "mean"))
    since = (pd.Timestamp(as_of) - told["first"]).dt.total_seconds() / 86_400 / YEAR_DAYS
    own = who.reindex(told.index)
    size = [size_of(float(one)) if pd.notna(one) else "" for one in own["employees"]]
    industry = own["industry"].astype(object).fillna("")
    segment = pd.Series([f"{a} · {b}" for a, b in zip(industry, size, strict=True)], told.index)
    counts = segment.map(segment.value_counts())
    around = rows["log"] - rows["ref"].map(told["level"])
    free = max(len(rows) - len(told), 1)
    within = float((around**2).sum() / free) if len(rows) > len(told) else 0.25
    return Bought(
        refs=pd.Index(told.index),
        segment=segment.where(counts >= LEAST_SEGMENT, ""),
        count=floats(told["deals"] - 1),
        years=floats(np.maximum(since, LEAST_YEARS)),
        deals=floats(told["deals"]),
        level=floats(told["level"]),
        within=max(within, 1e-4),
    )


@dataclass(frozen=True, eq=False)
class Beliefs:
    """Of each customer: Gamma of its rate (shape over years), normal of the level of amounts."""

    shape: Floats
    rate: Floats
    level: Floats
    unsure: Floats  # standard deviation of the level
    within: float


def beliefs_of(bought: Bought) -> Beliefs:
    shape, rate = np.zeros(len(bought.refs)), np.zeros(len(bought.refs))
    level, unsure = np.zeros(len(bought.refs)), np.zeros(len(bought.refs))
    names = bought.segment.to_numpy(dtype=object)
    between = spread_between(bought)
    for name in sorted(set(names)):
        here = names == name
        a, b = gamma_of(bought.count[here], bought.years[here])
        shape[here], rate[here] = a + bought.count[here], b + bought.years[here]
        heavy = 1 / (between + bought.within / bought.deals[here])
        middle = float((heavy * bought.level[here]).sum() / heavy.sum())
        exact = bought.deals[here] / bought.within + 1 / between
        level[here] = (
            bought.deals[here] * bought.level[here] / bought.within + middle / between
        ) / exact
        unsure[here] = np.sqrt(1 / exact)
    return Beliefs(floats(shape), floats(rate), floats(level), floats(unsure), bought.within)


def gamma_of(count: Floats, years: Floats) -> tuple[float, float]:
    """By moments: what counts vary beyond chance is how much customers differ."""
    mean = float((count.sum() + 0.5) / years.sum())
    beyond = float((((count - mean * years) ** 2) - count).sum() / (years**2).sum())
    shape = mean**2 / max(beyond, mean**2 / 50)
    return shape, shape / mean


def spread_between(bought: Bought) -> float:
    """How much levels of customers differ, beside what chance makes of few amounts."""
    if len(bought.level) < 3:
        return 0.25
    return max(float(np.var(bought.level) - np.mean(bought.within / bought.deals)), 0.02)


def stays_of(chance: Floats, *, usual: float, years: float) -> Floats:
    """Rate of leaving a year, on average of the years: its own at first, later as usual."""
    own, whole = (-np.log1p(-np.clip(one, 1e-6, 0.999)) / HORIZON_YEARS for one in (chance, usual))
    share = (1 - 2.0 ** (-years)) / (years * np.log(2))  # half of the difference is gone in a year
    return floats(whole + (own - whole) * share)


@dataclass(frozen=True, eq=False)
class Foretold:
    refs: "pd.Index[str]"
    value: Floats
    low: Floats
    high: Floats
    stays: Floats
    a_year: Floats


def foretell(bought: Bought, leaves: Floats, *, years: float = YEARS) -> Foretold:
    """`leaves` is each customer's rate of leaving a year."""
    beliefs = beliefs_of(bought)
    usual = np.exp(beliefs.level + (beliefs.unsure**2 + beliefs.within) / 2)
    a_year = beliefs.shape / beliefs.rate * usual
    rate = np.maximum(leaves, 1e-9)
    stays = -np.expm1(-rate * years) / rate
    low, high = np.zeros(len(stays)), np.zeros(len(stays))
    for at, ref in enumerate(bought.refs):
        low[at], high[at] = bounds_of(beliefs, at, str(ref), rate=float(rate[at]), years=years)
    value = floats(a_year * stays)
    return Foretold(
        bought.refs,
        value,
        floats(np.minimum(low, value)),
        floats(np.maximum(high, value)),
        floats(stays),
        floats(a_year),
    )


def bounds_of(
    beliefs: Beliefs, at: int, ref: str, *, rate: float, years: float
) -> tuple[float, float]:
    """Of many futures the tenth from below and from above; the same for a customer every time."""
    seed = int.from_bytes(hashlib.sha256(ref.encode()).digest()[:8])
    rng = np.random.default_rng(seed)
    often = rng.gamma(beliefs.shape[at], 1 / beliefs.rate[at], DRAWS)
    lives = np.minimum(rng.exponential(1 / rate, DRAWS), years)
    counts = rng.poisson(often * lives)
    level = rng.normal(beliefs.level[at], beliefs.unsure[at], DRAWS)
    owner = np.repeat(np.arange(DRAWS), counts)
    amounts = np.exp(rng.normal(level[owner], np.sqrt(beliefs.within)))
    sums = np.bincount(owner, weights=amounts, minlength=DRAWS)
    low, high = np.quantile(sums, [LOW, HIGH])
    return float(low), float(high)


def chances_of(rows: "QuerySet[AccountHealth]") -> dict[str, float]:
    """A chance that no span of time belongs to is no rate."""
    known = rows.exclude(probability=None).exclude(run__report__horizon_days=0)
    said = known.values_list("account_ref", "probability")
    return {ref: chance for ref, chance in said if chance is not None}


def leaving_rates(
    rows: "QuerySet[AccountHealth]", refs: "pd.Index[str]", *, years: float
) -> Floats:
    """By their chances; of an org that has none, and of whom nothing is said, as usual."""
    chances = chances_of(rows)
    usual = float(np.mean(list(chances.values()))) if chances else 0.05
    own = floats([chances.get(str(ref), usual) for ref in refs])
    return stays_of(own, usual=usual, years=years)


def lifetimes_of(
    *, org: Org, as_of: datetime, rows: "QuerySet[AccountHealth]"
) -> list[LifetimeValue]:
    """Of customers who have not left, as `rows` say it; the draws take long."""
    bought = read_bought(org=org, as_of=as_of)
    if not len(bought.refs):
        return []
    stay = set(rows.values_list("account_ref", flat=True))
    told = foretell(bought, leaving_rates(rows, bought.refs, years=YEARS))
    return [
        LifetimeValue(org=org, account_ref=str(ref), as_of=as_of, years=YEARS, **of_row(told, at))
        for at, ref in enumerate(told.refs)
        if str(ref) in stay
    ]


@transaction.atomic
def store_lifetimes(*, org: Org, rows: Sequence[LifetimeValue]) -> int:
    """The newest word alone."""
    LifetimeValue.objects.of(org).delete()
    return len(LifetimeValue.objects.bulk_create(rows, batch_size=CHUNK))


def of_row(told: Foretold, at: int) -> dict[str, Any]:
    value, low, high, a_year = (
        Decimal(repr(round(float(one[at]), 2)))
        for one in (told.value, told.low, told.high, told.a_year)
    )
    return {
        "value": value,
        "low": min(low, value),
        "high": max(high, value),
        "a_year": a_year,
        "stays_years": round(float(told.stays[at]), 3),
    }
