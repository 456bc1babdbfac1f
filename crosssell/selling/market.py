"""What accounts should have found, what may not be offered to them, and what rivals learn from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import sparse

from crosssell.selling.catalogue import Catalogue
from crosssell.selling.standing import DAY, Events, Standing
from revenue.ml.arrays import Ints, floats
from revenue.ml.frames import make_frame
from revenue.ml.rank.interactions import Matrix
from revenue.ml.rank.lists import Lists, Market, is_in, make_lists

EMPTY = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False, kw_only=True)
class SellingMarket(Market):
    """In the kit's words a customer is an account here: what all of its orgs sold it counts as had,
    and it should have found what its own org sold it later. Ways are fitted on customers, each once
    however many accounts it has."""

    sold: Events
    customer: Ints  # of each account
    shut: dict[int, "Shut"] = field(default_factory=dict)  # by moment
    ahead: Mapping[int, int] = field(default_factory=dict)  # by moment: days, where not the horizon

    def people(self, customers: Ints) -> Ints:
        found: Ints = self.customer[customers]
        return found

    def barred(self, at: int) -> "Shut":
        return self.shut[int(at)]

    def later(self, lists: Lists) -> Matrix:
        """New to the customer, and not being sold already when the list was made."""
        return self.within(lists, {})

    def within(self, lists: Lists, ahead: Mapping[int, int]) -> Matrix:
        rows: list[Ints] = [EMPTY]
        columns: list[Ints] = [EMPTY]
        for at in lists.moments.tolist():
            places = np.flatnonzero(lists.at == at)
            of_account = np.full(len(self.customer), -1, dtype=np.int64)
            of_account[lists.customer[places]] = places
            days = ahead.get(at, self.horizon_days)
            found = bought_within(self.sold, at=at, days=days)
            row = of_account[found.account]
            had = is_in(self.shut[at].had, found.customer, found.item)
            fresh = (row >= 0) & ~had
            rows.append(row[fresh])
            columns.append(found.item[fresh])
        shape = (len(lists), self.past.n_items)
        row, column = np.concatenate(rows), np.concatenate(columns)
        table = sparse.csr_array((np.ones(len(row)), (row, column)), shape=shape)
        table.sum_duplicates()
        table.data[:] = 1.0
        return table

    def labelled(self, *, until: int) -> Lists:
        """1 where it was bought in time; nothing where the time was not over by then."""
        lists = self.lists
        label = is_in(self.within(lists, self.ahead), lists.of, lists.item).astype(np.float64)
        days = np.array([self.ahead.get(at, self.horizon_days) for at in lists.at.tolist()])
        known_at = (lists.at + days.astype(np.int64) * DAY)[lists.of]
        is_over = known_at <= until
        known = np.where(is_over, known_at, np.iinfo(np.int64).min).astype("datetime64[s]")
        frame = replace(
            lists.frame, label=floats(np.where(is_over, label, np.nan)), label_known_at=known
        )
        return replace(lists, frame=frame)


@dataclass(frozen=True, eq=False)
class Shut:
    """What no way may offer an account: what its customer has or is being sold, and what its own
    org does not sell. Made of those who are asked for, as of all it would not fit."""

    had: Matrix  # customers by items
    catalogue: Catalogue

    @property
    def shape(self) -> tuple[int, int]:
        return self.catalogue.accounts, self.catalogue.items

    def __getitem__(self, accounts: Ints) -> Matrix:
        unsold = sparse.csr_array((self.catalogue.of_org < 0).astype(np.float64))
        theirs = self.had[self.catalogue.customer[accounts]]
        found = sparse.csr_array(theirs + unsold[self.catalogue.account_org[accounts]])
        found.data[:] = 1.0
        return found


def bought_within(sold: Events, *, at: int, days: int) -> Events:
    return sold.take((sold.at > at) & (sold.at <= at + days * DAY))


def market_without_rows(
    then: Standing, now: Standing, accounts: Ints, *, days: int
) -> SellingMarket:
    """Accounts as of a moment, for ways that need no candidates."""
    asked = (accounts, np.full(len(accounts), then.at, dtype=np.int64))
    nothing = make_frame(pd.DataFrame(index=range(0)), features=(), as_of=EMPTY.astype("M8[s]"))
    return SellingMarket(
        past=now.sales.as_interactions(now.catalogue),
        lists=make_lists(nothing, customer=EMPTY, item=EMPTY, asked=asked),
        horizon_days=days,
        sold=now.sales,
        customer=now.catalogue.customer,
        shut={then.at: Shut(then.barred(), now.catalogue)},
    )
