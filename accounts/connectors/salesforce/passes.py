"""One pass over an object: everything at first, then what changed; killed anywhere, it goes on.

A position is JSON: `since`, up to where the last whole pass came; `began`, Salesforce's time at
the start of this one; `at`, the last row whose place in the order is sure; `bulk`, a job's page;
`loaded`, when the very first pass began.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from accounts.connectors.base import Page, Position, Refusal, Row
from accounts.connectors.salesforce import soql
from accounts.connectors.salesforce.bulk import JobAbortedError, JobFailedError, Jobs
from accounts.connectors.salesforce.deletes import LOOKBACK, Seen, text
from accounts.connectors.salesforce.faults import FaultError, FieldGoneError, GoneError
from accounts.connectors.salesforce.rest import OLDEST, Reader, Record
from accounts.connectors.salesforce.soql import Key
from accounts.connectors.salesforce.values import Reader as ValueReader
from accounts.connectors.salesforce.values import moment


class Pass:
    def __init__(self, reader: Reader, *, fields: list[str], bulk_from: int, now: datetime) -> None:
        self.reader, self.bulk_from, self.now = reader, bulk_from, now
        self.described = reader.described
        self.fields = fields
        self.values = ValueReader(self.described.spec)
        self.jobs = Jobs(reader.transport, base_url=reader.salesforce.base_url)
        self.seen = Seen(OLDEST, now)

    def pages(self, position: Position, *, expected: int) -> Iterator[Page]:
        if "bulk" in position or (not position and expected >= self.bulk_from):
            try:
                yield from self._by_bulk(position)
            except FieldGoneError:
                raise
            except JobAbortedError:
                raise
            except FaultError:
                # Not offered for this object, used up for today, or failed: query can do it too.
                position = {}
            else:
                return
        if self.described.spec.cursor:
            yield from self._by_query(position)
        else:
            yield from self.whole(position)

    def whole(self, position: Position) -> Iterator[Page]:
        """Of an object without a stamp, or of formulas: all of it, every time."""
        place = position or {"loaded": text(self.now)}
        began = moment(position["began"]) if "began" in position else self.now
        rows = self.reader.by_id(
            start=str(position.get("after") or ""), where=[self.described.present]
        )
        for records, last in rows:
            yield self._page(records, {**place, "began": text(began), "after": last})
        done = {name: value for name, value in place.items() if name not in ("began", "after")}
        yield Page([], done, read_up_to=began - LOOKBACK)

    def _by_query(self, position: Position) -> Iterator[Page]:
        began = moment(position["began"]) if "began" in position else self.now
        since = moment(position["since"]) if position.get("since") else None
        place: dict[str, Any] = {
            "since": position.get("since"),
            "loaded": position.get("loaded") or text(began),
        }
        start = Key(since - LOOKBACK) if since else None
        if position.get("at"):
            start = Key(moment(position["at"][0]), str(position["at"][1]))
        # From the beginning only rows that are there are asked for: it sees no deletion.
        self.seen = Seen(start.stamp if start else self.now, self.now)
        key = start
        for records, key in self.reader.by_stamp(start):
            marks = {"at": [text(key.stamp), key.record_id]} if key else {}
            rows = self._present(records)
            yield self._page(rows, {**place, "began": text(began), **marks})
        until = self._until(key, since=since, began=began)
        self.seen.until = until
        # By Salesforce's clock, and not past what was still being committed while we read.
        yield Page([], {**place, "since": text(until)}, read_up_to=began - LOOKBACK)

    def _by_bulk(self, position: Position) -> Iterator[Page]:
        place = position if "bulk" in position else self._begun_job()
        try:
            if place is position:
                # The position of a job that is new is kept before anybody waits for it.
                self.jobs.wait(place["bulk"]["job"])
            else:
                yield Page([], place)
                self.jobs.wait(place["bulk"]["job"])
        except (GoneError, JobFailedError, JobAbortedError):
            if place is not position:
                raise
            place = self._begun_job()
            yield Page([], place)
            self.jobs.wait(place["bulk"]["job"])
        job = place["bulk"]
        for piece in self.jobs.pieces(job["job"], locator=job["locator"], skip=job["skip"]):
            after = {**job, "locator": piece.locator, "skip": piece.skip}
            done = {"since": place["began"], "loaded": place["loaded"]}
            began = moment(place["began"])
            yield self._page(
                piece.records,
                done if piece.is_last else {**place, "bulk": after},
                read_up_to=began - LOOKBACK if piece.is_last else None,
            )
        self.jobs.drop(job["job"])

    def _begun_job(self) -> Position:
        names = list(dict.fromkeys(["Id", *self.fields]))
        query = soql.select(names, self.described.name, where=[self.described.present])
        job = {"job": self.jobs.create(query), "locator": "", "skip": 0}
        return {"began": text(self.now), "loaded": text(self.now), "bulk": job}

    def _present(self, records: list[Record]) -> list[Record]:
        cursor = self.described.spec.cursor
        return [
            record for record in records if not self.seen.note(record, stamp=moment(record[cursor]))
        ]

    def _until(self, key: Key | None, *, since: datetime | None, began: datetime) -> datetime:
        reached = max(found for found in (since, key.stamp if key else None, OLDEST) if found)
        return min(reached, began)

    def _page(
        self, records: list[Record], position: Position, *, read_up_to: datetime | None = None
    ) -> Page:
        rows: list[Row] = []
        refusals: list[Refusal] = []
        for record in records:
            found = self.values.row(record)
            if isinstance(found, Refusal):
                refusals.append(found)
            else:
                rows.append(found)
        return Page(rows, position, refusals=refusals, read_up_to=read_up_to)
