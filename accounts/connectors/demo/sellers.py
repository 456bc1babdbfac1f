"""Who sells: one vice president, five directors, ten managers and 44 sellers over three orgs."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from accounts.connectors.demo.calendar import DAY, HOUR, NEVER
from accounts.connectors.demo.draws import Bools, Floats, Ints
from accounts.connectors.demo.names import FIRST_NAMES, LAST_NAMES
from accounts.connectors.demo.setting import Setting
from accounts.connectors.demo.staff import DOMAIN, PEOPLE
from revenue.users.roles import Role

VICE_PRESIDENT = "Elena Vargas"
# Director → (region, how many managers, how many sellers under them beside the director's own).
DIRECTORS = {
    "meridian-americas": {"Marcus Webb": ("East", 2, 7), "Priya Nair": ("West", 2, 6)},
    "meridian-europe": {"Anna Lindqvist": ("North", 2, 7), "Luca Moretti": ("South", 2, 5)},
    "meridian-cloud": {"Wei Chen": ("Global", 2, 8)},
}
LEAVING = 0.16
YEARS_BEFORE = 4


@dataclass(frozen=True)
class Seller:
    name: str
    level: str  # vice president, director, manager, seller, or other
    group: int  # which director, counted in the org; -1: none
    manager: int  # an index; -1: none
    region: str = ""

    @property
    def email(self) -> str:
        return f"{self.name.lower().replace(' ', '.')}@{DOMAIN}"


@dataclass(frozen=True)
class Sellers:
    people: tuple[Seller, ...]
    skill: Floats
    hired_at: Ints
    left_at: Ints
    successor: Ints
    colleagues: Ints  # (people, 4): who may take over a deal
    group: Ints
    sells: Bools

    def in_charge(self, sellers: Ints, seconds: Ints) -> Ints:
        """Who has taken over from those who had left by then; a successor stays."""
        return np.asarray(
            np.where(self.left_at[sellers] <= seconds, self.successor[sellers], sellers)
        )


@lru_cache(maxsize=64)
def sellers_of(setting: Setting) -> Sellers:
    people = _people(setting)
    count = len(people)
    numbers = np.arange(count)
    draws = setting.draws
    named = {person.name for person in PEOPLE}
    sells = np.array([person.level == "seller" for person in people])
    may_leave = sells & np.array([person.name not in named for person in people])
    leaves = may_leave & draws.happens("leaves", LEAVING, numbers)
    group = np.array([person.group for person in people])
    working_day = (draws.uniform("left", numbers) * 700).astype(np.int64) + 180
    left_at = np.where(leaves, setting.first_second + working_day * DAY + 18 * HOUR, NEVER)
    hired = (
        setting.first_second
        - (draws.uniform("hired", numbers) * YEARS_BEFORE * 365).astype(np.int64) * DAY
    )
    successor = numbers.copy()
    for number in numbers[leaves]:
        same = numbers[sells & ~leaves & (group == group[number])]
        successor[number] = same[draws.whole("successor", len(same), number)[0]]
    colleagues = np.repeat(numbers[:, None], 4, axis=1)
    for number in numbers[sells]:
        same = numbers[sells & ~leaves & (group == group[number]) & (numbers != number)]
        colleagues[number] = same[draws.whole("colleagues", len(same), number, np.arange(4))]
    return Sellers(
        people=people,
        skill=draws.normal("skill", numbers),
        hired_at=hired,
        left_at=left_at,
        successor=successor,
        colleagues=colleagues,
        group=group,
        sells=sells,
    )


def _people(setting: Setting) -> tuple[Seller, ...]:
    people = [
        Seller(VICE_PRESIDENT, "vice president", -1, -1),
        Seller("Amara Okafor", "other", -1, -1),
        Seller("Ines Costa", "other", -1, -1),
    ]
    directors = DIRECTORS[setting.org_slug]
    for group, (name, (region, managers, sellers)) in enumerate(directors.items()):
        director = len(people)
        people.append(Seller(name, "director", group, 0, region))
        people.extend(
            Seller(person.name, "seller", group, director, region)
            for person in PEOPLE
            if person.role == Role.REP and person.reports_to == name
        )
        above = range(len(people), len(people) + managers)
        people.extend(
            Seller(_name(setting, name, number), "manager", group, director, region)
            for number in range(managers)
        )
        people.extend(
            Seller(
                _name(setting, name, managers + number),
                "seller",
                group,
                above[number % managers],
                region,
            )
            for number in range(sellers)
        )
    return tuple(people)


def _name(setting: Setting, director: str, number: int) -> str:
    """Nobody of the sixty has another's name: each takes the next pair of two lists."""
    order = [name for found in DIRECTORS.values() for name in found]
    place = order.index(director) * 12 + number
    first = FIRST_NAMES[(place * 7 + setting.seed) % len(FIRST_NAMES)]
    return f"{first} {LAST_NAMES[(place * 11 + 5 * setting.seed) % len(LAST_NAMES)]}"
