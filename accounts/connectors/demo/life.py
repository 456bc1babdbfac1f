"""A week in the life of deals: the hidden hazard, and what can be seen of it."""

from dataclasses import dataclass

import numpy as np

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import DAY, days_to_quarter_end, working_moment
from accounts.connectors.demo.deals import Deals
from accounts.connectors.demo.draws import Bools, Floats, Ints, logistic
from accounts.connectors.demo.sellers import Sellers
from accounts.connectors.demo.setting import INDUSTRY_NAMES, Setting

PUBLIC_SECTOR = INDUSTRY_NAMES.index("Public Sector")


@dataclass
class State:
    """Of each deal at the beginning of a week."""

    stage: Ints
    health: Floats
    recent: Floats  # activities of late, the older the less
    amount: Ints
    discount: Floats
    close_day: Ints
    owner: Ints

    def take(self, chosen: Ints) -> "State":
        return State(**{name: getattr(self, name)[chosen] for name in self.__dataclass_fields__})

    def put(self, chosen: Ints, part: "State") -> None:
        for name in self.__dataclass_fields__:
            getattr(self, name)[chosen] = getattr(part, name)


@dataclass(frozen=True)
class WeekSeen:
    """What happened in the week, for whoever writes it down."""

    moved: Bools
    pushed: Bools
    handed_over: Bools
    repriced: Bools
    activities: Ints


def at_creation(setting: Setting, deals: Deals) -> State:
    number = deals.number
    return State(
        stage=deals.begins_in.copy(),
        health=0.75 * setting.draws.normal("health first", number) + 0.2 * deals.fit,
        recent=np.full(len(number), 1.6),
        amount=deals.amount.copy(),
        discount=np.zeros(len(number)),
        close_day=deals.created_at // DAY + deals.planned_days,
        owner=deals.owner.copy(),
    )


def standing(deals: Deals) -> Floats:
    """The part of the score that a deal brings with it."""
    return np.asarray(
        e.INDUSTRY[deals.industry]
        + e.SIZE[deals.size]
        + e.REGION[deals.region]
        + e.FIT * deals.fit
        + e.WARMTH * deals.warmth
        + e.SOURCE[deals.source]
    )


def score(
    setting: Setting, sellers: Sellers, deals: Deals, state: State, days: Ints, week: Ints
) -> Floats:
    late = state.stage >= 3
    negotiating = state.stage == 4
    people = (deals.role_at <= (days * DAY)[:, None]).sum(axis=1)
    skill = sellers.skill[state.owner]
    to_end = days_to_quarter_end(days)
    return np.asarray(
        standing(deals)
        + (e.SKILL + e.SKILL_IN_NEGOTIATION * negotiating) * skill
        + e.HEALTH * state.health
        + e.ACTIVITY * (np.log1p(state.recent) - e.USUAL_ACTIVITY)
        + e.AMOUNT * (deals.log_amount + np.log1p(-np.minimum(state.discount, 0.9)))
        + e.AGE * np.maximum(0, week - 12)
        + e.LIKING_OF_FORGOTTEN * (week >= deals.forgotten_from)
        + e.ANOTHER_CONTACT * (people - 2)
        + e.EXECUTIVE_IN_NEGOTIATION * (negotiating & deals.has_executive)
        + e.COMPETITOR_FROM_PROPOSAL[deals.competitor] * late
        + np.where(deals.champion, e.CHAMPION, e.NO_CHAMPION)
        * (deals.champion_known_at <= days * DAY)
        + e.PUBLIC_SECTOR_IN_NEGOTIATION * (negotiating & (deals.industry == PUBLIC_SECTOR))
        + np.where(to_end <= 14, e.QUARTER_END * late, np.where(to_end > 70, e.QUARTER_START, 0))
        + planted(setting, sellers, deals, state, days)
    )


FALLS = {
    "segment_rate": e.SEGMENT_FALL,
    "seller_group": e.GROUP_FALL,
    "stage_conversion": e.STAGE_FALL,
}


def planted(setting: Setting, sellers: Sellers, deals: Deals, state: State, days: Ints) -> Floats:
    touched = touched_by_plant(
        setting, sellers, industry=deals.industry, owner=state.owner, stage=state.stage, days=days
    )
    fall = FALLS.get(setting.plant.cause, 0.0) * setting.plant.strength
    return np.asarray(touched * fall)


def touched_by_plant(
    setting: Setting, sellers: Sellers, *, industry: Ints, owner: Ints, stage: Ints, days: Ints
) -> Bools:
    """Which deals the planted cause holds back at that moment."""
    plant = setting.plant
    if plant.cause == "segment_rate":
        touched = industry == INDUSTRY_NAMES.index(plant.industry)
    elif plant.cause == "seller_group":
        touched = sellers.group[owner] == plant.group % len(setting.market.regions)
    elif plant.cause == "stage_conversion":
        touched = stage == plant.stage
    else:
        touched = np.zeros(len(industry), dtype=bool)
    return np.asarray(touched & (days >= setting.plant_day))


def chances(
    setting: Setting, sellers: Sellers, deals: Deals, state: State, week: Ints
) -> tuple[Floats, Floats, Floats]:
    """Of being lost, going on and falling back in this week."""
    days = deals.created_at // DAY + 7 * week
    felt = score(setting, sellers, deals, state, days, week)
    pace = e.PACE[deals.size] + e.PACE_OF_FORGOTTEN * (week >= deals.forgotten_from)
    lost = logistic(e.LOSING[state.stage] + pace + e.ON_LOSING * felt)
    on = (1 - lost) * logistic(e.GOING_ON[state.stage] + pace + e.ON_GOING * felt)
    back = (1 - lost - on) * e.FALLING_BACK[state.stage]
    return lost, on, back


def live_a_week(
    setting: Setting,
    sellers: Sellers,
    deals: Deals,
    state: State,
    week: Ints,
    copy: Ints | None = None,
) -> WeekSeen:
    """Moves `state` on by a week; `copy` tells apart futures that might have been."""
    draws = setting.draws
    key = (deals.number, week) if copy is None else (deals.number, week, copy)
    days = deals.created_at // DAY + 7 * week
    handed_over = _hand_over(setting, sellers, state, days, key)
    is_forgotten = week >= deals.forgotten_from
    pushed = _push(setting, state, days, key, is_forgotten)
    stage = state.stage.copy()
    lost, on, back = chances(setting, sellers, deals, state, week)
    drawn = draws.uniform("week", *key)
    is_lost = (drawn < lost) | (week >= e.MOST_WEEKS - 1)
    goes_on = ~is_lost & (drawn < lost + on)
    falls_back = ~is_lost & ~goes_on & (drawn < lost + on + back)
    skips = goes_on & draws.happens("skip", e.SKIPPING[stage], *key)
    further = goes_on.astype(np.int64) + skips - falls_back
    state.stage = np.where(is_lost, e.LOST, stage + further)
    repriced = _reprice(setting, state, goes_on, key)
    activities = draws.poisson(
        "activities",
        np.exp(e.ACTIVITIES_A_WEEK[stage] + e.HEALTH_ON_ACTIVITY * state.health)
        * np.where(is_forgotten, e.WORK_ON_FORGOTTEN, 1.0),
        *key,
    )
    state.recent = e.ACTIVITY_STAYS * state.recent + activities
    state.health = e.HEALTH_STAYS * state.health + e.HEALTH_MOVES * draws.normal("health", *key)
    moved = is_lost | goes_on | falls_back
    return WeekSeen(moved, pushed, handed_over, repriced, activities)


def _hand_over(
    setting: Setting, sellers: Sellers, state: State, days: Ints, key: tuple[Ints, ...]
) -> Bools:
    """Deals of those who left go to their successors, and a few from colleague to colleague."""
    draws = setting.draws
    before = state.owner
    swapped = draws.happens("swap", 0.004, *key)
    colleague = sellers.colleagues[
        before, draws.whole("colleague", sellers.colleagues.shape[1], *key)
    ]
    state.owner = sellers.in_charge(np.where(swapped, colleague, before), days * DAY)
    return np.asarray(state.owner != before)


def _push(
    setting: Setting, state: State, days: Ints, key: tuple[Ints, ...], forgotten: Bools
) -> Bools:
    """A close date that has come is put off, the further the worse the deal stands."""
    often = np.where(forgotten, 0.02, 0.6)
    pushed = (state.close_day <= days) & setting.draws.happens("push", often, *key)
    by = 7 + setting.draws.exponential("push days", *key) * (24 - 6 * np.tanh(state.health))
    state.close_day = np.where(pushed, days + np.minimum(by, 120).astype(np.int64), state.close_day)
    return np.asarray(pushed)


def _reprice(setting: Setting, state: State, goes_on: Bools, key: tuple[Ints, ...]) -> Bools:
    """A discount on the way into proposal and negotiation; now and then more or less is wanted."""
    draws = setting.draws
    chance = np.where(state.stage == 3, 0.4, np.where(state.stage == 4, 0.45, 0.0))
    cut = goes_on & draws.happens("discount", chance, *key)
    off = np.round(0.02 + 0.05 * draws.exponential("off", *key), 2)
    off = np.where(cut, np.minimum(off, 0.3), 0.0)
    other = (state.stage < e.OPEN_STAGES) & draws.happens("rescope", 0.02, *key) & ~cut
    factor = np.where(other, np.exp(0.3 * draws.normal("scope", *key)), 1 - off)
    state.discount = np.round(1 - (1 - state.discount) * (1 - off), 4)
    state.amount = (np.round(state.amount * factor / 1_000) * 1_000).astype(np.int64)
    return np.asarray((cut | other) & (state.amount > 0))


def move_moment(setting: Setting, deals: Deals, week: Ints) -> Ints:
    """When what a week brings is saved, if it brings anything."""
    key = (deals.number, week)
    return working_moment(
        deals.created_at // DAY + 7 * week,
        1 + setting.draws.whole("move day", 4, *key),
        setting.draws.uniform("move hour", *key),
    )
