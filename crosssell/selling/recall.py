"""How much of what was bought later the candidates held: by source, and with and without the orgs
that an admin has grouped."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from crosssell.selling.candidates import SOURCES, Sources, candidates_of, said_in_chunks
from crosssell.selling.catalogue import Catalogue, catalogue_of, places_of
from crosssell.selling.dataset import Dataset
from crosssell.selling.reading import read_past
from crosssell.selling.standing import standing_of
from revenue.ml.arrays import Ints
from revenue.ml.rank.interactions import Matrix
from revenue.ml.rank.lists import is_in
from revenue.ml.rank.tops import top_places

FEW, MORE = 5, 10
TOGETHER = "together"


@dataclass(frozen=True, eq=False)
class Sought:
    """What accounts bought that was new to them, by places of the whole group's catalogue."""

    accounts: Ints
    items: Matrix  # by all accounts
    barred: Matrix

    @property
    def count(self) -> int:
        return int(self.items.nnz)


def recall_of(data: Dataset, *, at: int) -> dict[str, Any]:
    """At the moment that judges: of new purchases the share among the first few of each source."""
    sought = sought_at(data, at)
    cross = found_by(data.knowledge[at].sources, sought, data.catalogue, data.catalogue)
    single: dict[str, dict[str, float]] = {}
    for org in data.orgs:
        past = read_past(orgs=(org,), as_of=data.knowledge[at].standing.as_of)
        own = catalogue_of(past)
        sources = Sources(standing_of(past, own))
        place = data.orgs.index(org)
        for name, one in found_by(sources, sought, own, data.catalogue, place=place).items():
            for key, count in one.items():
                kept = single.setdefault(name, {})
                kept[key] = kept.get(key, 0.0) + count
    if len(data.orgs) == 1:
        cross = single
    return {
        "sought": sought.count,
        "most": {"few": FEW, "more": MORE},
        "single_org": shares(single, sought),
        "cross_org": shares(cross, sought),
    }


def shares(found: Mapping[str, Mapping[str, float]], sought: Sought) -> dict[str, Any]:
    whole = max(sought.count, 1)
    return {name: {k: n / whole for k, n in one.items()} for name, one in found.items()}


def sought_at(data: Dataset, at: int) -> Sought:
    lists = data.market.lists.during([at])
    wanted = data.market.later(lists)
    rows = np.repeat(np.arange(len(lists)), np.diff(wanted.indptr))
    shape = (data.catalogue.accounts, data.catalogue.items)
    account = lists.customer[rows]
    items = type(wanted)((np.ones(len(rows)), (account, wanted.indices)), shape=shape)
    return Sought(np.unique(account), items, data.market.barred(at))


def found_by(
    sources: Sources, sought: Sought, own: Catalogue, whole: Catalogue, *, place: int | None = None
) -> dict[str, dict[str, float]]:
    """`own` may be the catalogue of one org of the whole, the one at `place`."""
    accounts = sought.accounts
    if place is not None:
        accounts = accounts[whole.account_org[accounts] == place]
    here = places_in(own, whole, accounts, place)
    known = here >= 0
    accounts, here = accounts[known], here[known]
    item_of = items_in(own, whole, place)
    found: dict[str, dict[str, float]] = {}
    for name in (*SOURCES, TOGETHER):
        found[name] = {}
    for key, most in (("few", FEW), ("more", MORE)):
        pairs = candidates_of(sources, here, most=most)
        back = dict(zip(here.tolist(), accounts.tolist(), strict=True))
        account = np.array([back[one] for one in pairs.account.tolist()], dtype=np.int64)
        hit = is_in(sought.items, account, item_of[pairs.item])
        found[TOGETHER][key] = float(hit.sum())
        for some, said, closed in said_in_chunks(sources, here, is_current=False):
            for name in SOURCES:
                if name not in said.speaks:
                    continue
                score = np.where(said.speaks[name] & ~closed, said.values[name], -np.inf)
                rows, rank = np.nonzero((tops := top_places(score, most)) >= 0)
                account = np.array([back[one] for one in some[rows].tolist()], dtype=np.int64)
                hit = is_in(sought.items, account, item_of[tops[rows, rank]])
                found[name][key] = found[name].get(key, 0.0) + float(hit.sum())
    return {name: one for name, one in found.items() if one}


def places_in(own: Catalogue, whole: Catalogue, accounts: Ints, place: int | None) -> Ints:
    if place is None:
        return accounts
    org = np.zeros(len(accounts), dtype=np.int64)
    return places_of(own.account_org, own.account_ref, org, whole.account_ref[accounts])


def items_in(own: Catalogue, whole: Catalogue, place: int | None) -> Ints:
    """Of each item of the org its place among those of the group."""
    if place is None:
        return np.arange(whole.items)
    found = np.zeros(own.items, dtype=np.int64)
    here = np.flatnonzero(whole.product_org == place)
    org = np.zeros(len(here), dtype=np.int64)
    product = places_of(own.product_org, own.product_ref, org, whole.product_ref[here])
    known = product >= 0
    found[own.product_item[product[known]]] = whole.product_item[here[known]]
    return found
