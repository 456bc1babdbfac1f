"""Who may be sold what: customers and products of all orgs that sell together, as places."""

import re
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from crosssell.selling.reading import Past
from revenue.ml.arrays import Anything, Floats, Ints, floats

NOT_A_LETTER = re.compile(r"[^\w]+|_")
NONE = -1


def plain_name(text: object) -> str:
    return NOT_A_LETTER.sub("", str(text).casefold()) if isinstance(text, str) else ""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """An item is what orgs of one group sell under the same code, or else the same name."""

    account_org: Ints
    account_ref: Anything
    customer: Ints  # of each account
    product_item: Ints  # of each product
    product_org: Ints
    product_ref: Anything
    of_org: Ints  # orgs by items: the product under which the org sells it, or none
    title: Anything  # of each item
    family: Anything
    price: Floats  # of each product as listed, in its org's currency
    is_active: Anything  # of each product
    product_title: Anything
    product_family: Anything

    @property
    def accounts(self) -> int:
        return len(self.account_ref)

    @property
    def customers(self) -> int:
        return int(self.customer.max(initial=-1)) + 1

    @property
    def items(self) -> int:
        return len(self.title)

    def account_of(self, rows: pd.DataFrame) -> Ints:
        return places_of(self.account_org, self.account_ref, rows["org"], rows["account_ref"])

    def as_named_by(self, org: int) -> "Catalogue":
        """What one org does not sell has no name there."""
        product = self.of_org[org]
        sold = np.flatnonzero(product >= 0)
        title, family = (np.full(self.items, "", dtype=object) for _ in range(2))
        title[sold] = self.product_title[product[sold]]
        family[sold] = self.product_family[product[sold]]
        return replace(self, title=title, family=family)

    def item_of(self, rows: pd.DataFrame) -> Ints:
        product = places_of(self.product_org, self.product_ref, rows["org"], rows["product_ref"])
        if not len(self.product_item):
            return product
        return np.where(product < 0, NONE, self.product_item[product])


def catalogue_of(past: Past) -> Catalogue:
    products, accounts = past.products, past.accounts
    known = {key: at for at, key in enumerate(sorted(set(map(str, keys_of(products)))))}
    item = np.array([known[str(key)] for key in keys_of(products)], dtype=np.int64)
    is_active = products["is_active"].fillna(True).astype(bool).to_numpy()
    of_org = np.full((len(past.orgs), len(known)), NONE, dtype=np.int64)
    org = products["org"].to_numpy(dtype=np.int64)
    # Of two that one org sells under the same code, the first that is still sold.
    for place in [*np.flatnonzero(is_active)[::-1], *np.flatnonzero(~is_active)[::-1]]:
        if is_active[place] or of_org[org[place], item[place]] == NONE:
            of_org[org[place], item[place]] = place
    first = np.full(len(known), 0, dtype=np.int64)
    first[item[::-1]] = np.arange(len(item))[::-1]
    title = titles_of(products) if len(products) else np.array([], dtype=object)
    family = products["family"].fillna("").to_numpy(dtype=object)
    return Catalogue(
        account_org=accounts["org"].to_numpy(dtype=np.int64),
        account_ref=accounts["ref"].to_numpy(dtype=object),
        customer=customers_of(past),
        product_item=item,
        product_org=org,
        product_ref=products["ref"].to_numpy(dtype=object),
        of_org=of_org,
        title=title[first],
        family=family[first],
        price=floats(pd.to_numeric(products["price"])),
        is_active=is_active,
        product_title=title,
        product_family=family,
    )


def keys_of(products: pd.DataFrame) -> list[str]:
    """Without either a product is like no other."""
    found = []
    for org, ref, code, name in zip(
        products["org"], products["ref"], products["code"], products["name"], strict=True
    ):
        said, called = plain_name(code), plain_name(name)
        found.append(f"code {said}" if said else f"name {called}" if called else f"ref {org} {ref}")
    return found


def titles_of(products: pd.DataFrame) -> Anything:
    name = products["name"].fillna("").astype(object)
    code = products["code"].fillna("").astype(object)
    named = name.where(name != "", code)
    found: Anything = named.where(named != "", products["ref"].astype(object)).to_numpy()
    return found


def customers_of(past: Past) -> Ints:
    """The same number for accounts that are one customer; in order of first sight."""
    ref = past.accounts["ref"].to_numpy(dtype=object)
    org = past.accounts["org"].to_numpy(dtype=np.int64)
    linked = {
        (int(where), str(one)): int(customer)
        for where, one, customer in zip(
            past.links["org"], past.links["account_ref"], past.links["customer"], strict=True
        )
    }
    seen: dict[Hashable, int] = {}
    found = np.zeros(len(ref), dtype=np.int64)
    for at, key in enumerate(zip(org.tolist(), ref.tolist(), strict=True)):
        found[at] = seen.setdefault(linked.get(key, key), len(seen))
    return found


def places_of(org: Ints, ref: Anything, asked_org: Any, asked_ref: Any) -> Ints:
    """Of each that is asked for, its place; -1 for none."""
    known = pd.MultiIndex.from_arrays([org, ref.astype(str)])
    asked = pd.MultiIndex.from_arrays(
        [np.asarray(asked_org, dtype=np.int64), np.asarray(asked_ref, dtype=object).astype(str)]
    )
    return np.asarray(known.get_indexer(asked), dtype=np.int64)
