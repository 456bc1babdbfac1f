"""The CRM-sales-opportunities dataset of Maven Analytics: four files, joined by names."""

from collections.abc import Callable
from decimal import Decimal

from accounts.connectors.csv_files.layouts.base import Cells, Field, Layout, Target, Values, has
from accounts.connectors.csv_files.naming import squeezed_key

MILLION = Decimal(1_000_000)
OWNER = Field("owner_ref", refers_to="User")
PRODUCT = Field("product_ref", refers_to="Product2", normal=squeezed_key)
CLOSED = ("Won", "Lost")


def recognise(*, header: list[str]) -> Layout | None:
    for wanted, layout in LAYOUTS:
        if has(header, *wanted):
            return layout
    return None


def deal(values: Values, cells: Cells) -> Values:
    stage = cells["deal_stage"]
    said = " – ".join(filter(None, (cells["account"], cells["product"])))
    return values | {
        "name": said or cells["opportunity_id"],
        "is_closed": stage in CLOSED,
        "is_won": stage == "Won",
    }


def no_day(name: str) -> Callable[[Cells], str]:
    return lambda cells: "" if cells[name] else "No day is given."


# The stages that a deal reached on a day that the file gives.
ENGAGED = Target(
    "OpportunityHistory",
    key=("opportunity_id",),
    makes_id=True,
    is_main=False,
    fields={"opportunity_id": Field("opportunity_ref"), "engage_date": Field("changed_at")},
    constants={"stage": "Engaging"},
    leave_out=no_day("engage_date"),
)
ENDED = Target(
    "OpportunityHistory",
    key=("opportunity_id", "deal_stage"),
    makes_id=True,
    is_main=False,
    fields={
        "opportunity_id": Field("opportunity_ref"),
        "close_date": Field("changed_at"),
        "deal_stage": Field("stage"),
        "close_value": Field("amount"),
    },
    leave_out=no_day("close_date"),
)
ACCOUNTS = Layout(
    "Maven accounts",
    targets=(
        Target(
            "Account",
            key=("account",),
            makes_id=True,
            keeps_rest=True,
            fields={
                "account": Field("name"),
                "sector": Field("industry"),
                "revenue": Field("annual_revenue", scale=MILLION),
                "employees": Field("employees"),
                "office_location": Field("country"),
                "subsidiary_of": Field("parent_ref", refers_to="Account"),
            },
        ),
    ),
)
PRODUCTS = Layout(
    "Maven products",
    targets=(
        Target(
            "Product2",
            key=("product",),
            makes_id=True,
            normal=squeezed_key,
            keeps_rest=True,
            fields={
                "product": Field("name"),
                "series": Field("family"),
                "sales_price": Field("price"),
            },
        ),
    ),
)


TEAMS = Layout(
    "Maven sales teams",
    targets=(
        Target(
            "User",
            key=("sales_agent",),
            makes_id=True,
            keeps_rest=True,
            fields={
                "sales_agent": Field("name"),
                "manager": Field("manager_ref", refers_to="User"),
                "regional_office": Field("region"),
            },
        ),
        Target(
            "User",
            key=("manager",),
            makes_id=True,
            is_main=False,
            repeats="first",
            fields={"manager": Field("name"), "regional_office": Field("region")},
            constants={"title": "Manager"},
        ),
    ),
)
PIPELINE = Layout(
    "Maven sales pipeline",
    targets=(
        Target(
            "Opportunity",
            key=("opportunity_id",),
            keeps_rest=True,
            fields={
                "sales_agent": OWNER,
                "account": Field("account_ref", refers_to="Account"),
                "deal_stage": Field("stage"),
                "engage_date": Field("created_at"),
                "close_date": Field("close_date"),
                "close_value": Field("amount"),
            },
            finish=deal,
            finished=("name", "is_closed", "is_won"),
        ),
        Target(
            "OpportunityLineItem",
            key=("opportunity_id", "product"),
            makes_id=True,
            is_main=False,
            fields={
                "opportunity_id": Field("opportunity_ref"),
                "product": PRODUCT,
                "close_value": Field("total_price"),
            },
            constants={"quantity": Decimal(1)},
        ),
        ENGAGED,
        ENDED,
    ),
)
# It describes the others: known, and nothing to import.
DICTIONARY = Layout("Maven data dictionary", targets=())
LAYOUTS = (
    (("opportunity_id", "sales_agent", "product", "account", "deal_stage"), PIPELINE),
    (("account", "sector", "year_established", "office_location"), ACCOUNTS),
    (("product", "series", "sales_price"), PRODUCTS),
    (("sales_agent", "manager", "regional_office"), TEAMS),
    (("table", "field", "description"), DICTIONARY),
)
