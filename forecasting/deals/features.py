"""What was known of a deal at a moment: the same for what is learned from and what is scored."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from forecasting.deals.account_facts import of_records
from forecasting.deals.calendar_chance import calendar_chance
from forecasting.deals.dealings import dealings
from forecasting.deals.moments import Lives, Moments, States, objects, recorded
from forecasting.deals.own_fields import of_next_step, of_own_fields
from forecasting.deals.people import people
from forecasting.deals.rates import rate_of
from forecasting.deals.running import (
    DAY,
    Timeline,
    days_since,
    mapped,
    month_in_quarter,
    quarter_ends,
    seconds,
)
from revenue.ml.arrays import Anything, Floats, Ints, floats
from revenue.ml.frames import Feature, Kind

Columns = dict[str, Anything]
NUMBER, CATEGORY, FLAG = Kind.NUMBER, Kind.CATEGORY, Kind.FLAG


def feature_values(lives: Lives, moments: Moments) -> tuple[pd.DataFrame, list[Feature]]:
    known: Columns = {}
    features: list[Feature] = []
    for part in PARTS:
        values, described = part(lives, moments)
        known |= values
        features += described
    return pd.DataFrame({one.name: known[one.name] for one in features}), features


def of_time(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    age = (moments.at - lives.created[moments.deal]) / DAY
    first = lives.past.first_month
    months, to_end = calendar(moments.at, first_month=first)
    return {
        "age_days": floats(age),
        "month_of_quarter": names(month_in_quarter(months, first_month=first)),
        "calendar_chance": calendar_chance(lives, moments),
        "days_to_quarter_end": to_end,
        "month_of_year": names(months % 12 + 1),
    }, [
        Feature("age_days", NUMBER, "Age in days"),
        Feature("month_of_quarter", CATEGORY, "Month of the quarter"),
        Feature("calendar_chance", NUMBER, "Chance by its age and the calendar"),
        Feature("days_to_quarter_end", NUMBER, "Days to the end of the quarter"),
        Feature("month_of_year", CATEGORY, "Month of the year"),
    ]


def calendar(at: Ints, *, first_month: int) -> tuple[Ints, Floats]:
    """The month since 1970, and how many days are left of the quarter."""
    days = at.astype("datetime64[s]").astype("datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64)
    ends = quarter_ends(months, first_month=first_month)
    return months, floats((ends - days).astype(np.int64))


def names(values: Ints) -> Anything:
    """Whole numbers from nought to twelve, as text."""
    return np.array([str(one) for one in range(13)], dtype=object)[values]


def of_stage(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    moved = lives.stages.moves()
    rank = stage_ranks(lives)
    order = ranked(rank, moved.value)
    fell = np.zeros(len(order))
    fell[1:] = moved.has_before[1:] & (order[1:] < order[:-1])
    line = Timeline.of(moved.key, moved.at, fell=fell)
    last = moved.timeline.last(moments.deal, moments.at)
    stage = moved.at_moments(moments.deal, moments.at)
    since = days_since(moments.at, moved.at, last)
    return {
        "stage": stage,
        "stage_order": ranked(rank, stage),
        "days_in_stage": since,
        "slower_than_won": since_beside_won(lives, moved, moments, stage, since),
        "stage_moves": np.where(last < 0, np.nan, line.count(moments.deal, moments.at) - 1),
        "fell_back": np.where(last < 0, np.nan, line.total("fell", moments.deal, moments.at)),
    }, [
        Feature("stage", CATEGORY, "Stage"),
        Feature("stage_order", NUMBER, "How far its stage is"),
        Feature("days_in_stage", NUMBER, "Days in its stage"),
        Feature("slower_than_won", NUMBER, "Time in its stage beside won deals"),
        Feature("stage_moves", NUMBER, "Changes of stage"),
        Feature("fell_back", NUMBER, "Times it fell back a stage"),
    ]


def ranked(rank: Mapping[str, float], stages: Anything) -> Floats:
    return floats(mapped(stages, lambda name: rank.get(name, np.nan), missing=np.nan))


def stage_ranks(lives: Lives) -> dict[str, float]:
    """By the probability that the CRM gives a stage, else by how early deals come to it."""
    saves = lives.past.saves
    if saves["probability"].notna().any():
        order = saves.groupby("stage", dropna=True)["probability"].median()
    else:
        nth = saves.groupby("ref").cumcount()
        order = nth.groupby(saves["stage"]).mean()
    found = order.dropna()
    return {str(name): float(rank) for name, rank in found.items() if name not in lives.closing}


def since_beside_won(
    lives: Lives, moved: States, moments: Moments, stage: Anything, since: Floats
) -> Floats:
    """Logarithm of its days there less the mean of what won deals took, of those won by then."""
    codes, stages = pd.factorize(moved.value)
    left = np.flatnonzero(moved.has_before) - 1
    won = left[lives.won[moved.key[left]] == 1]
    took = np.log1p((moved.at[won + 1] - moved.at[won]) / DAY)
    line = Timeline.of(codes[won].astype(np.int64), lives.closed[moved.key[won]], took=took)
    asked = np.asarray(pd.Index(stages).get_indexer(stage), dtype=np.int64)
    asked[pd.isna(stage)] = -1
    count = line.count(asked, moments.at)
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = line.total("took", asked, moments.at) / count
    return np.where(count > 0, np.log1p(np.maximum(since, 0)) - usual, np.nan)


def of_amount(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    amounts = numbers_of(recorded(lives.past, lives.refs, lives.created, "amount"))
    worth = floats(amounts.at_moments(moments.deal, moments.at, missing=np.nan))
    moved = amounts.moves()
    start, _ = amounts.timeline.bounds(moments.deal, moments.at)
    last = amounts.timeline.last(moments.deal, moments.at)
    first = np.full(len(moments), np.nan)
    first[last >= 0] = amounts.value[start[last >= 0]]
    rate = exchange(lives)[moments.deal]
    changed = moved.timeline.count(moments.deal, moments.at) - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        grown = np.where((first > 0) & (worth > 0), np.log(worth / first), np.nan)
        size = np.where(worth > 0, np.log1p(worth / rate), np.nan)
    return {
        "amount_log": size,
        "amount_is_missing": floats(np.isnan(worth) | (worth == 0)),
        "amount_growth": grown,
        "amount_changes": np.where(last < 0, np.nan, changed),
    }, [
        Feature("amount_log", NUMBER, "Amount"),
        Feature("amount_is_missing", FLAG, "No amount"),
        Feature("amount_growth", NUMBER, "Amount beside its first"),
        Feature("amount_changes", NUMBER, "Changes of the amount"),
    ]


def numbers_of(states: States) -> States:
    value = floats(pd.to_numeric(pd.Series(states.value), errors="coerce"))
    kept = ~np.isnan(value)
    return States.of(states.key[kept], states.at[kept], value[kept])


def exchange(lives: Lives) -> Floats:
    rates = lives.past.rates
    known = dict(zip(rates["currency"].astype(str), floats(rates["rate"]), strict=True))
    found = mapped(
        objects(lives.past.deals["currency"]), lambda one: known.get(one, 1.0), missing=1.0
    )
    return floats(found)


def of_close_date(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    dates = recorded(lives.past, lives.refs, lives.created, "close_date")
    days = pd.to_datetime(pd.Series(dates.value, dtype=object), errors="coerce", utc=True)
    kept = days.notna().to_numpy(dtype=bool)
    planned = States.of(dates.key[kept], dates.at[kept], seconds(days[kept]) // DAY).moves()
    step = np.zeros(len(planned.key))
    step[1:] = np.where(planned.has_before[1:], np.diff(planned.value.astype(np.int64)), 0)
    line = Timeline.of(planned.key, planned.at, pushed=floats(step > 0), days=np.maximum(step, 0))
    last = planned.timeline.last(moments.deal, moments.at)
    close = floats(planned.at_moments(moments.deal, moments.at, missing=0))
    first = lives.past.first_month
    day = (np.where(last < 0, 0, close) * DAY).astype(np.int64)
    months, to_end = calendar(day, first_month=first)
    unknown = last < 0
    quarter = names(month_in_quarter(months, first_month=first))
    quarter[unknown] = None

    def known(values: Floats) -> Floats:
        return np.where(unknown, np.nan, values)

    return {
        "days_to_close_date": known(close - moments.at / DAY),
        "pushes": known(line.total("pushed", moments.deal, moments.at)),
        "days_pushed": known(line.total("days", moments.deal, moments.at)),
        "close_month_of_quarter": quarter,
        "close_before_quarter_end": known(to_end),
    }, [
        Feature("days_to_close_date", NUMBER, "Days to its close date"),
        Feature("pushes", NUMBER, "Times the close date was pushed"),
        Feature("days_pushed", NUMBER, "Days the close date was pushed"),
        Feature("close_month_of_quarter", CATEGORY, "Month of the quarter of its close date"),
        Feature("close_before_quarter_end", NUMBER, "Days of its close date to a quarter's end"),
    ]


def by_place(values: Anything, place: Ints) -> Anything:
    found = np.full(len(place), None, dtype=object)
    found[place >= 0] = values[place[place >= 0]]
    return found


def of_products(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    """Lines that say when they were added; of those that do not, as if from the beginning."""
    items = lives.past.items
    key = lives.place(items["ref"])
    at = np.maximum(seconds(items["created_at"]), lives.created[np.maximum(key, 0)])
    line = Timeline.of(key, at)
    start, end = line.bounds(moments.deal, moments.at)
    first = np.full(len(moments), -1, dtype=np.int64)
    first[end > start] = line.order[start[end > start]]
    product = by_place(objects(items["product"]), first)
    family = by_place(objects(items["family"]), first)
    of_deal = np.full(len(lives), None, dtype=object)
    begin, until = line.bounds(np.arange(len(lives)), np.full(len(lives), 2**31 - 1))
    some = until > begin
    of_deal[some] = objects(items["product"])[line.order[begin[some]]]
    return {
        "products": floats(end - start),
        "product_family": family,
        "product_rate": rate_of(lives, moments, of_deal, product),
    }, [
        Feature("products", NUMBER, "Lines of products"),
        Feature("product_family", CATEGORY, "Product family"),
        Feature("product_rate", NUMBER, "Share won of the product, beside all"),
    ]


Part = Callable[[Lives, Moments], tuple[Columns, list[Feature]]]
PARTS: tuple[Part, ...] = (
    of_time,
    of_stage,
    of_amount,
    of_close_date,
    dealings,
    people,
    of_records,
    of_products,
    of_next_step,
    of_own_fields,
)
