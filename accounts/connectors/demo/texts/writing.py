"""Puts words to what happened: every text says something that is true of its deal or customer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from accounts.connectors.demo.calendar import DAY, day_of
from accounts.connectors.demo.contacts import CONTACT_BITS
from accounts.connectors.demo.deals import COMPETITORS
from accounts.connectors.demo.draws import Ints
from accounts.connectors.demo.products import COUNT, NAMES
from accounts.connectors.demo.setting import COUNTRIES, INDUSTRY_NAMES
from accounts.connectors.demo.texts.languages import OF_COUNTRY

if TYPE_CHECKING:
    from accounts.connectors.demo.world import Scene

Facts = dict[str, str]
RIVALS = COMPETITORS[1:3]
SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")
DRAWN = 8  # numbers between 0 and 1 that a text may use, each for one thing


def pick(texts: Sequence[str], drawn: float) -> str:
    return texts[int(drawn * len(texts))]


class Writer:
    def __init__(self, scene: "Scene") -> None:
        self.scene, self.chunk = scene, scene.chunk
        setting = self.chunk.setting
        self.draws = setting.draws
        countries = [COUNTRIES[home] for home in self.chunk.companies.home.tolist()]
        self.language = [OF_COUNTRY.get(name, "en") for name in countries]
        self.sellers = [person.name for person in self.chunk.sellers.people]
        first, second = self._products()
        self.first, self.second = first, second

    def _products(self) -> tuple[Ints, Ints]:
        """What each deal is about: the products of its lines, or what it may come to."""
        lines, number = self.scene.lines, self.chunk.deals.number
        first = self.draws.whole("talk of", COUNT, number)
        second = (first + 1 + self.draws.whole("talk of too", COUNT - 1, number)) % COUNT
        for place, found in ((0, first), (1, second)):
            chosen = np.flatnonzero(lines.slot == place)
            found[lines.deal[chosen]] = lines.product[chosen]
        return first, second

    def drawn(self, what: str, number: Ints) -> list[tuple[float, ...]]:
        columns = [self.draws.uniform(f"{what} {nth}", number) for nth in range(DRAWN)]
        return [tuple(row) for row in np.stack(columns, axis=1).tolist()]

    def facts(
        self,
        *,
        account: Ints,
        number: Ints,
        at: Ints,
        contact: Ints,
        owner: Ints,
        deal: Ints | None = None,
    ) -> Iterator[Facts]:
        """Of accounts; of a deal where there is one."""
        scene, chunk = self.scene, self.chunk
        deal = np.full(len(number), -1) if deal is None else deal
        key = np.where(deal >= 0, chunk.deals.number[deal] if len(chunk.deals) else 0, number)
        product = np.where(deal >= 0, _at(self.first, deal), self.draws.whole("about", COUNT, key))
        second = (product + 1 + self.draws.whole("about too", COUNT - 1, key)) % COUNT
        second = np.where(deal >= 0, _at(self.second, deal), second)
        rival = np.where(deal >= 0, _at(chunk.deals.competitor, deal) - 1, -1)
        rival = np.where((rival < 0) | (rival > 1), self.draws.whole("rival", 2, key), rival)
        licensed = scene.customers.licensed[account]
        users = np.maximum(5, licensed * (0.3 + 0.7 * self.draws.uniform("users", key)))
        to = np.searchsorted(scene.contact_numbers, contact)
        same = contact >> CONTACT_BITS == chunk.companies.number[account]
        first, last = (np.searchsorted(scene.contact_account, account, side) for side in SIDES)
        to = np.where(same, to, first)
        step = 1 + self.draws.whole("somebody", 2, number)
        other = first + (to - first + step) % (last - first)
        people = scene.people
        for row in zip(
            account.tolist(), product.tolist(), second.tolist(), rival.tolist(),
            users.astype(int).tolist(), to.tolist(), other.tolist(),
            owner.tolist(), (at // DAY).tolist(), strict=True,
        ):  # fmt: skip
            place, one, two, against, seats, whom, someone, who, day = row
            yield self._words(place) | {
                "product": NAMES[one],
                "second": NAMES[two],
                "competitor": RIVALS[against],
                "users": str(seats),
                "few": str(max(3, seats // 12)),
                "to": people.first[whom],
                "other": people.first[someone],
                "by": self.sellers[who],
                **_times(day, self.language[place]),
            }

    def _words(self, account: int) -> Facts:
        companies, card = self.chunk.companies, self.scene.cards[account]
        return {
            "company": card.name,
            "city": card.city,
            "industry": INDUSTRY_NAMES[companies.industry[account]].lower(),
            "employees": str(companies.employees[account]),
        }


def _at(values: Ints, places: Ints) -> Ints:
    """Where there are none at all, nothing can be asked of one."""
    return values[places] if len(values) else np.zeros(len(places), dtype=np.int64)


def _times(day: int, language: str) -> Mapping[str, str]:
    soon, later = day_of(day + 3 + day % 4), day_of(day + 40 + day % 50)
    found = {"day": f"{soon:%A}", "month": f"{later:%B}"}
    if language == "ja":
        return found | {
            "local day": f"{soon.month}月{soon.day}日",
            "local month": f"{later.month}月",
        }
    return found | {
        "local day": f"{soon.day}.{soon.month}.{soon.year}",
        "local month": f"{later.month}/{later.year}",
    }
