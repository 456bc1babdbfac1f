"""Deals as they stood at a moment, in the org's own currency: what a forecast begins from."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from accounts.frames import read_frame
from accounts.history import Relation, opportunities
from forecasting.deals.reading import within
from forecasting.quarter.clock import local_day, zone_of
from revenue.ml.arrays import Anything, Flags, Floats, floats
from revenue.periods import Period
from revenue.users.models import Org

COLUMNS = (
    "external_id AS ref, owner_ref, created_at, stage, forecast_category AS category, probability,"
    " close_date, corporate_amount::float8 AS amount, is_closed, is_won"
)
UNKNOWN = ""


@dataclass(frozen=True, eq=False)
class State:
    """A row a deal, in order of their ids; days count from 1970, and are NaT where unknown."""

    today: date
    refs: Anything
    owner: Anything
    created: Anything
    stage: Anything
    category: Anything
    probability: Floats
    closes: Anything
    amount: Floats
    is_open: Flags
    is_won: Flags

    def __len__(self) -> int:
        return len(self.refs)

    def take(self, which: Anything) -> "State":
        rows = {
            name: getattr(self, name)[which]
            for name in self.__dataclass_fields__
            if name != "today"
        }
        return State(self.today, **rows)

    def is_due(self, period: Period) -> Flags:
        return between(self.closes, period.since, period.until)

    def won_in(self, since: date, until: date) -> Flags:
        """By the close date, as the CRM's own reports count."""
        return np.asarray(self.is_won & between(self.closes, since, until), dtype=np.bool_)

    def made_in(self, since: date, until: date) -> Flags:
        return between(self.created, since, until)


def between(days: Anything, since: date, until: date) -> Flags:
    found: Flags = (days >= np.datetime64(since)) & (days < np.datetime64(until))
    return found


def read_state(*, org: Org, as_of: datetime) -> State:
    rows = read_frame(state_rows(org, as_of))
    return state_of(rows, today=local_day(org, as_of), zone=zone_of(org))


def state_rows(org: Org, as_of: datetime) -> Relation:
    return within(opportunities(org=org, as_of=as_of), COLUMNS, order="external_id")


def state_of(rows: pd.DataFrame, *, today: date, zone: ZoneInfo) -> State:
    is_closed = rows["is_closed"].astype(bool).to_numpy()
    return State(
        today=today,
        refs=rows["ref"].to_numpy(dtype=object),
        owner=named(rows["owner_ref"]),
        created=days(rows["created_at"], zone),
        stage=named(rows["stage"]),
        category=named(rows["category"]),
        probability=floats(rows["probability"].astype(float)) / 100,
        closes=days(rows["close_date"], UTC),
        amount=floats(rows["amount"].astype(float)),
        is_open=~is_closed,
        is_won=is_closed & rows["is_won"].astype(bool).to_numpy(),
    )


def named(column: "pd.Series[str]") -> Anything:
    return column.astype(object).where(column.notna(), UNKNOWN).to_numpy(dtype=object)


def days(column: "pd.Series[pd.Timestamp]", zone: tzinfo) -> Anything:
    """Of moments the day where the org is; a date is a day already."""
    found = pd.to_datetime(column, utc=True, errors="coerce").dt.tz_convert(zone)
    found = found.dt.tz_localize(None)
    return found.to_numpy().astype("datetime64[D]")
