import json
from typing import Any

from accounts.models import RefusedRow
from revenue.web import filters as f
from revenue.web.tables import Column, Table


def where(row: RefusedRow) -> str:
    if row.line is None:
        return ""
    return f"{row.source}, line {row.line:,}" if row.source else f"line {row.line:,}"


def row_as_text(row: RefusedRow) -> str:
    """As a person reads it: the file of refused rows has each value in its own column."""
    return " · ".join(f"{name}: {in_words(value)}" for name, value in (row.row or {}).items())


def in_words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def refused_table(*, objects: list[tuple[str, str]]) -> Table:
    return Table(
        id="refused",
        noun="refused rows",
        caption="Refused rows",
        default_sort="-refused",
        columns=(
            Column(name="id", label="Record", value="external_id", sort="external_id"),
            Column(name="object", label="Object", value="object_name", sort="object_name"),
            Column(name="field", label="Field", value="field_name", sort="field_name"),
            Column(name="reason", label="Why", kind="long"),
            Column(name="where", label="Where", value=where),
            Column(
                name="refused", label="Refused", kind="ago", value="refused_at", sort="refused_at"
            ),
            Column(name="row", label="The row", kind="long", value=row_as_text, shown=False),
        ),
        filters=(
            f.TextFilter(
                name="q",
                label="Search reasons, records and fields",
                paths=("reason", "external_id", "field_name"),
            ),
            f.MultiChoiceFilter(name="object", label="Object", path="object_name", choices=objects),
            f.DateRangeFilter(name="refused", label="Refused", path="refused_at", moments=True),
        ),
        empty_title="No row was refused",
        empty_text="Every row that the source gave is here.",
    )
