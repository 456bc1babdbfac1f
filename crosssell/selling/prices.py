"""What a product sells for in an org, how many at once, and what an account is used to pay."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crosssell.selling.standing import DAY, Events, Standing
from revenue.ml.arrays import Floats, Ints, floats

LATE_DAYS = 730  # what was paid before that is no price any more, where there is a later one


@dataclass(frozen=True, eq=False)
class Prices:
    """In each org's corporate currency; NaN where nobody knows."""

    unit: Floats  # orgs by items
    quantity: Floats  # orgs by items
    of_band: Floats  # orgs by bands of size: the quantity beside the usual one
    of_item: Floats  # orgs by items: the logarithm of what a sale of it comes to
    of_account: Floats  # the logarithm of what a sale to it comes to


def prices_of(standing: Standing) -> Prices:
    catalogue, sales = standing.catalogue, standing.sales
    sales = sales.take((sales.total > 0) & (sales.quantity > 0))
    late = sales.take(sales.at > standing.at - LATE_DAYS * DAY)
    org = catalogue.account_org[sales.account]
    shape = (len(catalogue.of_org), catalogue.items)

    def middle(events: Events, values: Floats) -> Floats:
        found = np.full(shape, np.nan)
        frame = pd.DataFrame(
            {"org": catalogue.account_org[events.account], "item": events.item, "value": values}
        )
        medians = frame.groupby(["org", "item"])["value"].median()
        places = medians.index.to_frame().to_numpy(dtype=np.int64)
        found[places[:, 0], places[:, 1]] = medians
        return found

    unit = either(
        middle(late, late.total / late.quantity), middle(sales, sales.total / sales.quantity)
    )
    whole = pd.Series(np.log(sales.total)).groupby(sales.account).median()
    of_account = np.full(catalogue.accounts, np.nan)
    of_account[whole.index.to_numpy(dtype=np.int64)] = whole
    quantity = either(middle(late, late.quantity), middle(sales, sales.quantity))
    return Prices(
        unit=either(unit, listed(standing)),
        quantity=quantity,
        of_band=by_band(standing, sales, quantity[org, sales.item], org),
        of_item=middle(sales, np.log(sales.total)),
        of_account=of_account,
    )


def either(first: Floats, second: Floats) -> Floats:
    return np.where(np.isnan(first), second, first)


def listed(standing: Standing) -> Floats:
    product = standing.catalogue.of_org
    if not len(standing.catalogue.price):
        return np.full(product.shape, np.nan)
    return np.where(product >= 0, standing.catalogue.price[np.maximum(product, 0)], np.nan)


def by_band(standing: Standing, sales: Events, usual: Floats, org: Ints) -> Floats:
    """Larger customers buy more at once; where few have bought, as everybody does."""
    band = standing.band[sales.customer]
    found = np.ones((len(standing.catalogue.of_org), int(standing.band.max(initial=0)) + 2))
    frame = pd.DataFrame({"org": org, "band": band, "value": np.log(sales.quantity / usual)})
    for (where, which), group in frame.groupby(["org", "band"])["value"]:
        pull = len(group) / (len(group) + 20)
        found[int(str(where)), int(str(which))] = np.exp(pull * float(group.median()))
    return floats(found)


def expected_quantity(prices: Prices, standing: Standing, account: Ints, item: Ints) -> Floats:
    """As its like buy it; one where nobody has."""
    catalogue = standing.catalogue
    org, band = catalogue.account_org[account], standing.band[catalogue.customer[account]]
    usual = prices.quantity[org, item] * prices.of_band[org, band]
    return floats(np.where(np.isnan(usual), 1.0, np.maximum(np.round(usual), 1.0)))
