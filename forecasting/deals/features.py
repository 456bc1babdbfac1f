"""What was known of a deal at a moment: the same for what is learned from and what is scored."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from forecasting.deals.calendar_chance import calendar_chance
from forecasting.deals.dealings import dealings
from forecasting.deals.moments import (
    Lives,
    Moments,
    States,
    changes_of,
    index_of,
    objects,
    places,
    recorded,
)
from forecasting.deals.reading import COLUMN_OF
from forecasting.deals.running import DAY, Timeline, days_since, seconds, shrunken_rate
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
    month, to_end = calendar(moments.at)
    return {
        "age_days": floats(age),
        "month_of_quarter": names((month - 1) % 3 + 1),
        "calendar_chance": calendar_chance(lives, moments),
        "days_to_quarter_end": to_end,
        "month_of_year": names(month),
    }, [
        Feature("age_days", NUMBER, "Age in days"),
        Feature("month_of_quarter", CATEGORY, "Month of the quarter"),
        Feature("calendar_chance", NUMBER, "Chance by its age and the calendar"),
        Feature("days_to_quarter_end", NUMBER, "Days to the end of the quarter"),
        Feature("month_of_year", CATEGORY, "Month of the year"),
    ]


def calendar(at: Ints) -> tuple[Ints, Floats]:
    days = at.astype("datetime64[s]").astype("datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64)
    next_quarter = ((months // 3 + 1) * 3).astype("datetime64[M]").astype("datetime64[D]")
    return months % 12 + 1, floats((next_quarter - days).astype(np.int64))


def names(values: Ints) -> Anything:
    return values.astype(str).astype(object)


def of_stage(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    moved = lives.stages.moves()
    rank = stage_ranks(lives)
    order = np.array([rank.get(value, np.nan) for value in moved.value], dtype=np.float64)
    fell = np.zeros(len(order))
    fell[1:] = moved.has_before[1:] & (order[1:] < order[:-1])
    line = Timeline.of(moved.key, moved.at, fell=fell)
    last = moved.timeline.last(moments.deal, moments.at)
    stage = moved.at_moments(moments.deal, moments.at)
    since = days_since(moments.at, moved.at, last)
    return {
        "stage": stage,
        "stage_order": np.array([rank.get(name, np.nan) for name in stage], dtype=np.float64),
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
    code = {name: place for place, name in enumerate(sorted({str(one) for one in moved.value}))}
    left = np.flatnonzero(moved.has_before) - 1
    won = left[lives.won[moved.key[left]] == 1]
    took = np.log1p((moved.at[won + 1] - moved.at[won]) / DAY)
    visited = np.array([code[str(one)] for one in moved.value[won]], dtype=np.int64)
    line = Timeline.of(visited, lives.closed[moved.key[won]], took=took)
    asked = np.array([code.get(str(one), -1) for one in stage], dtype=np.int64)
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
    return floats([known.get(str(one), 1.0) for one in lives.past.deals["currency"]])


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
    month, to_end = calendar((np.where(last < 0, 0, close) * DAY).astype(np.int64))
    unknown = last < 0
    quarter = names((month - 1) % 3 + 1)
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


def of_records(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    """Who and what it is, and how deals of the same kind had ended by then."""
    deals, past = lives.past.deals, lives.past
    owners = owners_of(lives)
    place = places(index_of(past.accounts["ref"]), deals["account_ref"])
    industry = by_place(objects(past.accounts["industry"]), place)
    country = by_place(objects(past.accounts["country"]), place)
    staff = by_place(objects(past.accounts["employees"]), place)
    source = objects(deals["source"])
    owner = owners.at_moments(moments.deal, moments.at)
    at_end = owners.at_moments(np.arange(len(lives)), np.minimum(lives.closed, 2**31 - 1))
    account = objects(deals["account_ref"])
    values: Columns = {
        "industry": industry[moments.deal],
        "country": country[moments.deal],
        "employees": floats(pd.to_numeric(pd.Series(staff), errors="coerce"))[moments.deal],
        "source": source[moments.deal],
        "seller_rate": rate_of(lives, moments, at_end, owner),
        "account_rate": rate_of(lives, moments, account, account[moments.deal]),
        "industry_rate": rate_of(lives, moments, industry, industry[moments.deal]),
        "source_rate": rate_of(lives, moments, source, source[moments.deal]),
    }
    return values, [
        Feature("industry", CATEGORY, "Industry"),
        Feature("country", CATEGORY, "Country"),
        Feature("employees", NUMBER, "Employees of the account"),
        Feature("source", CATEGORY, "Source"),
        Feature("seller_rate", NUMBER, "Share the seller won, beside all"),
        Feature("account_rate", NUMBER, "Share won at the account, beside all"),
        Feature("industry_rate", NUMBER, "Share won in the industry, beside all"),
        Feature("source_rate", NUMBER, "Share won from the source, beside all"),
    ]


def by_place(values: Anything, place: Ints) -> Anything:
    found = np.full(len(place), None, dtype=object)
    found[place >= 0] = values[place[place >= 0]]
    return found


def owners_of(lives: Lives) -> States:
    """Through each change that is recorded; of who never changed, as it is."""
    every = np.ones(len(lives), dtype=np.bool_)
    changed = changes_of(lives.past, lives.refs, lives.created, "owner_ref", only=every)
    still = np.setdiff1d(np.arange(len(lives)), changed.key)
    return States.of(
        np.concatenate([changed.key, still]),
        np.concatenate([changed.at, lives.created[still]]),
        np.concatenate([changed.value, objects(lives.past.deals["owner_ref"])[still]]),
    )


def rate_of(lives: Lives, moments: Moments, of_deal: Anything, asked: Anything) -> Floats:
    """A deal closes after each of its moments, so it has no say in its own rate."""
    codes, uniques = pd.factorize(of_deal)
    ended = np.isfinite(lives.won)
    won, closed = lives.won[ended], lives.closed[ended]
    key = np.asarray(pd.Index(uniques).get_indexer(asked), dtype=np.int64)
    key[pd.isna(asked)] = -1
    whole = Timeline.of(np.zeros(len(won), dtype=np.int64), closed, won=won)
    mine = Timeline.of(codes[ended].astype(np.int64), closed, won=won)
    # A deal that was reopened had closed before; by now it counts from its last close on.
    return shrunken_rate(mine, whole, key, moments.at)


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


def of_next_step(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    """Only where changes of it are recorded: a deal that has closed seldom has one any more."""
    now = lives.past.deals[["ref", "next_step"]].rename(columns={"next_step": "value"})
    said = lives.past.changes["field_name"].map(lambda name: COLUMN_OF.get(name, name))
    present = np.full(len(moments), np.nan)
    if (said == "next_step").any():
        present = floats(
            [
                bool(text) and not pd.isna(text)
                for text in own_field(lives, moments, "next_step", now)
            ]
        )
    return {"has_next_step": present}, [Feature("has_next_step", FLAG, "Has a next step")]


def of_own_fields(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    """An org's own fields, where changes of them are recorded."""
    said = lives.past.custom["field_name"].astype(str)
    values: Columns = {}
    features: list[Feature] = []
    for name in sorted(set(said)):
        now = lives.past.custom[(said == name).to_numpy(dtype=bool)]
        column = own_field(lives, moments, name, now)
        values[f"own_{name}"] = column
        numbers = pd.to_numeric(pd.Series(column), errors="coerce")
        is_number = bool(numbers.notna().any() and (numbers.notna() == pd.notna(column)).all())
        title = name.removesuffix("__c").replace("_", " ")
        features.append(Feature(f"own_{name}", NUMBER if is_number else CATEGORY, title))
    return values, features


def own_field(lives: Lives, moments: Moments, name: str, now: pd.DataFrame) -> Anything:
    every = np.ones(len(lives), dtype=np.bool_)
    changed = changes_of(lives.past, lives.refs, lives.created, name, only=every)
    place = lives.place(now["ref"])
    still = (place >= 0) & ~np.isin(place, changed.key)
    states = States.of(
        np.concatenate([changed.key, place[still]]),
        np.concatenate([changed.at, lives.created[place[still]]]),
        np.concatenate([changed.value, objects(now["value"])[still]]),
    )
    return states.at_moments(moments.deal, moments.at)


Part = Callable[[Lives, Moments], tuple[Columns, list[Feature]]]
PARTS: tuple[Part, ...] = (
    of_time,
    of_stage,
    of_amount,
    of_close_date,
    dealings,
    of_records,
    of_products,
    of_next_step,
    of_own_fields,
)
