"""What is here beside what the simulator has: every column of every row, and what is gone.

The rules are written a second time, more plainly, so that both are seldom wrong together.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models

from accounts.models import CurrencyRate, Fact, Opportunity, SourceField
from accounts.records import COMMON, OBJECTS, SourceObject
from revenue.users.models import Org
from tests.salesforce import Simulator
from tests.salesforce.ids import long_id
from tests.salesforce.schema import NUMBERS, Row

SHOWN = 12
PREFIXES = {
    "Task": "00T",
    "Event": "00U",
    "EmailMessage": "02s",
    "DatedConversionRate": "04w",
    "CurrencyType": "01L",
}
UNREAD = {"address", "location", "base64", "complexvalue"}
PASSING = {"IsDeleted", "LastViewedDate", "LastReferencedDate"}
LINKS = {
    "001": "account_ref",
    "006": "opportunity_ref",
    "500": "case_ref",
    "003": "contact_ref",
    "00Q": "lead_ref",
}
CENTS = Decimal("0.0001")


def assert_mirrors(
    org: Org, sim: Simulator, *, but: frozenset[tuple[str, str]] = frozenset()
) -> None:
    """`but`: fields of objects that a test says are not as they are there."""
    org.refresh_from_db()  # a run may have found that it counts in another currency
    found = [each for name in sim.store.objects() for each in differences(org, sim, name, but)]
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:SHOWN])


def differences(
    org: Org, sim: Simulator, name: str, but: frozenset[tuple[str, str]] = frozenset()
) -> Iterator[str]:
    if name not in OBJECTS:
        return
    here = {row["external_id"]: row for row in rows_here(org, OBJECTS[name])}
    there = {row["Id"]: row for row in sim.store.rows(name, deleted=True)}
    present = {key for key, row in there.items() if not row.get("IsDeleted")}
    kept = {key for key, row in here.items() if row["deleted_at"] is None}
    yield from (f"{name} {key} is missing" for key in sorted(present - kept))
    yield from (f"{name} {key} is gone there" for key in sorted(kept - present))
    expect = Expected(org, OBJECTS[name], sim, but)
    for key in sorted(here.keys() & there.keys()):
        if key in present:
            wanted = expect.row(there[key])
            for column, value in wanted.items():
                if not same(here[key][column], value):
                    yield f"{name} {key} {column}: {here[key][column]!r}, there {value!r}"
        elif here[key].get("merged_into_ref") != there[key].get("MasterRecordId"):
            yield f"{name} {key} was merged into {there[key]['MasterRecordId']}"


def rows_here(org: Org, found: SourceObject) -> list[dict[str, Any]]:
    rows: models.QuerySet[Any] = found.model.objects.filter(org=org)
    if found.name in PREFIXES:
        rows = rows.filter(external_id__startswith=PREFIXES[found.name])
    if found.name == "OpportunityFieldHistory":
        rows = rows.filter(origin="source")
    return list(rows.values())


def same(mine: Any, theirs: Any) -> bool:
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return {key: exact(value) for key, value in mine.items()} == {
            key: exact(value) for key, value in theirs.items()
        }
    return bool(exact(mine) == exact(theirs)) and isinstance(mine, bool) == isinstance(theirs, bool)


def exact(value: Any) -> Any:
    return Decimal(repr(value)) if type(value) in (int, float) else value


class Expected:
    """Rows of one object as they have to be here."""

    def __init__(
        self, org: Org, found: SourceObject, sim: Simulator, but: frozenset[tuple[str, str]]
    ) -> None:
        self.org, self.found = org, found
        self.winners = winners(org, sim)
        self.kinds = {
            each["name"]: each["type"] for each in sim.store.schemas[found.name].visible()
        }
        self.but = {name for object_name, name in but if object_name == found.name}
        self.columns: dict[str, Any] = {
            each.name: each for each in found.model._meta.concrete_fields
        }
        stamp = next(
            (each for each in ("SystemModstamp", "LastModifiedDate") if each in self.kinds), ""
        )
        self.common = {**COMMON, stamp: "modified_at"}
        stale = SourceField.objects.filter(org=org, object_name=found.name, state="stale")
        self.stale = set(stale.values_list("name", flat=True))

    def row(self, row: Row) -> dict[str, Any]:
        wanted: dict[str, Any] = {**self.found.constants}
        extra: dict[str, Any] = {}
        for name, kind in self.kinds.items():
            if name in self.but or kind in UNREAD or name in PASSING:
                continue
            # No box of Salesforce is ever neither ticked nor empty.
            value = row.get(name, False if kind == "boolean" else None)
            columns = {self.found.columns.get(name), self.common.get(name)} - {None}
            for column in columns:
                wanted[str(column)] = self.followed(stored(self.columns[str(column)], value))
            if not columns and value is not None:
                extra[name] = as_json(value, kind)
        wanted |= DERIVED.get(self.found.name, nothing_more)(wanted, row)
        wanted |= self.converted(wanted)
        if not self.but and not self.stale:
            wanted["extra"] = extra
        return wanted

    def followed(self, value: Any) -> Any:
        """The simulator moves children of most kinds by itself, but no subsidiaries."""
        while isinstance(value, str) and value in self.winners:
            value = self.winners[value]
        return value

    def converted(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """By the rate of the day, in the org's own currency."""
        if self.but:
            return {}
        if self.found.name == "Opportunity":
            day, amount, column = wanted["close_date"], wanted["amount"], "corporate_amount"
        elif self.found.name == "ForecastingQuota":
            day, amount, column = wanted["starts_date"], wanted["amount"], "corporate_amount"
        elif self.found.name == "Asset":
            day, amount, column = wanted["purchased_at"], wanted["total_price"], "corporate_total"
            day = day and day.date()
        elif self.found.name == "OpportunityLineItem":
            deals = Opportunity.objects.filter(org=self.org, external_id=wanted["opportunity_ref"])
            deal, amount, column = deals.first(), wanted["total_price"], "corporate_total"
            day = deal and deal.close_date
        else:
            return {}
        return {column: in_own(self.org, amount, wanted.get("currency", ""), day)}


def winners(org: Org, sim: Simulator) -> dict[str, str]:
    """Of losers that were ever here; of others nobody can know."""
    return {
        row["Id"]: row["MasterRecordId"]
        for name in ("Account", "Contact", "Lead", "Case")
        for row in sim.store.rows(name, deleted=True)
        if row.get("IsDeleted") and row.get("MasterRecordId")
        if OBJECTS[name].model.objects.filter(org=org, external_id=row["Id"]).exists()
    }


def stored(column: Any, value: Any) -> Any:
    if isinstance(column, models.CharField) and column.db_collation == "C":
        return full(value) if value else None
    if isinstance(column, models.CharField | models.TextField):
        return None if value is None and column.null else text(value)
    if value is None:
        return None if column.null else column.get_default()
    return plain(column, value)


def plain(column: Any, value: Any) -> Any:
    if isinstance(column, models.DecimalField):
        return Decimal(value).quantize(Decimal(1).scaleb(-column.decimal_places), ROUND_HALF_UP)
    if isinstance(column, models.FloatField):
        return float(value)
    if isinstance(column, models.DateTimeField) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value


def full(key: str) -> str:
    return long_id(key) if len(key) == 15 else key


def text(value: Any) -> str:
    if value is None:
        return ""
    halves = str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return halves.replace("\x00", "")


def as_json(value: Any, kind: str) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
    if isinstance(value, date):
        return value.isoformat()
    if kind in NUMBERS:
        return Decimal(str(value))
    return full(value) if kind in ("id", "reference") else text(value)


def in_own(org: Org, amount: Decimal | None, currency: str, day: date | None) -> Decimal | None:
    if amount is None or currency in ("", org.currency):
        return amount
    rates = CurrencyRate.objects.filter(org=org, deleted_at=None, currency=currency)
    on_day = [
        each
        for each in rates
        if each.ends_date is None or (day is not None and each.ends_date > day)
        if day is None or each.starts_date <= day
    ]
    if not on_day:
        return None
    latest = max(on_day, key=lambda each: (each.starts_date, each.ends_date is not None))
    return Decimal(amount / latest.rate).quantize(CENTS, ROUND_HALF_UP)


def links(wanted: dict[str, Any], _row: Row) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(LINKS.values())
    for ref in (wanted.get("what_ref"), wanted.get("who_ref")):
        if ref and ref[:3] in LINKS:
            found[LINKS[ref[:3]]] = ref
    found["account_ref"] = wanted.get("account_ref") or found["account_ref"]
    return found


def closed(wanted: dict[str, Any], _row: Row) -> dict[str, Any]:
    return {"is_closed": wanted["is_closed"] or wanted["is_won"]}


def total(wanted: dict[str, Any], _row: Row) -> dict[str, Any]:
    if wanted["quantity"] is None or wanted["unit_price"] is None:
        return {"total_price": None}
    return {"total_price": (wanted["quantity"] * wanted["unit_price"]).quantize(CENTS)}


def field_change(_wanted: dict[str, Any], row: Row) -> dict[str, Any]:
    return {"field_name": OBJECTS["Opportunity"].columns.get(row["Field"], row["Field"])}


def nothing_more(_wanted: dict[str, Any], _row: Row) -> dict[str, Any]:
    return {}


DERIVED: dict[str, Callable[[dict[str, Any], Row], dict[str, Any]]] = {
    "Task": links,
    "Event": links,
    "EmailMessage": links,
    "Opportunity": closed,
    "Asset": total,
    "OpportunityFieldHistory": field_change,
}


def dangling(org: Org) -> list[str]:
    """References of present rows to records that are here and gone."""
    found = []
    for each in OBJECTS.values():
        for reference in each.model._meta.get_fields():
            target = getattr(reference, "related_model", None)
            column = getattr(reference, "column_of_id", "")
            if not column or not isinstance(target, type) or not issubclass(target, Fact):
                continue
            gone = target.objects.filter(org=org, deleted_at__isnull=False).values("external_id")
            rows = each.model.objects.filter(org=org, deleted_at=None, **{f"{column}__in": gone})
            found += [
                f"{each.name} {key}.{column}" for key in rows.values_list("external_id", flat=True)
            ]
    return sorted(set(found))
