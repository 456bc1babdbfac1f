"""What the people of customers are called, in their own letters and in those of an e-mail."""

import numpy as np

from accounts.connectors.demo.columns import Values
from accounts.connectors.demo.draws import Draws, Ints
from accounts.connectors.demo.leads import SENIORITIES
from accounts.connectors.demo.names import FIRST_NAMES, LAST_NAMES, PEOPLE_OF, slug
from accounts.connectors.demo.setting import COUNTRIES

DEPARTMENTS = ("Operations", "Finance", "IT", "Sales", "Procurement")
HERE = (tuple((name, slug(name)) for name in FIRST_NAMES),
        tuple((name, slug(name)) for name in LAST_NAMES))  # fmt: skip


class People:
    """Names of many; `of` may be drawn again for others with the same numbers."""

    def __init__(self, draws: Draws, what: str, number: Ints, country: Ints) -> None:
        self.first: list[str] = []
        self.last: list[str] = []
        self.mailbox: list[str] = []
        one = draws.uniform(f"{what} first name", number).tolist()
        two = draws.uniform(f"{what} last name", number).tolist()
        for first, last, place in zip(one, two, country.tolist(), strict=True):
            firsts, lasts = PEOPLE_OF.get(COUNTRIES[place], HERE)
            name, plain = firsts[int(first * len(firsts))]
            family, bare = lasts[int(last * len(lasts))]
            self.first.append(name)
            self.last.append(family)
            self.mailbox.append(f"{plain}.{bare}".lower())

    def replace(self, places: Ints, other: "People", others: Ints) -> None:
        for place, found in zip(places.tolist(), others.tolist(), strict=True):
            self.first[place] = other.first[found]
            self.last[place] = other.last[found]
            self.mailbox[place] = other.mailbox[found]

    def full_names(self) -> list[str]:
        return [f"{first} {last}" for first, last in zip(self.first, self.last, strict=True)]


def title(draws: Draws, number: Ints, seniority: Ints) -> Values:
    titles = [f"{level}, {name}" for level in SENIORITIES for name in DEPARTMENTS]
    places = np.asarray(seniority * 5 + draws.whole("department", 5, number))
    return lambda chosen: [titles[place] for place in places[chosen].tolist()]
