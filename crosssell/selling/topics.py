"""What each feature says, in words that a seller reads; each with the numbers behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from crosssell.selling.candidates import Candidates
from crosssell.selling.features import Knowledge, of_history, of_products
from crosssell.selling.kinds import Kinds
from crosssell.selling.standing import SIZE_NAMES
from revenue.ml.arrays import Floats, Ints
from revenue.ml.frames import Frame
from revenue.ml.rank.interactions import Matrix

Saying = tuple[str, Mapping[str, Any]] | None
OF_GROUP: Saying = ("By what similar customers of the group have bought", {})


@dataclass(frozen=True, eq=False)
class Facts:
    """Of rows of accounts and products, what the words are made of: what the org that sells has
    sold itself. What its group sold tells in the score, and stays with whom it was sold by."""

    knowledge: Knowledge
    pairs: Candidates
    frame: Frame
    place: int

    @cached_property
    def own(self) -> Knowledge:
        return self.knowledge.of_org(self.place)

    @cached_property
    def values(self) -> dict[str, Floats]:
        """Of the features that speak of sales, what they are by those of the org alone."""
        account, item = self.pairs.account, self.pairs.item
        customer = self.own.standing.catalogue.customer[account]
        return of_products(self.own, account, item) | of_history(self.own, customer, item)

    def value(self, name: str, at: int) -> float:
        if name in self.values:
            return float(self.values[name][at])
        return self.in_group(name, at)

    def in_group(self, name: str, at: int) -> float:
        return float(self.frame.values[name].to_numpy()[at])

    def is_of_others(self, at: int) -> bool:
        """Whether only other orgs have sold it yet."""
        item = self.item(at)
        return bool(self.knowledge.sources.usual[item] > 0 and not self.own.sources.usual[item] > 0)

    def customer(self, at: int) -> int:
        return int(self.own.standing.catalogue.customer[self.pairs.account[at]])

    def item(self, at: int) -> int:
        return int(self.pairs.item[at])

    def title(self, item: int) -> str:
        return str(self.own.standing.catalogue.title[item])

    def theirs(self, at: int) -> Ints:
        return self.row(self.own.sources.owned, at)

    def row(self, owned: Matrix, at: int) -> Ints:
        one = self.customer(at)
        found: Ints = owned.indices[owned.indptr[one] : owned.indptr[one + 1]]
        return found

    @cached_property
    def alike(self) -> Floats:
        """By the customers of the org that are most like each, the share who bought it there."""
        customer = self.own.standing.catalogue.customer[self.pairs.account]
        people, place = np.unique(customer, return_inverse=True)
        near = self.knowledge.sources.neighbours(self.place, people)["lookalike"]
        return near.shares(self.own.sources.owned)[place, self.pairs.item]


@dataclass(frozen=True)
class Topic:
    name: str
    title: str
    features: tuple[str, ...]
    words: Callable[[Facts, int], Saying]


def percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 or share == 0 else "less than 1 %"


def of_kind(facts: Facts, at: int, kinds: Kinds, said: str) -> Saying:
    customer, item = facts.customer(at), facts.item(at)
    row = int(kinds.of[customer])
    if row == len(kinds.name) - 1:
        return None
    if facts.is_of_others(at):
        return OF_GROUP
    here, whole = float(kinds.shares[row, item]), float(kinds.whole[item])
    words = f"Owned by {percent(here)} of {said}, {percent(whole)} of all"
    return words, {"share": here, "of_all": whole, "customers": int(kinds.customers[row])}


def industry(facts: Facts, at: int) -> Saying:
    said = f"{facts.own.standing.industry[facts.customer(at)]} customers"
    return of_kind(facts, at, facts.own.sources.facts.industry, said)


def size(facts: Facts, at: int) -> Saying:
    band = int(facts.own.standing.band[facts.customer(at)])
    said = f"customers of their size ({SIZE_NAMES[band]})"
    return of_kind(facts, at, facts.own.sources.facts.band, said)


def country(facts: Facts, at: int) -> Saying:
    said = f"customers in {facts.own.standing.country[facts.customer(at)]}"
    return of_kind(facts, at, facts.own.sources.facts.country, said)


def goes_with(facts: Facts, at: int) -> Saying:
    theirs, item = facts.theirs(at), facts.item(at)
    if not facts.in_group("owned", at):
        return "They own nothing yet that it could go with", {}
    if not len(theirs) or facts.is_of_others(at):
        return OF_GROUP
    best = int(theirs[np.argmax(facts.own.lifts[theirs, item])])
    share, usual = float(facts.own.shared[best, item]), float(facts.own.sources.usual[item])
    words = (
        f"Of those who have {facts.title(best)}, as they do, {percent(share)} have it,"
        f" {percent(usual)} of all"
    )
    return words, {"product": facts.title(best), "share": share, "of_all": usual}


def follows(facts: Facts, at: int) -> Saying:
    theirs, item = facts.theirs(at), facts.item(at)
    if not facts.in_group("owned", at):
        return None
    if not len(theirs) or facts.is_of_others(at):
        return OF_GROUP
    best = int(theirs[np.argmax(facts.own.next[theirs, item])])
    share = float(facts.own.next[best, item])
    words = (
        f"After {facts.title(best)}, which they have, {percent(share)} of customers bought it next"
    )
    return words, {"product": facts.title(best), "share": share}


def alike(facts: Facts, at: int) -> Saying:
    if facts.is_of_others(at):
        return OF_GROUP
    share, usual = float(facts.alike[at]), float(facts.own.sources.usual[facts.item(at)])
    words = f"Owned by {percent(share)} of the customers most like them, {percent(usual)} of all"
    return words, {"share": share, "of_all": usual}


def alike_beside(facts: Facts, at: int) -> Saying:
    return None if np.isnan(facts.in_group("crossorg", at)) else OF_GROUP


def whole(facts: Facts, at: int) -> Saying:
    count = int(facts.value("owned", at) + facts.value("lost_lines", at))
    if not count and facts.in_group("owned", at) + facts.in_group("lost_lines", at):
        return OF_GROUP
    if not count:
        return "By what kind of customer they are, as they have asked for nothing yet", {}
    words = f"By all that they own and asked for: {counted(count, 'product line')}"
    return words, {"lines": count}


def popular(facts: Facts, at: int) -> Saying:
    if facts.is_of_others(at):
        return OF_GROUP
    share, late = (float(np.exp(facts.value(name, at))) for name in ("popular", "popular_recent"))
    words = (
        f"{percent(late)} of what was sold in the last half year, {percent(share)} before and since"
    )
    return words, {"share": share, "of_late": late}


def asked(facts: Facts, at: int) -> Saying:
    """What other orgs offered in vain is not told."""
    times, days = facts.value("asked", at), facts.value("asked_days", at)
    if not times and facts.in_group("asked", at):
        return None
    if not times:
        return "No lost deal held it", {"times": 0}
    deals, since = counted(int(times), "deal"), counted(int(days), "day")
    words = f"In {deals} that came to nothing, the last {since} ago"
    return words, {"times": int(times), "days": int(days)}


def price(facts: Facts, at: int) -> Saying:
    ratio = float(np.exp(facts.value("price_fit", at)))
    if np.isnan(ratio):
        return None
    said = f"{ratio:.1f} times" if ratio >= 1 else percent(ratio) + " of"
    return f"A sale of it usually comes to {said} what they pay for one product", {"ratio": ratio}


def maturity(facts: Facts, at: int) -> Saying:
    if facts.is_of_others(at):
        return OF_GROUP
    has = int(facts.value("owned", at))
    usual = float(np.expm1(np.log1p(has) - facts.value("maturity", at)))
    words = f"Its buyers had {usual:.1f} products when they bought it; they have {has}"
    return words, {"usual": usual, "theirs": has}


def of_size(facts: Facts, at: int) -> Saying:
    people = float(np.exp(facts.value("size", at)))
    if np.isnan(people):
        return None
    if facts.is_of_others(at):
        return OF_GROUP
    ratio = float(np.exp(facts.value("size_ratio", at)))
    words = f"They have {people:,.0f} people, {ratio:.1f} times more or fewer than its owners have"
    return words, {"people": int(people), "ratio": ratio}


def family(facts: Facts, at: int) -> Saying:
    named = str(facts.own.standing.catalogue.family[facts.item(at)])
    if not named or not len(facts.theirs(at)):
        return None
    share = facts.value("family_share", at)
    return f"{percent(share)} of what they own is of the family {named}", {"share": share}


def bought(facts: Facts, at: int) -> Saying:
    """When other orgs sold to them, and how much, is not told."""
    has, days = int(facts.value("owned", at)), facts.value("bought_days", at)
    if not has and facts.in_group("owned", at):
        return None
    if not has:
        return "They have bought nothing yet", {"products": 0}
    words = f"They have {counted(has, 'product')} and bought last {counted(int(days), 'day')} ago"
    return words, {"products": has, "days": int(days)}


def active(facts: Facts, at: int) -> Saying:
    count, days = int(facts.value("active_lately", at)), facts.value("active_days", at)
    if np.isnan(days):
        return "Nobody has been in touch with them yet", {}
    said, since = counted(count, "activity", "activities"), counted(int(days), "day")
    words = f"{said} in 90 days, the last {since} ago"
    return words, {"activities": count, "days": int(days)}


def others(*_: object) -> Saying:
    """To whom else of the group they are a customer is not told."""
    return None


def answered(facts: Facts, at: int) -> Saying:
    no, seen = int(facts.value("dismissed", at)), int(facts.value("shown", at))
    if not seen:
        return None
    words = f"Suggested {counted(seen, 'time')} before, declined {counted(no, 'time')}"
    return words, {"suggested": seen, "declined": no}


def counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


EASES = tuple(
    f"{name}{told}" for name in ("ease", "ease_recent") for told in ("", "_place", "_share")
)
GO_TOGETHER = ("copurchase", "complement", *EASES)
OF_PRODUCT = ("popular", "popular_recent", "buyers_30", "rising", "days_on_sale")
OF_PURCHASES = ("owned", "bought_days", "new_lately", "orders_lately")
TOPICS = (
    Topic("industry", "Industry", ("industry_lift",), industry),
    Topic("size", "Size", ("size_lift",), size),
    Topic("country", "Country", ("country_lift", "region_lift"), country),
    Topic("copurchase", "Goes with what they have", GO_TOGETHER, goes_with),
    Topic("sequence", "Next in sequence", ("sequence",), follows),
    Topic("lookalike", "Similar customers", ("lookalike",), alike),
    Topic("crossorg", "Similar customers of the group", ("crossorg",), alike_beside),
    Topic("interest", "What they want", ("interest",), whole),
    Topic("popular", "Popularity", OF_PRODUCT, popular),
    Topic("asked", "Offered before", ("asked", "asked_days", "asked_share", "lost_lines"), asked),
    Topic("price", "Price", ("price_fit",), price),
    Topic("maturity", "Where its buyers stood", ("maturity",), maturity),
    Topic("people", "People", ("size", "size_ratio"), of_size),
    Topic("family", "Family", ("family_share",), family),
    Topic("bought", "What they bought", OF_PURCHASES, bought),
    Topic("active", "Activity", ("active_days", "active_lately"), active),
    Topic("others", "Other orgs", ("other_orgs",), others),
    Topic("answered", "Earlier suggestions", ("dismissed", "shown"), answered),
)
BY_NAME = {one.name: one for one in TOPICS}
OF_SOURCE = {
    "rules": BY_NAME["industry"],
    "copurchase": BY_NAME["copurchase"],
    "sequence": BY_NAME["sequence"],
    "lookalike": BY_NAME["lookalike"],
    "crossorg": BY_NAME["crossorg"],
    "popular": BY_NAME["popular"],
}
