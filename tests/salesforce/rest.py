"""REST: versions, describe, queries page by page, limits and single records."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime, parsedate_to_datetime
from zlib import crc32

from tests.salesforce.answers import JSON, Answer, encoded, json_answer, not_found, refused
from tests.salesforce.clock import VirtualClock
from tests.salesforce.locators import Locators
from tests.salesforce.routes import Request
from tests.salesforce.schema import Row
from tests.salesforce.soql import QueryError, Result, run
from tests.salesforce.store import NoSuchRecordError, Store
from tests.salesforce.values import json_records, json_value

VERSIONS = [
    ("Spring '24", "60.0"),
    ("Summer '24", "61.0"),
    ("Winter '25", "62.0"),
    ("Spring '25", "63.0"),
    ("Summer '25", "64.0"),
    ("Winter '26", "65.0"),
]
LONGEST_URL = 16_384


@dataclass
class Quota:
    """Of the org's calls in 24 hours."""

    allowed: int = 100_000
    used: int = 0

    @property
    def header(self) -> str:
        return f"api-usage={self.used}/{self.allowed}"


@dataclass
class Pages:
    """How many rows a page of a query has; Salesforce gives no fewer than 200 unless it must."""

    usual: int = 2000
    least: int = 200


class Rest:
    def __init__(self, *, store: Store, clock: VirtualClock, locators: Locators) -> None:
        self.store = store
        self.clock = clock
        self.locators = locators
        self.quota = Quota()
        self.pages = Pages()

    # --- about the org -------------------------------------------------------------------

    def versions(self, _request: Request) -> Answer:
        return json_answer(
            [
                {"label": label, "url": f"/services/data/v{number}", "version": number}
                for label, number in VERSIONS
            ]
        )

    def resources(self, request: Request) -> Answer:
        version = request.parts["version"]
        names = ("query", "queryAll", "sobjects", "limits", "composite", "jobs")
        return json_answer({name: f"/services/data/{version}/{name}" for name in names})

    def organization(self, _request: Request) -> Answer:
        """Of Connect: an org of one currency says which."""
        has_several = "CurrencyType" in self.store.schemas
        features: dict[str, bool | str] = {"multiCurrency": has_several}
        if not has_several:
            features["defaultCurrencyIsoCode"] = self.store.currency
        (found,) = self.store.rows("Organization")
        told = {"features": features, "name": found["Name"], "orgId": self.store.organization_id}
        return json_answer(told)

    def limits(self, _request: Request) -> Answer:
        remaining = max(0, self.quota.allowed - self.quota.used)
        bulk = {"Max": 10_000, "Remaining": 10_000}
        return json_answer(
            {
                "DailyApiRequests": {"Max": self.quota.allowed, "Remaining": remaining},
                "DailyBulkV2QueryJobs": bulk,
                "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
                "ConcurrentAsyncGetReportInstances": {"Max": 200, "Remaining": 200},
            }
        )

    def record_count(self, request: Request) -> Answer:
        wanted = request.parameters.get("sObjects", "")
        names = [name for name in wanted.split(",") if name] or self.store.objects()
        counts = [
            {"count": len(self.store.rows(schema.name)), "name": schema.name}
            for name in names
            if (schema := self.store.schema(name))
        ]
        return json_answer({"sObjects": [each for each in counts if each["count"]]})

    # --- describe ------------------------------------------------------------------------

    def describe_global(self, request: Request) -> Answer:
        version = request.parts["version"]
        schemas = self.store.schemas.values()
        # A change within the second of the last answer must not pass for none.
        later = timedelta(seconds=1)
        changed = max(
            each.changed_at + later if each.changed_at else self.store.made_at for each in schemas
        )
        headers, is_known = _unchanged(request, changed, of=version)
        if is_known:
            return Answer(304, headers=headers)
        objects = [schema.summary(version) for schema in schemas]
        body = {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects}
        return json_answer(body, 200, **headers)

    def describe(self, request: Request) -> Answer:
        version = request.parts["version"]
        object_name = request.parts["object"]
        schema = self.store.schema(object_name)
        if schema is None:
            return not_found()
        changed = schema.changed_at or self.store.made_at
        headers, is_known = _unchanged(request, changed, of=version + schema.name)
        if is_known:
            return Answer(304, headers=headers)
        return json_answer(schema.describe(version), 200, **headers)

    def object_info(self, request: Request) -> Answer:
        version = request.parts["version"]
        object_name = request.parts["object"]
        schema = self.store.schema(object_name)
        if schema is None:
            return not_found()
        return json_answer({"objectDescribe": schema.summary(version), "recentItems": []})

    def record(self, request: Request) -> Answer:
        version = request.parts["version"]
        object_name = request.parts["object"]
        record = request.parts["record"]
        schema = self.store.schema(object_name)
        try:
            row = self.store.get(schema.name, record) if schema else None
        except NoSuchRecordError:
            row = None
        if schema is None or row is None or row.get("IsDeleted"):
            return not_found()
        names = [each["name"] for each in schema.visible()]
        wanted = request.parameters.get("fields", "")
        names = wanted.split(",") if wanted else names
        if any(schema.find(name) is None for name in names):
            missing = next(name for name in names if schema.find(name) is None)
            return refused(400, "INVALID_FIELD", f"No such column '{missing}' on entity")
        query = f"SELECT {','.join(names)} FROM {schema.name} WHERE Id = '{row['Id']}'"  # noqa: S608
        result = run(self.store, query)
        text = json_records(result, result.rows, version)
        return json_answer(text[1:-1])

    # --- queries -------------------------------------------------------------------------

    def query(self, request: Request) -> Answer:
        version = request.parts["version"]
        operation = request.parts["operation"]
        soql = request.parameters.get("q", "")
        if not soql.strip():
            return refused(400, "MALFORMED_QUERY", "unexpected token: '<EOF>'")
        try:
            result = run(self.store, soql, deleted=operation == "queryAll")
        except QueryError as error:
            return json_answer(error.body(), 400)
        if result.count is not None:
            return json_answer({"totalSize": result.count, "done": True, "records": []})
        if result.aggregates is not None:
            return _aggregates(result)
        return self._first_page(request, version, operation, result)

    def _first_page(self, request: Request, version: str, operation: str, result: Result) -> Answer:
        size = self.page_size(request)
        locator = ""
        if len(result.rows) > size:
            locator = self.locators.keep(result, token=request.token, operation=operation)
        return self.page(result, start=0, size=size, version=version, locator=locator)

    def query_more(self, request: Request) -> Answer:
        version = request.parts["version"]
        locator = request.parts["locator"]
        found = self.locators.find(locator)
        if found is None:
            return refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        name, cursor, start = found
        size = self.page_size(request)
        return self.page(cursor.result, start=start, size=size, version=version, locator=name)

    def page(self, result: Result, *, start: int, size: int, version: str, locator: str) -> Answer:
        rows = result.rows[start : start + size]
        end = start + len(rows)
        done = end >= len(result.rows)
        more = "" if done else f'"nextRecordsUrl":"/services/data/{version}/query/{locator}-{end}",'
        records = json_records(result, rows, version)
        text = (
            f'{{"totalSize":{len(result.rows)},"done":{"true" if done else "false"},'
            f'{more}"records":{records}}}'
        )
        return Answer(200, encoded(text), {"Content-Type": JSON})

    def short_page(self, request: Request, answer: Answer) -> Answer:
        """A batch may hold fewer rows than were asked for: here a quarter."""
        found = json.loads(answer.body)
        if answer.status != 200 or len(found["records"]) < 2:
            return answer
        version = request.path.split("/")[3]
        operation = "queryAll" if "queryAll" in request.path else "query"
        result = run(self.store, request.parameters["q"], deleted=operation == "queryAll")
        locator = self.locators.keep(result, token=request.token, operation=operation)
        size = max(1, len(found["records"]) // 4)
        return self.page(result, start=0, size=size, version=version, locator=locator)

    def page_size(self, request: Request) -> int:
        options = request.headers.get("sforce-query-options", "")
        wanted = re.search(r"batchSize\s*=\s*(\d+)", options, re.IGNORECASE)
        size = int(wanted.group(1)) if wanted else self.pages.usual
        return max(min(size, 2000), self.pages.least)


def _aggregates(result: Result) -> Answer:
    row: Row = {"attributes": {"type": "AggregateResult"}}
    for alias, value in (result.aggregates or {}).items():
        kind = "int" if isinstance(value, int) else "double"
        row[alias] = json.loads(json_value(value, kind if _is_number(value) else "string"))
    return json_answer({"totalSize": 1, "done": True, "records": [row]})


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal)


def _unchanged(request: Request, changed: datetime, *, of: str) -> tuple[dict[str, str], bool]:
    """What a description says of its age, and whether the client has that one already."""
    changed = changed.astimezone(UTC).replace(microsecond=0)
    tag = f'"{crc32(f"{of} {changed}".encode()):08x}"'
    headers = {"ETag": tag, "Last-Modified": format_datetime(changed, usegmt=True)}
    since = _http_date(request.headers.get("if-modified-since", ""))
    is_known = bool(since and changed <= since) or tag == request.headers.get("if-none-match")
    return headers, is_known


def _http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
