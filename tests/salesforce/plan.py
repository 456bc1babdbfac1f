"""Which faults befall which calls: by number, by a seeded rate, or the next few."""

import json
import random
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.salesforce import recordings
from tests.salesforce.behaviours import BEHAVIOURS

# When a fault fires: a rate between 0 and 1, or the numbers (from 1) of the calls that it fits.
When = float | Sequence[int]
PARTS = ("seed", "faults", "behaviours")

# endpoint of the file → kinds of calls; nothing: every call below /services/data.
KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("oauth2/token", ("token", "soap_login")),
    ("nextRecordsUrl", ("query_more",)),
    ("/query|queryAll", ("query",)),
    ("/jobs/query//{id}/results", ("bulk_double_slash", "bulk_results")),
    ("/jobs/query/{id}/results", ("bulk_results",)),
    ("DELETE /jobs/query", ("bulk_delete",)),
    ("/jobs/query/{id}", ("bulk_status",)),
    ("/jobs/query", ("bulk_create",)),
    ("/deleted/", ("deleted",)),
    ("/limits", ("limits",)),
    ("POST/PATCH sobjects", ("write",)),
)
# Of our own: what the file has no entry for and a campaign needs.
OWN: tuple[dict[str, Any], ...] = (
    {
        "id": "session_expired",
        "endpoint": "any /services/data",
        "http_status": 401,
        "headers": {"Content-Type": "application/json;charset=UTF-8"},
        "body": [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}],
        "wire_mode": "normal",
    },
    {
        "id": "quota_exceeded",
        "endpoint": "any /services/data",
        "http_status": 403,
        "headers": {"Content-Type": "application/json;charset=UTF-8"},
        "body": [
            {"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}
        ],
        "wire_mode": "normal",
    },
    {
        "id": "invalid_query_locator",
        "endpoint": "GET {nextRecordsUrl}",
        "http_status": 400,
        "headers": {"Content-Type": "application/json;charset=UTF-8"},
        "body": [{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}],
        "wire_mode": "normal",
    },
    {
        "id": "slow_body",
        "endpoint": "any /services/data",
        "http_status": 200,
        "headers": {},
        "body": None,
        "wire_mode": "slow body",
    },
    {
        "id": "answer_lost",
        "endpoint": "POST /services/oauth2/token",
        "http_status": None,
        "headers": {},
        "body": None,
        "wire_mode": "RST after the work",
    },
)
# A client that tries again gets over these; the rows that it ends with must be right.
TRANSIENT = (
    *("401_html", "not_acceptable_empty", "edge_420", "unknown_500", "empty_500"),
    *("bad_gateway_html", "server_unavailable", "maintenance_html_503", "ok_html"),
    *("connection_reset", "connection_reset_mid_body", "quota_concurrent", "short_page"),
    *("quota_concurrent_long", "ok_no_records_key", "total_size_drift", "session_expired"),
    *("query_timeout", "bulk_results_short", "bulk_results_no_count_header"),
    *("bulk_job_failed", "bulk_results_not_ready_204", "invalid_query_locator"),
)


@dataclass(frozen=True)
class Fault:
    id: str
    endpoint: str
    status: int | None
    headers: Mapping[str, str]
    body: Any
    wire_mode: str

    @property
    def kinds(self) -> tuple[str, ...]:
        return next((kinds for part, kinds in KINDS if part in self.endpoint), ())

    def fits(self, kind: str, path: str) -> bool:
        if self.id == "unsupported_object_deleted" and "OpportunityHistory" not in path:
            return False
        return kind in self.kinds if self.kinds else path.startswith("/services/data")

    @property
    def content(self) -> bytes:
        if self.body in (None, ""):
            return b""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode()


def catalogue() -> dict[str, Fault]:
    return {
        each["id"]: Fault(
            each["id"],
            each["endpoint"],
            each["http_status"],
            each["headers"],
            each["body"],
            each["wire_mode"],
        )
        for each in (*recordings.faults(), *OWN)
    }


class PlanError(Exception):
    """A sentence for whoever wrote the plan."""


def known(name: str, kind: str, among: Iterable[str]) -> None:
    if name not in among:
        message = f"There is no {kind} {name!r}; there are: {', '.join(sorted(among))}."
        raise PlanError(message)


def schedule(told: Any, *, kind: str) -> dict[str, When]:
    """As a file has it: names, each with a rate or with numbers of calls."""
    if not isinstance(told, dict):
        message = f"The {kind} of a plan are an object of names, each with a rate or a list."
        raise PlanError(message)
    for name, when in told.items():
        numbers = when if isinstance(when, list) else []
        is_rate = isinstance(when, int | float) and not isinstance(when, bool) and 0 <= when <= 1
        if not is_rate and not (numbers and all(type(n) is int and n > 0 for n in numbers)):
            message = (
                f"{name}: {when!r} is neither a rate from 0 to 1 nor a list of numbers of calls,"
                " counted from 1."
            )
            raise PlanError(message)
    return told


@dataclass
class _Armed:
    fault: Fault
    when: When
    only: str = ""  # must be in the address or the query
    left: int | None = None  # how often it may fire yet
    seen: int = 0


@dataclass
class Plan:
    """`faults` and `behaviours`: id → rate or call numbers; the same seed gives the same world."""

    seed: int = 0
    faults: Mapping[str, When] = field(default_factory=dict)
    behaviours: Mapping[str, When] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []
        self._calls = 0
        faults = catalogue()
        for name, when in self.faults.items():
            known(name, "fault", faults)
            self._armed.append(_Armed(faults[name], when))
        for name in self.behaviours:
            known(name, "behaviour", BEHAVIOURS)

    @classmethod
    def from_file(cls, path: str | Path) -> "Plan":
        try:
            found = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            message = f"The plan {path} cannot be read: {error.strerror}."
            raise PlanError(message) from error
        except ValueError as error:
            message = f"The plan {path} is not JSON: {error}."
            raise PlanError(message) from error
        strange = sorted(found.keys() - PARTS) if isinstance(found, dict) else None
        if strange is None or strange or type(found.get("seed", 0)) is not int:
            message = f"A plan is a JSON object of {', '.join(PARTS)}; the seed is a whole number."
            raise PlanError(message)
        return cls(
            seed=found.get("seed", 0),
            faults=schedule(found.get("faults", {}), kind="faults"),
            behaviours=schedule(found.get("behaviours", {}), kind="behaviours"),
        )

    def arm(self, name: str, *, times: int | None = 1, when: When = 1.0, only: str = "") -> None:
        """From now on: the next `times` calls that fit (`None`: all), of those with `only`."""
        faults = catalogue()
        known(name, "fault", faults)
        with self._lock:
            self._armed.append(_Armed(faults[name], when, only, times))

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    def fault_for(self, kind: str, path: str, *, text: str = "") -> Fault | None:
        with self._lock:
            for armed in self._armed:
                if self._fires(armed, kind, path, text):
                    return armed.fault
        return None

    def behaviours_for_next_call(self) -> list[str]:
        with self._lock:
            self._calls += 1
            number = self._calls
        return [name for name, when in self.behaviours.items() if self._hits(name, when, number)]

    def _fires(self, armed: _Armed, kind: str, path: str, text: str) -> bool:
        tls = armed.fault.wire_mode == "self-signed"
        fits = kind == "connection" if tls else armed.fault.fits(kind, path)
        if not fits or armed.left == 0 or (armed.only and armed.only not in path + text):
            return False
        armed.seen += 1
        if not self._hits(armed.fault.id, armed.when, armed.seen):
            return False
        if armed.left is not None:
            armed.left -= 1
        return True

    def _hits(self, name: str, when: When, number: int) -> bool:
        if isinstance(when, int | float):
            return random.Random(f"{self.seed}:{name}:{number}").random() < when
        return number in when
