"""Deals that closed within two stretches of time, with what they may be told apart by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from accounts.frames import read_frame
from accounts.history import Relation
from forecasting.deals.sizes import sizes_of
from forecasting.diagnosis.closed import Closed
from revenue.ml.arrays import floats
from revenue.users.models import Org

CYCLES = ((30, "Under a month"), (90, "1–3 months"), (180, "3–6 months"), (365, "6–12 months"))
LONGEST_CYCLE = "Over a year"
TITLES = {
    "region": "Region",
    "industry": "Industry",
    "size": "Employees",
    "source": "Source",
    "product": "Product",
    "kind": "Deal type",
    "seller": "Seller",
    "team": "Team",
    "division": "Division",
    "cycle": "Length of the cycle",
}
# How long a deal took is known at its end, and follows from it: told, and no cause of it.
FOLLOWS = ("cycle",)
MOST_LEVELS = 60
LEAST_OF_LEVEL = 5
OTHERS = "All others"

DEALS = """
    WITH product AS (
        SELECT DISTINCT ON (item.opportunity_ref) item.opportunity_ref,
               coalesce(nullif(product.family, ''), nullif(product.name, ''), 'Other') AS name
        FROM accounts_lineitem item
        LEFT JOIN accounts_product product
             ON product.org_id = item.org_id AND product.external_id = item.product_ref
        WHERE item.org_id = %(org)s AND item.deleted_at IS NULL
        ORDER BY item.opportunity_ref, item.corporate_total DESC NULLS LAST, item.id
    )
    SELECT deal.external_id AS ref, deal.created_at, deal.close_date, deal.is_won,
           deal.corporate_amount AS value, deal.kind, deal.source, deal.owner_ref,
           account.industry, account.country, account.employees, product.name AS product
    FROM accounts_opportunity deal
    LEFT JOIN accounts_account account
         ON account.org_id = deal.org_id AND account.external_id = deal.account_ref
    LEFT JOIN product ON product.opportunity_ref = deal.external_id
    WHERE deal.org_id = %(org)s AND deal.deleted_at IS NULL AND deal.is_closed
      AND deal.close_date >= %(since)s AND deal.close_date < %(until)s
    ORDER BY deal.close_date, deal.external_id
"""
STAGES = """
    SELECT change.opportunity_ref AS ref, change.stage, change.probability
    FROM accounts_stagechange change
    JOIN accounts_opportunity deal
        ON deal.org_id = change.org_id AND deal.external_id = change.opportunity_ref
    WHERE change.org_id = %(org)s AND change.deleted_at IS NULL AND deal.is_closed
      AND deal.close_date >= %(since)s AND deal.close_date < %(until)s
      AND change.stage NOT IN (
          SELECT DISTINCT stage FROM accounts_opportunity
          WHERE org_id = %(org)s AND is_closed AND stage <> ''
      )
"""
SELLERS = """
    SELECT external_id AS ref, name, manager_ref, region FROM accounts_crmuser
    WHERE org_id = %(org)s
"""


@dataclass(frozen=True)
class Stretches:
    """From `since` to `turn`, beside from `turn` to `until`; the last day is outside."""

    since: date
    turn: date
    until: date

    def __post_init__(self) -> None:
        if not self.since < self.turn < self.until:
            raise ValueError("Give three days in the order of time.")


@dataclass(frozen=True, eq=False)
class Reading:
    """`deals` and `closed` have the same rows in the same order."""

    deals: pd.DataFrame
    closed: Closed
    stages: tuple[str, ...]


def read_closed(*, org: Org, stretches: Stretches) -> Reading:
    params = {"org": org.pk, "since": stretches.since, "until": stretches.until}
    deals = read_frame(Relation(DEALS, params))
    ways = read_frame(Relation(STAGES, params))
    sellers = read_frame(Relation(SELLERS, {"org": org.pk})).set_index("ref")
    values = told_apart(deals, sellers)
    stages, reached = how_far(deals["ref"], ways)
    closed = Closed.of(
        now=pd.to_datetime(deals["close_date"]).to_numpy() >= np.datetime64(stretches.turn),
        won=deals["is_won"].to_numpy(dtype=bool),
        value=floats(deals["value"].fillna(0)),
        values={name: one for name, one in values.items() if len(set(one)) > 1},
        reached=reached,
        steps=stages or ("All the way",),
    )
    return Reading(deals.assign(**values), closed, stages)


def told_apart(deals: pd.DataFrame, sellers: pd.DataFrame) -> Mapping[str, list[str]]:
    owner = deals["owner_ref"].astype(object).where(deals["owner_ref"].notna(), "")
    boss = owner.map(sellers["manager_ref"])
    above = boss.map(sellers["manager_ref"])
    country, of_seller = text(deals["country"]), text(owner.map(sellers["region"]))
    took = pd.to_datetime(deals["close_date"], utc=True) - pd.to_datetime(deals["created_at"])
    found = {
        "region": [mine or theirs for mine, theirs in zip(of_seller, country, strict=True)],
        "industry": text(deals["industry"]),
        "size": sizes_of(deals["employees"].to_numpy()).tolist(),
        "source": text(deals["source"]),
        "product": text(deals["product"]),
        "kind": text(deals["kind"]),
        "seller": text(owner.map(sellers["name"])),
        "team": text(boss.map(sellers["name"])),
        "division": text(above.map(sellers["name"])),
        "cycle": [cycle_of(days) for days in took.dt.days],
    }
    return {name: few_levels(one) for name, one in found.items()}


def text(column: "pd.Series[str]") -> list[str]:
    return [one if isinstance(one, str) else "" for one in column.astype(object)]


def cycle_of(days: float) -> str:
    return next((name for most, name in CYCLES if days < most), LONGEST_CYCLE)


def few_levels(values: list[str]) -> list[str]:
    """What only a handful of deals have cannot be judged alone."""
    counts = pd.Series(values).value_counts()
    kept = set(counts[counts >= LEAST_OF_LEVEL].index[:MOST_LEVELS])
    return [one if one in kept or not one else OTHERS for one in values]


def how_far(refs: "pd.Series[str]", ways: pd.DataFrame) -> tuple[tuple[str, ...], np.ndarray]:
    """Stages in order, and of each deal the place of the farthest that it came to."""
    if not len(ways):
        return (), np.zeros(len(refs), dtype=np.int64)
    order = ways.groupby("stage")["probability"].median()
    if order.isna().all():
        order = ways.groupby("ref").cumcount().groupby(ways["stage"]).mean()
    common = ways["stage"].value_counts()
    stages = [str(one) for one in order.sort_values().index if common[one] >= LEAST_OF_LEVEL]
    rank = {stage: at for at, stage in enumerate(stages)}
    far = ways["stage"].map(rank).groupby(ways["ref"]).max()
    reached = refs.map(far).fillna(0).to_numpy(dtype=np.int64)
    return tuple(stages), reached
