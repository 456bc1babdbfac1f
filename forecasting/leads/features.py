"""What was known of a lead at a moment: the same for what is learned from and what is scored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecasting.deals.dealings import KINDS
from forecasting.deals.features import names
from forecasting.deals.moments import Moments, objects, places, through_changes, with_unchanged
from forecasting.deals.rates import EVEN_DEALS, drawn_toward, plainly
from forecasting.deals.running import DAY, Timeline, days_since, seconds
from forecasting.leads.lives import HOUR, Lives
from forecasting.leads.own_fields import own_fields
from forecasting.leads.people import by_free_mail, levels_of
from revenue.ml.arrays import Anything, Floats, floats
from revenue.ml.frames import Feature, Kind

Columns = dict[str, Anything]
NUMBER, CATEGORY, FLAG = Kind.NUMBER, Kind.CATEGORY, Kind.FLAG
STAYS_FILLED = (
    "first_name",
    "company",
    "title",
    "email",
    "phone",
    "website",
    "industry",
    "employees",
    "annual_revenue",
    "city",
    "country",
)
# Read as they are now: the CRM says not since when.
UNRECORDED = (
    "source",
    "seniority",
    "free_mail",
    "has_phone",
    "has_website",
    "completeness",
    "industry",
    "employees",
    "annual_revenue",
    "country",
)


@dataclass(frozen=True, eq=False)
class Known:
    """`unrecorded` names what no history dates; `excluded` what cannot be learned from, and why."""

    values: pd.DataFrame
    features: tuple[Feature, ...]
    unrecorded: tuple[str, ...]
    excluded: dict[str, str]


def known_of(lives: Lives, moments: Moments, like: Sequence[Feature] = ()) -> Known:
    values: Columns = {}
    features: list[Feature] = []
    for part in PARTS:
        found, described = part(lives, moments)
        values |= found
        features += described
    own = own_fields(lives, moments, like)
    features += own.features
    table = pd.DataFrame({**values, **own.values})[[one.name for one in features]]
    return Known(table, tuple(features), (*UNRECORDED, *own.unrecorded), own.excluded)


def unknown(moments: Moments) -> Floats:
    return np.full(len(moments), np.nan)


def of_time(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    features = [
        Feature("age_days", NUMBER, "Age in days"),
        Feature("month_of_year", CATEGORY, "Month of the year"),
    ]
    if not lives.is_dated:
        none = np.full(len(moments), None, dtype=object)
        return {"age_days": unknown(moments), "month_of_year": none}, features
    months = moments.at.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    age = (moments.at - lives.created[moments.deal]) / DAY
    return {"age_days": floats(age), "month_of_year": names(months % 12 + 1)}, features


def of_answer(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    """How long until the first answer, or how long it has waited by then; never both."""
    features = [
        Feature("is_answered", FLAG, "Answered"),
        Feature("hours_to_answer", NUMBER, "Hours to the first answer"),
        Feature("hours_waiting", NUMBER, "Hours without an answer"),
        Feature("since_answer", NUMBER, "Days since the first answer"),
    ]
    answered = first_answers(lives)
    if not lives.is_dated or not np.isfinite(answered).any():
        return {one.name: unknown(moments) for one in features}, features
    at, created = floats(moments.at), floats(lives.created)[moments.deal]
    then = answered[moments.deal]
    done = then <= at
    return {
        "is_answered": floats(done),
        "hours_to_answer": np.where(done, np.log1p((then - created) / HOUR), np.nan),
        "hours_waiting": np.where(done, np.nan, np.log1p((at - created) / HOUR)),
        "since_answer": np.where(done, np.log1p(np.where(done, at - then, 0) / DAY), np.nan),
    }, features


def first_answers(lives: Lives) -> Floats:
    """Seconds since 1970; nothing where nobody has answered."""
    found = np.full(len(lives), np.nan)
    told = lives.past.answers
    place = lives.place(told["ref"])
    kept = (place >= 0) & told["answered_at"].notna().to_numpy(dtype=bool)
    found[place[kept]] = seconds(told["answered_at"])[kept]
    return found


def of_dealings(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    """Unknown, and not nought, in an org that has no activities at all."""
    rows = lives.past.activities
    key = lives.place(rows["ref"])
    at = np.maximum(seconds(rows["at"]), 0)
    line = Timeline.of(key, at)
    values: Columns = {
        "activities": line.count(moments.deal, moments.at),
        "activities_7": line.count(moments.deal, moments.at, days=7),
        "days_since_activity": days_since(moments.at, at, line.last(moments.deal, moments.at)),
    }
    features = [
        Feature("activities", NUMBER, "Activities so far"),
        Feature("activities_7", NUMBER, "Activities in 7 days"),
        Feature("days_since_activity", NUMBER, "Days since the last activity"),
    ]
    for kind, title in KINDS.items():
        chosen = np.flatnonzero((rows["kind"] == kind).to_numpy(dtype=bool, na_value=False))
        part = Timeline.of(key[chosen], at[chosen])
        values[f"{kind}_so_far"] = part.count(moments.deal, moments.at)
        features.append(
            Feature(f"{kind}_so_far", NUMBER, title.replace("the customer", "the lead"))
        )
    if not len(rows):
        values = {name: unknown(moments) for name in values}
    return values, features


def of_campaigns(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    rows = lives.past.touches
    features = [
        Feature("campaigns", NUMBER, "Campaigns that reached it"),
        Feature("responses", NUMBER, "Responses to campaigns"),
    ]
    if not len(rows):
        return {one.name: unknown(moments) for one in features}, features
    key = lives.place(rows["ref"])
    said = rows["answered"].notna().to_numpy(dtype=bool)
    touched = Timeline.of(key, np.maximum(seconds(rows["at"]), 0))
    answered = Timeline.of(key[said], np.maximum(seconds(rows["answered"][said]), 0))
    return {
        "campaigns": touched.count(moments.deal, moments.at),
        "responses": answered.count(moments.deal, moments.at),
    }, features


def of_person(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    leads = lives.leads
    filled = np.column_stack([is_filled(leads[name]) for name in STAYS_FILLED])
    used = filled.any(axis=0)  # of what nobody fills, nothing is missing
    share = filled[:, used].mean(axis=1) if used.any() else np.full(len(leads), np.nan)
    return {
        "seniority": levels_of(objects(leads["title"]))[moments.deal],
        "free_mail": by_free_mail(lives, moments),
        "has_phone": floats(is_filled(leads["phone"]))[moments.deal],
        "has_website": floats(is_filled(leads["website"]))[moments.deal],
        "completeness": share[moments.deal],
    }, [
        Feature("seniority", CATEGORY, "Seniority of the title"),
        Feature("free_mail", FLAG, "Free e-mail address"),
        Feature("has_phone", FLAG, "Has a telephone number"),
        Feature("has_website", FLAG, "Has a website"),
        Feature("completeness", NUMBER, "Share of the record that is filled in"),
    ]


def is_filled(column: "pd.Series[str]") -> Anything:
    return (column.notna() & (column.astype(str).str.strip() != "")).to_numpy(dtype=bool)


def of_company(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    leads = lives.leads
    known = dict(
        zip(lives.past.rates["currency"].astype(str), lives.past.rates["rate"], strict=True)
    )
    rate = floats(leads["currency"].map(known).astype(float).fillna(1.0))
    values = {
        **{name: objects(leads[name].replace("", None)) for name in ("industry", "country")},
        "employees": floats(leads["employees"]),
        "annual_revenue": floats(leads["annual_revenue"]) / rate,
    }
    return {name: column[moments.deal] for name, column in values.items()}, [
        Feature("industry", CATEGORY, "Industry"),
        Feature("country", CATEGORY, "Country"),
        Feature("employees", NUMBER, "Employees"),
        Feature("annual_revenue", NUMBER, "Annual revenue"),
    ]


def of_source(lives: Lives, moments: Moments) -> tuple[Columns, list[Feature]]:
    """And what its source and its seller brought; a lead has no say in its own rates."""
    source = objects(lives.leads["source"].replace("", None))
    worked_on = while_worked_on(lives)
    values: Columns = {
        "source": source[moments.deal],
        "source_rate": rate_of(lives, moments, source, source[moments.deal]),
        "seller_rate": rate_of(
            lives, moments, recorded_owners(lives, worked_on), recorded_owners(lives, moments)
        ),
    }
    if not lives.is_dated:
        values |= {name: unknown(moments) for name in ("source_rate", "seller_rate")}
    return values, [
        Feature("source", CATEGORY, "Source"),
        Feature("source_rate", NUMBER, "Share the source converted, beside all"),
        Feature("seller_rate", NUMBER, "Share the seller converted, beside all"),
    ]


def while_worked_on(lives: Lives) -> Moments:
    """The last moment of each lead before it ended: a conversion may hand it to somebody else."""
    until = np.minimum(lives.ended - 1, lives.outcome_known)
    return Moments(np.arange(len(lives)), np.maximum(until, lives.created))


def rate_of(lives: Lives, moments: Moments, of_lead: Anything, asked: Anything) -> Floats:
    codes, uniques = pd.factorize(of_lead)
    known, lead, at = lives.outcome_known, moments.deal, moments.at
    key = np.asarray(pd.Index(uniques).get_indexer(asked), dtype=np.int64)
    key[pd.isna(asked)] = -1
    whole = Timeline.of(np.zeros(len(known), dtype=np.int64), known, won=lives.outcome)
    mine = Timeline.of(codes.astype(np.int64), known, won=lives.outcome)
    itself = floats(known[lead] <= at)
    all_known, all_won = without(
        plainly(whole, np.zeros_like(key), at), itself, lives.outcome[lead]
    )
    of_all = (all_won + EVEN_DEALS / 2) / (all_known + EVEN_DEALS)
    by_it = itself * (codes[lead] == key)
    return drawn_toward(of_all, *without(plainly(mine, key, at), by_it, lives.outcome[lead]), key)


def without(
    counts: tuple[Floats, Floats], itself: Floats, outcome: Floats
) -> tuple[Floats, Floats]:
    """How many are known and how many of them converted, less the lead that is asked about."""
    known, won = counts
    return known - itself, won - itself * outcome


def recorded_owners(lives: Lives, moments: Moments) -> Anything:
    """None before owners were recorded: who has a lead today may have got it for how it ended."""
    since = owners_recorded_since(lives)
    if since is None:
        return np.full(len(moments), None, dtype=object)
    found = owners_at(lives, moments).copy()
    found[moments.at < since] = None
    return found


def owners_recorded_since(lives: Lives) -> int | None:
    """From the first change that the CRM kept, or from our own first sync on."""
    rows = owner_changes(lives)
    began = seconds(rows["changed_at"][rows["is_kept"].to_numpy(dtype=bool, na_value=False)])
    watched = [] if lives.past.watched is None else [int(lives.past.watched.timestamp())]
    return min([*began.tolist(), *watched], default=None)


def owner_changes(lives: Lives) -> pd.DataFrame:
    rows = lives.past.changes
    return rows[rows["field_name"].isin(["owner_ref", "OwnerId", "Owner"]).to_numpy(dtype=bool)]


def owners_at(lives: Lives, moments: Moments) -> Anything:
    rows = owner_changes(lives)
    place = places(lives.refs, rows["ref"])
    rows, place = rows[place >= 0], place[place >= 0]
    now = objects(lives.leads["owner_ref"])
    changed = through_changes(rows, place, lives.created)
    states = with_unchanged(changed, np.arange(len(lives)), lives.created, now)
    return states.at_moments(moments.deal, moments.at)


Part = Callable[[Lives, Moments], tuple[Columns, list[Feature]]]
PARTS: tuple[Part, ...] = (
    of_time,
    of_source,
    of_answer,
    of_dealings,
    of_campaigns,
    of_person,
    of_company,
)
