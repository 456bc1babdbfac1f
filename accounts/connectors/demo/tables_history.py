"""OpportunityHistory and OpportunityFieldHistory: what the saves of a deal leave behind."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import day_of
from accounts.connectors.demo.chunk import Chunk
from accounts.connectors.demo.columns import Table, coded, days, moments, money, own_ids, refs
from accounts.connectors.demo.deals import CURRENCIES
from accounts.connectors.demo.draws import Ints
from accounts.connectors.demo.ids import ids

SAVE_BITS = 12
HANDED_OVER = 1  # the slot of a week in which only the owner changes
FIELDS = ("StageName", "Amount", "CloseDate", "Owner")


def come(chunk: Chunk) -> Ints:
    """The saves that have come, of deals as long as they lived."""
    saves = chunk.story.saves
    return np.flatnonzero((saves.at <= chunk.until) & (saves.at <= chunk.deal_ends[saves.deal]))


def histories(chunk: Chunk) -> Table:
    saves, deals, pod = chunk.story.saves, chunk.deals, chunk.setting.pod
    chosen = come(chunk)
    chosen = chosen[saves.slot[chosen] % 4 != HANDED_OVER]
    deal, at = saves.deal[chosen], saves.at[chosen]
    number = (deals.number[deal] << SAVE_BITS) + saves.slot[chosen]
    stage = saves.stage[chosen]
    return Table(
        number,
        at,
        {
            "Id": own_ids("OpportunityHistory", pod, number),
            "CreatedDate": moments(at),
            "SystemModstamp": moments(at),
            "OpportunityId": refs("Opportunity", pod, deals.number[deal]),
            "StageName": coded(stage, e.STAGES),
            "Amount": money(saves.amount[chosen]),
            "CurrencyIsoCode": coded(deals.currency[deal], CURRENCIES),
            "CloseDate": days(saves.close_day[chosen]),
            "Probability": coded(stage, e.STAGE_PROBABILITY),
            "ForecastCategory": coded(stage, e.FORECAST_CATEGORIES),
            "CreatedById": refs("User", pod, saves.owner[chosen]),
        },
        gone=deals.deleted_at[deal],
    )


def field_histories(chunk: Chunk) -> Table:
    saves, deals, pod = chunk.story.saves, chunk.deals, chunk.setting.pod
    chosen = come(chunk)
    after = chosen[1:][saves.deal[chosen[1:]] == saves.deal[chosen[:-1]]]
    values = (saves.stage, saves.amount, saves.close_day, saves.owner)
    changed = np.stack([part[after] != part[after - 1] for part in values], axis=1)
    row, field = np.nonzero(changed)
    save = after[row]
    deal, at = saves.deal[save], saves.at[save]
    number = (((deals.number[deal] << SAVE_BITS) + saves.slot[save]) << 3) + field
    return Table(
        number,
        at,
        {
            "Id": own_ids("OpportunityFieldHistory", pod, number),
            "CreatedDate": moments(at),
            "OpportunityId": refs("Opportunity", pod, deals.number[deal]),
            "Field": coded(field, FIELDS),
            "OldValue": lambda part: _texts(chunk, values, field[part], save[part] - 1),
            "NewValue": lambda part: _texts(chunk, values, field[part], save[part]),
            "CreatedById": refs("User", pod, saves.owner[save]),
        },
        gone=deals.deleted_at[deal],
    )


def _texts(chunk: Chunk, values: tuple[Ints, ...], field: Ints, save: Ints) -> Sequence[Any]:
    """As the CRM writes them, in one form."""
    pod = chunk.setting.pod
    found: list[Any] = [None] * len(field)
    for place, part in enumerate(values):
        rows = np.flatnonzero(field == place)
        known = part[save[rows]]
        texts: Sequence[Any]
        if place == 0:
            texts = [e.STAGES[stage] for stage in known.tolist()]
        elif place == 1:
            texts = [None if cents < 0 else f"{cents / 100:.2f}" for cents in known.tolist()]
        elif place == 2:
            texts = [day_of(day).isoformat() for day in known.tolist()]
        else:
            texts = ids("User", pod, known)
        for row, text in zip(rows.tolist(), texts, strict=True):
            found[row] = text
    return found
