"""What is known of an account and a product together, as of a moment."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from crosssell.selling.alike import interest_of
from crosssell.selling.candidates import Candidates, Sources
from crosssell.selling.prices import Prices, prices_of
from crosssell.selling.standing import DAY, Events, Standing
from revenue.ml.arrays import Floats, Ints, floats
from revenue.ml.frames import Feature
from revenue.ml.rank.ease import ease
from revenue.ml.rank.interactions import Matrix
from revenue.ml.rank.items import FromItems, lift, together, transitions
from revenue.ml.rank.pairs import Pairs, customer_values, item_values, places_of
from revenue.ml.rank.rivals import Scorer, Way, pair_scores

RECENT_DAYS = 180
STRENGTH = 50.0
PULL = 5.0
USUAL = (
    Way("ease", {"strength": STRENGTH}),
    Way("ease_recent", {"strength": STRENGTH, "half_life_days": 120.0}),
)
FEATURES = (
    Feature("industry_lift", label="Industry"),
    Feature("size_lift", label="Size"),
    Feature("country_lift", label="Country"),
    Feature("region_lift", label="Part of the world"),
    Feature("size_ratio", label="Size beside its owners"),
    Feature("complement", label="Fits what they own"),
    Feature("copurchase", label="Bought together"),
    Feature("sequence", label="Next in sequence"),
    Feature("lookalike", label="Similar customers"),
    Feature("crossorg", label="Similar customers of other orgs"),
    Feature("ease", label="All that they own"),
    Feature("ease_recent", label="All that they bought of late"),
    Feature("ease_place", label="Place by all that they own"),
    Feature("ease_share", label="Beside the best by all that they own"),
    Feature("ease_recent_place", label="Place by what they bought of late"),
    Feature("ease_recent_share", label="Beside the best by what they bought of late"),
    Feature("interest", label="All that they asked for"),
    Feature("popular", label="Popularity"),
    Feature("popular_recent", label="Popularity of late"),
    Feature("buyers_30", label="Customers who bought it in 30 days"),
    Feature("rising", label="Bought more in 30 days than before"),
    Feature("days_on_sale", label="Days since it was first sold"),
    Feature("asked", label="Offered before"),
    Feature("asked_days", label="Days since it was offered"),
    Feature("asked_share", label="Share of what was offered"),
    Feature("family_share", label="Products of the same family"),
    Feature("price_fit", label="Price beside what they pay"),
    Feature("maturity", label="Where its buyers stood"),
    Feature("owned", label="Products owned"),
    Feature("bought_days", label="Days since the last purchase"),
    Feature("new_lately", label="New products in 90 days"),
    Feature("orders_lately", label="Days with purchases in 90"),
    Feature("lost_lines", label="Offers that came to nothing"),
    Feature("active_days", label="Days since the last activity"),
    Feature("active_lately", label="Activities of late"),
    Feature("size", label="People"),
    Feature("other_orgs", label="Customer of other orgs"),
    Feature("dismissed", label="Suggested and declined before"),
    Feature("shown", label="Suggested before"),
)
TITLES = {one.name: one.title for one in FEATURES}


@dataclass(frozen=True, eq=False)
class Knowledge:
    """What is fitted once for all pairs of a moment; `ways` say how both kinds of EASE are set."""

    sources: Sources
    ways: tuple[Way, ...] = USUAL
    of_orgs: dict[int, "Knowledge"] = field(default_factory=dict)

    def of_org(self, org: int) -> "Knowledge":
        """Of what one org sold itself: all that may be told there."""
        if org not in self.of_orgs:
            self.of_orgs[org] = Knowledge(Sources(self.standing.of_org(org)))
        return self.of_orgs[org]

    @property
    def standing(self) -> Standing:
        return self.sources.standing

    @cached_property
    def shared(self) -> Floats:
        """Of those who have one product, the share who have the other."""
        both = together(self.sources.owned)
        return floats(both / np.maximum(np.diag(both)[:, None], 1))

    @cached_property
    def lifts(self) -> Floats:
        return lift(self.sources.past)

    @cached_property
    def next(self) -> Floats:
        return transitions(self.sources.past)

    @cached_property
    def prices(self) -> Prices:
        return prices_of(self.standing)

    @cached_property
    def eases(self) -> dict[str, Scorer]:
        past, at = self.sources.past, self.standing.at
        return {way.kind: way.fit(past, at=at) for way in self.ways}

    @cached_property
    def of_customers(self) -> pd.DataFrame:
        return customer_values(self.sources.past, self.standing.at)

    @cached_property
    def of_items(self) -> pd.DataFrame:
        return item_values(self.sources.past, self.standing.at)

    @cached_property
    def interest(self) -> Scorer:
        """As EASE, of what was asked for too, and of what kind of customer it is."""
        has = sparse.csr_array(
            sparse.hstack([interest_of(self.standing), kinds_table(self.sources)])
        )
        weights = ease(together(has), STRENGTH)[:, : self.standing.catalogue.items]
        return FromItems(has, weights.astype(np.float32), self.sources.popular)

    @cached_property
    def asked(self) -> Matrix:
        """How often it was asked for in vain."""
        return self.standing.table(self.standing.lost)

    @cached_property
    def asked_last(self) -> Matrix:
        return latest(self.standing.lost, self.standing)

    @cached_property
    def popular(self) -> Floats:
        return log_share(counts(self.standing.sales, self.standing))

    @cached_property
    def popular_lately(self) -> Floats:
        sales = self.standing.sales
        late = sales.take(sales.at > self.standing.at - RECENT_DAYS * DAY)
        return log_share(counts(late, self.standing))

    @cached_property
    def bought_last(self) -> Floats:
        found = np.zeros(self.standing.catalogue.customers)
        np.maximum.at(found, self.standing.sales.customer, floats(self.standing.sales.at))
        return found

    @cached_property
    def lost_lines(self) -> Floats:
        return floats(self.asked.sum(axis=1))

    @cached_property
    def stood(self) -> Floats:
        return stood_at_purchase(self.standing)

    @cached_property
    def sizes(self) -> Floats:
        return sizes_of_owners(self.standing, self.sources.owned)

    @cached_property
    def beside(self) -> Floats:
        """Of each account, of how many other orgs it buys."""
        catalogue, buys = self.standing.catalogue, np.array(self.sources.buys_of)
        own = buys[catalogue.account_org, catalogue.customer]
        return floats(buys.sum(axis=0)[catalogue.customer] - own)

    @cached_property
    def families(self) -> Matrix:
        """Customers by items: how many others of the same family they own."""
        codes, _ = pd.factorize(pd.Series(self.standing.catalogue.family))
        items = np.flatnonzero(self.standing.catalogue.family != "")
        count = int(codes.max(initial=0)) + 1
        shape = (self.standing.catalogue.items, count)
        belongs = sparse.csr_array((np.ones(len(items)), (items, codes[items])), shape=shape)
        return sparse.csr_array(self.sources.owned @ (belongs @ belongs.T))


def kinds_table(sources: Sources) -> Matrix:
    facts = sources.facts
    parts = []
    for kinds in (facts.industry, facts.band, facts.region, facts.country):
        known = np.flatnonzero(kinds.of < len(kinds.name) - 1)
        shape = (len(kinds.of), len(kinds.name))
        parts.append(sparse.csr_array((np.ones(len(known)), (known, kinds.of[known])), shape=shape))
    return sparse.csr_array(sparse.hstack(parts))


def latest(events: Events, standing: Standing) -> Matrix:
    """The moment of the last of each customer and item."""
    shape = (standing.catalogue.customers, standing.catalogue.items)
    key = events.customer * standing.catalogue.items + events.item
    last = pd.Series(events.at).groupby(key).max()
    places = last.index.to_numpy(dtype=np.int64)
    rows, columns = np.divmod(places, max(standing.catalogue.items, 1))
    return sparse.csr_array((floats(last), (rows, columns)), shape=shape)


def feature_values(knowledge: Knowledge, pairs: Candidates) -> pd.DataFrame:
    standing, sources = knowledge.standing, knowledge.sources
    customer, item = standing.catalogue.customer[pairs.account], pairs.item
    values: dict[str, Floats] = {}
    for name, kinds in (
        ("industry_lift", sources.facts.industry),
        ("size_lift", sources.facts.band),
        ("country_lift", sources.facts.country),
        ("region_lift", sources.facts.region),
    ):
        values[name] = kinds.lifts[kinds.of[customer], item]
    values |= of_source(pairs)
    for name, scorer in (knowledge.eases | {"interest": knowledge.interest}).items():
        values[name] = pair_scores(scorer, customer, item, width=standing.catalogue.items)
    values |= of_places(pairs, {name: values[name] for name in knowledge.eases})
    values |= of_dealings(knowledge, customer, item)
    values |= of_products(knowledge, pairs.account, item)
    values |= of_history(knowledge, customer, item)
    values |= of_accounts(knowledge, pairs.account)
    values |= of_answers(standing, pairs)
    return pd.DataFrame({one.name: values[one.name].astype(np.float32) for one in FEATURES})


def of_places(pairs: Candidates, said: dict[str, Floats]) -> dict[str, Floats]:
    """What is much for one account is little for another: the place in its own list tells."""
    found = places_of(Pairs(pairs.account, pairs.item, pd.DataFrame(said)))
    return {str(name): floats(found[name]) for name in found}


def of_dealings(knowledge: Knowledge, customer: Ints, item: Ints) -> dict[str, Floats]:
    people, products = knowledge.of_customers, knowledge.of_items
    found = {name: floats(people[name])[customer] for name in ("new_lately", "orders_lately")}
    names = ("buyers_30", "rising", "days_on_sale")
    return found | {name: floats(products[name])[item] for name in names}


def of_source(pairs: Candidates) -> dict[str, Floats]:
    names = ("complement", "copurchase", "sequence", "lookalike", "crossorg")
    return {name: pairs.said.get(name, np.zeros(len(pairs))) for name in names}


def of_products(knowledge: Knowledge, account: Ints, item: Ints) -> dict[str, Floats]:
    """By the org that sells: what goes well in one may not in another."""
    org = knowledge.standing.catalogue.account_org[account]
    prices = knowledge.prices
    return {
        "popular": knowledge.popular[org, item],
        "popular_recent": knowledge.popular_lately[org, item],
        "price_fit": prices.of_item[org, item] - prices.of_account[account],
    }


def counts(sales: Events, standing: Standing) -> Floats:
    """By org and item the sales, with a few as in all orgs together."""
    catalogue = standing.catalogue
    found = np.zeros((len(catalogue.of_org), catalogue.items))
    np.add.at(found, (catalogue.account_org[sales.account], sales.item), 1.0)
    whole = found.sum(axis=0) + 1
    return floats(found + PULL * whole / whole.sum())


def log_share(count: Floats) -> Floats:
    return floats(np.log(count / np.maximum(count.sum(axis=1, keepdims=True), 1e-9)))


def of_history(knowledge: Knowledge, customer: Ints, item: Ints) -> dict[str, Floats]:
    standing, sources = knowledge.standing, knowledge.sources
    owned = floats(np.diff(sources.owned.indptr))
    asked = at_places(knowledge.asked, customer, item)
    lines = knowledge.lost_lines
    last = at_places(knowledge.asked_last, customer, item)
    size = standing.size[customer]
    return {
        "asked": asked,
        "asked_days": days_since(last, standing),
        "asked_share": (asked + 0.5 / max(standing.catalogue.items, 1)) / (lines[customer] + 0.5),
        "family_share": at_places(knowledge.families, customer, item)
        / np.maximum(owned[customer], 1),
        "maturity": np.log1p(owned[customer]) - knowledge.stood[item],
        "owned": owned[customer],
        "bought_days": days_since(knowledge.bought_last[customer], standing),
        "lost_lines": lines[customer],
        "size": size,
        "size_ratio": np.abs(size - knowledge.sizes[item]),
    }


def at_places(table: Matrix, rows: Ints, columns: Ints) -> Floats:
    """Of each pair its value; done by look-up, as a table of all pairs may not fit."""
    asked_rows, place = np.unique(rows, return_inverse=True)
    theirs = table[asked_rows]
    theirs.sum_duplicates()
    width = theirs.shape[1]
    keys = np.repeat(np.arange(theirs.shape[0]), np.diff(theirs.indptr)) * width + theirs.indices
    if not len(keys):
        return np.zeros(len(rows))
    asked = place * width + columns
    inside = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[inside] == asked, theirs.data[inside], 0.0)


def days_since(moment: Floats, standing: Standing) -> Floats:
    return np.where(moment > 0, (standing.at - moment) / DAY, np.nan)


def stood_at_purchase(standing: Standing) -> Floats:
    """Of each item how many products its buyers had, on average, when they bought it."""
    sales = standing.sales
    order = np.lexsort((sales.at, sales.customer))
    customer = sales.customer[order]
    begins = np.flatnonzero(np.append(True, customer[1:] != customer[:-1])[: len(order)])
    nth = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order))))
    had = np.log1p(floats(nth))
    whole = float(had.mean()) if len(had) else 0.0
    items = standing.catalogue.items
    sums = np.bincount(sales.item[order], weights=had, minlength=items)
    count = np.bincount(sales.item[order], minlength=items)
    return floats((sums + PULL * whole) / (count + PULL))


def sizes_of_owners(standing: Standing, owned: Matrix) -> Floats:
    known = np.isfinite(standing.size)
    whole = float(standing.size[known].mean()) if known.any() else 0.0
    size = np.where(known, standing.size, 0.0)
    sums = floats(owned.T @ size)
    count = floats(owned.T @ known.astype(np.float64))
    return floats((sums + PULL * whole) / (count + PULL))


def of_accounts(knowledge: Knowledge, account: Ints) -> dict[str, Floats]:
    standing = knowledge.standing
    return {
        "active_days": days_since(floats(standing.last_active[account]), standing),
        "active_lately": standing.active_lately[account],
        "other_orgs": knowledge.beside[account],
    }


def of_answers(standing: Standing, pairs: Candidates) -> dict[str, Floats]:
    look: Callable[[Matrix], Floats] = lambda table: at_places(table, pairs.account, pairs.item)  # noqa: E731
    return {"dismissed": look(standing.dismissed), "shown": look(standing.shown)}
