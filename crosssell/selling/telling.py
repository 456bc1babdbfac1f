"""Why it is suggested, in words: what moves the score most, each with the numbers behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from crosssell.selling.alike import Neighbours
from crosssell.selling.candidates import SOURCES, Candidates
from crosssell.selling.features import Knowledge
from crosssell.selling.topics import OF_SOURCE, TOPICS, Facts, Topic, percent
from revenue.ml.arrays import Floats, Ints
from revenue.ml.frames import Frame
from revenue.ml.members import Contributions
from revenue.users.models import Org

MOST_FOR, MOST_AGAINST = 5, 2
LEAST_SHARE = 0.02  # of all that moves a score: below it nothing is told
MOST_ALIKE = 8
DIGITS = 4


@dataclass(frozen=True, eq=False)
class Telling:
    knowledge: Knowledge
    orgs: tuple[Org, ...]
    place: int  # of the org that sells
    horizon_days: int

    def reasons(
        self, pairs: Candidates, frame: Frame, parts: Contributions
    ) -> list[list[dict[str, Any]]]:
        points = by_topic(frame, parts)
        facts = Facts(self.knowledge, pairs, frame, self.place)
        return [self.of_row(facts, at, points[at], pairs) for at in range(len(pairs))]

    def of_row(
        self, facts: Facts, at: int, points: Floats, pairs: Candidates
    ) -> list[dict[str, Any]]:
        if not np.any(points):
            return self.by_source(facts, at, pairs)
        least = LEAST_SHARE * float(np.abs(points).sum())
        order = np.argsort(-np.abs(points), kind="stable")
        speaks = [place for place in order.tolist() if abs(points[place]) >= least]
        found = [told(TOPICS[p], facts, at, float(points[p])) for p in speaks]
        heard = [one for one in found if one is not None and agrees(one)]
        chosen = [one for one in heard if one["points"] > 0][:MOST_FOR]
        against = [one for one in heard if one["points"] < 0][:MOST_AGAINST]
        if not chosen:
            return [*self.by_source(facts, at, pairs), *against]
        return sorted([*chosen, *against], key=lambda one: -abs(float(one["points"])))

    def by_source(self, facts: Facts, at: int, pairs: Candidates) -> list[dict[str, Any]]:
        """What it was thought of for, where no weight speaks for it."""
        named = [name for name, says in zip(SOURCES, pairs.sources[at], strict=True) if says]
        topics = [OF_SOURCE[name] for name in named if name in OF_SOURCE]
        return [one for topic in topics if (one := told(topic, facts, at, 0.0))]

    def lookalikes(self, pairs: Candidates, accounts: Ints) -> list[list[dict[str, Any]]]:
        """Customers that resemble each account and have what is suggested to it."""
        catalogue = self.knowledge.standing.catalogue
        near = self.knowledge.sources.neighbours(self.place, catalogue.customer[accounts])
        owned = self.knowledge.sources.owned
        place = {int(account): at for at, account in enumerate(accounts)}
        at = np.array([place[int(one)] for one in pairs.account], dtype=np.int64)
        have = {name: owners(one, at, owned, pairs.item) for name, one in near.items()}
        accounts_of = by_customer(catalogue.customer, catalogue.account_org, self.place)
        return [
            self.shown([have[name][row] for name in near], accounts_of) for row in range(len(pairs))
        ]

    def shown(
        self, found: list[list[tuple[int, float]]], accounts_of: Callable[[int], Ints]
    ) -> list[dict[str, Any]]:
        catalogue = self.knowledge.standing.catalogue
        alike = sorted((one for part in found for one in part), key=lambda one: (-one[1], one[0]))
        return [
            {
                "org": self.orgs[int(catalogue.account_org[account])].pk,
                "ref": str(catalogue.account_ref[account]),
                "likeness": round(likeness, DIGITS),
            }
            for customer, likeness in alike[:MOST_ALIKE]
            for account in accounts_of(customer)[:1]
        ]


def by_topic(frame: Frame, parts: Contributions) -> Floats:
    place = {one.name: at for at, one in enumerate(frame.features)}
    return np.column_stack(
        [
            parts.by_feature[:, [place[name] for name in topic.features if name in place]].sum(1)
            for topic in TOPICS
        ]
    )


def told(topic: Topic, facts: Facts, at: int, points: float) -> dict[str, Any] | None:
    """Nothing where there are no numbers to tell."""
    said: tuple[str, Mapping[str, Any]] | None = topic.words(facts, at)
    if said is None:
        return None
    words, numbers = said
    return {
        "name": topic.name,
        "title": topic.title,
        "words": words,
        "points": round(points, DIGITS),
        "numbers": numbers,
    }


def agrees(one: Mapping[str, Any]) -> bool:
    """A share below that of all is no reason for a product, whatever else its weight is made of."""
    here, of_all = (one["numbers"].get(name) for name in ("share", "of_all"))
    if here is None or of_all is None:
        return True
    return percent(here) != percent(of_all) and (here > of_all) == (one["points"] > 0)


def owners(near: Neighbours, at: Ints, owned: Any, item: Ints) -> list[list[tuple[int, float]]]:
    """Of each pair those of the nearest who have the item, the most alike first."""
    found = []
    for row, one in zip(at.tolist(), item.tolist(), strict=True):
        who = near.near[row]
        has: Any = np.flatnonzero(owned[who, [one]] > 0)[:MOST_ALIKE] if len(who) else []
        found.append(
            [(int(who[p]), float(near.like[row, p])) for p in has if near.like[row, p] > 0]
        )
    return found


def by_customer(customer: Ints, account_org: Ints, place: int) -> Callable[[int], Ints]:
    """The accounts of a customer, those of the org itself first."""
    order = np.lexsort((np.arange(len(customer)), account_org != place, customer))
    begins = np.searchsorted(customer[order], np.arange(int(customer.max(initial=-1)) + 2))
    return lambda one: order[begins[one] : begins[one + 1]]
