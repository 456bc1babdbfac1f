"""What was known of customers and products at a moment, as tables: customers by products."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd
from scipy import sparse

from crosssell.selling.catalogue import NONE, Catalogue
from crosssell.selling.reading import Past
from revenue.ml.arrays import Anything, Flags, Floats, Ints, floats
from revenue.ml.rank.interactions import Interactions, Matrix, make_interactions

DAY = 86_400
SIZES = (10, 50, 200, 1_000, 5_000)
SIZE_NAMES = (
    "fewer than 10 people",
    "10 to 49 people",
    "50 to 199 people",
    "200 to 999 people",
    "1,000 to 4,999 people",
    "5,000 people or more",
)
NEVER = -1
UNKNOWN = ""


@dataclass(frozen=True, eq=False)
class Events:
    """Each at a place of the catalogue; in order of time."""

    account: Ints
    customer: Ints
    item: Ints
    at: Ints
    quantity: Floats
    total: Floats

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: Flags | Ints) -> "Events":
        return Events(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def as_interactions(self, catalogue: Catalogue) -> Interactions:
        return make_interactions(
            customer=self.customer,
            item=self.item,
            moment=self.at,
            n_customers=catalogue.customers,
            n_items=catalogue.items,
        )


@dataclass(frozen=True, eq=False)
class Standing:
    """Facts of a company are those of any of its accounts that says them."""

    catalogue: Catalogue
    as_of: datetime
    is_there: Flags  # of each account, whether it existed
    is_dated: Flags  # of each account, whether it is on record since when
    sales: Events
    lost: Events  # lines of deals that came to nothing, at the end of the deal
    offered: Events  # lines of deals that were open
    industry: Anything  # of each customer
    country: Anything
    size: Floats  # the logarithm of its people
    band: Ints  # of the size; -1 where unknown
    last_active: Ints  # of each account: the last activity, 0 for never
    active_lately: Floats  # of each account: how many activities
    dismissed: Matrix  # accounts by items
    shown: Matrix

    @property
    def at(self) -> int:
        return int(self.as_of.timestamp())

    @property
    def was_there(self) -> Flags:
        """Of a moment past: what has no first day was there from when it was first heard of."""
        heard = self.is_dated.copy()
        for events in (self.sales, self.lost, self.offered):
            heard[events.account] = True
        return self.is_there & (heard | (self.last_active > 0))

    def of_org(self, org: int) -> "Standing":
        """What one org sold and offered itself, under its own names."""
        mine = self.catalogue.account_org == org
        sales, lost, offered = (
            events.take(mine[events.account]) for events in (self.sales, self.lost, self.offered)
        )
        named = self.catalogue.as_named_by(org)
        return replace(self, catalogue=named, sales=sales, lost=lost, offered=offered)

    def table(self, events: Events, values: Floats | None = None) -> Matrix:
        shape = (self.catalogue.customers, self.catalogue.items)
        value = np.ones(len(events)) if values is None else values
        return sparse.csr_array((value, (events.customer, events.item)), shape=shape)

    def owned(self) -> Matrix:
        found = self.table(self.sales)
        found.data[:] = 1.0
        return found

    def barred(self) -> Matrix:
        """What a customer owns, in whatever org, and what it is being sold already."""
        found = sparse.csr_array(self.table(self.sales) + self.table(self.offered))
        found.data[:] = 1.0
        return found


def standing_of(past: Past, catalogue: Catalogue) -> Standing:
    open_deals = ~past.offers["is_closed"].astype(bool)
    here = catalogue.account_of(past.accounts.rename(columns={"ref": "account_ref"}))
    is_there = np.zeros(catalogue.accounts, dtype=np.bool_)
    is_there[here[here >= 0]] = True
    is_dated = np.zeros(catalogue.accounts, dtype=np.bool_)
    is_dated[here[(here >= 0) & past.accounts["created_at"].notna().to_numpy()]] = True
    employees = floats(pd.to_numeric(past.accounts["employees"]))
    size = of_customers(np.where(employees > 0, employees, np.nan), here, catalogue)
    last_active, active_lately = activity_of(past, catalogue)
    return Standing(
        catalogue=catalogue,
        as_of=past.as_of,
        is_there=is_there,
        is_dated=is_dated,
        sales=events_of(past.sales[~past.sales["is_told_again"].astype(bool)], catalogue, "at"),
        lost=events_of(past.offers[~open_deals], catalogue, "closed_at"),
        offered=events_of(past.offers[open_deals], catalogue, "at"),
        industry=text_of_customers(past.accounts["industry"], here, catalogue),
        country=text_of_customers(past.accounts["country"], here, catalogue),
        size=np.log(size),
        band=np.where(np.isnan(size), NONE, np.searchsorted(SIZES, size, side="right")),
        last_active=last_active,
        active_lately=active_lately,
        dismissed=answered(past, catalogue, "dismissed"),
        shown=answered(past, catalogue, "shown"),
    )


def events_of(rows: pd.DataFrame, catalogue: Catalogue, moment: str) -> Events:
    account, item = catalogue.account_of(rows), catalogue.item_of(rows)
    at = seconds_of(rows[moment])
    kept = np.flatnonzero((account >= 0) & (item >= 0))
    kept = kept[np.argsort(at[kept], kind="stable")]
    return Events(
        account=account[kept],
        customer=catalogue.customer[account[kept]],
        item=item[kept],
        at=at[kept],
        quantity=floats(pd.to_numeric(rows["quantity"]))[kept],
        total=floats(pd.to_numeric(rows["total"]))[kept],
    )


def seconds_of(moments: "pd.Series[pd.Timestamp]") -> Ints:
    """Since 1970; what has no moment came before all others."""
    plain = pd.to_datetime(moments, utc=True).dt.tz_localize(None).to_numpy()
    found = plain.astype("datetime64[s]").astype(np.int64)
    return np.where(np.isnat(plain), 0, found)


def of_customers(values: Floats, account: Ints, catalogue: Catalogue) -> Floats:
    """Of several accounts of one customer, the first that says it."""
    found = np.full(catalogue.customers, np.nan)
    said = np.flatnonzero((account >= 0) & ~np.isnan(values))[::-1]
    found[catalogue.customer[account[said]]] = values[said]
    return found


def text_of_customers(values: "pd.Series[str]", account: Ints, catalogue: Catalogue) -> Anything:
    said = values.fillna(UNKNOWN).astype(object).to_numpy()
    found = np.full(catalogue.customers, UNKNOWN, dtype=object)
    rows = np.flatnonzero((account >= 0) & (said != UNKNOWN))[::-1]
    found[catalogue.customer[account[rows]]] = said[rows]
    return found


def activity_of(past: Past, catalogue: Catalogue) -> tuple[Ints, Floats]:
    place = catalogue.account_of(past.activities)
    known = place >= 0
    last = np.zeros(catalogue.accounts, dtype=np.int64)
    lately = np.zeros(catalogue.accounts)
    last[place[known]] = seconds_of(past.activities["last_at"])[known]
    lately[place[known]] = floats(past.activities["recent"])[known]
    return last, lately


def answered(past: Past, catalogue: Catalogue, state: str) -> Matrix:
    rows = past.answers[past.answers["state"] == state]
    account, item = catalogue.account_of(rows), catalogue.item_of(rows)
    known = (account >= 0) & (item >= 0)
    shape = (catalogue.accounts, catalogue.items)
    ones = np.ones(int(known.sum()))
    return sparse.csr_array((ones, (account[known], item[known])), shape=shape)
