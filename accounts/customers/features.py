"""What was known of each customer at a moment: the same for what is learned from and scored."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from accounts.customers.reading import Known
from revenue.ml.arrays import Anything, Floats, floats
from revenue.ml.frames import Feature, Kind

NUMBER, CATEGORY = Kind.NUMBER, Kind.CATEGORY
SPANS = (90, 180, 365)
# A seller's customers are drawn toward all customers as if so many of them spoke for these.
PRIOR_CUSTOMERS = 20.0
PRIOR_DEALS = 4.0
ACTIVITIES = {
    "call": "Calls",
    "visit": "Visits",
    "demo": "Demos",
    "executive": "Meetings with executives",
    "meeting": "Other meetings",
    "task": "Tasks",
    "incoming": "E-mails from the customer",
    "outgoing": "E-mails to the customer",
}
ACTIONS = ("call", "visit", "demo", "executive")
SIZES = ((50, "1–49"), (250, "50–249"), (1000, "250–999"), (5000, "1,000–4,999"))
Columns = dict[str, Anything]
Part = Callable[["Customers"], tuple[Columns, list[Feature]]]


class Customers:
    """Accounts that had bought something by then, in order of their ids."""

    def __init__(self, known: Known) -> None:
        self.known = known
        deals = known.deals
        won = deals["is_won"].astype(bool) & deals["ended_at"].notna()
        self.won = deals[won]
        bought = set(self.won["ref"]) | set(known.products["ref"])
        accounts = known.accounts
        self.accounts = accounts[accounts["ref"].isin(bought)].reset_index(drop=True)
        self.refs = pd.Index(self.accounts["ref"].astype(object))

    def __len__(self) -> int:
        return len(self.refs)

    def of(self, rows: "pd.Series[float]", *, absent: float = 0.0) -> Floats:
        """By account, in the order of the customers."""
        rows.index = rows.index.astype(object)
        return floats(rows.reindex(self.refs).fillna(absent))

    def summed(self, rows: pd.DataFrame, column: str = "") -> Floats:
        by_ref = rows.groupby("ref", observed=True)
        return self.of(by_ref[column].sum() if column else by_ref.size().astype(float))

    def column(self, frame: pd.DataFrame, name: str, *, absent: float = 0.0) -> Floats:
        return self.of(frame.set_index("ref")[name].astype(float), absent=absent)

    def days(self, moments: "pd.Series[pd.Timestamp]") -> "pd.Series[float]":
        return (pd.Timestamp(self.known.as_of) - moments).dt.total_seconds() / 86_400

    def within(self, rows: pd.DataFrame, moment: str, days: float) -> pd.DataFrame:
        return rows[(self.days(rows[moment]) < days).to_numpy(dtype=bool)]


def feature_values(
    customers: Customers, parts: Sequence[Part] | None = None
) -> tuple[pd.DataFrame, list[Feature]]:
    values: Columns = {}
    features: list[Feature] = []
    for part in PARTS if parts is None else parts:
        found, described = part(customers)
        values |= found
        features += described
    return pd.DataFrame({one.name: values[one.name] for one in features}), features


def of_revenue(customers: Customers) -> tuple[Columns, list[Feature]]:
    won = customers.won
    by_ref = won.groupby("ref", observed=True)
    values: Columns = {}
    features = []
    for days in SPANS:
        lately = customers.within(won, "ended_at", days)
        values[f"revenue_{days}"] = customers.summed(lately, "amount")
        features.append(Feature(f"revenue_{days}", NUMBER, f"Won in the last {days} days"))
    values |= {
        "revenue_all": customers.summed(won, "amount"),
        "usual_won": customers.of(by_ref["amount"].mean(), absent=np.nan),
        "biggest_won": customers.of(by_ref["amount"].max(), absent=np.nan),
        "won_deals": customers.summed(won),
        "won_deals_365": customers.summed(customers.within(won, "ended_at", 365)),
        "days_since_won": customers.of(customers.days(by_ref["ended_at"].max()), absent=np.nan),
    }
    return values, [
        *features,
        Feature("revenue_all", NUMBER, "Won so far"),
        Feature("usual_won", NUMBER, "Usual size of its won deals"),
        Feature("biggest_won", NUMBER, "Its biggest won deal"),
        Feature("won_deals", NUMBER, "Deals won so far"),
        Feature("won_deals_365", NUMBER, "Deals won in the last 365 days"),
        Feature("days_since_won", NUMBER, "Days since the last won deal"),
    ]


def of_deals(customers: Customers) -> tuple[Columns, list[Feature]]:
    deals = customers.known.deals
    closed = deals["is_closed"].to_numpy(dtype=bool)
    still = deals[~closed]
    lost = deals[closed & ~deals["is_won"].to_numpy(dtype=bool)]
    chance = floats(still["probability"].astype(float).fillna(0)) / 100
    still = still.assign(expected=floats(still["amount"].astype(float).fillna(0)) * chance)
    began = deals.groupby("ref", observed=True)["created_at"].max()
    wins, losses = customers.summed(customers.won), customers.summed(lost)
    whole = (wins.sum() + 1) / (wins.sum() + losses.sum() + 2)
    share = (wins + PRIOR_DEALS * whole) / (wins + losses + PRIOR_DEALS)
    return {
        "open_deals": customers.summed(still),
        "open_amount": customers.summed(still, "amount"),
        "open_expected": customers.summed(still, "expected"),
        "new_deals_90": customers.summed(customers.within(deals, "created_at", 90)),
        "days_since_deal": customers.of(customers.days(began), absent=np.nan),
        "lost_deals_365": customers.summed(customers.within(lost, "ended_at", 365)),
        "won_share": share,
    }, [
        Feature("open_deals", NUMBER, "Open deals"),
        Feature("open_amount", NUMBER, "Amount of open deals"),
        Feature("open_expected", NUMBER, "Open deals by their chance"),
        Feature("new_deals_90", NUMBER, "Deals begun in the last 90 days"),
        Feature("days_since_deal", NUMBER, "Days since its last deal began"),
        Feature("lost_deals_365", NUMBER, "Deals lost in the last 365 days"),
        Feature("won_share", NUMBER, "Share of its deals that it won us"),
    ]


def of_products(customers: Customers) -> tuple[Columns, list[Feature]]:
    rows = customers.known.products
    first_won = customers.won.groupby("ref", observed=True)["ended_at"].min()
    since = np.fmax(
        customers.of(customers.days(first_won), absent=np.nan),
        customers.column(rows, "since", absent=np.nan),
    )
    return {
        "customer_days": since,
        "products": customers.column(rows, "products"),
        "families": customers.column(rows, "families"),
        "purchases": customers.column(rows, "purchases"),
        "days_since_purchase": customers.column(rows, "days_since", absent=np.nan),
    }, [
        Feature("customer_days", NUMBER, "Days since its first purchase"),
        Feature("products", NUMBER, "Products owned"),
        Feature("families", NUMBER, "Product families owned"),
        Feature("purchases", NUMBER, "Purchases so far"),
        Feature("days_since_purchase", NUMBER, "Days since the last purchase"),
    ]


def of_dealings(customers: Customers) -> tuple[Columns, list[Feature]]:
    """Of all activities, and apart of what was done for the customer whatever deal was open."""
    rows = customers.known.dealings
    care = rows[rows["is_care"].to_numpy(dtype=bool)]
    acted = care[care["kind"].isin(ACTIONS)]
    values: Columns = {
        "activities_30": customers.summed(rows, "in_30"),
        "activities_90": customers.summed(rows, "in_90"),
        "activities_365": customers.summed(rows, "in_365"),
        "days_since_activity": last_of(customers, rows),
        "care_90": customers.summed(acted, "in_90"),
        "care_365": customers.summed(acted, "in_365"),
        "days_since_care": last_of(customers, acted),
    }
    features = [
        Feature("activities_30", NUMBER, "Activities in 30 days"),
        Feature("activities_90", NUMBER, "Activities in 90 days"),
        Feature("activities_365", NUMBER, "Activities in 365 days"),
        Feature("days_since_activity", NUMBER, "Days since the last activity"),
        Feature("care_90", NUMBER, "Actions for the customer in 90 days"),
        Feature("care_365", NUMBER, "Actions for the customer in 365 days"),
        Feature("days_since_care", NUMBER, "Days since the last action for the customer"),
    ]
    for kind, title in ACTIVITIES.items():
        part = rows[(rows["kind"] == kind).to_numpy(dtype=bool)]
        values[f"{kind}_90"] = customers.summed(part, "in_90")
        features.append(Feature(f"{kind}_90", NUMBER, f"{title} in 90 days"))
    if not len(rows):
        values = {name: np.full(len(customers), np.nan) for name in values}
    return values, features


def last_of(customers: Customers, rows: pd.DataFrame) -> Floats:
    newest = rows.groupby("ref", observed=True)["days_since"].min()
    return customers.of(newest, absent=np.nan)


def of_people(customers: Customers) -> tuple[Columns, list[Feature]]:
    known = customers.known
    return {
        "contacts": customers.column(known.contacts, "contacts"),
        "contacts_met": customers.column(known.met, "met"),
        "cases_90": customers.column(known.cases, "in_90"),
        "cases_365": customers.column(known.cases, "in_365"),
        "cases_open": customers.column(known.cases, "open"),
    }, [
        Feature("contacts", NUMBER, "People known there"),
        Feature("contacts_met", NUMBER, "People met or written to in 180 days"),
        Feature("cases_90", NUMBER, "Support cases in 90 days"),
        Feature("cases_365", NUMBER, "Support cases in 365 days"),
        Feature("cases_open", NUMBER, "Open support cases"),
    ]


def of_account(customers: Customers) -> tuple[Columns, list[Feature]]:
    accounts = customers.accounts
    return {
        "industry": texts(accounts["industry"]),
        "country": texts(accounts["country"]),
        "kind": texts(accounts["kind"]),
        "employees": floats(accounts["employees"].astype(float)),
        "seller_rate": seller_rate(customers),
    }, [
        Feature("industry", CATEGORY, "Industry"),
        Feature("country", CATEGORY, "Country"),
        Feature("kind", CATEGORY, "Kind of account"),
        Feature("employees", NUMBER, "Employees"),
        Feature("seller_rate", NUMBER, "Its seller's customers in a year, beside all"),
    ]


def texts(column: "pd.Series[str]") -> Anything:
    found: Anything = np.array([None if pd.isna(one) else one or None for one in column], object)
    return found


def seller_rate(customers: Customers) -> Floats:
    """Won of a customer in a year, of each seller's: drawn toward all, and less that of all."""
    year = customers.summed(customers.within(customers.won, "ended_at", 365), "amount")
    owner = customers.accounts["owner_ref"].astype(object)
    if not len(year):
        return year
    whole = float(year.mean())
    by_owner = pd.DataFrame({"owner": owner, "year": year}).groupby("owner")["year"]
    total, count = by_owner.sum(), by_owner.size()
    rate = (total + PRIOR_CUSTOMERS * whole) / (count + PRIOR_CUSTOMERS) - whole
    return floats(owner.map(rate))


def of_own(customers: Customers) -> tuple[Columns, list[Feature]]:
    """The org's own numbers whose changes are recorded, and how they moved in a quarter."""
    now, before = customers.known.own, customers.known.own_before
    values: Columns = {}
    features: list[Feature] = []
    for name in sorted(set(now["name"].astype(str))):
        here = own(customers, now, name)
        then = own(customers, before, name)
        title = name.removesuffix("__c").replace("_", " ")
        values[f"own_{name}"] = here
        values[f"own_{name}_change"] = np.log1p(np.maximum(here, 0)) - np.log1p(np.maximum(then, 0))
        features += [
            Feature(f"own_{name}", NUMBER, title),
            Feature(f"own_{name}_change", NUMBER, f"{title}, beside 90 days before"),
        ]
    return values, features


def own(customers: Customers, rows: pd.DataFrame, name: str) -> Floats:
    part = rows[(rows["name"] == name).to_numpy(dtype=bool)]
    return customers.column(part, "value", absent=np.nan)


def of_season(customers: Customers) -> tuple[Columns, list[Feature]]:
    month = str(customers.known.as_of.month)
    return {"month_of_year": np.array([month] * len(customers), object)}, [
        Feature("month_of_year", CATEGORY, "Month of the year")
    ]


def size_of(employees: float) -> str:
    if not employees >= 1:
        return ""
    return next((name for below, name in SIZES if employees < below), "5,000 and more")


PARTS: tuple[Part, ...] = (
    of_revenue,
    of_deals,
    of_products,
    of_dealings,
    of_people,
    of_account,
    of_own,
    of_season,
)
