"""A source in memory that answers the five questions as a CRM does, and misbehaves on request."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.connectors.base import (
    ConnectorError,
    Deletion,
    DeletionPage,
    Page,
    Position,
    Quota,
    Refusal,
    Row,
    SourceFieldSpec,
    SourceObjectSpec,
)
from accounts.models import SyncRun
from accounts.salesforce_ids import full_id
from accounts.sync.run import sync_org
from revenue.users.models import Org

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TYPES = {
    "Id": "id",
    "CreatedDate": "datetime",
    "SystemModstamp": "datetime",
    "Amount": "currency",
    "Probability": "percent",
    "CloseDate": "date",
    "IsClosed": "boolean",
    "IsWon": "boolean",
    "IsDeleted": "boolean",
    "StartDate": "date",
    "NextStartDate": "date",
    "IsCorporate": "boolean",
    "ConversionRate": "double",
    "Description": "text",
    "ActivityDate": "date",
    "ActivityDateTime": "datetime",
    "Quantity": "double",
    "Price": "currency",
}


def sf_id(prefix: str, number: int) -> str:
    return full_id(f"{prefix}{number:012d}")


def at_second(second: float) -> datetime:
    return NOON - timedelta(days=30) + timedelta(seconds=second)


def spec_of(name: str, fields: Mapping[str, str], **options: Any) -> SourceObjectSpec:
    specs = {
        each: SourceFieldSpec(
            name=each, type=kind, is_custom=each.endswith("__c"), is_formula=each.endswith("_f__c")
        )
        for each, kind in fields.items()
    }
    return SourceObjectSpec(name=name, fields=specs, cursor="SystemModstamp", **options)


@dataclass
class Source:
    """Rows by object and id; `fields` is what describe says, found from the rows by default."""

    objects: dict[str, dict[str, Row]] = field(default_factory=dict)
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    deletions: dict[str, list[Deletion]] = field(default_factory=dict)
    refusals: dict[str, list[Refusal]] = field(default_factory=dict)
    page_size: int = 3
    has_deletes: bool = True
    # Called before each page with the object's name and the number of the page: may raise.
    before_page: Callable[[str, int], None] | None = None
    error_of_describe: ConnectorError | None = None
    quota: Quota | None = None
    calls: int = 0
    must_reconcile: bool = False
    ledger: list[str] = field(default_factory=list)

    def put(self, name: str, *rows: Row) -> None:
        for row in rows:
            kept = self.objects.setdefault(name, {})
            kept[row["Id"]] = {**kept.get(row["Id"], {}), **row}
            told = self.fields.setdefault(name, {})
            for key in row:
                told.setdefault(
                    key, TYPES.get(key, "reference" if key.endswith("Id") else "string")
                )

    def remove(self, name: str, key: str, *, at: datetime, into: str = "") -> None:
        del self.objects[name][key]
        self.deletions.setdefault(name, []).append(Deletion(key, at, into))

    def called(self, what: str) -> None:
        self.calls += 1
        self.ledger.append(what)

    def check(self) -> str:
        return "A source in memory."

    def describe(self) -> dict[str, SourceObjectSpec]:
        self.called("describe")
        if self.error_of_describe:
            raise self.error_of_describe
        return {
            name: spec_of(name, fields, has_deletes=self.has_deletes)
            for name, fields in self.fields.items()
        }

    def count(self, object_name: str) -> int | None:
        self.called(f"count {object_name}")
        return len(self.there(object_name))

    def changed_since(self, object_name: str, position: Position) -> Iterator[Page]:
        """By stamp and id, both included: the last row of a position is read once more."""
        since = (position.get("stamp", ""), position.get("id", ""))
        ordered = sorted(self.objects.get(object_name, {}).values(), key=place)
        wanted = [row for row in ordered if place(row) >= since]
        fields = self.fields[object_name]
        for number in range(0, len(wanted) or 1, self.page_size):
            if self.before_page:
                self.before_page(object_name, number // self.page_size)
            self.called(f"page {object_name}")
            rows = [
                {name: row.get(name) for name in fields}
                for row in wanted[number : number + self.page_size]
            ]
            last = place(rows[-1]) if rows else since
            yield Page(
                rows=rows,
                position={"stamp": last[0], "id": last[1]},
                refusals=self.refusals.get(object_name, []) if number == 0 else [],
                read_up_to=rows[-1].get("SystemModstamp") if rows else None,
            )

    def deleted_since(self, object_name: str, position: Position) -> Iterator[DeletionPage]:
        done = position.get("done", 0)
        told = self.deletions.get(object_name, [])
        yield DeletionPage(
            deletions=told[done:], position={"done": len(told)}, must_reconcile=self.must_reconcile
        )

    def ids(self, object_name: str) -> Iterator[list[str]]:
        self.called(f"ids {object_name}")
        ordered = self.there(object_name)
        for number in range(0, len(ordered), self.page_size):
            yield ordered[number : number + self.page_size]

    def there(self, object_name: str) -> list[str]:
        rows = self.objects.get(object_name, {})
        return sorted(key for key, row in rows.items() if not row.get("IsDeleted"))

    def close(self) -> None:
        pass


def place(row: Row) -> tuple[str, str]:
    stamp = row.get("SystemModstamp")
    return (stamp.isoformat() if stamp else "", row["Id"])


def sync(org: Org, source: Source, *, at: datetime = NOON, **options: Any) -> SyncRun:
    return sync_org(org=org, connector=source, trigger=SyncRun.Trigger.COMMAND, at=at, **options)


def a_deal(number: int, *, second: float = 0, **facts: Any) -> Row:
    return {
        "Id": sf_id("006", number),
        "CreatedDate": at_second(0),
        "SystemModstamp": at_second(second),
        "Name": f"Deal {number}",
        "StageName": "Qualification",
        "Amount": 100 + number,
        "CloseDate": at_second(0).date(),
        "IsClosed": False,
        "IsWon": False,
        **facts,
    }
