"""Customers at moments: what is learned from, and what is scored."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from accounts.customers.features import Customers
from accounts.customers.looks import (
    NO_HISTORY,
    STEP_DAYS,
    empty,
    learnable,
    moments_of,
    rows_at,
    together,
)
from accounts.customers.reading import read_deals, read_known, untracked_numbers
from accounts.frames import read_frame
from revenue.ml.arrays import Floats
from revenue.ml.frames import Frame
from revenue.users.models import Org

HORIZON_DAYS = 180
JUDGED_MOMENTS = 3


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


def customers_now(*, org: Org, as_of: datetime) -> Frame:
    """One row for each customer then; what it will bring nobody knows."""
    customers = Customers(read_known(org=org, as_of=as_of))
    unknown = np.full(len(customers), np.nan)
    return together([rows_at(customers, as_of, unknown)], horizon_days=0)


def brought(
    customers: Customers, won: pd.DataFrame, moment: datetime, *, horizon_days: int
) -> Floats:
    """What was won of each in the horizon after the moment, in the corporate currency."""
    end = moment + timedelta(days=horizon_days)
    inside = won[((won["ended_at"] > moment) & (won["ended_at"] <= end)).to_numpy(dtype=bool)]
    return customers.summed(inside, "amount")


def untracked(org: Org) -> list[str]:
    found = read_frame(untracked_numbers(org))
    return [str(name) for name in found["name"]]
