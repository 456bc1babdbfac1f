"""Customers of a telephone company, with churn: accounts, and all that is told of them beside."""

from accounts.connectors.csv_files.layouts.base import Field, Layout, Target, has

HEADER = ("customerID", "tenure", "Contract", "MonthlyCharges", "TotalCharges", "Churn")


def recognise(*, header: list[str]) -> Layout | None:
    return LAYOUT if has(header, *HEADER) else None


LAYOUT = Layout(
    "Telco customers",
    targets=(
        Target(
            "Account",
            key=("customerID",),
            keeps_rest=True,
            fields={"customerID": Field("name")},
            constants={"is_person": True},
        ),
    ),
)
