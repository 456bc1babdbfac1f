"""What rows of accounts and products are reported on by: industry, country and size."""

import numpy as np
import pandas as pd

from crosssell.selling.standing import SIZE_NAMES, Standing
from revenue.ml.arrays import Anything, Ints

UNKNOWN = "(not known)"


def segments_of(standing: Standing, account: Ints) -> pd.DataFrame:
    """Of millions of rows, each name is kept once."""
    customer = standing.catalogue.customer[account]
    size = np.append(np.array(SIZE_NAMES, dtype=object), UNKNOWN)[standing.band]
    columns = {"industry": standing.industry, "country": standing.country, "size": size}
    return pd.DataFrame({name: told(of, customer) for name, of in columns.items()})


def told(names: Anything, customer: Ints) -> pd.Categorical:
    codes, values = pd.factorize(np.where(names == "", UNKNOWN, names).astype(str), sort=True)
    return pd.Categorical.from_codes(codes[customer], categories=pd.Index(values))
