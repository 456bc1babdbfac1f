"""The rows of the simulated org, and how a single one comes, changes and goes.

Rows are never changed in place: a page that was handed out keeps what it showed.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.salesforce.clock import VirtualClock
from tests.salesforce.ids import PREFIXES, long_id, record_id
from tests.salesforce.schema import ObjectSchema, Row, schema_of

RECYCLE_BIN = timedelta(days=15)


class NoSuchRecordError(Exception):
    pass


@dataclass(frozen=True)
class Deleted:
    record_id: str
    at: datetime


@dataclass(frozen=True)
class Pending:
    """A version of a row that is stamped already and that nobody can see yet."""

    visible_at: datetime
    stamp: datetime
    object_name: str
    row: Row
    began_at: datetime


def clean(value: Any) -> Any:
    """As Salesforce keeps it: no empty text, no parts of seconds."""
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    return None if value == "" else value


class Store:
    def __init__(self, clock: VirtualClock, *, organization_id: str) -> None:
        self.clock = clock
        self.organization_id = long_id(organization_id[:15])
        self.made_at = clock.now()
        # Of an org that has no CurrencyType.
        self.currency = "USD"
        self.lock = threading.RLock()
        self.schemas: dict[str, ObjectSchema] = {}
        self.deletions: dict[str, list[Deleted]] = {}
        self._rows: dict[str, dict[str, Row]] = {}
        self._deleted_at: dict[tuple[str, str], datetime] = {}
        self._pending: list[Pending] = []
        self._numbers: dict[str, int] = {}

    # --- reading -------------------------------------------------------------------------

    def objects(self) -> list[str]:
        return list(self.schemas)

    def schema(self, name: str) -> ObjectSchema | None:
        """By any case of its name."""
        if name in self.schemas:
            return self.schemas[name]
        low = name.lower()
        return next((found for key, found in self.schemas.items() if key.lower() == low), None)

    def rows(self, object_name: str, *, deleted: bool = False) -> list[Row]:
        with self.lock:
            self.settle()
            found = self._rows[object_name].values()
            return list(found) if deleted else [row for row in found if not row.get("IsDeleted")]

    def ids(self, object_name: str) -> list[str]:
        return sorted(row["Id"] for row in self.rows(object_name))

    def get(self, object_name: str, record: str) -> Row:
        with self.lock:
            self.settle()
            found = self._rows[object_name].get(record if len(record) == 18 else long_id(record))
            if found is None:
                message = f"There is no {object_name} {record}."
                raise NoSuchRecordError(message)
            return found

    def find(self, object_name: str, record: str) -> Row | None:
        return self._rows[object_name].get(record)

    def settle(self) -> None:
        """What is due becomes visible; what lay in the recycle bin for too long is gone."""
        now = self.clock.now()
        with self.lock:
            due = [each for each in self._pending if each.visible_at <= now]
            self._pending = [each for each in self._pending if each.visible_at > now]
            for each in sorted(due, key=lambda found: (found.stamp, found.visible_at)):
                self._put(each.object_name, each.row)
            for (name, record), at in list(self._deleted_at.items()):
                if now - at > RECYCLE_BIN:
                    self._rows[name].pop(record, None)
                    del self._deleted_at[name, record]

    def latest_covered(self) -> datetime:
        """No answer can speak of what a running transaction has not committed yet."""
        with self.lock:
            self.settle()
            begun = [each.began_at for each in self._pending]
        return min([self.clock.now(), *begun]).replace(second=0, microsecond=0)

    def pending(self) -> int:
        with self.lock:
            self.settle()
            return len(self._pending)

    # --- filling -------------------------------------------------------------------------

    def load(
        self,
        object_name: str,
        rows: Iterable[Row],
        *,
        recording: str = "",
        types: Mapping[str, str] | None = None,
    ) -> None:
        """Rows as they are, with the stamps that they bring."""
        given = list(rows)
        schema = schema_of(object_name, given, recording=recording, types=types)
        with self.lock:
            self.schemas[object_name] = schema
            held = self._whole(object_name, given)
            self._rows[object_name] = held
            self.deletions.setdefault(object_name, [])
            self._numbers[object_name] = len(held)
            for record, row in held.items():
                if row.get("IsDeleted"):
                    self._note_deleted(object_name, record, at=row["SystemModstamp"])

    def follow(self, object_name: str, rows: Iterable[Row]) -> int:
        """How many rows are not what they were; a row that is missing was deleted."""
        with self.lock:
            before = self._rows[object_name]
            now = self._whole(object_name, rows)
            changed = [row for record, row in now.items() if before.get(record) != row]
            for row in changed:
                self._put(object_name, row)
            gone = [
                each for each in before if each not in now and not before[each].get("IsDeleted")
            ]
            for record in gone:
                self.delete(object_name, record)
        return len(changed) + len(gone)

    def copy(self, object_name: str, other: "Store") -> None:
        """The same rows with the same ids and the same shape, as a sandbox has them."""
        with other.lock:
            rows = other.rows(object_name, deleted=True)
            self.schemas[object_name] = deepcopy(other.schemas[object_name])
        self._rows[object_name] = {row["Id"]: row for row in rows}
        self._numbers[object_name] = len(rows)
        self.deletions[object_name] = list(other.deletions[object_name])

    def next_id(self, object_name: str) -> str:
        with self.lock:
            while True:
                self._numbers[object_name] += 1
                found = record_id(PREFIXES.get(object_name, "a0z"), self._numbers[object_name])
                if found not in self._rows[object_name]:
                    return found

    # --- one row -------------------------------------------------------------------------

    def create(
        self,
        object_name: str,
        values: Mapping[str, Any] | None = None,
        *,
        at: datetime | None = None,
        visible_after: timedelta | None = None,
    ) -> str:
        with self.lock:
            stamp = (at or self.clock.now()).replace(microsecond=0)
            given = str((values or {}).get("Id") or self.next_id(object_name))
            record = given if len(given) == 18 else long_id(given)
            row = self._stamps(object_name, stamp, new=True)
            row |= {key: clean(value) for key, value in (values or {}).items()}
            row["Id"] = record
            self._write(object_name, row, stamp=stamp, visible_after=visible_after)
            return record

    def update(
        self,
        object_name: str,
        record: str,
        values: Mapping[str, Any],
        *,
        at: datetime | None = None,
        visible_after: timedelta | None = None,
        moves_stamp: bool = True,
    ) -> Row:
        """`moves_stamp=False`: as formula fields change, and as cascades may."""
        with self.lock:
            stamp = (at or self.clock.now()).replace(microsecond=0)
            row = dict(self._newest(object_name, record))
            # A record's stamp never goes back, though a clock may stand still.
            stamp = max(stamp, row.get("SystemModstamp") or stamp)
            if moves_stamp:
                row |= self._stamps(object_name, stamp)
            row |= {key: clean(value) for key, value in values.items()}
            self._write(object_name, row, stamp=stamp, visible_after=visible_after)
            return row

    def delete(
        self,
        object_name: str,
        record: str,
        *,
        moves_stamp: bool = True,
        logged: bool = True,
        **values: Any,
    ) -> None:
        """Into the recycle bin; an object without IsDeleted loses the row at once."""
        with self.lock:
            at = self.clock.stamp()
            if not self.schemas[object_name].has("IsDeleted"):
                self.hard_delete(object_name, record, logged=logged)
                return
            changes = {"IsDeleted": True, **values}
            self.update(object_name, record, changes, moves_stamp=moves_stamp)
            self._note_deleted(object_name, record, at=at, logged=logged)

    def undelete(self, object_name: str, record: str) -> None:
        with self.lock:
            self.update(object_name, record, {"IsDeleted": False})
            self._deleted_at.pop((object_name, record), None)
            self.deletions[object_name] = [
                each for each in self.deletions[object_name] if each.record_id != record
            ]

    def hard_delete(self, object_name: str, record: str, *, logged: bool = False) -> None:
        """Gone for every query; usually nothing tells of it."""
        with self.lock:
            self.get(object_name, record)
            del self._rows[object_name][record]
            self._deleted_at.pop((object_name, record), None)
            kept = self.deletions[object_name]
            self.deletions[object_name] = [each for each in kept if each.record_id != record]
            if logged:
                self.deletions[object_name].append(Deleted(record, self.clock.stamp()))

    def deleted_between(self, object_name: str, start: datetime, end: datetime) -> list[Deleted]:
        with self.lock:
            self.settle()
            return [each for each in self.deletions[object_name] if start <= each.at < end]

    def children(self, object_name: str, field_name: str, parent: str) -> Iterator[str]:
        """Ids of the rows that point to a parent."""
        for row in self.rows(object_name):
            if row.get(field_name) == parent:
                yield row["Id"]

    # --- inside --------------------------------------------------------------------------

    def _whole(self, object_name: str, rows: Iterable[Row]) -> dict[str, Row]:
        """By id, with what no record is without."""
        fields = self.schemas[object_name].fields
        found = {}
        for row in rows:
            more: Row = {"IsDeleted": False} if "IsDeleted" in fields else {}
            if "LastModifiedDate" in fields and "SystemModstamp" in row:
                more["LastModifiedDate"] = clean(row["SystemModstamp"])
            found[row["Id"]] = more | {key: clean(value) for key, value in row.items()}
        return found

    def _stamps(self, object_name: str, stamp: datetime, *, new: bool = False) -> Row:
        names = ["LastModifiedDate", "SystemModstamp", *(["CreatedDate"] if new else [])]
        schema = self.schemas[object_name]
        found: Row = {name: stamp for name in names if name in schema.fields}
        if new and "IsDeleted" in schema.fields:
            found["IsDeleted"] = False
        return found

    def _newest(self, object_name: str, record: str) -> Row:
        """A record is locked while a transaction has it: the next change builds on that one."""
        found = self.get(object_name, record)
        held = [each for each in self._pending if each.row["Id"] == found["Id"]]
        self._pending = [each for each in self._pending if each not in held]
        return held[-1].row if held else found

    def _write(
        self, object_name: str, row: Row, *, stamp: datetime, visible_after: timedelta | None
    ) -> None:
        if not visible_after:
            self._put(object_name, row)
            return
        now = self.clock.now()
        self._pending.append(Pending(now + visible_after, stamp, object_name, row, min(now, stamp)))

    def _put(self, object_name: str, row: Row) -> None:
        self._rows[object_name][row["Id"]] = row

    def _note_deleted(
        self, object_name: str, record: str, *, at: datetime, logged: bool = True
    ) -> None:
        self._deleted_at[object_name, record] = at
        if logged:
            self.deletions[object_name].append(Deleted(record, at))
