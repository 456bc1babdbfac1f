"""What all that is said of what customers have stands on, at any moment."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from accounts.frames import read_frame
from crosssell.owned.reading import Had, read_had
from crosssell.owned.use import Use, read_use
from crosssell.selling.catalogue import NONE
from crosssell.selling.reading import activities
from crosssell.selling.standing import Standing
from revenue.ml.arrays import Floats, floats
from revenue.users.models import Org

DAY = pd.Timedelta(days=1)
PAIR = ["account_ref", "product_ref"]
LEAST_TIMES = 3


@dataclass(frozen=True, eq=False)
class Ground:
    """Of one org. `sales` has each sale once, whether a deal, an order or an asset tells of it."""

    org: Org
    as_of: datetime
    days: int
    had: Had
    sales: pd.DataFrame
    bands: "pd.Series[int]"  # of size, by account
    use: Use
    told: dict[pd.Timestamp, Any] = field(default_factory=dict)

    @property
    def horizon(self) -> pd.Timedelta:
        return pd.Timedelta(days=self.days)

    @cached_property
    def repeated(self) -> pd.DataFrame:
        """By day, what was bought on several: nothing else can have a rhythm."""
        rows = self.sales.assign(day=self.sales["at"].dt.floor("D"))
        grouped = rows.groupby([*PAIR, "day"], sort=True)
        found = grouped.agg(
            at=("at", "min"), quantity=("quantity", "sum"), total=("total", "sum")
        ).reset_index()
        times = found.groupby(PAIR)["day"].transform("size")
        return found[(times >= LEAST_TIMES).to_numpy()].reset_index(drop=True)

    def quiet_days(self, at: pd.Timestamp, refs: "pd.Series[str]") -> Floats:
        """Since anybody spoke with each of these accounts; nothing where nobody ever did."""
        if at not in self.told:
            frame = read_frame(activities(self.org, at.to_pydatetime()))
            last = pd.to_datetime(frame["last_at"], utc=True)
            since = (at - last) / DAY
            since.index = pd.Index(frame["account_ref"].astype(object))
            self.told[at] = since
        return floats(self.told[at].reindex(pd.Index(refs.astype(object))))

    def sold(self, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
        at = self.sales["at"]
        return self.sales[((at > since) & (at <= until)).to_numpy()]


def ground_of(*, org: Org, standing: Standing, place: int, as_of: datetime, days: int) -> Ground:
    catalogue, events = standing.catalogue, standing.sales
    here = catalogue.account_org[events.account] == place
    product = catalogue.of_org[place, events.item]
    kept = np.flatnonzero(here & (product != NONE))
    at = pd.to_datetime(events.at[kept], unit="s", utc=True).astype("datetime64[us, UTC]")
    sales = pd.DataFrame(
        {
            "account_ref": catalogue.account_ref[events.account[kept]],
            "product_ref": catalogue.product_ref[product[kept]],
            "at": at,
            "quantity": events.quantity[kept],
            "total": events.total[kept],
        }
    )
    accounts = np.flatnonzero(catalogue.account_org == place)
    bands = pd.Series(
        standing.band[catalogue.customer[accounts]],
        index=pd.Index(catalogue.account_ref[accounts].astype(object)),
    )
    return Ground(org, as_of, days, read_had(org=org), sales, bands, read_use(org=org))


def moments_before(as_of: datetime, *, days: int, grace: int, most: int) -> list[pd.Timestamp]:
    """The newest first: a horizon apart, so that each end and each purchase counts once."""
    first = pd.Timestamp(as_of) - timedelta(days=grace)
    return [first - (nth + 1) * pd.Timedelta(days=days) for nth in range(most)]


def summed(rows: pd.DataFrame) -> pd.DataFrame:
    """By account and product; money is unknown where that of none is known."""
    grouped = rows.groupby(PAIR, sort=True)
    found = grouped.agg(quantity=("quantity", "sum"), ends_at=("ends_at", "min"))
    found["total"] = grouped["total"].sum(min_count=1)
    return found.reset_index()
