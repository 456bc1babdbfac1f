"""Closed deals of simulated companies, read as the page reads them, without a database.

What each column holds is what `accounts/connectors/demo` writes into the CRM and the records of
`accounts` keep of it; the tests hold the two against each other.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import numpy as np
import pandas as pd

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import day_of, quarters_later, second_of
from accounts.connectors.demo.chunk import Chunk, chunk_of
from accounts.connectors.demo.companies import country_codes
from accounts.connectors.demo.customers import customers_of
from accounts.connectors.demo.draws import Bools
from accounts.connectors.demo.leads import SOURCES
from accounts.connectors.demo.products import FAMILIES, lines_of
from accounts.connectors.demo.sellers import sellers_of
from accounts.connectors.demo.setting import INDUSTRY_NAMES, Plant, Setting
from accounts.connectors.demo.tables_deals import current_save
from accounts.connectors.demo.tables_history import HANDED_OVER, come
from forecasting.diagnosis.frames import Reading, Stretches, reading_of

BEGAN = date(2024, 4, 1)
ORGS = ("meridian-americas", "meridian-europe")  # with two groups of sellers each
BEFORE, AFTER = 4, 2  # quarters
KINDS = ("New Business", "Existing Business")


@dataclass(frozen=True)
class PlantedOrg:
    setting: Setting
    stretches: Stretches
    reading: Reading


def a_setting(number: int, *, scale: str = "medium") -> Setting:
    """A series of companies of other people, other deals and other causes."""
    return Setting(
        ORGS[number // 5 % len(ORGS)], scale, 1_000 + number, BEGAN, Plant.by_chance(number)
    )


def meeting_at_the_plant(setting: Setting) -> Stretches:
    turn = day_of(setting.plant_day)
    return Stretches(quarters_later(turn, -BEFORE), turn, quarters_later(turn, AFTER))


def read_world(
    setting: Setting, *, stretches: Stretches | None = None, parts: int | None = None
) -> PlantedOrg:
    """`parts`: of how many of the parts of its customers; all where nothing is said."""
    stretches = stretches or meeting_at_the_plant(setting)
    until = second_of(datetime.combine(stretches.until, time(), tzinfo=UTC))
    found = [
        of_a_part(chunk_of(setting, part, until), stretches)
        for part in range(min(parts or setting.chunks, setting.chunks))
    ]
    deals, ways = (pd.concat(each, ignore_index=True) for each in zip(*found, strict=True))
    deals = deals.sort_values(["close_date", "ref"], ignore_index=True)
    return PlantedOrg(setting, stretches, reading_of(deals, ways, the_sellers(setting), stretches))


def the_sellers(setting: Setting) -> pd.DataFrame:
    people = sellers_of(setting).people
    return pd.DataFrame(
        {
            "ref": [str(at) for at in range(len(people))],
            "name": [one.name for one in people],
            "manager_ref": [str(one.manager) if one.manager >= 0 else "" for one in people],
            "region": [one.region for one in people],
        }
    ).set_index("ref")


def of_a_part(chunk: Chunk, stretches: Stretches) -> tuple[pd.DataFrame, pd.DataFrame]:
    deals, story, companies = chunk.deals, chunk.story, chunk.companies
    save = current_save(chunk)
    stage, day = story.saves.stage[save], story.saves.close_day[save]
    is_closed = stage >= e.OPEN_STAGES
    first = int(np.datetime64(stretches.since).astype(int))
    wanted = (deals.deleted_at > chunk.until) & (~is_closed | (day >= first))
    at = np.flatnonzero(wanted)
    countries = country_codes(chunk.setting)
    customers = customers_of(chunk)
    is_later = customers.since[deals.account] < deals.created_at
    left = (customers.churned_at[deals.account] <= deals.created_at) & (
        customers.back_at[deals.account] >= deals.created_at
    )
    frame = pd.DataFrame(
        {
            "ref": [f"{number:016d}" for number in deals.number[at].tolist()],
            "created_at": pd.to_datetime(deals.created_at[at], unit="s", utc=True),
            "close_date": [day_of(one) for one in day[at].tolist()],
            "is_closed": is_closed[at],
            "is_won": stage[at] == e.WON,
            "value": story.saves.amount[save][at] / 100,
            "kind": [KINDS[one] for one in (is_later & ~left)[at].astype(int).tolist()],
            "source": [SOURCES[one] for one in deals.source[at].tolist()],
            "owner_ref": [str(one) for one in story.saves.owner[save][at].tolist()],
            "industry": [INDUSTRY_NAMES[one] for one in deals.industry[at].tolist()],
            "country": [countries[one] for one in deals.country[at].tolist()],
            "employees": companies.employees[deals.account[at]],
            "product": main_product(chunk)[at],
        }
    )
    return frame, the_ways(chunk, wanted)


def main_product(chunk: Chunk) -> np.ndarray:
    """The family of the line that the most of the amount is for."""
    lines = lines_of(chunk)
    found = np.full(len(chunk.deals), "", dtype=object)
    order = np.argsort(lines.share, kind="stable")
    found[lines.deal[order]] = np.array(FAMILIES, dtype=object)[lines.product[order] // 4]
    return found


def the_ways(chunk: Chunk, wanted: Bools) -> pd.DataFrame:
    saves = chunk.story.saves
    chosen = come(chunk)
    chosen = chosen[saves.slot[chosen] % 4 != HANDED_OVER]
    chosen = chosen[wanted[saves.deal[chosen]] & (saves.stage[chosen] < e.OPEN_STAGES)]
    stage = saves.stage[chosen].tolist()
    return pd.DataFrame(
        {
            "ref": [f"{one:016d}" for one in chunk.deals.number[saves.deal[chosen]].tolist()],
            "stage": [e.STAGES[one] for one in stage],
            "probability": [float(e.STAGE_PROBABILITY[one]) for one in stage],
            "at": pd.to_datetime(saves.at[chosen], unit="s", utc=True),
        }
    )
