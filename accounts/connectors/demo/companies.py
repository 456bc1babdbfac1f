"""The accounts of a chunk: those that were there, the ones that leads became, and a few twins."""

from dataclasses import dataclass

import numpy as np

from accounts.connectors.demo.calendar import DAY, HOUR, NEVER, to_working_day
from accounts.connectors.demo.draws import Bools, Floats, Ints
from accounts.connectors.demo.leads import Leads, country_weights, size_of
from accounts.connectors.demo.sellers import Sellers
from accounts.connectors.demo.setting import COUNTRIES, INDUSTRIES, MARKETS, Setting

CHUNK_BITS = 20
LEAD_BORN = 1 << 19
TWIN = 1 << 18
OVERLAP = {"meridian-americas": 0.0, "meridian-europe": 0.28, "meridian-cloud": 0.4}
FALSE_FRIEND = 0.05
TWINS = 0.012
TASTES = 6
DEALS_A_YEAR = 0.95


@dataclass(frozen=True)
class Companies:
    """`company` is the same number for one customer in several orgs; `home` where it is known

    best. `friend` is the company whose name this one resembles without being it, or -1.
    """

    number: Ints
    created_at: Ints
    company: Ints
    friend: Ints
    home: Ints  # where it is at home, of all countries
    industry: Ints
    employees: Ints
    size: Ints
    country: Ints
    region: Ints
    owner: Ints
    was_customer: Bools
    lead: Ints
    twin_of: Ints
    merged_at: Ints
    deals_a_day: Floats
    warmth: Floats
    taste: Floats

    def __len__(self) -> int:
        return len(self.number)


def companies_of(
    setting: Setting, sellers: Sellers, leads: Leads, chunk: int, until: int
) -> Companies:
    base = base_companies(setting, sellers, chunk)
    twins = _twins(setting, base)
    born = _born(setting, sellers, leads, until)
    parts = [base, _chosen(twins, twins.created_at <= until), born]
    return Companies(
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in Companies.__dataclass_fields__
        }
    )


def country_codes(setting: Setting) -> list[str]:
    return [name for region in setting.market.regions.values() for name in region]


def base_companies(setting: Setting, sellers: Sellers, chunk: int) -> Companies:
    first, last = setting.span(setting.accounts, chunk)
    index = np.arange(first, last)
    number = (chunk << CHUNK_BITS) + index - first
    company, friend = _identity(setting, index)
    group = setting.of_group
    home = _home(setting, company)
    here = np.array([COUNTRIES.index(name) for name in country_codes(setting)])
    local = setting.draws.choice("account country", country_weights(setting), number)
    at_home = np.where(company % 3 == list(MARKETS).index(setting.org_slug), home, -1)
    place = (here[None, :] == at_home[:, None]).argmax(axis=1)
    industry = group.choice("industry", list(INDUSTRIES.values()), company)
    employees = np.exp(5.2 + 1.5 * group.normal("employees", company)).astype(np.int64) + 8
    before = (setting.draws.uniform("account created", number) * 1_500).astype(np.int64) + 20
    day = to_working_day(setting.first_day - before)
    return _with_manners(
        setting,
        sellers,
        number=number,
        created_at=day * DAY + 10 * HOUR + setting.draws.whole("account hour", 6 * HOUR, number),
        company=company,
        friend=friend,
        industry=industry,
        employees=employees,
        home=home,
        country=np.where(at_home >= 0, place, local),
        was_customer=setting.draws.happens("was customer", 0.42, number),
        lead=np.full(len(number), -1),
        deals_a_day=np.minimum(
            DEALS_A_YEAR * np.exp(0.75 * setting.draws.normal("rate", number) - 0.75**2 / 2), 6.0
        )
        / 365,
    )


def _home(setting: Setting, company: Ints) -> Ints:
    """Where a company is at home, whichever org looks at it."""
    found = np.zeros(len(company), dtype=np.int64)
    for place, market in enumerate(MARKETS.values()):
        shares = [each for region in market.regions.values() for each in region.items()]
        codes = np.array([COUNTRIES.index(name) for name, _ in shares])
        drawn = setting.of_group.choice("home", [share for _, share in shares], company)
        found = np.where(company % 3 == place, codes[drawn], found)
    return found


def _identity(setting: Setting, index: Ints) -> tuple[Ints, Ints]:
    """Europe shares customers with the Americas, Cloud with both; false friends share a name."""
    slugs = list(MARKETS)
    place = slugs.index(setting.org_slug)
    own = index * 3 + place
    draws = setting.draws
    there = index < round(setting.accounts * MARKETS[slugs[0]].share / setting.market.share)
    shared = there & draws.happens("overlap", OVERLAP[setting.org_slug], index)
    friend = ~shared & draws.happens("friend", FALSE_FRIEND, index) & (place > 0)
    return np.where(shared, index * 3, own), np.where(friend, index * 3, -1)


def account_of_lead(number: Ints) -> Ints:
    """The number of the account that a lead becomes, or would become."""
    chunk = number >> 19
    return np.asarray((chunk << CHUNK_BITS) + LEAD_BORN + (number & (LEAD_BORN - 1)))


def company_of_lead(setting: Setting, number: Ints) -> Ints:
    """Beyond every company that was there at the beginning."""
    return (1 << 24) + number * 3 + list(MARKETS).index(setting.org_slug)


def _born(setting: Setting, sellers: Sellers, leads: Leads, until: int) -> Companies:
    lead = np.flatnonzero(leads.converts & (leads.closed_at <= until))
    number = account_of_lead(leads.number[lead])
    return _with_manners(
        setting,
        sellers,
        number=number,
        created_at=leads.closed_at[lead],
        company=company_of_lead(setting, leads.number[lead]),
        friend=np.full(len(lead), -1),
        home=np.array([COUNTRIES.index(name) for name in country_codes(setting)])[
            leads.country[lead]
        ],
        industry=leads.industry[lead],
        employees=leads.employees[lead],
        country=leads.country[lead],
        was_customer=np.zeros(len(lead), dtype=bool),
        lead=lead,
        deals_a_day=0.5 / 365 * np.exp(0.5 * setting.draws.normal("rate", number) - 0.5**2 / 2),
    )


def _with_manners(setting: Setting, sellers: Sellers, **known: Ints | Floats | Bools) -> Companies:
    number, company = known["number"], known["company"]
    region_of_country = np.array(
        [
            place
            for place, countries in enumerate(setting.market.regions.values())
            for _ in countries
        ]
    )
    region = region_of_country[known["country"]]
    owner = np.full(len(number), -1)
    for place in range(len(setting.market.regions)):
        here = np.flatnonzero(sellers.sells & (sellers.group == place))
        mine = region == place
        owner[mine] = here[setting.draws.whole("account owner", len(here), number[mine])]
    return Companies(
        **known,  # type: ignore[arg-type]
        size=size_of(np.asarray(known["employees"])),
        region=region,
        owner=owner,
        twin_of=np.full(len(number), -1),
        merged_at=np.full(len(number), NEVER),
        warmth=0.4 * setting.of_group.normal("warmth", company),
        taste=tastes(setting, company, np.array(known["industry"], np.int64)),  # type: ignore[arg-type]
    )


def tastes(setting: Setting, company: Ints, industry: Ints) -> Floats:
    """What an account likes: its industry's liking and its own."""
    draws = setting.of_group
    industries = np.arange(len(INDUSTRIES))
    return np.stack(
        [
            0.9 * draws.normal("taste of industry", industries, axis)[industry]
            + 0.8 * draws.normal("taste", company, axis)
            for axis in range(TASTES)
        ],
        axis=1,
    )


def _twins(setting: Setting, base: Companies) -> Companies:
    """The same company entered twice; somebody notices and merges the second into the first."""
    first = np.flatnonzero(setting.draws.happens("twin", TWINS, base.number))
    number = base.number[first]
    later = setting.draws.whole("twin day", 700, number)
    noticed = 20 + setting.draws.whole("twin merged", 90, number)
    day = to_working_day(setting.first_day + 30 + later)
    fields = {name: getattr(base, name)[first] for name in Companies.__dataclass_fields__}
    return Companies(
        **fields
        | {
            "number": number + TWIN,
            "created_at": day * DAY + 11 * HOUR,
            "twin_of": first,
            "merged_at": to_working_day(day + noticed) * DAY + 15 * HOUR,
            "was_customer": np.zeros(len(first), dtype=bool),
            "deals_a_day": np.zeros(len(first)),
        }
    )


def _chosen(companies: Companies, chosen: Bools) -> Companies:
    return Companies(
        **{name: getattr(companies, name)[chosen] for name in Companies.__dataclass_fields__}
    )
