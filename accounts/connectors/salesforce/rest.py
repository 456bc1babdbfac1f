"""Reading by query: pages of a cursor that Salesforce keeps, and a keyset where it lost it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from simple_salesforce.api import Salesforce

from accounts.connectors.salesforce import soql
from accounts.connectors.salesforce.describing import Described
from accounts.connectors.salesforce.faults import FaultError, GoneError, QueryTooSlowError
from accounts.connectors.salesforce.soql import Key
from accounts.connectors.salesforce.transport import Transport
from accounts.connectors.salesforce.values import moment

Record = dict[str, Any]
OLDEST = datetime(1999, 3, 1, tzinfo=UTC)
MOST_HALVINGS = 12
LEAST_ROWS = 50
MOST_ROWS = 2000
MOST_STALLS = 3
IDS_A_QUERY = 400


class Reader:
    """Of one object, with the fields that are wanted."""

    def __init__(
        self,
        salesforce: Salesforce,
        transport: Transport,
        described: Described,
        *,
        fields: Sequence[str],
    ) -> None:
        self.salesforce, self.transport, self.described = salesforce, transport, described
        self.cursor = described.spec.cursor
        self.parts = soql.parts(fields, always=self._always())
        self.is_short = False

    def by_stamp(self, start: Key | None) -> Iterator[tuple[list[Record], Key | None]]:
        """Everything from a key on, deleted rows too; with each page the key that is safe by it."""
        span, key, stalls = Span(start), start, 0
        while True:
            known = key
            try:
                # By the server's last word, so before the question: later rows may be moved ones.
                asked_at = self.transport.server_time or OLDEST
                for records in self.pages(self._question(key, span.upper)):
                    key = self._advanced(key, records, asked_at=asked_at)
                    span.held()
                    yield self.widened(records), key
                if self.is_short and key != known:
                    continue
                if span.upper is None:
                    return
                key = span.passed()
            except QueryTooSlowError:
                span.halve(key, now=self.transport.server_time or OLDEST)
            except GoneError:
                stalls = stalls + 1 if key == known else 0
                if stalls >= MOST_STALLS:
                    raise

    def by_id(
        self, *, start: str = "", where: Sequence[str] = ()
    ) -> Iterator[tuple[list[Record], str]]:
        last, limit, stalls = start, 0, 0
        while True:
            known, count = last, 0
            question = self._select(where=[*where, soql.after_id(last)], order=["Id"], limit=limit)
            try:
                for records in self.pages(question):
                    count += len(records)
                    last = records[-1]["Id"] if records else last
                    yield self.widened(records), last
                if not (self.is_short and last != known) and not (limit and count == limit):
                    return
            except QueryTooSlowError:
                limit = (limit or MOST_ROWS * 2) // 2
                if limit < LEAST_ROWS:
                    raise
            except GoneError:
                stalls = stalls + 1 if last == known else 0
                if stalls >= MOST_STALLS:
                    raise

    def by_ids(self, ids: Sequence[str]) -> Iterator[list[Record]]:
        for at in range(0, len(ids), IDS_A_QUERY):
            some = soql.one_of(ids[at : at + IDS_A_QUERY])
            for records in self.pages(self._select(where=[some])):
                yield self.widened(records)

    def pages(self, question: str) -> Iterator[list[Record]]:
        """By queryAll: it alone knows deleted rows and archived activities."""
        # Not query_all_iter: it takes whatever comes for a page, and fails on what is none.
        answer = self._ask(lambda: self.salesforce.query(question, include_deleted=True))
        received = 0
        while True:
            received += len(answer["records"])
            yield answer["records"]
            if answer["done"]:
                break
            address = str(answer.get("nextRecordsUrl") or "")
            if not address.startswith("/services/data/"):
                # simple-salesforce would glue it to the host, and send the token where it leads.
                raise GoneError("Salesforce's answer does not say where it goes on.")
            more = partial(self.salesforce.query_more, address, identifier_is_url=True)
            answer = self._ask(more)
        # It may say more than it gives, or count anew with each page: what is missing is asked for.
        self.is_short = bool(received) and received < _total(answer)

    def widened(self, records: list[Record]) -> list[Record]:
        """The fields that had no room. Of a row that changed meanwhile the next pass tells."""
        for part in self.parts[1:]:
            others: dict[str, Record] = {}
            room = soql.LONGEST_QUERY - soql.AROUND_FIELDS - soql.size(",".join(part))
            step = max(1, min(IDS_A_QUERY, room // 27))
            ids = [record["Id"] for record in records]
            for at in range(0, len(ids), step):
                question = soql.select(
                    part, self.described.name, where=[soql.one_of(ids[at : at + step])]
                )
                for found in self.pages(question):
                    others.update((other["Id"], other) for other in found)
            records = [
                {**record, **others[record["Id"]]}
                for record in records
                if record["Id"] in others and self._is_same(record, others[record["Id"]])
            ]
        return records

    def _always(self) -> list[str]:
        own = [self.cursor] if self.cursor else []
        own += ["IsDeleted"] if self.described.has_is_deleted else []
        own += ["MasterRecordId"] if self.described.has_master else []
        return ["Id", *own]

    def _select(self, *, where: Sequence[str], order: Sequence[str] = (), limit: int = 0) -> str:
        return soql.select(
            self.parts[0], self.described.name, where=where, order=order, limit=limit
        )

    def _question(self, key: Key | None, upper: datetime | None) -> str:
        # What was deleted before the first reading was never here.
        fresh = self.described.present if key is None else ""
        where = [soql.from_key(self.cursor, key), soql.before(self.cursor, upper), fresh]
        return self._select(where=where, order=[self.cursor, "Id"])

    def _advanced(
        self, key: Key | None, records: list[Record], *, asked_at: datetime
    ) -> Key | None:
        """A row changed after the question shows its new stamp, and is no mark of the order."""
        for record in records:
            found = Key(moment(record[self.cursor]), record["Id"])
            if found.stamp < asked_at and (key is None or _order(found) > _order(key)):
                key = found
        return key

    def _is_same(self, record: Record, other: Record) -> bool:
        return not self.cursor or record[self.cursor] == other[self.cursor]

    def _ask(self, question: Callable[[], Any]) -> dict[str, Any]:
        for _ in range(MOST_STALLS):
            try:
                answer = question()
            except ValueError:  # JSON that breaks off inside
                continue
            if (
                isinstance(answer, dict)
                and isinstance(answer.get("records"), list)
                and isinstance(answer.get("done"), bool)
            ):
                return answer
        raise FaultError(
            "Salesforce answered a query without rows, several times. The next run asks again."
        )


class Span:
    """The stretch of time that one query covers: all of it, until Salesforce gives up."""

    def __init__(self, start: Key | None) -> None:
        self.upper: datetime | None = None
        self.width = timedelta(0)
        self.halvings = 0
        self.start = start

    def held(self) -> None:
        self.halvings = 0

    def halve(self, key: Key | None, *, now: datetime) -> None:
        self.halvings += 1
        low = key.stamp if key else OLDEST
        self.width = (self.width or max(now - low, timedelta(hours=1))) / 2
        if self.halvings > MOST_HALVINGS or self.width < timedelta(seconds=2):
            raise QueryTooSlowError(
                "Salesforce gave up the queries of this object, also over short spans of time. "
                "Give the user of this connection “View All Data”, or skip fields of this object."
            )
        self.upper = low + self.width
        self.latest = now

    def passed(self) -> Key:
        """The next stretch, twice as long: an empty one costs a call too."""
        if self.upper is None:
            raise ValueError("no stretch was begun")
        key = Key(self.upper.replace(microsecond=0))
        self.width *= 2
        following = key.stamp + self.width
        self.upper = following if following < self.latest else None
        return key


def _order(key: Key) -> tuple[datetime, str]:
    return key.stamp, key.record_id


def _total(answer: dict[str, Any]) -> int:
    total = answer.get("totalSize")
    return total if isinstance(total, int) else 0
