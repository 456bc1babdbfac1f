"""Customers at moments: what is learned from, and what is scored."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from accounts.frames import read_frame
from crosssell.expansion.features import Customers, feature_values, size_of
from crosssell.expansion.reading import read_deals, read_known, untracked_numbers
from revenue.ml.arrays import Floats, floats
from revenue.ml.frames import Feature, Frame, make_frame
from revenue.users.models import Org

HORIZON_DAYS = 180
STEP_DAYS = 30
MOST_MOMENTS = 30
FIRST_DAYS = 60  # of an org's deals: before that nothing says yet what a customer is like
JUDGED_MOMENTS = 3
SEASON = "month_of_year"
NO_RECORD = "Nothing recorded says what it was at the moments that are learned from."
NO_HISTORY = "No history of it is kept: what it holds may have been filled in later."
NO_SEASON = "Records of less than two years: a season could not be told from a trend."
ONE_VALUE = "It is the same for every customer at every moment."


@dataclass(frozen=True, eq=False)
class ExpansionRows:
    """`excluded` names what the org's records do not allow to be learned from, and why."""

    frame: Frame
    as_of: datetime
    horizon_days: int
    excluded: dict[str, str] = field(default_factory=dict)

    def border(self, moments: int) -> datetime:
        """Of the last so many moments the first."""
        days = self.horizon_days + STEP_DAYS * (moments - 1)
        return self.as_of - timedelta(days=days)

    @property
    def test_from(self) -> datetime:
        return self.border(JUDGED_MOMENTS)

    @property
    def calibrate_from(self) -> datetime:
        """So that what it asks about was known before the test window began."""
        return self.test_from - timedelta(days=self.horizon_days + STEP_DAYS * JUDGED_MOMENTS)


def dataset(*, org: Org, as_of: datetime, horizon_days: int = HORIZON_DAYS) -> ExpansionRows:
    """Each customer at each moment after which the horizon has passed, with what it brought."""
    deals = read_deals(org=org, as_of=as_of)
    won = deals[deals["is_won"].astype(bool) & deals["ended_at"].notna()]
    parts = []
    for moment in moments_of(won, as_of=as_of, horizon_days=horizon_days):
        customers = Customers(read_known(org=org, as_of=moment))
        label = brought(customers, won, moment, horizon_days=horizon_days)
        parts.append(rows_at(customers, moment, label))
    if not parts:
        return ExpansionRows(empty(), as_of, horizon_days)
    found = learnable(together(parts, horizon_days=horizon_days))
    excluded = found[1] | dict.fromkeys(untracked(org), NO_HISTORY)
    return ExpansionRows(found[0], as_of, horizon_days, excluded)


def empty() -> Frame:
    return make_frame(pd.DataFrame(), features=[], as_of=[])


def customers_now(*, org: Org, as_of: datetime) -> Frame:
    """One row for each customer then; what it will bring nobody knows."""
    customers = Customers(read_known(org=org, as_of=as_of))
    unknown = np.full(len(customers), np.nan)
    return together([rows_at(customers, as_of, unknown)], horizon_days=0)


def moments_of(won: pd.DataFrame, *, as_of: datetime, horizon_days: int) -> list[datetime]:
    """A month apart, from the last one whose horizon has passed back to the first deals."""
    if not len(won):
        return []
    first = won["ended_at"].min().to_pydatetime() + timedelta(days=FIRST_DAYS)
    last = as_of - timedelta(days=horizon_days)
    found = [last - timedelta(days=STEP_DAYS * back) for back in range(MOST_MOMENTS)]
    return [one for one in reversed(found) if one >= first]


def brought(
    customers: Customers, won: pd.DataFrame, moment: datetime, *, horizon_days: int
) -> Floats:
    """What was won of each in the horizon after the moment, in the corporate currency."""
    end = moment + timedelta(days=horizon_days)
    inside = won[((won["ended_at"] > moment) & (won["ended_at"] <= end)).to_numpy(dtype=bool)]
    return customers.summed(inside, "amount")


@dataclass(frozen=True, eq=False)
class Looked:
    """Customers as they were at one moment."""

    values: pd.DataFrame
    features: list[Feature]
    refs: "pd.Index[str]"
    owners: "pd.Series[str]"
    at: datetime
    label: Floats


def rows_at(customers: Customers, moment: datetime, label: Floats) -> Looked:
    values, features = feature_values(customers)
    owners = customers.accounts["owner_ref"].astype(object)
    return Looked(values, features, customers.refs, owners, moment, label)


def together(parts: list[Looked], *, horizon_days: int) -> Frame:
    """A feature that one moment does not know yet is unknown there."""
    features = {one.name: one for part in parts for one in part.features}
    values = pd.concat([one.values for one in parts], ignore_index=True)
    refs = [ref for part in parts for ref in part.refs]
    at = [part.at for part in parts for _ in part.refs]
    industry = values["industry"].fillna("")
    size = [size_of(one) for one in floats(values["employees"]).tolist()]
    known_at = [one + timedelta(days=horizon_days) for one in at]
    return make_frame(
        values,
        features=list(features.values()),
        as_of=at,
        label=np.concatenate([part.label for part in parts]),
        label_known_at=known_at if horizon_days else None,
        ids=refs,
        segments=pd.DataFrame(
            {
                "segment": [f"{one} · {other}" for one, other in zip(industry, size, strict=True)],
                "industry": industry,
                "size": size,
                "seller": [name for part in parts for name in part.owners],
            }
        ),
    )


def learnable(frame: Frame) -> tuple[Frame, dict[str, str]]:
    """Without what is empty, or the same for all."""
    excluded = {}
    for one in frame.features:
        column = frame.values[one.name]
        if not len(column):
            continue
        if column.isna().all():
            excluded[one.name] = NO_RECORD
        elif column.notna().all() and column.nunique() == 1:
            excluded[one.name] = ONE_VALUE
    span = (frame.as_of.max() - frame.as_of.min()) if len(frame) else np.timedelta64(0, "s")
    if span < np.timedelta64(2 * 365, "D"):
        excluded[SEASON] = NO_SEASON
    return frame.without(list(excluded)), excluded


def untracked(org: Org) -> list[str]:
    found = read_frame(untracked_numbers(org))
    return [str(name) for name in found["name"]]
