"""Customers at moments, and which of them left or shrank within the horizon: learned or scored."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from accounts.customers.looks import (
    NO_HISTORY,
    SEASON,
    STEP_DAYS,
    Looked,
    empty,
    learnable,
    moments_of,
    rows_at,
    together,
)
from accounts.customers.reading import (
    purchases_with_ends,
    read_deals,
    untracked_numbers,
)
from accounts.frames import read_frame
from forecasting.health.dimensions import words_of
from forecasting.health.facts import Facts, read_facts
from forecasting.health.features import customers_of, one_way, parts_of
from forecasting.health.leaving import LEFT, Leaving, leaving_of
from forecasting.health.policy import policy_of
from revenue.ml.arrays import Flags, Floats, floats
from revenue.ml.frames import Frame, moments
from revenue.users.models import Org

HORIZON_DAYS = 180
YEAR = pd.Timedelta(days=365)
JUDGED_MOMENTS, CALIBRATED_MOMENTS = 2, 1
SPREAD_DAYS = 100  # of a file without dates: places in it stand for days, so that parts are drawn
NO_DATES = (
    "The records hold no day on which a customer left: those learned from and those judged on were"
    " drawn by their ids, evenly by outcome, and not by time. What it says is who is like those who"
    " are gone, and not when they go."
)
TELLS_LABEL = "It tells who left, or is made of what does."
AFTER = "On which day a customer left is not known: what came after it would tell that it left."
OF_ACCOUNT = frozenset({"industry", "country", "kind", "employees", "seller_rate"})
NO_ENDS = "Ends of contracts are known as they are now: an end that was moved is not on record."


@dataclass(frozen=True, eq=False)
class HealthRows:
    """`excluded` names what the org's records do not allow to be learned from, and why."""

    frame: Frame
    as_of: datetime
    leaving: Leaving
    is_dated: bool
    horizon_days: int = HORIZON_DAYS
    excluded: dict[str, str] = field(default_factory=dict)

    @property
    def test_from(self) -> datetime:
        return self.as_of - timedelta(days=self.horizon_days + STEP_DAYS * (JUDGED_MOMENTS - 1))

    @property
    def calibrate_from(self) -> datetime:
        """So that what it asks about was known before the test window began."""
        back = self.horizon_days + STEP_DAYS * CALIBRATED_MOMENTS
        return self.test_from - timedelta(days=back)


def dataset(*, org: Org, as_of: datetime, horizon_days: int = HORIZON_DAYS) -> HealthRows:
    policy = policy_of(org)
    leaving = leaving_of(org=org, as_of=as_of, policy=policy)
    if not leaving.is_dated:
        return without_dates(org, as_of, leaving)
    purchases = read_frame(purchases_with_ends(org, as_of))
    won = won_of(org, as_of)
    labels = Labels(leaving, won, purchases, policy.contraction, horizon_days)
    parts = []
    for moment in moments_of(beginnings(won, purchases), as_of=as_of, horizon_days=horizon_days):
        facts = read_facts(org=org, as_of=moment, is_dated=True)
        found = looked_at(facts, moment, labels.hidden_features(facts))
        parts.append(labelled(found, labels))
    if not any(len(one.refs) for one in parts):
        return HealthRows(empty(), as_of, leaving, True, horizon_days)
    frame, excluded = learnable(together(parts, horizon_days=horizon_days))
    excluded.pop(SEASON, None)  # never asked: of one customer rather than another it says nothing
    excluded |= dict.fromkeys(named_of(org), NO_HISTORY)
    excluded |= dict.fromkeys(sorted(leaving.hidden), TELLS_LABEL)
    if purchases["ends_at"].notna().any():
        excluded["renewal_days"] = NO_ENDS
    return HealthRows(frame, as_of, leaving, True, horizon_days, excluded)


def beginnings(won: pd.DataFrame, purchases: pd.DataFrame) -> pd.DataFrame:
    """What moments begin with: won deals or, of an org without, purchases."""
    if len(won):
        return won
    return purchases.rename(columns={"purchased_at": "ended_at"}).dropna(subset=["ended_at"])


def won_of(org: Org, as_of: datetime) -> pd.DataFrame:
    deals = read_deals(org=org, as_of=as_of)
    return deals[(deals["is_won"].astype(bool) & deals["ended_at"].notna()).to_numpy(dtype=bool)]


def named_of(org: Org) -> list[str]:
    return [str(name) for name in read_frame(untracked_numbers(org))["name"]]


def looked_at(facts: Facts, moment: datetime, hidden: frozenset[str]) -> Looked:
    customers = customers_of(facts)
    unknown = np.full(len(customers), np.nan)
    found = rows_at(customers, moment, unknown, parts_of(facts))
    kept = [one_way(one) for one in found.features if not is_hidden(one.name, hidden)]
    return replace(found, features=kept, values=found.values[[one.name for one in kept]])


def is_hidden(feature: str, hidden: frozenset[str]) -> bool:
    """The label's own field, and whatever is worked out of it."""
    return feature in hidden or any(
        feature == f"own_{name}" or feature.startswith(f"own_{name}_") for name in hidden
    )


@dataclass(frozen=True, eq=False)
class Labels:
    leaving: Leaving
    won: pd.DataFrame
    purchases: pd.DataFrame
    contraction: float
    horizon_days: int

    def hidden_features(self, facts: Facts) -> frozenset[str]:
        """Also a kind of account that says so, as “Former Customer” does."""
        return self.leaving.hidden | kinds_that_tell(facts)

    def left_at(self, refs: "pd.Index[str]") -> "pd.Series[pd.Timestamp]":
        return self.leaving.dated().reindex(refs)

    def of(self, refs: "pd.Index[str]", moment: datetime) -> Floats:
        """1: it left or shrank within the horizon; nothing of one that had left already.

        By revenue nothing is known of one that won nothing in the year before: it cannot shrink.
        """
        begin, end = pd.Timestamp(moment), pd.Timestamp(moment + timedelta(days=self.horizon_days))
        left = self.left_at(refs)
        gone = ((left > begin) & (left <= end)).to_numpy(dtype=bool)
        shrank = self.shrank(refs, begin, end)
        before = (left <= begin).to_numpy(dtype=bool)
        if self.leaving.how == "revenue":
            before = before | (self.year_of(refs, begin) <= 0)
        return floats(np.where(before, np.nan, (gone | shrank).astype(float)))

    def shrank(self, refs: "pd.Index[str]", begin: pd.Timestamp, end: pd.Timestamp) -> Flags:
        """By contracts that ran where ends are known; by a year's revenue where nothing else is."""
        if self.leaving.how == "revenue":
            was, became = (self.year_of(refs, at) for at in (begin, end))
        elif self.purchases["ends_at"].notna().any():
            was, became = (self.running(refs, at) for at in (begin, end))
        else:
            return np.zeros(len(refs), dtype=np.bool_)
        return np.asarray((was > 0) & (became <= (1 - self.contraction) * was), dtype=np.bool_)

    def year_of(self, refs: "pd.Index[str]", at: pd.Timestamp) -> Floats:
        inside = (self.won["ended_at"] <= at) & (self.won["ended_at"] > at - YEAR)
        return summed(self.won[inside.to_numpy(dtype=bool)], "amount", refs)

    def running(self, refs: "pd.Index[str]", at: pd.Timestamp) -> Floats:
        rows = self.purchases
        runs = (rows["purchased_at"] <= at) & ~(rows["ends_at"] <= at)
        return summed(rows[runs.to_numpy(dtype=bool)], "worth", refs)


def summed(rows: pd.DataFrame, column: str, refs: "pd.Index[str]") -> Floats:
    totals = rows.groupby(rows["ref"].astype(object))[column].sum()
    return floats(totals.astype(float).reindex(refs).fillna(0.0))


def kinds_that_tell(facts: Facts) -> frozenset[str]:
    kinds = facts.known.accounts["kind"].dropna().astype(str).unique()
    tells = any(LEFT.match(word) for kind in kinds for word in words_of(kind))
    return frozenset({"kind"}) if tells else frozenset()


def labelled(found: Looked, labels: Labels) -> Looked:
    """Without those who had left by then."""
    label = labels.of(found.refs, found.at)
    return only(replace(found, label=label), ~np.isnan(label))


def only(found: Looked, here: Flags) -> Looked:
    return replace(
        found,
        values=found.values[here].reset_index(drop=True),
        refs=found.refs[here],
        owners=found.owners[here].reset_index(drop=True),
        label=found.label[here],
    )


def customers_now(*, org: Org, as_of: datetime, is_dated: bool | None = None) -> Frame:
    """One row for each that had not left by then, or had come back; what becomes of it is open.

    Whether own fields without a history are read is the model's word, where there is one.
    """
    told = leaving_of(org=org, as_of=as_of, policy=policy_of(org))
    facts = read_facts(
        org=org, as_of=as_of, is_dated=told.is_dated if is_dated is None else is_dated
    )
    found = looked_at(facts, as_of, told.hidden | kinds_that_tell(facts))
    return together([only(found, ~gone_by(told, found.refs, facts))], horizon_days=0)


def gone_by(leaving: Leaving, refs: "pd.Index[str]", facts: Facts) -> Flags:
    gone = np.asarray(refs.isin(leaving.gone["ref"].astype(object)), dtype=np.bool_)
    deals = facts.known.deals
    won = deals[deals["is_won"].astype(bool).to_numpy(dtype=bool)]
    last = won.groupby(won["ref"].astype(object))["ended_at"].max().reindex(refs)
    if leaving.how == "revenue":
        return np.asarray(last <= pd.Timestamp(facts.known.as_of) - YEAR, dtype=np.bool_)
    if not leaving.is_dated:
        return gone
    left = leaving.dated().reindex(refs)
    back = (last > left + pd.Timedelta(days=1)).to_numpy(dtype=bool)
    return np.asarray(gone & ~back, dtype=np.bool_)


def without_dates(org: Org, as_of: datetime, leaving: Leaving) -> HealthRows:
    """What was done with a customer since it left, on no known day, tells that it left."""
    facts = read_facts(org=org, as_of=as_of, is_dated=False)
    found = looked_at(facts, as_of, leaving.hidden)
    label = floats(found.refs.isin(leaving.gone["ref"].astype(object)).astype(float))
    frame = together([replace(found, label=label)], horizon_days=1)
    frame, excluded = learnable(frame)
    excluded.pop(SEASON, None)
    own = {f"own_{name}" for name in facts.own_names}
    since = [one.name for one in frame.features if one.name not in own | OF_ACCOUNT]
    frame = frame.without(since)
    excluded |= dict.fromkeys(since, AFTER)
    excluded |= dict.fromkeys(sorted(leaving.hidden), TELLS_LABEL)
    return HealthRows(spread(frame, as_of=as_of), as_of, leaving, False, 0, excluded)


def spread(frame: Frame, *, as_of: datetime) -> Frame:
    """By a digest of the id, and of each outcome alike: its place stands for the day of the row."""
    if not len(frame):
        return frame
    share = np.zeros(len(frame))
    for outcome in np.unique(frame.label):
        here = np.flatnonzero(frame.label == outcome)
        order = here[np.argsort([digest(one) for one in frame.ids[here].tolist()])]
        share[order] = (np.arange(len(order)) + 0.5) / len(order)
    begin = as_of - timedelta(days=SPREAD_DAYS)
    days = moments(
        [begin + timedelta(days=SPREAD_DAYS * one) for one in share.tolist()], rows=len(frame)
    )
    return replace(frame, as_of=days, label_known_at=days)


def digest(ref: object) -> str:
    return hashlib.sha256(str(ref).encode()).hexdigest()


def past_moments(as_of: datetime, *, weeks: int) -> Sequence[datetime]:
    """The oldest first."""
    return [as_of - timedelta(days=7 * back) for back in range(weeks, 0, -1)]
