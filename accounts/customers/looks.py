"""Customers at many moments as one frame, and what of it can be learned from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from accounts.customers.features import Customers, Part, feature_values, size_of
from revenue.ml.arrays import Floats, floats
from revenue.ml.frames import Feature, Frame, make_frame

STEP_DAYS = 30
MOST_MOMENTS = 30
FIRST_DAYS = 60  # of an org's deals: before that nothing says yet what a customer is like
SEASON = "month_of_year"
NO_RECORD = "Nothing recorded says what it was at the moments that are learned from."
NO_HISTORY = "No history of it is kept: what it holds may have been filled in later."
NO_SEASON = "Records of less than two years: a season could not be told from a trend."
ONE_VALUE = "It is the same for every customer at every moment."


def empty() -> Frame:
    return make_frame(pd.DataFrame(), features=[], as_of=[])


def moments_of(won: pd.DataFrame, *, as_of: datetime, horizon_days: int) -> list[datetime]:
    """A month apart, from the last one whose horizon has passed back to the first deals."""
    if not len(won):
        return []
    first = won["ended_at"].min().to_pydatetime() + timedelta(days=FIRST_DAYS)
    last = as_of - timedelta(days=horizon_days)
    found = [last - timedelta(days=STEP_DAYS * back) for back in range(MOST_MOMENTS)]
    return [one for one in reversed(found) if one >= first]


@dataclass(frozen=True, eq=False)
class Looked:
    """Customers as they were at one moment."""

    values: pd.DataFrame
    features: list[Feature]
    refs: "pd.Index[str]"
    owners: "pd.Series[str]"
    at: datetime
    label: Floats


def rows_at(
    customers: Customers, moment: datetime, label: Floats, parts: Sequence[Part] | None = None
) -> Looked:
    values, features = feature_values(customers, parts)
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
                "region": values["country"].fillna(""),
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
