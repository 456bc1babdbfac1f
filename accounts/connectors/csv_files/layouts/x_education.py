"""Leads of X Education; a list that nobody has chosen from says "Select", which is nothing."""

from accounts.connectors.csv_files.layouts.base import Cells, Field, Layout, Target, Values, has

HEADER = ("Prospect ID", "Lead Number", "Lead Origin", "Lead Source", "Converted", "Lead Profile")


def recognise(*, header: list[str]) -> Layout | None:
    return LAYOUT if has(header, *HEADER) else None


def lead(values: Values, cells: Cells) -> Values:
    return values | {"name": f"Lead {cells['Lead Number']}"}


LAYOUT = Layout(
    "X Education leads",
    blanks=frozenset({"Select"}),
    targets=(
        Target(
            "Lead",
            key=("Prospect ID",),
            keeps_rest=True,
            fields={
                "Lead Source": Field("source"),
                "Converted": Field("is_converted"),
                "Country": Field("country"),
                "City": Field("city"),
            },
            finish=lead,
            finished=("name",),
        ),
    ),
)
