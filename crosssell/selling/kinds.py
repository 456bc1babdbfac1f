"""How much more often customers of a kind own each product than all customers do."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from crosssell.selling.nearness import region_of
from crosssell.selling.standing import UNKNOWN, Standing
from revenue.ml.arrays import Floats, Ints, floats
from revenue.ml.rank.interactions import Matrix

PULL = 20.0  # customers that the whole counts for beside those of one kind
LEAST_SHARE = 1e-4


@dataclass(frozen=True, eq=False)
class Kinds:
    """Of one fact about customers; the last row of `shares` is for those of which it is unknown."""

    of: Ints  # of each customer, its row of `shares`
    name: Any
    customers: Floats  # buyers of each kind
    shares: Floats  # kinds by items, drawn toward the whole by PULL
    whole: Floats  # of all buyers

    @property
    def lifts(self) -> Floats:
        return floats(np.log(self.shares / self.whole[None, :]))


def kinds_of(values: Any, owned: Matrix) -> Kinds:
    """`values` may hold None or an empty text where nothing is known."""
    text = pd.Series(values, dtype=object)
    codes, names = pd.factorize(text.where(text != UNKNOWN), sort=True)
    unknown = len(names)
    of = np.where(codes < 0, unknown, codes).astype(np.int64)
    buys = np.diff(owned.indptr) > 0
    whole = floats(owned.sum(axis=0)) / max(int(buys.sum()), 1)
    whole = np.maximum(whole, LEAST_SHARE)
    rows = np.flatnonzero(buys)
    shape = (unknown + 1, owned.shape[0])
    belongs = sparse.csr_array((np.ones(len(rows)), (of[rows], rows)), shape=shape)
    have = floats((belongs @ owned).toarray())
    count = floats(belongs.sum(axis=1))
    shares = (have + PULL * whole[None, :]) / (count[:, None] + PULL)
    shares[unknown] = whole
    return Kinds(of, np.append(np.asarray(names, dtype=object), UNKNOWN), count, shares, whole)


@dataclass(frozen=True, eq=False)
class Firmographics:
    industry: Kinds
    band: Kinds
    country: Kinds
    region: Kinds

    def lifts(self, customers: Ints) -> Floats:
        """Added up, as if each fact stood for itself; a country speaks within its region."""
        region = self.region.lifts[self.region.of[customers]]
        country = self.country.lifts[self.country.of[customers]]
        return floats(
            self.industry.lifts[self.industry.of[customers]]
            + self.band.lifts[self.band.of[customers]]
            + (region + country) / 2
        )


def firmographics_of(standing: Standing) -> Firmographics:
    owned = standing.owned()
    band = np.where(standing.band < 0, UNKNOWN, standing.band.astype(str))
    region = np.array([region_of(name) for name in standing.country], dtype=object)
    return Firmographics(
        kinds_of(standing.industry, owned),
        kinds_of(band, owned),
        kinds_of(standing.country, owned),
        kinds_of(region, owned),
    )
