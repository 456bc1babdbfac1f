"""Opportunity, its contact roles and its histories."""

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.activity import Activities, last_days
from accounts.connectors.demo.calendar import DAY, NEVER
from accounts.connectors.demo.chunk import Chunk, latest
from accounts.connectors.demo.columns import (
    Table,
    coded,
    days,
    listed,
    moments,
    money,
    own_ids,
    plain,
    refs,
)
from accounts.connectors.demo.deals import COMPETITORS, CURRENCIES, ROLES
from accounts.connectors.demo.draws import Ints
from accounts.connectors.demo.leads import SOURCES

NEXT_STEPS = (
    "Book discovery call",
    "Qualify budget",
    "Agree on requirements",
    "Send proposal",
    "Close open contract points",
)
LOSS_REASONS = ("Price", "Competitor", "No decision", "Lost contact", "Missing feature")
ROLE_NAMES = ("Decision Maker", "Evaluator", "Economic Buyer", "Influencer")


def current_save(chunk: Chunk) -> Ints:
    """Of each deal, the place of its last save that has come."""
    saves = chunk.story.saves
    ends = chunk.deal_ends[saves.deal]
    place = np.zeros(len(chunk.deals), dtype=np.int64)
    seen = np.flatnonzero((saves.at <= chunk.until) & (saves.at <= ends))
    place[saves.deal[seen]] = seen
    return place


def opportunities(
    chunk: Chunk, activities: Activities, names: list[str], is_expansion: Ints
) -> Table:
    deals, story, pod, draws = chunk.deals, chunk.story, chunk.setting.pod, chunk.setting.draws
    current = current_save(chunk)
    saves = story.saves
    stage = saves.stage[current]
    touched = last_days(chunk, activities, activities.deal, len(deals))
    known = np.minimum(deals.competitor_known_at, chunk.deal_ends + 1)
    champion_known = np.minimum(deals.champion_known_at, chunk.deal_ends + 1)
    has_competitor = (deals.competitor_known_at <= chunk.deal_ends) & (known <= chunk.until)
    has_champion = (deals.champion_known_at <= chunk.deal_ends) & (champion_known <= chunk.until)
    stamps = latest(
        deals.created_at,
        saves.at[current],
        touched,
        np.where(has_competitor, deals.competitor_known_at, 0),
        np.where(has_champion, deals.champion_known_at, 0),
        until=chunk.until,
    )
    company_names = listed(names)
    number_of_deal = [f"{nth + 1:03d}" for nth in range(int(deals.nth.max(initial=0)) + 1)]
    family = draws.whole("deal family", 5, deals.number)
    words = ("Platform", "Analytics", "Integration", "Service", "Mobility")
    noise = draws.whole("survey", 10, deals.number)
    return Table(
        deals.number,
        stamps,
        {
            "Id": own_ids("Opportunity", pod, deals.number),
            "CreatedDate": moments(deals.created_at),
            "SystemModstamp": moments(stamps),
            "AccountId": refs("Account", pod, chunk.companies.number[deals.account]),
            "OwnerId": refs("User", pod, saves.owner[current]),
            "Name": lambda chosen: [
                f"{name} – {words[place]} {number_of_deal[nth]}"
                for name, place, nth in zip(
                    company_names(deals.account[chosen]),
                    family[chosen].tolist(),
                    deals.nth[chosen].tolist(),
                    strict=True,
                )
            ],
            "StageName": coded(stage, e.STAGES),
            "Amount": money(saves.amount[current]),
            "CurrencyIsoCode": coded(deals.currency, CURRENCIES),
            "Probability": coded(stage, e.STAGE_PROBABILITY),
            "CloseDate": days(saves.close_day[current]),
            "IsClosed": plain(stage >= e.OPEN_STAGES),
            "IsWon": plain(stage == e.WON),
            "ForecastCategoryName": coded(stage, e.FORECAST_CATEGORIES),
            "Type": coded(is_expansion, ("New Business", "Existing Business")),
            "LeadSource": coded(deals.source, SOURCES),
            "NextStep": coded(np.where(stage < e.OPEN_STAGES, stage, -1), NEXT_STEPS),
            "LastActivityDate": days(touched // DAY),
            "Competitor__c": coded(np.where(has_competitor, deals.competitor, -1), COMPETITORS),
            "Champion__c": plain(has_champion & deals.champion),
            "Discount__c": plain(np.round(100 * saves.discount[current], 2)),
            "Survey_Score__c": plain(1 + noise),
            "Loss_Reason__c": coded(_loss_reason(chunk, stage), LOSS_REASONS),
        },
        gone=deals.deleted_at,
    )


def _loss_reason(chunk: Chunk, stage: Ints) -> Ints:
    drawn = chunk.setting.draws.whole("loss reason", len(LOSS_REASONS), chunk.deals.number)
    return np.where(stage == e.LOST, drawn, -1)


def contact_roles(chunk: Chunk) -> Table:
    deals, pod = chunk.deals, chunk.setting.pod
    joined = deals.role_at.ravel()
    ends = np.repeat(chunk.deal_ends, ROLES)
    chosen = np.flatnonzero(
        (joined <= chunk.until) & (joined <= ends) & (np.repeat(deals.deleted_at, ROLES) == NEVER)
    )
    deal, slot = chosen // ROLES, chosen % ROLES
    number = (deals.number[deal] << 2) + slot
    contact = (chunk.companies.number[deals.account[deal]] << 4) + deals.role_contact[deal, slot]
    at = joined[chosen]
    return Table(
        number,
        at,
        {
            "Id": own_ids("OpportunityContactRole", pod, number),
            "CreatedDate": moments(at),
            "SystemModstamp": moments(at),
            "OpportunityId": refs("Opportunity", pod, deals.number[deal]),
            "ContactId": refs("Contact", pod, contact),
            "Role": coded(slot, ROLE_NAMES),
            "IsPrimary": plain(slot == 0),
        },
    )
