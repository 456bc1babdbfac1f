"""What companies are called, where they sit, how they are reached, in each org's spelling."""

from dataclasses import dataclass

from accounts.connectors.demo.companies import Companies, country_codes
from accounts.connectors.demo.draws import Draws
from accounts.connectors.demo.names import (
    BEGINNINGS,
    CITIES,
    DIAL,
    LAST_NAMES,
    LEGAL_FORMS,
    STREETS,
    TRADES,
    beginning_of_name,
    slug,
)
from accounts.connectors.demo.setting import INDUSTRY_NAMES, Setting

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


def core_name(company: int, industry: int, seed: int) -> str:
    """Without a legal form; two companies never share one, while there are beginnings left."""
    trades = TRADES[INDUSTRY_NAMES[industry]]
    if company >= LEAD_COMPANIES:
        place = (company - LEAD_COMPANIES) * 7_919 + seed
        first, second = place % len(LAST_NAMES), place // len(LAST_NAMES) % len(LAST_NAMES)
        trade = trades[place // len(LAST_NAMES) ** 2 % len(trades)]
        return f"{LAST_NAMES[first]} & {LAST_NAMES[second]} {trade}"
    round_, place = divmod(company, BEGINNINGS)
    beginning = beginning_of_name((place * 7_919 + seed * 104_729) % BEGINNINGS)
    return f"{beginning} {trades[(company // 3 + round_) % len(trades)]}"


def card_of(
    setting: Setting, company: int, industry: int, friend: int, country: str, number: int
) -> Card:
    """`number` is the account's own: what an org spells its own way depends on it."""
    home, here = setting.of_group, setting.draws
    core = core_name(company, industry, setting.seed)
    if friend >= 0:
        # A false friend: another's first word, and nothing else of it.
        core = f"{core_name(friend, industry, setting.seed).split()[0]} {core.split()[-1]}"
    domain = f"{slug(core)}.example"
    keeps_domain = here.uniform("domain", number)[0] < 0.75
    keeps_phone = here.uniform("phone", number)[0] < 0.45
    keeps_street = here.uniform("street", number)[0] < 0.35 or not (keeps_domain or keeps_phone)
    if not keeps_domain:
        domain = f"{slug(core)}-{slug(country)}.example"
    at_home = _place(home, company, "United States" if keeps_street else country)
    where = at_home if keeps_street else _place(here, number, country)
    phone = _phone(home if keeps_phone else here, company if keeps_phone else number, country)
    style = here.uniform("style", number)[0]
    return Card(
        name=_spelled(core, LEGAL_FORMS[country], style, here.uniform("form", number)[0]),
        website=f"https://www.{domain}" if style < 0.93 else "",
        domain=domain,
        phone=phone if here.uniform("has phone", number)[0] < 0.92 else "",
        street=where[0],
        city=where[1],
        state=where[2],
        postal_code=where[3],
        country=country,
    )


def cards_of(setting: Setting, companies: Companies) -> list[Card]:
    countries = country_codes(setting)
    return [
        card_of(setting, company, industry, friend, countries[country], number)
        for company, industry, friend, country, number in zip(
            companies.company.tolist(),
            companies.industry.tolist(),
            companies.friend.tolist(),
            companies.country.tolist(),
            companies.number.tolist(),
            strict=True,
        )
    ]


def _spelled(core: str, forms: tuple[str, ...], style: float, form: float) -> str:
    if style < 0.1:
        first, _, rest = core.partition(" ")
        core = f"{first.upper()} {rest}"
    elif style < 0.16:
        core = core.replace("&", "and").replace("Engineering", "Eng.").replace("Systems", "Sys")
    return f"{core} {forms[int(form * len(forms))]}".strip()


def _place(draws: Draws, key: int, country: str) -> tuple[str, str, str, str]:
    city, state, code = CITIES[country][draws.whole("city", len(CITIES[country]), key)[0]]
    street = STREETS[draws.whole("street name", len(STREETS), key)[0]]
    house = 1 + draws.whole("house", 180, key)[0]
    return f"{house} {street}", city, state, f"{code}{draws.whole('post', 90, key)[0] + 10}"


def _phone(draws: Draws, key: int, country: str) -> str:
    digits = f"{draws.whole('phone number', 10_000_000, key)[0]:07d}"
    return f"{DIAL[country]} {digits[:3]} {digits[3:]}"
