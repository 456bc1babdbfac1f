"""What lifetime values of a year ago were worth, beside what anybody would have said."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from accounts.customers.reading import read_deals
from forecasting.health.leaving import leaving_of
from forecasting.health.lifetime import YEAR_DAYS, foretell, read_bought
from forecasting.health.policy import policy_of
from revenue.ml.arrays import Flags, Floats, floats
from revenue.users.models import Org

YEAR = timedelta(days=365)


def judged_lifetimes(*, org: Org, as_of: datetime) -> dict[str, Any]:
    """As of a year before, with what was known then, against what came in the year since."""
    then = as_of - YEAR
    bought = read_bought(org=org, as_of=then)
    deals = read_deals(org=org, as_of=as_of)
    won = deals[(deals["is_won"].astype(bool) & deals["ended_at"].notna()).to_numpy(dtype=bool)]
    here = stayed(org, then, bought.refs)
    if here.sum() < 2:
        return {}
    leaves = np.full(len(bought.refs), rate_of_leaving(org, then, bought.refs))
    told = foretell(bought, leaves, years=365 / YEAR_DAYS)
    came, last = (of_year(won, bought.refs, at) for at in (as_of, then))
    segment = pd.Series(last).groupby(bought.segment.to_numpy(dtype=object)).transform("mean")
    actual = came[here]
    inside = (actual >= told.low[here]) & (actual <= told.high[here])
    return {
        "customers": int(here.sum()),
        "coverage": float(inside.mean()),
        "errors": {
            "lifetime": errors(told.value[here], actual),
            "last_year_again": errors(last[here], actual),
            "segment_mean": errors(floats(segment)[here], actual),
        },
    }


def of_year(won: pd.DataFrame, refs: "pd.Index[str]", at: datetime) -> Floats:
    inside = (won["ended_at"] > pd.Timestamp(at - YEAR)) & (won["ended_at"] <= pd.Timestamp(at))
    rows = won[inside.to_numpy(dtype=bool)]
    totals = rows.groupby(rows["ref"].astype(object))["amount"].sum().astype(float)
    return floats(totals.reindex(refs).fillna(0.0))


def stayed(org: Org, then: datetime, refs: "pd.Index[str]") -> Flags:
    told = leaving_of(org=org, as_of=then, policy=policy_of(org))
    return np.asarray(~refs.isin(told.gone["ref"].astype(object)), dtype=np.bool_)


def rate_of_leaving(org: Org, then: datetime, refs: "pd.Index[str]") -> float:
    """Of the year before that, as nothing of it was learned from what came later."""
    told = leaving_of(org=org, as_of=then, policy=policy_of(org))
    if not told.is_dated or not len(refs):
        return 0.0
    left = told.dated()
    lately = left[(left > pd.Timestamp(then - YEAR)).to_numpy(dtype=bool)]
    share = len(set(lately.index) & set(refs)) / len(refs)
    return float(-np.log1p(-min(share, 0.99)))


def errors(said: Floats, came: Floats) -> dict[str, float]:
    off = said - came
    whole = float(came.sum()) or 1.0
    return {
        "mae": float(np.abs(off).mean()),
        "rmse": float(np.sqrt((off**2).mean())),
        "bias": float(off.sum() / whole),
    }
