"""What was deleted: by the rows that a pass saw in the recycle bin, by query, by Salesforce's list.

What was purged from the bin is in none of them; for that the sync compares the ids.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from simple_salesforce.api import Salesforce

from accounts.connectors.base import Deletion, DeletionPage, Position, SourceUnavailableError
from accounts.connectors.salesforce import soql
from accounts.connectors.salesforce.faults import FaultError, GoneError
from accounts.connectors.salesforce.rest import Reader, Record
from accounts.connectors.salesforce.soql import Key
from accounts.connectors.salesforce.values import moment
from accounts.salesforce_ids import long_id

# A row that was committed late bears the stamp of its beginning: up to ten minutes before.
LOOKBACK = timedelta(minutes=15)
IN_BIN = timedelta(days=15) - timedelta(hours=1)
LISTED_EVERY = timedelta(hours=6)
A_PAGE = 2_000


@dataclass
class Seen:
    """What one pass over an object saw: from which moment on, and up to when it is whole."""

    start: datetime
    began: datetime
    deletions: dict[str, Deletion] = field(default_factory=dict)
    until: datetime | None = None

    def note(self, record: Record, *, stamp: datetime) -> bool:
        """Whether the row is deleted; the last word counts, for some are taken out of the bin."""
        if record.get("IsDeleted") not in (True, "true"):
            self.deletions.pop(record["Id"], None)
            return False
        self.deletions[record["Id"]] = deletion(record, stamp=stamp)
        return True


class Deletes:
    def __init__(self, salesforce: Salesforce, reader: Reader, *, now: datetime) -> None:
        self.salesforce, self.reader, self.now = salesforce, reader, now
        self.described = reader.described

    def since(self, position: Position, *, seen: Seen | None) -> Iterator[DeletionPage]:
        """`position`: `since` by stamps, `listed` by Salesforce's list, `asked` when last."""
        if self.now - moment(position["asked"]) > IN_BIN:
            fresh = {name: text(self.now) for name in ("since", "listed", "asked")}
            yield DeletionPage([], fresh, must_reconcile=True)
            return
        place = dict(position)
        if self.described.stamps_deletes:
            since = moment(position["since"])
            if seen is None or seen.until is None or seen.start > since - LOOKBACK:
                seen = self._ask(since)
            yield from pages(list(seen.deletions.values()), place)
            place = {**place, "since": text(seen.until or since), "asked": text(seen.began)}
        listed = self.described.lists_deletes and self.now - moment(place["listed"]) >= LISTED_EVERY
        if listed or not self.described.stamps_deletes:
            place["asked"] = text(self.now)
        must_reconcile = False
        if listed:
            found, place["listed"], must_reconcile = self._listed(moment(place["listed"]))
            yield from pages(found, place)
        yield DeletionPage([], place, must_reconcile=must_reconcile)

    def _ask(self, since: datetime) -> Seen:
        seen = Seen(since - LOOKBACK, self.now)
        cursor = self.reader.cursor
        where = ["IsDeleted = true", soql.from_key(cursor, Key(seen.start))]
        newest = since
        for records, _ in self.reader.by_id(where=where):
            for record in records:
                newest = max(newest, moment(record[cursor]))
                seen.note(record, stamp=moment(record[cursor]))
        seen.until = min(newest, self.now)
        return seen

    def _listed(self, start: datetime) -> tuple[list[Deletion], str, bool]:
        """Also what went with its parent, without a stamp of its own."""
        object_type = getattr(self.salesforce, self.described.name)
        try:
            # Always with a zone: of a naive moment simple-salesforce makes an address that is none.
            answer = object_type.deleted(start, max(self.now, start + timedelta(minutes=2)))
        except GoneError:
            return [], text(self.now), False
        except FaultError:
            # Further back than it can say, or more than it can say at once.
            return [], text(self.now), True
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or not isinstance(answer.get("deletedRecords"), list):
            raise SourceUnavailableError("Salesforce did not say what was deleted. Try again.")
        told = {
            long_id(str(each["id"])): moment(each["deletedDate"])
            for each in answer["deletedRecords"]
        }
        covered = moment(answer["latestDateCovered"])
        return self._proved(told), text(min(covered, self.now)), False

    def _proved(self, told: dict[str, datetime]) -> list[Deletion]:
        """Some came back since; of the others the bin says into what they were merged."""
        gone = {each: Deletion(each, stamp) for each, stamp in told.items()}
        if not self.described.has_is_deleted:
            return list(gone.values())
        for records in self.reader.by_ids(list(told)):
            for record in records:
                if record.get("IsDeleted"):
                    gone[record["Id"]] = deletion(record, stamp=told[record["Id"]])
                else:
                    gone.pop(record["Id"], None)
        return list(gone.values())


def deletion(record: Record, *, stamp: datetime) -> Deletion:
    master = str(record.get("MasterRecordId") or "")
    return Deletion(long_id(record["Id"]), stamp, merged_into=long_id(master))


def pages(deletions: list[Deletion], position: Position) -> Iterator[DeletionPage]:
    for at in range(0, len(deletions), A_PAGE):
        yield DeletionPage(deletions[at : at + A_PAGE], position)


def first_position(since: datetime) -> Position:
    return {name: text(since) for name in ("since", "listed", "asked")}


def text(stamp: Any) -> str:
    return soql.moment_literal(stamp)
