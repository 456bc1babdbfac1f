"""What followed actions in the past: deals that began in the ninety days after, beside no action.

Customers with an action in a month are held against customers of about as many deals before and of
about the same size without any, at the same moments. What is found is drawn toward what the org
says of the type, the more so the less there is to go by. Whom sellers chose to see was no accident:
this is what goes together, not what causes what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from accounts.customers.reading import done_with
from accounts.frames import read_frame
from accounts.history import Relation
from crosssell.allocation.types import types_of
from revenue.users.models import Org

AFTER_DAYS, DURING_DAYS, BEFORE_DAYS = 90, 30, 365
MOMENTS = 6
FEWEST = 30
PRIOR_SPREAD = 0.15  # of the logarithm of a rate, around what the org says
BEFORE_EDGES, SIZE_EDGES = (0.5, 1.5, 3.5), (50.0, 500.0)
SURE = 1.96
OFTEN = AFTER_DAYS / DURING_DAYS  # so many moments may count one deal: as many times less is known


@dataclass(frozen=True)
class Followed:
    """Of one type: how many customers were seen so, and how many more deals began after it."""

    key: str
    seen: int
    rate: float | None  # as it stands in the past, over those that were not seen
    lift: float  # drawn toward what the org says
    low: float
    high: float


def followed(panel: pd.DataFrame, *, said: Mapping[str, float]) -> list[Followed]:
    """`panel`: a row a customer and moment with `before`, `size`, `after`, and a count a type."""
    keys = list(said)
    strata = [
        panel["moment"].to_numpy(),
        np.digitize(panel["before"], BEFORE_EDGES),
        np.digitize(panel["size"].fillna(0), SIZE_EDGES),
    ]
    nothing = (panel[keys].sum(axis=1) == 0).to_numpy()
    found = []
    for key in keys:
        alone = ((panel[key] > 0) & (panel[keys].drop(columns=key).sum(axis=1) == 0)).to_numpy()
        found.append(one_type(panel, key, strata, alone, nothing, said[key]))
    return found


def one_type(
    panel: pd.DataFrame,
    key: str,
    strata: Sequence[np.ndarray],
    alone: np.ndarray,
    nothing: np.ndarray,
    said: float,
) -> Followed:
    """Rates within each stratum joined after Mantel and Haenszel."""
    rows = pd.DataFrame({"after": panel["after"].to_numpy(), "alone": alone, "nothing": nothing})
    rows = rows.assign(**{f"by{place}": one for place, one in enumerate(strata)})
    by = [f"by{place}" for place in range(len(strata))]
    sums = (
        rows.assign(
            seen_after=rows["after"] * rows["alone"], other_after=rows["after"] * rows["nothing"]
        )
        .groupby(by)[["alone", "nothing", "seen_after", "other_after"]]
        .sum()
    )
    total = (sums["alone"] + sums["nothing"]).clip(lower=1)
    above = float((sums["seen_after"] * sums["nothing"] / total).sum())
    below = float((sums["other_after"] * sums["alone"] / total).sum())
    seen, deals = int(alone.sum()), float(sums["seen_after"].sum())
    expected = np.log1p(said)
    if seen < FEWEST or not above or not below:
        spread = SURE * PRIOR_SPREAD
        low, high = np.expm1(expected - spread), np.expm1(expected + spread)
        return Followed(key, seen, None, said, float(low), float(high))
    rate = above / below
    variance = OFTEN * (1 / deals + 1 / max(float(sums["other_after"].sum()), 1.0))
    weight = PRIOR_SPREAD**2 / (PRIOR_SPREAD**2 + variance)
    middle = weight * np.log(rate) + (1 - weight) * expected
    spread = SURE * np.sqrt(weight * variance)
    return Followed(
        key,
        seen,
        rate,
        float(np.expm1(middle)),
        float(np.expm1(middle - spread)),
        float(np.expm1(middle + spread)),
    )


def read_panel(org: Org, *, as_of: datetime, keys: Sequence[str]) -> pd.DataFrame:
    parts = []
    for number in range(1, MOMENTS + 1):
        moment = as_of - timedelta(days=AFTER_DAYS + (number - 1) * DURING_DAYS)
        part = read_frame(at_moment(org, moment, keys=keys))
        parts.append(part.assign(moment=number))
    return pd.concat(parts, ignore_index=True)


def at_moment(org: Org, moment: datetime, *, keys: Sequence[str]) -> Relation:
    """Deals begun before the month and after it, and what was done within it."""
    done = done_with(org, moment)
    counts = ", ".join(
        f"count(*) FILTER (WHERE kind = %(key{place})s) AS k{place}" for place in range(len(keys))
    )
    named = ", ".join(f'coalesce(care.k{place}, 0) AS "{key}"' for place, key in enumerate(keys))
    sql = f"""
        WITH care AS (
            SELECT ref, {counts} FROM ({done.sql}) done
            WHERE is_care AND happens_at > %(during)s GROUP BY ref
        ),
        deals AS (
            SELECT account_ref AS ref,
                   count(*) FILTER (WHERE created_at <= %(during)s) AS before,
                   count(*) FILTER (WHERE created_at > %(as_of)s) AS after
            FROM accounts_opportunity
            WHERE org_id = %(org)s AND deleted_at IS NULL
                AND created_at > %(begin)s AND created_at <= %(end)s
            GROUP BY account_ref
        )
        SELECT account.external_id AS ref, account.employees AS size,
               coalesce(deals.before, 0) AS before, coalesce(deals.after, 0) AS after, {named}
        FROM accounts_account account
        LEFT JOIN deals ON deals.ref = account.external_id
        LEFT JOIN care ON care.ref = account.external_id
        WHERE account.org_id = %(org)s AND account.deleted_at IS NULL
            AND account.created_at <= %(begin)s
        ORDER BY account.external_id
    """  # noqa: S608
    during = moment - timedelta(days=DURING_DAYS)
    return Relation(
        sql,
        done.params
        | {f"key{place}": key for place, key in enumerate(keys)}
        | {
            "org": org.pk,
            "as_of": moment,
            "during": during,
            "begin": during - timedelta(days=BEFORE_DAYS),
            "end": moment + timedelta(days=AFTER_DAYS),
        },
    )


def past_of(org: Org, *, as_of: datetime) -> list[Followed]:
    """Of each type in use; an org without a past has the types as they are said."""
    said = {one.key: one.lift for one in types_of(org)}
    panel = read_panel(org, as_of=as_of, keys=list(said))
    return followed(panel, said=said)
