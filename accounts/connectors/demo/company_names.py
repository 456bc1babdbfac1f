"""What companies are called, where they sit, how they are reached, in each org's spelling."""

from dataclasses import dataclass

import numpy as np

from accounts.connectors.demo.draws import Draws, Ints
from accounts.connectors.demo.names import (
    CITIES,
    DIAL,
    ENGLISH_STREETS,
    LAST_NAMES,
    LEGAL_FORMS,
    STREETS,
    TRADES,
    beginnings,
    local_name,
    slug,
)
from accounts.connectors.demo.setting import COUNTRIES, INDUSTRY_NAMES, Setting

LEAD_COMPANIES = 1 << 24


@dataclass(frozen=True)
class Card:
    """A company's calling card."""

    name: str
    website: str
    domain: str
    phone: str
    street: str
    city: str
    state: str
    postal_code: str
    country: str


@dataclass(frozen=True)
class Place:
    street: str
    city: str
    state: str
    postal_code: str


def core_name(company: int, industry: int, seed: int) -> str:
    """Without a legal form; two companies never share one, while there are beginnings left."""
    trades = TRADES[INDUSTRY_NAMES[industry]]
    if company >= LEAD_COMPANIES:
        place = (company - LEAD_COMPANIES) * 7_919 + seed
        first, second = place % len(LAST_NAMES), place // len(LAST_NAMES) % len(LAST_NAMES)
        trade = trades[place // len(LAST_NAMES) ** 2 % len(trades)]
        return f"{LAST_NAMES[first]} & {LAST_NAMES[second]} {trade}"
    known = beginnings()
    round_, place = divmod(company, len(known))
    beginning = known[(place * 7_919 + seed * 104_729) % len(known)]
    return f"{beginning} {trades[(company // 3 + round_) % len(trades)]}"


def _resembling(company: int, friend: int, industry: int, seed: int) -> str:
    """A false friend's name: another's first word, and nothing else of it."""
    theirs = core_name(friend, industry, seed)
    first, _, trade = theirs.partition(" ")
    trades = TRADES[INDUSTRY_NAMES[industry]]
    return f"{first} {trades[(trades.index(trade) + company % 3) % len(trades)]}"


def cards_of(
    setting: Setting,
    *,
    number: Ints,
    company: Ints,
    industry: Ints,
    friend: Ints,
    home: Ints,
    country: Ints,
) -> list[Card]:
    """`number` is the account's own: what an org spells its own way depends on it.

    A company keeps at least its domain or, at home, its street from org to org.
    """
    group, own = setting.of_group, setting.draws
    abroad = home != country
    keeps_street = ~abroad & own.happens("street", 0.5, number)
    keeps_domain = own.happens("domain", 0.8, number) | ~keeps_street
    keeps_phone = own.happens("phone", 0.4, number)
    street = _places(group, company)
    local = _places(own, number)
    switchboard = group.whole("phone number", 10_000_000, company)
    phone = own.whole("phone number", 10_000_000, number)
    style, form = own.uniform("style", number), own.uniform("form", number)
    has_phone = own.happens("has phone", 0.92, number)
    cards = []
    for at in range(len(number)):
        name = COUNTRIES[country[at]]
        at_home = COUNTRIES[home[at]]
        core = core_name(int(company[at]), int(industry[at]), setting.seed)
        if friend[at] >= 0:
            core = _resembling(int(company[at]), int(friend[at]), int(industry[at]), setting.seed)
        trade = INDUSTRY_NAMES[industry[at]]
        written = local_name(core, at_home, trade, int(company[at]))
        place = _place(street[at] if keeps_street[at] else local[at], name)
        dialled, digits = (at_home, switchboard) if keeps_phone[at] else (name, phone)
        domain = f"{slug(core)}{'' if keeps_domain[at] else '-' + slug(name)}.example"
        cards.append(
            Card(
                name=_spelled(written, LEGAL_FORMS[name], style[at], form[at]),
                website=f"https://www.{domain}" if style[at] < 0.93 else "",
                domain=domain,
                phone=_phone(dialled, int(digits[at])) if has_phone[at] else "",
                street=place.street,
                city=place.city,
                state=place.state,
                postal_code=place.postal_code,
                country=name,
            )
        )
    return cards


def _spelled(core: str, forms: tuple[str, ...], style: float, form: float) -> str:
    if style < 0.1:
        first, _, rest = core.partition(" ")
        core = f"{first.upper()} {rest}".strip()
    elif style < 0.16:
        core = core.replace("&", "and").replace("Engineering", "Eng.").replace("Systems", "Sys")
    return f"{core} {forms[int(form * len(forms))]}".strip()


def _places(draws: Draws, keys: Ints) -> list[tuple[float, ...]]:
    """Where in a list of cities, of streets, of houses and of postal codes."""
    drawn = [draws.uniform(what, keys) for what in ("city", "street name", "house", "post")]
    return [tuple(each) for each in np.stack(drawn, axis=1).tolist()]


def _place(drawn: tuple[float, ...], country: str) -> Place:
    cities, streets = CITIES[country], STREETS.get(country, ENGLISH_STREETS)
    city, state, code = cities[int(drawn[0] * len(cities))]
    street, house = streets[int(drawn[1] * len(streets))], 1 + int(drawn[2] * 180)
    comes_first = country in ("United States", "Canada", "United Kingdom", "Ireland", "France")
    written = f"{house} {street}" if comes_first else f"{street} {house}"
    return Place(written, city, state, f"{code}{int(drawn[3] * 90) + 10}")


def _phone(country: str, number: int) -> str:
    digits = f"{number:07d}"
    return f"{DIAL[country]} {digits[:3]} {digits[3:]}"
