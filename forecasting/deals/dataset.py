"""Deals at moments: what is learned from, and what is scored."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd

from forecasting.deals.account_facts import AccountFacts, owners_of
from forecasting.deals.features import feature_values
from forecasting.deals.moments import NEVER, Lives, Moments, lives_of, moments_of, open_at
from forecasting.deals.reading import read_past
from forecasting.deals.sizes import sizes_of
from revenue.ml.arrays import Anything
from revenue.ml.frames import Frame, make_frame
from revenue.users.models import Org

STAGE = "stage"
SEASON = "month_of_year"
NO_RECORD = "Nothing recorded says what it was while deals were open."
NO_SEASON = "Deals of less than two years: a season could not be told from a trend."
TWO_YEARS = np.timedelta64(2 * 365 * 86_400, "s")
ONE_VALUE = "It is the same at every moment of every deal."


@dataclass(frozen=True, eq=False)
class DealRows:
    """`excluded` names what the org's records do not allow to be learned from, and why."""

    frame: Frame
    excluded: dict[str, str]
    first_month: int = 1  # of the fiscal year

    @property
    def refs(self) -> Anything:
        return self.frame.ids


def dataset(*, org: Org, as_of: datetime, first_month: int | None = None) -> DealRows:
    """All moments of deals until then, each deal weighing one; those still open have no label."""
    lives = lives_of(read_past(org=org, as_of=as_of, first_month=first_month))
    rows = learnable(rows_at(lives, moments_of(lives)).balanced())
    return replace(rows, first_month=lives.past.first_month)


def open_deals(*, org: Org, as_of: datetime, first_month: int | None = None) -> Frame:
    """One row for each deal that was open then."""
    lives = lives_of(read_past(org=org, as_of=as_of, first_month=first_month))
    return rows_at(lives, open_at(lives))


def rows_at(lives: Lives, moments: Moments) -> Frame:
    values, features = feature_values(lives, moments)
    closed = lives.closed[moments.deal].astype("datetime64[s]")
    closed[lives.closed[moments.deal] == NEVER] = np.datetime64("NaT")
    owner = owners_of(lives).at_moments(moments.deal, moments.at)
    return make_frame(
        values,
        features=features,
        as_of=moments.at.astype("datetime64[s]"),
        label=lives.won[moments.deal],
        label_known_at=closed,
        ids=lives.refs.to_numpy(dtype=object)[moments.deal],
        group=moments.deal,
        segments=pd.DataFrame(
            {
                "seller": owner,
                STAGE: values[STAGE],
                "industry": AccountFacts(lives).at("industry", moments),
                "country": values["country"],
                "size": sizes_of(values["employees"].to_numpy()),
            }
        ),
    )


def learnable(frame: Frame) -> DealRows:
    """Without what is empty, or always the same, in the deals that have closed."""
    known = frame.values[frame.is_known]
    excluded = {}
    for one in frame.features:
        column = known[one.name]
        if not len(column):
            continue
        if column.isna().all():
            excluded[one.name] = NO_RECORD
        elif column.notna().all() and column.nunique() == 1:
            excluded[one.name] = ONE_VALUE
    if len(known) and np.ptp(frame.as_of[frame.is_known]) < TWO_YEARS:
        excluded[SEASON] = NO_SEASON
    return DealRows(frame.without(list(excluded)), excluded)
