"""Bulk 2.0 query jobs: made, asked after, read in pieces, given up, deleted."""

import base64
import json
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.salesforce.answers import Answer, json_answer, not_found, refused
from tests.salesforce.clock import VirtualClock
from tests.salesforce.ids import record_id
from tests.salesforce.routes import Request
from tests.salesforce.soql import QueryError, Result, run
from tests.salesforce.store import Store
from tests.salesforce.values import csv_header, csv_lines, moment

KEPT_FOR = timedelta(days=7)
TERMINAL = {"JobComplete", "Failed", "Aborted"}
DELIMITERS = {"COMMA"}


@dataclass
class Job:
    id: str
    operation: str
    query: str
    object_name: str
    version: str
    result: Result
    made_at: datetime
    state: str = "UploadComplete"
    asked: int = 0
    stuck: bool = False
    error: str = ""


class Bulk:
    def __init__(self, *, store: Store, clock: VirtualClock, user_id: str) -> None:
        self.store = store
        self.clock = clock
        self.user_id = user_id
        self.jobs: dict[str, Job] = {}
        self.unsupported: set[str] = set()
        # How often a client must ask before a job is complete, and the most rows of a piece.
        self.polls = 0
        self.piece_rows = 50_000
        self._numbers = 0
        self._lock = threading.Lock()

    # --- the calls -----------------------------------------------------------------------

    def create(self, request: Request) -> Answer:
        version = request.parts["version"]
        try:
            asked = json.loads(request.body)
            operation, query = str(asked["operation"]), str(asked["query"])
        except (ValueError, KeyError, TypeError):
            return refused(400, "INVALIDJOB", "Unable to parse Job")
        if operation not in {"query", "queryAll"}:
            return refused(400, "INVALIDJOB", f"Operation not supported: {operation}")
        if asked.get("columnDelimiter", "COMMA") not in DELIMITERS:
            return refused(400, "INVALIDJOB", "Only COMMA is simulated")
        try:
            result = run(self.store, query, deleted=operation == "queryAll")
        except QueryError as error:
            return json_answer(error.body(), 400)
        problem = self._unfit(result)
        if problem:
            return problem
        with self._lock:
            self._numbers += 1
            job = Job(
                record_id("750", self._numbers),
                operation,
                query,
                result.schema.name,
                version,
                result,
                self.clock.stamp(),
            )
            self.jobs[job.id] = job
        return json_answer(self._shown(job))

    def _unfit(self, result: Result) -> Answer | None:
        name = result.schema.name
        if name in self.unsupported:
            message = f"Entity '{name}' is not supported by the Bulk API."
            return refused(400, "INVALIDENTITY", message)
        if result.has_compound:
            message = "Selecting compound data not supported in Bulk Query"
            return refused(400, "API_ERROR", message)
        if result.count is not None or result.aggregates is not None:
            message = "Aggregate Relationships not supported in Bulk Query"
            return refused(400, "API_ERROR", message)
        return None

    def listed(self, _request: Request) -> Answer:
        records = [self._shown(job) for job in self._alive()]
        return json_answer({"done": True, "records": records, "nextRecordsUrl": None})

    def status(self, request: Request) -> Answer:
        found = self.find(request.parts["job"])
        if found is None:
            return not_found()
        found.asked += 1
        if found.state not in TERMINAL and not found.stuck:
            found.state = "JobComplete" if found.asked > self.polls else "InProgress"
        return json_answer(self._shown(found, whole=True))

    def results(self, request: Request) -> Answer:
        version = request.parts["version"]
        found = self.find(request.parts["job"])
        if found is None:
            return not_found()
        if found.version != version:
            return refused(409, "API_ERROR", "version mismatch")
        if found.state in {"Failed", "Aborted"}:
            message = f"The job's state is {found.state}: there are no results."
            return refused(400, "INVALIDJOBSTATE", message)
        if found.state != "JobComplete":
            return Answer(204)
        start = _start(request.parameters.get("locator", ""))
        most = request.parameters.get("maxRecords", str(self.piece_rows))
        if start is None or not most.isdigit() or not int(most):
            return refused(400, "API_ERROR", "Invalid locator or maxRecords")
        end = start + min(int(most), self.piece_rows)
        rows = found.result.rows[start:end]
        text = csv_header(found.result) + csv_lines(found.result, rows)
        headers = {
            "Content-Type": "text/csv",
            "Sforce-Locator": _locator(end) if end < len(found.result.rows) else "null",
            "Sforce-NumberOfRecords": str(len(rows)),
        }
        return Answer(200, text.encode(errors="surrogatepass"), headers)

    def abort(self, request: Request) -> Answer:
        found = self.find(request.parts["job"])
        if found is None:
            return not_found()
        try:
            wanted = json.loads(request.body).get("state")
        except (ValueError, AttributeError):
            wanted = None
        if wanted != "Aborted" or found.state in TERMINAL:
            return refused(400, "INVALIDJOBSTATE", f"A job in {found.state} cannot be {wanted}")
        found.state = "Aborted"
        return json_answer(self._shown(found))

    def delete(self, request: Request) -> Answer:
        found = self.find(request.parts["job"])
        if found is None:
            return not_found()
        if found.state not in TERMINAL:
            message = "Error encountered when deleting the job because the job is not terminated"
            return refused(400, "API_ERROR", message)
        with self._lock:
            del self.jobs[found.id]
        return Answer(204)

    # --- inside --------------------------------------------------------------------------

    def _alive(self) -> list[Job]:
        now = self.clock.now()
        with self._lock:
            return [each for each in self.jobs.values() if now - each.made_at < KEPT_FOR]

    def find(self, job: str) -> Job | None:
        return next(
            (each for each in self._alive() if each.id in {job} or each.id[:15] == job), None
        )

    def _shown(self, job: Job, *, whole: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": job.id,
            "operation": job.operation,
            "object": job.object_name,
            "createdById": self.user_id,
            "createdDate": moment(job.made_at, zone="+0000"),
            "systemModstamp": moment(self.clock.stamp(), zone="+0000"),
            "state": job.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(job.version.removeprefix("v")),
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
        }
        if whole:
            done = job.state == "JobComplete"
            found |= {
                "jobType": "V2Query",
                "numberRecordsProcessed": len(job.result.rows) if done else 0,
                "retries": 0,
                "totalProcessingTime": 100 * job.asked,
                "isPkChunkingSupported": True,
            }
        if job.error:
            found["errorMessage"] = job.error
        return found


def _locator(start: int) -> str:
    return base64.urlsafe_b64encode(str(start).encode()).decode().rstrip("=")


def _start(locator: str) -> int | None:
    if not locator:
        return 0
    try:
        return int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except ValueError:
        return None
