"""What was known of a customer's health at a moment: the shared features, and health's own."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from accounts.customers import features as shared
from accounts.customers.features import Columns, Customers, Part, own
from accounts.customers.reading import Known
from forecasting.health.dimensions import words_of
from forecasting.health.facts import NUMBERS, Facts
from revenue.ml.arrays import Anything, Floats, floats
from revenue.ml.frames import Feature, Kind

NUMBER, CATEGORY, FLAG = Kind.NUMBER, Kind.CATEGORY, Kind.FLAG
MOST_LEVELS = 60
MOST_SHARE = 2.0  # of a capacity: more is no share of it
YES_NO = frozenset({"true", "false"})
# What begins so is counted in records of these.
NEEDS = {
    "deals": (
        "revenue_", "won_", "open_", "new_deals", "lost_deals", "days_since_won", "days_since_deal",
    ),
    "cases": ("cases_",),
    "people": ("contacts", "people_"),
}  # fmt: skip
OwnPart = Callable[[Customers, Facts], tuple[Columns, list[Feature]]]


class Everyone(Customers):
    """Where nothing says what was bought, as in a file of customers alone, all are customers."""

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self.accounts = known.accounts.reset_index(drop=True)
        self.refs = pd.Index(self.accounts["ref"].astype(object))


def customers_of(facts: Facts) -> Customers:
    found = Customers(facts.known)
    has_sales = len(facts.known.deals) or len(facts.known.products)
    return found if has_sales else Everyone(facts.known)


def parts_of(facts: Facts) -> list[Part]:
    """The season tells nothing of one customer rather than another; sold facts only where any."""
    usual = [part for part in shared.PARTS if part is not shared.of_season]
    parts = [*usual, of_trend, *(bound(part, facts) for part in OWN_PARTS)]
    return [recorded(part, facts) for part in parts]


def recorded(part: Part, facts: Facts) -> Part:
    """None of a thing is known of a customer only where the org records such things at all."""
    known = facts.known
    held = {"deals": len(known.deals), "cases": len(known.cases), "people": len(known.contacts)}

    def found(customers: Customers) -> tuple[Columns, list[Feature]]:
        values, features = part(customers)
        for name in values:
            if any(not held[key] and name.startswith(NEEDS[key]) for key in NEEDS):
                values[name] = np.full(len(customers), np.nan)
        return values, features

    return found


def bound(part: OwnPart, facts: Facts) -> Part:
    return lambda customers: part(customers, facts)


def of_use(customers: Customers, facts: Facts) -> tuple[Columns, list[Feature]]:
    """Of own numbers with recorded changes: the usual level, and its share of what was bought."""
    now, before = facts.known.own, facts.known.own_before
    values: Columns = {}
    features: list[Feature] = []
    for name in sorted(set(now["name"].astype(str))):
        quarter = [own(customers, rows, name) for rows in (now, *facts.own_then, before)]
        usual = mean_of(quarter)
        title = titled(name)
        values[f"own_{name}_quarter"] = usual
        features.append(Feature(f"own_{name}_quarter", NUMBER, f"{title}, usual of a quarter"))
        values[f"own_{name}_month"] = grown(quarter[0], quarter[1])
        features.append(Feature(f"own_{name}_month", NUMBER, f"{title}, beside 30 days before"))
        bought = capacity_for(customers, facts, name)
        if bought is not None:
            for which, level in (("share", usual), ("share_now", quarter[0])):
                values[f"own_{name}_{which}"] = share_of(level, bought)
            features += [
                Feature(f"own_{name}_share", NUMBER, f"{title} of those licensed, in a quarter"),
                Feature(f"own_{name}_share_now", NUMBER, f"{title} of those licensed, now"),
            ]
    return values, features


def titled(name: str) -> str:
    return name.removesuffix("__c").replace("_", " ")


def mean_of(columns: list[Floats]) -> Floats:
    stacked = np.stack(columns)
    known = ~np.isnan(stacked)
    total = np.where(known, stacked, 0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)


def grown(now: Floats, before: Floats) -> Floats:
    return floats(np.log1p(np.maximum(now, 0)) - np.log1p(np.maximum(before, 0)))


def share_of(level: Floats, bought: Floats) -> Floats:
    return floats(np.minimum(level / np.where(bought > 0, bought, np.nan), MOST_SHARE))


def capacity_for(customers: Customers, facts: Facts, name: str) -> Floats | None:
    """Of another field that names the same thing, as licensed users do of active ones."""
    rows = facts.capacity
    about = set(words_of(name))
    for other in sorted(set(rows["name"].astype(str)) - {name}):
        if about & set(words_of(other)):
            part = rows[(rows["name"] == other).to_numpy(dtype=bool)]
            values = pd.to_numeric(part["value"], errors="coerce").to_numpy(dtype=float)
            found = pd.Series(values, index=part["ref"].astype(object))
            return customers.of(found, absent=np.nan)
    return None


def of_cases(customers: Customers, facts: Facts) -> tuple[Columns, list[Feature]]:
    rows = facts.cases
    values: Columns = {
        "cases_30": customers.column(rows, "in_30"),
        "cases_180": customers.column(rows, "in_180"),
        "cases_grave": customers.column(rows, "grave"),
        "cases_escalated": customers.column(rows, "escalated"),
        "cases_resolve_days": customers.column(rows, "resolve_days", absent=np.nan),
        "cases_open_days": customers.column(rows, "open_days"),
    }
    if not len(rows):
        values = {name: np.full(len(customers), np.nan) for name in values}
    return values, [
        Feature("cases_30", NUMBER, "Support cases in 30 days"),
        Feature("cases_180", NUMBER, "Support cases in 180 days"),
        Feature("cases_grave", NUMBER, "Grave support cases in 180 days"),
        Feature("cases_escalated", NUMBER, "Support cases that were escalated in 365 days"),
        Feature("cases_resolve_days", NUMBER, "Days until a support case is solved"),
        Feature("cases_open_days", NUMBER, "Days that the oldest open case has waited"),
    ]


def of_turnover(customers: Customers, facts: Facts) -> tuple[Columns, list[Feature]]:
    rows = facts.turnover
    people = customers.column(rows, "people", absent=np.nan)
    met = customers.column(facts.known.met, "met")
    left = {name: customers.column(rows, name) for name in ("left_90", "left_180", "has_left")}
    if not len(rows) or not rows["has_left"].sum():
        left = {name: np.full(len(customers), np.nan) for name in left}
    return {
        "people_new_180": customers.column(rows, "in_180"),
        "people_met_share": share_of(met, people),
        "people_left_90": left["left_90"],
        "people_left_180": left["left_180"],
        "people_gone_share": share_of(left["has_left"], people),
    }, [
        Feature("people_new_180", NUMBER, "People who came in 180 days"),
        Feature("people_met_share", NUMBER, "Share of its people met in 180 days"),
        Feature("people_left_90", NUMBER, "People who left in 90 days"),
        Feature("people_left_180", NUMBER, "People who left in 180 days"),
        Feature("people_gone_share", NUMBER, "Share of its people who have left"),
    ]


def of_rhythm(customers: Customers, facts: Facts) -> tuple[Columns, list[Feature]]:
    """Against its own year: how long the silence is, and whether less is done than usual."""
    rows = facts.known.dealings
    year, quarter = customers.summed(rows, "in_365"), customers.summed(rows, "in_90")
    silent = shared.last_of(customers, rows)
    values: Columns = {
        "rhythm_silence": floats(np.minimum(silent * year / 365, 20.0)),
        "rhythm_change": floats(np.log1p(4 * quarter) - np.log1p(year)),
    }
    if not len(rows):
        values = {name: np.full(len(customers), np.nan) for name in values}
    return values, [
        Feature("rhythm_silence", NUMBER, "Silence, in its own usual gaps between activities"),
        Feature("rhythm_change", NUMBER, "Activities in 90 days, beside its own year"),
    ]


def of_trend(customers: Customers) -> tuple[Columns, list[Feature]]:
    won = customers.won
    year = customers.summed(customers.within(won, "ended_at", 365), "amount")
    two = customers.summed(customers.within(won, "ended_at", 730), "amount")
    return {"revenue_before": two - year, "revenue_trend": grown(year, two - year)}, [
        Feature("revenue_before", NUMBER, "Won in the year before the last"),
        Feature("revenue_trend", NUMBER, "Won in a year, beside the year before"),
    ]


def of_named_own(customers: Customers, facts: Facts) -> tuple[Columns, list[Feature]]:
    """Own marks and lists whose changes are recorded, of a file without dates all own fields.

    Numbers whose changes are recorded are read above.
    """
    if facts.own_all is None:
        return columns_of(customers, facts.own_named)
    rows, above = facts.own_all, set(facts.known.own["name"].astype(str))
    return columns_of(customers, rows[~rows["name"].astype(str).isin(above)])


def columns_of(customers: Customers, rows: pd.DataFrame) -> tuple[Columns, list[Feature]]:
    values: Columns = {}
    features: list[Feature] = []
    for name, part in rows.groupby(rows["name"].astype(str), sort=True):
        held = pd.Series(part["value"].to_numpy(dtype=object), index=part["ref"].astype(object))
        column, kind = read_column(held.reindex(customers.refs), str(part["type"].iloc[0]))
        if column is not None:
            values[f"own_{name}"] = column
            features.append(Feature(f"own_{name}", kind, titled(str(name))))
    return values, features


def read_column(held: "pd.Series[Any]", type_: str) -> tuple[Anything | None, Kind]:
    """A number where all that is said is one; texts of many kinds are nobody's property."""
    said = held.dropna()
    if type_ == "boolean" or (len(said) and set(said.str.lower()) <= YES_NO):
        flags = held.map({"true": 1.0, "false": 0.0}, na_action="ignore")
        return floats(flags.astype(float)), FLAG
    numbers = pd.to_numeric(held, errors="coerce")
    if type_ in NUMBERS or (len(said) and numbers[said.index].notna().all()):
        return floats(numbers.astype(float)), NUMBER
    if not 1 < said.nunique() <= MOST_LEVELS:
        return None, CATEGORY
    return shared.texts(held), CATEGORY


# Where what it means is beyond doubt, trees may not learn the opposite from chance.
WORSE = ("cases_", "people_left", "people_gone", "rhythm_silence", "days_since_activity")
BETTER = ("rhythm_change", "people_met", "contacts_met")
OWN_BETTER = ("_share", "_share_now", "_change", "_month")


def one_way(feature: Feature) -> Feature:
    name = feature.name
    if name.startswith(WORSE):
        return replace(feature, monotone=1)
    is_use = name.startswith("own_") and name.endswith(OWN_BETTER)
    return replace(feature, monotone=-1) if is_use or name.startswith(BETTER) else feature


OWN_PARTS: tuple[OwnPart, ...] = (
    of_use,
    of_cases,
    of_turnover,
    of_rhythm,
    of_named_own,
)
