"""The sales challenge dataset: deals with their outcome; their last stage disagrees with it."""

from decimal import Decimal

from accounts.connectors.csv_files.layouts.base import Cells, Field, Layout, Target, Values, has

HEADER = ("deal_id", "created_date", "closed_date", "sales_rep_id", "deal_amount", "outcome")


def recognise(*, header: list[str]) -> Layout | None:
    return LAYOUT if has(header, *HEADER, "product_type", "deal_stage") else None


def deal(values: Values, cells: Cells) -> Values:
    """The outcome is what happened; the stage that the file gives beside it is kept as it is."""
    outcome = cells["outcome"].strip()
    return values | {
        "name": cells["deal_id"],
        "stage": outcome,
        "is_closed": bool(outcome),
        "is_won": outcome.casefold() == "won",
    }


LAYOUT = Layout(
    "Sales challenge",
    targets=(
        Target(
            "User",
            key=("sales_rep_id",),
            is_main=False,
            repeats="first",
            fields={"sales_rep_id": Field("name")},
        ),
        Target(
            "Product2",
            key=("product_type",),
            makes_id=True,
            is_main=False,
            repeats="first",
            fields={"product_type": Field("name")},
        ),
        Target(
            "Opportunity",
            key=("deal_id",),
            keeps_rest=True,
            fields={
                "created_date": Field("created_at"),
                "closed_date": Field("close_date"),
                "sales_rep_id": Field("owner_ref"),
                "lead_source": Field("source"),
                "deal_amount": Field("amount"),
            },
            finish=deal,
            finished=("name", "stage", "is_closed", "is_won"),
        ),
        Target(
            "OpportunityLineItem",
            key=("deal_id", "product_type"),
            makes_id=True,
            is_main=False,
            fields={
                "deal_id": Field("opportunity_ref"),
                "product_type": Field("product_ref", refers_to="Product2"),
                "deal_amount": Field("total_price"),
            },
            constants={"quantity": Decimal(1)},
        ),
        Target(
            "OpportunityHistory",
            key=("deal_id",),
            makes_id=True,
            is_main=False,
            fields={
                "deal_id": Field("opportunity_ref"),
                "closed_date": Field("changed_at"),
                "outcome": Field("stage"),
                "deal_amount": Field("amount"),
            },
            leave_out=lambda cells: "" if cells["closed_date"] else "No day is given.",
        ),
    ),
)
