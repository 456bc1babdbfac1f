"""OpportunityHistory and OpportunityFieldHistory: what the saves of a deal leave behind."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import NEVER, day_of
from accounts.connectors.demo.chunk import Chunk
from accounts.connectors.demo.columns import (
    Table,
    coded,
    days,
    heads,
    moments,
    money,
    own_ids,
    refs,
)
from accounts.connectors.demo.deals import CHAMPIONS, COMPETITORS, CURRENCIES
from accounts.connectors.demo.draws import Ints
from accounts.connectors.demo.ids import ids
from accounts.connectors.demo.next_steps import next_step_codes, next_step_texts

if TYPE_CHECKING:
    from accounts.connectors.demo.world import Scene

SAVE_BITS, FIELD_BITS = 12, 3
ENTERED = (1 << SAVE_BITS) - 1  # the slot of what is entered between saves
AFTER_ALL = 2 * NEVER
HANDED_OVER = 1  # the slot of a week in which only the owner changes
DISCOUNT_STEPS = 10_000
FIELDS = (
    "StageName", "Amount", "CloseDate", "Owner", "NextStep", "Discount__c", "Champion__c",
    "Competitor__c",
)  # fmt: skip
CHAMPION, COMPETITOR = FIELDS.index("Champion__c"), FIELDS.index("Competitor__c")
WRITTEN: Mapping[str, Callable[[int], str | None]] = {
    "StageName": lambda code: e.STAGES[code],
    "Amount": lambda cents: None if cents < 0 else f"{cents / 100:.2f}",
    "CloseDate": lambda day: day_of(day).isoformat(),
    "Discount__c": lambda steps: str(100 * steps / DISCOUNT_STEPS),
    "Champion__c": lambda code: None if code < 0 else CHAMPIONS[code],
    "Competitor__c": lambda code: None if code < 0 else COMPETITORS[code],
}
# Of each change its deal, moment, slot and field, and codes of what it was and became.
Changed = tuple[Ints, Ints, Ints, Ints, Ints, Ints]


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
            **heads("OpportunityHistory", pod, number, created=at, stamps=at),
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


def field_histories(scene: "Scene") -> Table:
    """What a save changed, and what a seller entered between two saves."""
    chunk = scene.chunk
    deals, saves, pod = chunk.deals, chunk.story.saves, chunk.setting.pod
    deal, at, slot, field, before, after = (
        np.concatenate(part) for part in zip(_saved(chunk), *_entered(chunk), strict=True)
    )
    number = (((deals.number[deal] << SAVE_BITS) + slot) << FIELD_BITS) + field
    order = np.argsort(number)
    deal, at, field, before, after = (part[order] for part in (deal, at, field, before, after))
    save = np.searchsorted(saves.deal * AFTER_ALL + saves.at, deal * AFTER_ALL + at, "right") - 1
    return Table(
        number[order],
        at,
        {
            "Id": own_ids("OpportunityFieldHistory", pod, number[order]),
            "CreatedDate": moments(at),
            "OpportunityId": refs("Opportunity", pod, deals.number[deal]),
            "Field": coded(field, FIELDS),
            "OldValue": lambda part: _texts(scene, deal[part], field[part], before[part]),
            "NewValue": lambda part: _texts(scene, deal[part], field[part], after[part]),
            "CreatedById": refs("User", pod, saves.owner[save]),
        },
        gone=deals.deleted_at[deal],
    )


def _saved(chunk: Chunk) -> Changed:
    saves = chunk.story.saves
    chosen = come(chunk)
    after = chosen[1:][saves.deal[chosen[1:]] == saves.deal[chosen[:-1]]]
    step = next_step_codes(chunk, saves.deal, saves.stage)
    discount = np.round(DISCOUNT_STEPS * saves.discount).astype(np.int64)
    values = np.stack(
        [saves.stage, saves.amount, saves.close_day, saves.owner, step, discount], axis=1
    )
    row, field = np.nonzero(values[after] != values[after - 1])
    save = after[row]
    old, new = values[save - 1, field], values[save, field]
    return saves.deal[save], saves.at[save], saves.slot[save], field, old, new


def _entered(chunk: Chunk) -> list[Changed]:
    """Once for each deal, when somebody had found out; of a deal that was still open then."""
    deals = chunk.deals
    found = []
    for field, known_at, value in (
        (CHAMPION, deals.champion_known_at, deals.champion.astype(np.int64)),
        (COMPETITOR, deals.competitor_known_at, deals.competitor),
    ):
        deal = np.flatnonzero(known_at <= np.minimum(chunk.deal_ends, chunk.until))
        codes = np.full(len(deal), field)
        slot, none = np.full(len(deal), ENTERED), np.full(len(deal), -1)
        found.append((deal, known_at[deal], slot, codes, none, value[deal]))
    return found


def _texts(scene: "Scene", deal: Ints, field: Ints, value: Ints) -> Sequence[Any]:
    """As the CRM writes them, in one form."""
    pod = scene.chunk.setting.pod
    found: list[Any] = [None] * len(field)
    for place, name in enumerate(FIELDS):
        rows = np.flatnonzero(field == place)
        known = value[rows]
        texts: Sequence[Any]
        if name == "Owner":
            texts = ids("User", pod, known)
        elif name == "NextStep":
            texts = next_step_texts(scene, deal[rows], known)
        else:
            texts = [WRITTEN[name](code) for code in known.tolist()]
        for row, text in zip(rows.tolist(), texts, strict=True):
            found[row] = text
    return found
