"""What became of suggestions of what an account has: renewed, or more of it taken."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from crosssell.models import Recommendation
from crosssell.owned.contracts import LEAST_LONGER
from crosssell.owned.ground import PAIR, Ground
from crosssell.owned.reading import typed

First = dict[int, tuple[datetime, Any]]


def bought_of_owned(ground: Ground, rows: Sequence[Recommendation], *, days: int) -> First:
    """Of each that came: when first, and for how much.

    A new sale of the same is found where all sales are; here the changes of what is there.
    """
    found: First = {}
    changes = changes_of_owned(ground)
    for row in rows:
        until = pd.Timestamp(row.suggested_at) + pd.Timedelta(days=days)
        of = changes.get((row.account_ref, row.product_ref), [])
        for change in of:
            is_late = row.state not in Recommendation.OPEN and change["at"] > until
            if change["at"] <= pd.Timestamp(row.suggested_at) or is_late:
                continue
            if change["field"] == row.kind:
                amount = change["amount"]
                worth = None if np.isnan(amount) else round(Decimal(amount), 4)
                found[row.pk] = (change["at"].to_pydatetime(), worth)
                break
    return found


def changes_of_owned(ground: Ground) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """In order of time, ends put later and quantities raised, by account and product."""
    changes = ground.had.changes
    changes = changes[(changes["at"] <= pd.Timestamp(ground.as_of)).to_numpy()]
    rows = ground.had.rows[["ref", *PAIR, "unit", "quantity"]]
    met = changes.merge(rows, on="ref", suffixes=("", "_now"))
    parts = [longer(met), larger(met)]
    every = pd.concat(parts, ignore_index=True).sort_values("at", kind="stable")
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in records_of(every):
        grouped.setdefault((one["account_ref"], one["product_ref"]), []).append(one)
    return grouped


def records_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in one.items()} for one in frame.to_dict("records")]


def longer(met: pd.DataFrame) -> pd.DataFrame:
    of = met[(met["field"] == "ends_date").to_numpy()]
    old, new = typed(of["old"], "ends_date"), typed(of["new"], "ends_date")
    amount = of["unit"] * of["quantity"]
    found = of.assign(field=Recommendation.Kind.RENEWAL.value, amount=amount)
    return found[(new > old + LEAST_LONGER).to_numpy()]


def larger(met: pd.DataFrame) -> pd.DataFrame:
    of = met[(met["field"] == "quantity").to_numpy()]
    more = typed(of["new"], "quantity") - typed(of["old"], "quantity")
    found = of.assign(field=Recommendation.Kind.UPSELL.value, amount=of["unit"] * more)
    return found[(more > 0).to_numpy()]
