"""Where too little was bought to learn from: what customers of each industry bought of late."""

import numpy as np

from crosssell.selling.candidates import Candidates
from crosssell.selling.standing import DAY, Standing
from revenue.ml.arrays import Floats, floats

PULL = 50.0  # customers that the whole counts for beside those of one industry


def plain_rates(standing: Standing, pairs: Candidates, *, horizon_days: int) -> Floats:
    """The share of customers of the same industry that bought it within the last horizon."""
    catalogue = standing.catalogue
    names, industry = np.unique(standing.industry.astype(str), return_inverse=True)
    late = standing.sales.take(standing.sales.at > standing.at - horizon_days * DAY)
    bought = np.unique(np.stack([late.customer, late.item], axis=1), axis=0).reshape(-1, 2)
    count = np.zeros((len(names), catalogue.items))
    np.add.at(count, (industry[bought[:, 0]], bought[:, 1]), 1.0)
    there = np.unique(catalogue.customer[standing.is_there])
    people = floats(np.bincount(industry[there], minlength=len(names)))
    whole = (count.sum(axis=0) + 0.5) / (people.sum() + 1)
    rates = (count + PULL * whole[None, :]) / (people[:, None] + PULL)
    return floats(rates[industry[catalogue.customer[pairs.account]], pairs.item])
