"""getDeleted and getUpdated: which ids went or changed in a span of time."""

from datetime import UTC, datetime, timedelta

from tests.salesforce.answers import Answer, json_answer, not_found, refused
from tests.salesforce.clock import VirtualClock
from tests.salesforce.routes import Request
from tests.salesforce.store import Store
from tests.salesforce.values import moment

DELETED_FOR = timedelta(days=15)
UPDATED_FOR = timedelta(days=30)


def _moment(text: str) -> datetime | None:
    """Only with a zone: Salesforce refuses a time of nowhere."""
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


class Replication:
    def __init__(self, *, store: Store, clock: VirtualClock) -> None:
        self.store = store
        self.clock = clock

    def deleted(self, request: Request) -> Answer:
        object_name = request.parts["object"]
        span = self._span(request, object_name, within=DELETED_FOR)
        if isinstance(span, Answer):
            return span
        start, end = span
        name = self._name(object_name)
        covered = min(end, self.store.latest_covered())
        earliest = max(self.clock.now() - DELETED_FOR, self.store.made_at - DELETED_FOR)
        return json_answer(
            {
                "deletedRecords": [
                    {"id": each.record_id, "deletedDate": moment(each.at, zone="+0000")}
                    for each in self.store.deleted_between(name, start, end)
                ],
                "earliestDateAvailable": moment(earliest.replace(second=0), zone="+0000"),
                "latestDateCovered": moment(covered, zone="+0000"),
            }
        )

    def updated(self, request: Request) -> Answer:
        object_name = request.parts["object"]
        span = self._span(request, object_name, within=UPDATED_FOR)
        if isinstance(span, Answer):
            return span
        start, end = span
        name = self._name(object_name)
        schema = self.store.schemas[name]
        stamp = "SystemModstamp" if schema.has("SystemModstamp") else "CreatedDate"
        ids = sorted(
            row["Id"]
            for row in self.store.rows(name)
            if row.get(stamp) and start <= row[stamp] < end
        )
        covered = min(end, self.store.latest_covered())
        return json_answer({"ids": ids, "latestDateCovered": moment(covered, zone="+0000")})

    def _name(self, object_name: str) -> str:
        schema = self.store.schema(object_name)
        return schema.name if schema else ""

    def _span(
        self, request: Request, object_name: str, *, within: timedelta
    ) -> tuple[datetime, datetime] | Answer:
        schema = self.store.schema(object_name)
        if schema is None or not schema.replicateable:
            return not_found()
        start = _moment(request.parameters.get("start", ""))
        end = _moment(request.parameters.get("end", ""))
        if start is None or end is None:
            return refused(400, "MALFORMED_ID", "bad date")
        # Replication goes by the minute.
        start, end = start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
        if end - start < timedelta(minutes=1):
            message = "endDate must be at least one minute greater than startDate"
            return refused(400, "INVALID_REPLICATION_DATE", message)
        if self.clock.now() - start > within:
            message = f"startDate cannot be more than {within.days} days ago"
            return refused(400, "INVALID_REPLICATION_DATE", message)
        if start > self.clock.now():
            return refused(400, "INVALID_REPLICATION_DATE", "startDate cannot be in the future")
        return start, end
