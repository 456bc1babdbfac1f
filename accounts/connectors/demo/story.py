"""The lives of a chunk's deals, written down: every saved state, every activity."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import DAY, HOUR, NEVER, working_moment
from accounts.connectors.demo.deals import Deals
from accounts.connectors.demo.draws import Bools, Floats, Ints
from accounts.connectors.demo.life import State, at_creation, live_a_week, move_moment
from accounts.connectors.demo.sellers import Sellers
from accounts.connectors.demo.setting import Setting

SLOTS = 4  # of saved states in a week
MOST_ACTIVITIES = 16  # in a week
Told = TypeVar("Told", "Saves", "Touches")


@dataclass(frozen=True)
class Saves:
    """A deal as it was after each change, ascending by deal and moment."""

    deal: Ints
    slot: Ints
    at: Ints
    stage: Ints
    amount: Ints  # as it is shown: below zero where nobody has entered one yet
    discount: Floats
    close_day: Ints
    owner: Ints


@dataclass(frozen=True)
class Touches:
    """Activities of deals: when they were written, in which week, how the deal felt."""

    deal: Ints
    slot: Ints
    at: Ints
    stage: Ints
    health: Floats
    owner: Ints


@dataclass(frozen=True)
class Story:
    saves: Saves
    touches: Touches
    closed_at: Ints  # of each deal; NEVER where its life goes on beyond what was told
    outcome: Ints  # WON, LOST or 0
    health: Floats  # in the last week told


def story_of(setting: Setting, sellers: Sellers, deals: Deals, until: int) -> Story:
    state = at_creation(setting, deals)
    everyone = np.arange(len(deals))
    saves = [_save(deals, state, everyone, np.zeros_like(everyone), deals.created_at)]
    touches: list[Touches] = []
    closed_at = np.full(len(deals), NEVER)
    active = everyone
    for nth in range(e.MOST_WEEKS):
        begins = (deals.created_at[active] // DAY + 7 * nth) * DAY
        active = active[
            (state.stage[active] < e.OPEN_STAGES)
            & (begins <= until)
            & (begins <= deals.deleted_at[active])
        ]
        if not len(active):
            break
        told = _Week(setting, sellers, deals, state, active, nth)
        saves.extend(told.saves)
        touches.append(told.touches)
        closed_at[active] = told.closed_at
    return Story(
        saves=_sorted(Saves, saves),
        touches=_sorted(Touches, touches or [_no_touches()]),
        closed_at=closed_at,
        outcome=np.where(closed_at < NEVER, state.stage, 0),
        health=state.health,
    )


class _Week:
    """The nth week of all deals that are open then."""

    def __init__(
        self, setting: Setting, sellers: Sellers, deals: Deals, state: State, who: Ints, nth: int
    ) -> None:
        self.setting, self.deals, self.who, self.nth = setting, deals.take(who), who, nth
        self.week = np.full(len(who), nth)
        self.days = self.deals.created_at // DAY + 7 * nth
        before = state.take(who)
        after = state.take(who)
        seen = live_a_week(setting, sellers, self.deals, after, self.week)
        self.moment = move_moment(setting, self.deals, self.week)
        self.closed_at = np.where(after.stage >= e.OPEN_STAGES, self.moment, NEVER)
        self.saves = self._saves(before, after, seen.handed_over, seen.pushed)
        closes = after.stage >= e.OPEN_STAGES
        after.close_day = np.where(closes, self.moment // DAY, after.close_day)
        changed = np.flatnonzero(seen.moved | seen.repriced)
        self.saves.append(self._part(after, changed, 3, self.moment))
        self.touches = self._touches(before, after.owner, seen.activities)
        state.put(who, after)

    def _saves(self, before: State, after: State, handed: Bools, pushed: Bools) -> list[Saves]:
        """Before work begins on the first day: a new owner, then a new close date."""
        begins = np.maximum(self.days * DAY + 7 * HOUR + 1_800, self.deals.created_at + 60)
        between = State(**{name: getattr(before, name).copy() for name in vars(before)})
        between.owner = after.owner
        found = [self._part(between, np.flatnonzero(handed), 1, begins)]
        between.close_day = after.close_day
        found.append(self._part(between, np.flatnonzero(pushed), 2, begins + 900))
        return found

    def _part(self, state: State, chosen: Ints, slot: int, at: Ints) -> Saves:
        return _save(
            self.deals,
            state,
            chosen,
            np.full(len(chosen), SLOTS * self.nth + slot),
            at[chosen],
            deal=self.who[chosen],
        )

    def _touches(self, before: State, owner: Ints, counts: Ints) -> Touches:
        index = np.repeat(np.arange(len(self.who)), counts)
        ends = np.cumsum(counts)
        nth = np.arange(len(index)) - np.repeat(ends - counts, counts)
        key = (self.deals.number[index], self.week[index], nth)
        draws = self.setting.draws
        first = 1 if self.nth == 0 else 0
        at = working_moment(
            self.days[index],
            first + draws.whole("touch day", 5 - first, *key),
            draws.uniform("touch hour", *key),
        )
        before_end = at <= np.minimum(self.closed_at, self.deals.deleted_at)[index]
        kept = np.flatnonzero(before_end)
        part = index[kept]
        return Touches(
            deal=self.who[part],
            slot=MOST_ACTIVITIES * self.nth + nth[kept],
            at=at[kept],
            stage=before.stage[part],
            health=before.health[part],
            owner=owner[part],
        )


def _save(
    deals: Deals, state: State, chosen: Ints, slot: Ints, at: Ints, deal: Ints | None = None
) -> Saves:
    hidden = deals.amount_is_late[chosen] & (state.stage[chosen] < 2)
    return Saves(
        deal=chosen if deal is None else deal,
        slot=slot,
        at=at,
        stage=state.stage[chosen],
        amount=np.where(hidden, -1, state.amount[chosen]),
        discount=state.discount[chosen],
        close_day=state.close_day[chosen],
        owner=state.owner[chosen],
    )


def _no_touches() -> Touches:
    none = np.zeros(0, dtype=np.int64)
    return Touches(none, none, none, none, none.astype(np.float64), none)


def _sorted(kind: type[Told], parts: list[Told]) -> Told:
    fields = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in kind.__dataclass_fields__
    }
    order = np.lexsort((fields["slot"], fields["deal"]))
    return kind(**{name: values[order] for name, values in fields.items()})
