"""Which objects of a source are mirrored, into which table, and which of their fields have columns.

The names are Salesforce's; other connectors speak of the same objects and say by a mapping of their
own which of their fields is which column.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts import models as m

# In every object: how the row is known and when it came and changed.
COMMON = {"Id": "external_id", "CreatedDate": "created_at", "SystemModstamp": "modified_at"}


@dataclass(frozen=True)
class SourceObject:
    """`columns` is source field → column; what is not named there lands in `extra`."""

    name: str
    record: str
    model: type[m.Fact]
    columns: Mapping[str, str]
    constants: Mapping[str, Any] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    captured: tuple[str, ...] = ()

    def column_of(self, field_name: str) -> str:
        return self.columns.get(field_name) or COMMON.get(field_name, "")


ADDRESS = {
    "{}Street": "street",
    "{}City": "city",
    "{}State": "state",
    "{}PostalCode": "postal_code",
    "{}Country": "country",
}


def address(prefix: str, *columns: str) -> dict[str, str]:
    return {
        name.format(prefix): column
        for name, column in ADDRESS.items()
        if not columns or column in columns
    }
