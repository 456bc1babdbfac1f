"""Which objects of a source are mirrored, where, and which of their fields have columns."""

from accounts.models import Fact
from accounts.records.events import EVENTS
from accounts.records.sales import CURRENCIES, SALES
from accounts.records.source_object import COMMON, SourceObject

__all__ = ["COMMON", "CURRENCIES", "OBJECTS", "RECORDS", "SourceObject"]

# Parents before children, so that a first page shows names and not ids.
OBJECTS: dict[str, SourceObject] = {found.name: found for found in (*SALES, *EVENTS)}
RECORDS: dict[str, type[Fact]] = {found.record: found.model for found in OBJECTS.values()}
