"""What may be suggested to an account, and who says so: several sources, each with its own word."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from crosssell.selling.alike import Neighbours, interest_of, neighbours_of, vectors_of
from crosssell.selling.kinds import Firmographics, firmographics_of
from crosssell.selling.standing import Standing
from revenue.ml.arrays import Flags, Floats, Ints, floats
from revenue.ml.rank.interactions import Interactions, Matrix
from revenue.ml.rank.items import FromItems, fit_jaccard, fit_lift, fit_next, popularity
from revenue.ml.rank.likeness import unit_rows
from revenue.ml.rank.tops import top_places

SOURCES = {
    "rules": "Customers of this kind buy it",
    "copurchase": "Goes with what it has",
    "sequence": "Often bought next",
    "lookalike": "Similar customers have it",
    "crossorg": "Similar customers of another org have it",
    "popular": "Bought often",
}
CELLS = 1_000_000
TOGETHER = 2_000  # accounts whose neighbours are looked for, and kept, at once
HALF_WAY = 60.0  # the place in a source's list at which its word counts half as much
EVEN = 1e-6


@dataclass(frozen=True, eq=False)
class Sources:
    """Each fitted on what was known at one moment."""

    standing: Standing
    met: dict[int, "Met"] = field(default_factory=dict)  # by org who was asked about last

    @cached_property
    def barred(self) -> Matrix:
        return self.standing.barred()

    @cached_property
    def past(self) -> Interactions:
        return self.standing.sales.as_interactions(self.standing.catalogue)

    @cached_property
    def owned(self) -> Matrix:
        return self.standing.owned()

    @cached_property
    def popular(self) -> Floats:
        return popularity(self.owned)

    @cached_property
    def facts(self) -> Firmographics:
        return firmographics_of(self.standing)

    @cached_property
    def together(self) -> FromItems:
        return fit_lift(self.past)

    @cached_property
    def compatible(self) -> FromItems:
        return fit_jaccard(self.past)

    @cached_property
    def sequence(self) -> FromItems:
        return fit_next(self.past, at=self.standing.at)

    @cached_property
    def units(self) -> Floats:
        return floats(unit_rows(vectors_of(self.standing, self.facts, interest_of(self.standing))))

    @cached_property
    def buys_of(self) -> list[Flags]:
        """Of each org the customers that have bought of it."""
        catalogue, sales = self.standing.catalogue, self.standing.sales
        found = np.zeros((len(catalogue.of_org), catalogue.customers), dtype=np.bool_)
        found[catalogue.account_org[sales.account], sales.customer] = True
        return list(found)

    def neighbours(self, org: int, customers: Ints) -> dict[str, Neighbours]:
        """Those of the org itself, and those that buy of the other orgs alone. Of whom it was asked
        last they are kept: what was found is told of next."""
        last = self.met.get(org)
        if last is None or not np.isin(customers, last.customers).all():
            last = self.met[org] = Met(customers, self.nearest(org, customers))
        return last.of(customers)

    def nearest(self, org: int, customers: Ints) -> dict[str, Neighbours]:
        here = self.buys_of[org]
        beside = np.any(self.buys_of, axis=0) & ~here
        found = {"lookalike": neighbours_of(self.units, customers, among=here)}
        if beside.any():
            found["crossorg"] = neighbours_of(self.units, customers, among=beside)
        return found

    @cached_property
    def usual(self) -> Floats:
        """The share of all buyers who own each product."""
        buyers = max(int((np.diff(self.owned.indptr) > 0).sum()), 1)
        return floats(self.owned.sum(axis=0)) / buyers

    def scores(self, customers: Ints, near: dict[str, Neighbours]) -> "Said":
        lifts = self.facts.lifts(customers)
        complement = self.compatible.scores(customers)
        values = {
            "complement": complement,
            "rules": lifts + np.log(np.maximum(self.popular, EVEN)) + complement,
            "copurchase": self.together.scores(customers),
            "sequence": self.sequence.scores(customers),
            "popular": np.tile(self.popular, (len(customers), 1)),
        }
        speaks = {
            "rules": lifts > 0,
            "copurchase": values["copurchase"] > EVEN,
            "sequence": values["sequence"] > EVEN,
            "popular": np.ones(lifts.shape, dtype=np.bool_),
        }
        for name, found in near.items():
            values[name] = found.shares(self.owned)
            speaks[name] = values[name] > self.usual[None, :]
        values.setdefault("crossorg", np.full(lifts.shape, np.nan))
        return Said(values, speaks)


@dataclass(frozen=True, eq=False)
class Met:
    customers: Ints
    near: dict[str, Neighbours]

    def of(self, some: Ints) -> dict[str, Neighbours]:
        order = np.argsort(self.customers, kind="stable")
        place = order[np.searchsorted(self.customers[order], some)]
        return {name: one.rows(place) for name, one in self.near.items()}


@dataclass(frozen=True, eq=False)
class Said:
    """Customers by products: how much each source says for it, and whether it speaks at all."""

    values: dict[str, Floats]
    speaks: dict[str, Flags]


@dataclass(frozen=True, eq=False)
class Candidates:
    """Rows of accounts and products with the sources of each; accounts follow one another."""

    account: Ints
    item: Ints
    sources: Flags  # by SOURCES
    said: dict[str, Floats]  # what each of them says, also where it is little

    def __len__(self) -> int:
        return len(self.account)


def candidates_of(
    sources: Sources, accounts: Ints, *, most: int, is_current: bool = False
) -> Candidates:
    """`is_current`: of what is sold now; of a moment long past it is not known what was."""
    parts = list(proposed(sources, accounts, most=most, is_current=is_current))
    if not parts:
        nothing = np.zeros(0, dtype=np.int64)
        return Candidates(nothing, nothing, np.zeros((0, len(SOURCES)), dtype=np.bool_), {})
    return Candidates(
        np.concatenate([part.account for part in parts]),
        np.concatenate([part.item for part in parts]),
        np.concatenate([part.sources for part in parts]),
        {name: np.concatenate([part.said[name] for part in parts]) for name in parts[0].said},
    )


def proposed(
    sources: Sources, accounts: Ints, *, most: int, is_current: bool
) -> Iterator[Candidates]:
    for some, said, closed in said_in_chunks(sources, accounts, is_current=is_current):
        yield merged(said, some, closed, most=most)


def said_in_chunks(
    sources: Sources, accounts: Ints, *, is_current: bool
) -> Iterator[tuple[Ints, Said, Flags]]:
    """Accounts of one org at a time, with what may not be suggested to them."""
    catalogue = sources.standing.catalogue
    step = max(CELLS // max(catalogue.items, 1), 1)
    for org in range(len(catalogue.of_org)):
        here = accounts[catalogue.account_org[accounts] == org]
        product = catalogue.of_org[org]
        sold = product >= 0
        if is_current:
            sold = sold & catalogue.is_active[np.maximum(product, 0)]
        for first in range(0, len(here), TOGETHER):
            many = here[first : first + TOGETHER]
            near = sources.neighbours(org, catalogue.customer[many])
            for begin in range(0, len(many), step):
                part = slice(begin, begin + step)
                customers = catalogue.customer[many[part]]
                closed = sources.barred[customers].toarray().astype(bool) | ~sold[None, :]
                theirs = {name: one.rows(part) for name, one in near.items()}
                yield many[part], sources.scores(customers, theirs), closed


def merged(said: Said, accounts: Ints, closed: Flags, *, most: int) -> Candidates:
    """By the places that a product has in the lists of its sources, added up."""
    worth = np.zeros(closed.shape)
    by = np.zeros((*closed.shape, len(SOURCES)), dtype=np.bool_)
    for at, name in enumerate(SOURCES):
        if name not in said.speaks:
            continue
        open_here = np.where(said.speaks[name] & ~closed, said.values[name], -np.inf)
        places = top_places(open_here, min(most, closed.shape[1]))
        rows, rank = np.nonzero(places >= 0)
        column = places[rows, rank]
        is_filler = name == "popular"
        worth[rows, column] += (EVEN if is_filler else 1.0) / (HALF_WAY + rank)
        by[rows, column, at] = ~by[rows, column].any(axis=1) if is_filler else True
    best = top_places(np.where(worth > 0, worth, -np.inf), min(most, closed.shape[1]))
    rows, rank = np.nonzero(best >= 0)
    item = best[rows, rank]
    said_of = {name: values[rows, item] for name, values in said.values.items()}
    return Candidates(accounts[rows], item, by[rows, item], said_of)
