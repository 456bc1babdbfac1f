"""Opportunity, its contact roles and its histories."""

from typing import TYPE_CHECKING

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.activity import last_days
from accounts.connectors.demo.calendar import DAY, NEVER
from accounts.connectors.demo.chunk import Chunk, latest
from accounts.connectors.demo.columns import (
    Table,
    Values,
    coded,
    days,
    heads,
    listed,
    money,
    plain,
    refs,
)
from accounts.connectors.demo.deals import CHAMPIONS, COMPETITORS, CURRENCIES, ROLES
from accounts.connectors.demo.draws import Ints
from accounts.connectors.demo.leads import SOURCES
from accounts.connectors.demo.life import touched_by_plant
from accounts.connectors.demo.next_steps import facts_of_deals, next_step_codes, next_step_texts
from accounts.connectors.demo.products import NAMES
from accounts.connectors.demo.texts.english import DESCRIPTIONS
from accounts.connectors.demo.texts.writing import pick

if TYPE_CHECKING:
    from accounts.connectors.demo.world import Scene

REASON_OF_PLANT = 1
LOSS_REASONS = ("Price", "Competitor", "No decision", "Lost contact", "Missing feature")
PUSHED = 2  # the slot of a week in which only the close date changes
ROLE_NAMES = ("Decision Maker", "Evaluator", "Economic Buyer", "Influencer")


def current_save(chunk: Chunk) -> Ints:
    """Of each deal, the place of its last save that has come."""
    saves = chunk.story.saves
    ends = chunk.deal_ends[saves.deal]
    place = np.zeros(len(chunk.deals), dtype=np.int64)
    seen = np.flatnonzero((saves.at <= chunk.until) & (saves.at <= ends))
    place[saves.deal[seen]] = seen
    return place


def opportunities(scene: "Scene") -> Table:
    chunk, activities = scene.chunk, scene.activities
    deals, story, pod, draws = chunk.deals, chunk.story, chunk.setting.pod, chunk.setting.draws
    current = current_save(chunk)
    saves = story.saves
    stage = saves.stage[current]
    step = next_step_codes(chunk, np.arange(len(deals)), stage)
    touched = last_days(activities, activities.deal, len(deals), chunk.until)
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
    company_names = listed([card.name for card in scene.cards])
    first_product = scene.writer.first
    number_of_deal = [f"{nth + 1:03d}" for nth in range(int(deals.nth.max(initial=0)) + 1)]
    noise = draws.whole("survey", 10, deals.number)
    return Table(
        deals.number,
        stamps,
        {
            **heads("Opportunity", pod, deals.number, created=deals.created_at, stamps=stamps),
            "AccountId": refs("Account", pod, chunk.companies.number[deals.account]),
            "OwnerId": refs("User", pod, saves.owner[current]),
            "Name": lambda chosen: [
                f"{name} – {NAMES[place]} {number_of_deal[nth]}"
                for name, place, nth in zip(
                    company_names(deals.account[chosen]),
                    first_product[chosen].tolist(),
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
            "Type": coded(scene.is_expansion, ("New Business", "Existing Business")),
            "LeadSource": coded(deals.source, SOURCES),
            "NextStep": lambda chosen: next_step_texts(scene, chosen, step[chosen]),
            "Description": _descriptions(scene),
            "LastActivityDate": days(touched // DAY),
            "Competitor__c": coded(np.where(has_competitor, deals.competitor, -1), COMPETITORS),
            "Champion__c": coded(np.where(has_champion, deals.champion, -1), CHAMPIONS),
            "Discount__c": plain(np.round(100 * saves.discount[current], 2)),
            "Survey_Score__c": plain(1 + noise),
            "Loss_Reason__c": coded(_loss_reason(chunk, stage), LOSS_REASONS),
            "PushCount": plain(pushes(chunk)),
        },
        gone=deals.deleted_at,
    )


def _descriptions(scene: "Scene") -> Values:
    deals = scene.chunk.deals

    def values(chosen: Ints) -> list[str]:
        drawn = scene.writer.drawn("deal is about", deals.number[chosen])
        return [
            pick(DESCRIPTIONS, one[0]).format_map(known)
            for one, known in zip(drawn, facts_of_deals(scene, chosen), strict=True)
        ]

    return values


def _loss_reason(chunk: Chunk, stage: Ints) -> Ints:
    """What the seller enters; where something was planted, some of them know why."""
    deals, story = chunk.deals, chunk.story
    drawn = chunk.setting.draws.whole("loss reason", len(LOSS_REASONS), deals.number)
    touched = touched_by_plant(
        chunk.setting,
        chunk.sellers,
        industry=deals.industry,
        owner=story.saves.owner[current_save(chunk)],
        stage=stage,
        days=np.where(stage == e.LOST, story.closed_at // DAY, 0),
    )
    knows = touched & chunk.setting.draws.happens("knows why", 0.3, deals.number)
    return np.where(stage == e.LOST, np.where(knows, REASON_OF_PLANT, drawn), -1)


def pushes(chunk: Chunk) -> Ints:
    """How often the close date of an open deal was put off to a later month, until now."""
    saves = chunk.story.saves
    count = np.zeros(len(chunk.deals), dtype=np.int64)
    later = np.flatnonzero(
        (saves.deal[1:] == saves.deal[:-1])
        & (saves.slot[1:] % 4 == PUSHED)
        & (saves.close_day[1:] > saves.close_day[:-1])
        & (saves.at[1:] <= np.minimum(chunk.until, chunk.deal_ends[saves.deal[1:]]))
    )
    np.add.at(count, saves.deal[1:][later], 1)
    return count


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
            **heads("OpportunityContactRole", pod, number, created=at, stamps=at),
            "OpportunityId": refs("Opportunity", pod, deals.number[deal]),
            "ContactId": refs("Contact", pod, contact),
            "Role": coded(slot, ROLE_NAMES),
            "IsPrimary": plain(slot == 0),
        },
    )
