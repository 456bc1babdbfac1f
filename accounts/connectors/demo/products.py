"""What is sold: products with a taste of their own, bundles, and what follows on what."""

from dataclasses import dataclass

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import NEVER
from accounts.connectors.demo.chunk import Chunk
from accounts.connectors.demo.companies import TASTES
from accounts.connectors.demo.draws import Bools, Floats, Ints
from accounts.connectors.demo.setting import Setting

FAMILIES = ("Platform", "Analytics", "Integration", "Service", "Mobility")
NAMES = (
    "Core", "Core Plus", "Workflow", "Archive", "Insight", "Forecast", "Dashboards", "Data Lake",
    "Connect", "Gateway", "Sync", "Partner Hub", "Onboarding", "Training", "Support Gold",
    "Advisory", "Field App", "Scanner", "Offline Kit", "Fleet",
)  # fmt: skip
COUNT = len(NAMES)
FOLLOWS = {1: 0, 5: 4, 7: 6, 9: 8, 11: 10, 14: 12, 17: 16, 19: 18}  # product → what it needs first
BUNDLES = {0: 12, 4: 6, 8: 10, 16: 18}  # product → what goes along with it
LIKES, OWNED, NEEDS_FIRST, ALONG = 1.1, -3.0, 1.6, 1.8
MOST_LINES = 4


@dataclass(frozen=True)
class Lines:
    """Of each deal, its products; `share` of the amount is in thousandths."""

    deal: Ints
    slot: Ints
    product: Ints
    share: Ints


def vectors(setting: Setting) -> Floats:
    products = np.arange(COUNT)
    return np.stack(
        [setting.of_group.normal("product", products, axis) for axis in range(TASTES)], axis=1
    )


def prices(setting: Setting) -> Ints:
    drawn = np.exp(6.2 + 0.8 * setting.of_group.normal("price", np.arange(COUNT)))
    return np.asarray(np.round(drawn / 10) * 10, dtype=np.int64)


def likings(setting: Setting, taste: Floats) -> Floats:
    """What accounts like, (accounts, products); the truth that cross-selling looks for."""
    return np.asarray(LIKES * taste @ vectors(setting).T / np.sqrt(TASTES))


def initially_owned(chunk: Chunk) -> Bools:
    companies, setting = chunk.companies, chunk.setting
    chance = 1 / (1 + np.exp(2.0 - likings(setting, companies.taste)))
    drawn = setting.draws.uniform("owns", companies.number[:, None], np.arange(COUNT)[None, :])
    return np.asarray((drawn < chance) & companies.was_customer[:, None])


def lines_of(chunk: Chunk) -> Lines:
    """In the order of an account's deals: what it bought before shapes what it is offered next."""
    deals, story, draws = chunk.deals, chunk.story, chunk.setting.draws
    count = len(deals)
    starts = np.flatnonzero(np.append(True, deals.account[1:] != deals.account[:-1])[:count])
    place = np.arange(count) - np.repeat(starts, np.diff(np.append(starts, count)))
    liking = likings(chunk.setting, chunk.companies.taste)[deals.account]
    keys = (deals.number[:, None], np.arange(COUNT)[None, :])
    noise = -np.log(draws.exponential("offer", *keys))
    size = 1 + draws.choice("lines", (0.4, 0.32, 0.18, 0.1), deals.number)
    size = np.where((deals.amount > 0) & (deals.deleted_at == NEVER), size, 0)
    size = np.where(deals.amount_is_late, 0, size)
    offered = np.zeros((count, COUNT), dtype=bool)
    owned = initially_owned(chunk)[deals.account]
    won = story.outcome == e.WON
    for nth in range(int(place.max(initial=-1)) + 1):
        rows = np.flatnonzero(place == nth)
        for back in range(1, nth + 1):
            earlier = rows - back
            bought = won[earlier] & (story.closed_at[earlier] < deals.created_at[rows])
            owned[rows] |= offered[earlier] & bought[:, None]
        score = liking[rows] + noise[rows] + OWNED * owned[rows]
        for later, needed in FOLLOWS.items():
            score[:, later] += np.where(owned[rows, needed], NEEDS_FIRST, -NEEDS_FIRST)
        best = score.argmax(axis=1)
        for taken, along in BUNDLES.items():
            score[:, along] += ALONG * (best == taken)
        rank = (-score).argsort(axis=1).argsort(axis=1)
        offered[rows] = rank < size[rows][:, None]
    deal, product = np.nonzero(offered)
    first = np.searchsorted(deal, deal)
    slot = np.arange(len(deal)) - first
    weight = 20 + draws.whole("share", 80, deals.number[deal], product)
    total = np.bincount(deal, weights=weight, minlength=count)[deal]
    return Lines(deal, slot, product, np.asarray(1_000 * weight / total, dtype=np.int64))


def line_cents(lines: Lines, amount: Ints) -> Ints:
    """The lines of a deal add up to its amount to the cent; its first takes what is left over."""
    cents = amount[lines.deal] * lines.share // 1_000
    sums = np.bincount(lines.deal, weights=cents, minlength=len(amount)).astype(np.int64)
    rest = (amount - sums)[lines.deal]
    return np.asarray(cents + np.where(lines.slot == 0, rest, 0), dtype=np.int64)
