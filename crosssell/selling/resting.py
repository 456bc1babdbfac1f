"""What is not suggested again for a while: what was declined, or stood there and was not taken."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from scipy import sparse

from crosssell.models import Recommendation
from crosssell.selling.standing import Standing
from revenue.ml.arrays import Ints
from revenue.ml.rank.interactions import Matrix
from revenue.users.models import Org

State = Recommendation.State
DECLINED_DAYS, EXPIRED_DAYS = 180, 60


def ended_lately(org: Org, *, as_of: datetime) -> set[tuple[str, str]]:
    """Account and product of what was not taken in time."""
    late = Recommendation.objects.filter(
        org=org, state=State.EXPIRED, ended_at__gt=as_of - timedelta(days=EXPIRED_DAYS)
    )
    return set(late.values_list("account_ref", "product_ref"))


def resting(org: Org, standing: Standing, *, place: int) -> Matrix:
    """Accounts by items; also what ended after the moment: a person is heard at once."""
    catalogue = standing.catalogue
    parts: list[tuple[Ints, Ints]] = []
    rows = Recommendation.objects.filter(org=org)
    for state, days in ((State.DISMISSED, DECLINED_DAYS), (State.EXPIRED, EXPIRED_DAYS)):
        late = rows.filter(state=state, ended_at__gt=standing.as_of - timedelta(days=days))
        named = late.values_list("account_ref", "product_ref")
        frame = pd.DataFrame(list(named), columns=["account_ref", "product_ref"]).assign(org=place)
        account, item = catalogue.account_of(frame), catalogue.item_of(frame)
        known = (account >= 0) & (item >= 0)
        parts.append((account[known], item[known]))
    accounts, items = (np.concatenate([part[at] for part in parts]) for at in (0, 1))
    shape = (catalogue.accounts, catalogue.items)
    return sparse.csr_array((np.ones(len(items)), (accounts, items)), shape=shape)
