"""What the rules of risk ask of open deals at one moment; nothing that came later has a say.

A number that no record tells is NaN, and no rule takes that for nought.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from forecasting.deals.dealings import dealings
from forecasting.deals.features import (
    exchange,
    numbers_of,
    of_amount,
    of_close_date,
    of_stage,
    stage_ranks,
)
from forecasting.deals.moments import Lives, Moments, States, recorded, while_open
from forecasting.deals.people import people
from forecasting.deals.running import DAY, Timeline, days_since, seconds
from forecasting.risk.catalogue import FALL, PUSHES
from revenue.ml.arrays import Anything, Floats, Ints, floats

LEAST_WON = 5  # deals that left a stage, before what they took is called usual
LEAST_USUAL_DAYS = 7.0  # a stage that won deals pass in a day does not make a week slow
YEAR_DAYS = 365
PRIOR_DEALS = 10.0  # a seller's share won is drawn toward that of all as if so many spoke for it


@dataclass(frozen=True, eq=False)
class Facts:
    """One row a deal, all at the same moment."""

    refs: Anything
    age: Floats
    worth: Floats  # in the org's currency
    days_since_higher: Floats  # since it was worth at least a tenth more
    days_in_stage: Floats
    usual_in_stage: Floats  # of half of the won deals
    usual_age: Floats  # at which half of the won deals had left this stage
    days_to_close: Floats
    pushes: Floats
    days_since_third_push: Floats  # counted from the last one back
    days_since_activity: Floats  # since it was made, where nothing was ever done
    is_untouched: Floats
    days_since_outgoing: Floats
    days_since_sign: Floats  # an e-mail from the customer, or a meeting; else since it was made
    people: Floats
    has_next_step: Floats
    stage_place: Floats  # the first is 1
    stages: int
    seller_rate: Floats
    usual_cycle: float

    def __len__(self) -> int:
        return len(self.refs)

    def take(self, places: Ints) -> "Facts":
        taken: dict[str, Any] = {
            one.name: value[places] if isinstance(value, np.ndarray) else value
            for one in fields(self)
            for value in [getattr(self, one.name)]
        }
        return Facts(**taken)

    def numbers(self, place: int) -> dict[str, float]:
        """Of one deal what the rules of score and warnings read, without what nobody tells."""
        found = {name: float(getattr(self, name)[place]) for name in RULED}
        return {name: round(value, 4) for name, value in found.items() if np.isfinite(value)}

    @classmethod
    def of_numbers(cls, rows: Sequence[Mapping[str, float]]) -> "Facts":
        """As much of them as was kept: enough for the rules, under any policy."""
        unknown = np.full(len(rows), np.nan)
        kept = {name: floats([row.get(name, np.nan) for row in rows]) for name in RULED}
        return cls(
            refs=np.arange(len(rows)).astype(object),
            stage_place=unknown,
            stages=0,
            seller_rate=unknown,
            usual_cycle=float("nan"),
            **kept,
        )


RULED = tuple(
    one.name
    for one in fields(Facts)
    if one.name not in ("refs", "stage_place", "stages", "seller_rate", "usual_cycle")
)


def open_then(lives: Lives, *, at: int) -> Moments:
    """The deals that were open at a moment of the past, as what was known later tells of it."""
    deal = np.flatnonzero((lives.created <= at) & (lives.closed > at))
    return while_open(lives, Moments(deal, np.full(len(deal), at, dtype=np.int64)))


def columns_at(lives: Lives, moments: Moments) -> pd.DataFrame:
    """Of the features of the win model those that the rules read."""
    known: dict[str, Anything] = {}
    for part in (of_stage, of_amount, of_close_date, dealings, people):
        values, _ = part(lives, moments)
        known |= values
    return pd.DataFrame(known)


def facts_of(values: pd.DataFrame, lives: Lives, moments: Moments, *, at: int) -> Facts:
    """`values` are the features of the same deals at the same moment, `at`."""
    deal = moments.deal
    age = floats((at - lives.created[deal]) / DAY)
    usual_stay, usual_age = usual_of_won(lives, at=at)
    order = stage_order(lives)
    stage = values["stage"].to_numpy(dtype=object)
    activity = column(values, "days_since_activity")
    sign = np.fmin(column(values, "days_since_incoming"), column(values, "days_since_meeting"))
    answered = lives.past.activities["kind"] == "incoming"
    worth = worth_at(lives, moments)
    return Facts(
        refs=lives.refs.to_numpy(dtype=object)[deal],
        age=age,
        worth=worth / exchange(lives)[deal],
        days_since_higher=since_higher(lives, moments, worth),
        days_in_stage=column(values, "days_in_stage"),
        usual_in_stage=floats([usual_stay.get(str(one), np.nan) for one in stage]),
        usual_age=floats([usual_age.get(str(one), np.nan) for one in stage]),
        days_to_close=column(values, "days_to_close_date"),
        pushes=column(values, "pushes"),
        days_since_third_push=since_third_push(lives, moments),
        days_since_activity=else_since_made(activity, age, some=len(lives.past.activities) > 0),
        is_untouched=floats(np.isnan(activity)),
        days_since_outgoing=column(values, "days_since_outgoing"),
        days_since_sign=else_since_made(sign, age, some=bool(answered.any())),
        people=np.fmax(column(values, "contacts_by_role"), column(values, "contacts_met")),
        has_next_step=next_steps(lives, deal),
        stage_place=floats([order.get(str(one), np.nan) for one in stage]),
        stages=len(order),
        seller_rate=seller_rates(lives, deal, at=at),
        usual_cycle=usual_cycle(lives, at=at),
    )


def else_since_made(days: Floats, age: Floats, *, some: bool) -> Floats:
    """In an org that records such things at all; in another nothing is known."""
    return np.where(np.isfinite(days), days, age) if some else np.full(len(age), np.nan)


def column(values: pd.DataFrame, name: str) -> Floats:
    return floats(pd.to_numeric(values[name], errors="coerce"))


def worth_at(lives: Lives, moments: Moments) -> Floats:
    """In its own currency. An amount of nought is none: nobody has said one yet."""
    worth = floats(amounts_of(lives).at_moments(moments.deal, moments.at, missing=np.nan))
    return np.where(worth > 0, worth, np.nan)


def amounts_of(lives: Lives) -> States:
    return numbers_of(recorded(lives.past, lives.refs, lives.created, "amount"))


def since_higher(lives: Lives, moments: Moments, worth: Floats) -> Floats:
    """Days since the end of the last time at which the amount was at least a tenth above now's."""
    amounts = amounts_of(lives).moves()
    now = np.full(len(lives), np.nan)
    now[moments.deal] = worth
    at = np.zeros(len(lives), dtype=np.int64)
    at[moments.deal] = moments.at
    begins = np.flatnonzero(amounts.has_before)
    key, ended = amounts.key[begins], amounts.at[begins]
    before = floats(amounts.value[begins - 1])
    with np.errstate(invalid="ignore"):
        fell = (now[key] <= (1 - FALL) * before) & (ended <= at[key])
    last = np.full(len(lives), -np.inf)
    np.maximum.at(last, key[fell], ended[fell])
    days = (moments.at - last[moments.deal]) / DAY
    return np.where(np.isfinite(days), days, np.nan)


def usual_of_won(lives: Lives, *, at: int) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Of deals won by then, by stage: the days that half of them stayed, and their age then."""
    moved = lives.stages.moves()
    left = np.flatnonzero(moved.has_before) - 1
    key = moved.key[left]
    left = left[(lives.won[key] == 1) & (lives.closed[key] <= at)]
    key = moved.key[left]
    rows = pd.DataFrame(
        {
            "stage": [str(one) for one in moved.value[left]],
            "deal": key,
            "stay": (moved.at[left + 1] - moved.at[left]) / DAY,
            "age": (moved.at[left + 1] - lives.created[key]) / DAY,
        }
    )
    # A deal that came back to a stage had left it when it did so for the last time.
    each = rows.groupby(["stage", "deal"]).agg(stay=("stay", "sum"), age=("age", "max"))
    found = each.groupby("stage").agg(["median", "count"])
    found = found[found[("age", "count")] >= LEAST_WON]
    stay = found[("stay", "median")].clip(lower=LEAST_USUAL_DAYS)
    age = found[("age", "median")].clip(lower=LEAST_USUAL_DAYS)
    return by_stage(stay), by_stage(age)


def by_stage(values: "pd.Series[float]") -> dict[str, float]:
    return {str(stage): float(value) for stage, value in values.items()}


def stage_order(lives: Lives) -> dict[str, float]:
    """Of each stage of open deals its place; the first is 1."""
    ranks = stage_ranks(lives)
    ordered = sorted(ranks, key=lambda name: (ranks[name], name))
    return {name: float(place) for place, name in enumerate(ordered, start=1)}


def since_third_push(lives: Lives, moments: Moments) -> Floats:
    """Days since the third push of the close date from the last one back."""
    dates = recorded(lives.past, lives.refs, lives.created, "close_date")
    said = pd.to_datetime(pd.Series(dates.value, dtype=object), errors="coerce", utc=True)
    kept = said.notna().to_numpy(dtype=bool)
    key, at, day = dates.key[kept], dates.at[kept], seconds(said[kept])
    later = np.zeros(len(key), dtype=np.bool_)
    later[1:] = (key[1:] == key[:-1]) & (np.diff(day) > 0)
    line = Timeline.of(key[later], at[later])
    start, end = line.bounds(moments.deal, moments.at)
    third = end - PUSHES
    some = third >= start
    found = np.full(len(moments), -1, dtype=np.int64)
    found[some] = line.order[third[some]]
    return days_since(moments.at, at[later], found)


def next_steps(lives: Lives, deal: Ints) -> Floats:
    """Unknown in an org that has never written one down."""
    said = lives.past.deals["next_step"].fillna("").astype(str).str.strip() != ""
    if not said.any():
        return np.full(len(deal), np.nan)
    return floats(said.to_numpy()[deal])


def seller_rates(lives: Lives, deal: Ints, *, at: int) -> Floats:
    """What the deal's owner won of what closed within a year, drawn toward what all did."""
    lately = np.isfinite(lives.won) & (lives.closed <= at) & (lives.closed > at - YEAR_DAYS * DAY)
    codes, _ = pd.factorize(lives.past.deals["owner_ref"])
    if not lately.any():
        return np.full(len(deal), np.nan)
    whole = float(lives.won[lately].mean())
    some = lately & (codes >= 0)
    size = int(codes.max(initial=-1)) + 1
    closed = np.bincount(codes[some], minlength=size)
    won = np.bincount(codes[some], weights=lives.won[some], minlength=size)
    rate = (won + PRIOR_DEALS * whole) / (closed + PRIOR_DEALS)
    return np.where(codes[deal] >= 0, rate[codes[deal]], whole)


def usual_cycle(lives: Lives, *, at: int) -> float:
    """Days from made to won, of half of the deals won by then."""
    won = (lives.won == 1) & (lives.closed <= at)
    if won.sum() < LEAST_WON:
        return float("nan")
    return float(np.median((lives.closed[won] - lives.created[won]) / DAY))
