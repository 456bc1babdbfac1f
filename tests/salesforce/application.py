"""What happens to a call: it is noted, perhaps befallen by a fault, signed in, answered."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.utils import format_datetime
from typing import Any

from tests.salesforce import composite
from tests.salesforce.answers import Answer, json_answer, not_allowed, not_found, refused
from tests.salesforce.bulk import Bulk
from tests.salesforce.clock import VirtualClock
from tests.salesforce.ledger import Call, Ledger, fingerprint
from tests.salesforce.locators import Locators
from tests.salesforce.oauth import SignIn
from tests.salesforce.plan import Fault, Plan
from tests.salesforce.replication import Replication
from tests.salesforce.rest import LONGEST_URL, VERSIONS, Rest
from tests.salesforce.routes import Request, Route, route
from tests.salesforce.sessions import Sessions
from tests.salesforce.store import Store

OLDEST, NEWEST = 31.0, float(VERSIONS[-1][1])
OPEN = {"token", "soap_login", "revoke", "versions", "unknown"}
# These change a true answer, or go wrong after the work was done.
UPON_THE_ANSWER = {
    "connection_reset_mid_body",
    "short_page",
    "total_size_drift",
    "tok_rtr_rotated",
    "slow_body",
    "answer_lost",
}
JOB_STATES = {"bulk_job_failed": "Failed", "bulk_job_aborted": "Aborted"}
Enact = Callable[[str], Any]


class Application:
    def __init__(
        self, *, store: Store, clock: VirtualClock, plan: Plan, ledger: Ledger, enact: Enact
    ) -> None:
        self.store = store
        self.clock = clock
        self.plan = plan
        self.ledger = ledger
        self.enact = enact
        self.sessions = Sessions(clock, ledger)
        self.sign_in = SignIn(store=store, clock=clock, sessions=self.sessions)
        self.locators = Locators(clock)
        self.rest = Rest(store=store, clock=clock, locators=self.locators)
        self.bulk = Bulk(store=store, clock=clock, user_id=self.sign_in.user_id)
        self.replication = Replication(store=store, clock=clock)
        self.handlers: Mapping[str, Callable[..., Answer]] = {
            "versions": self.rest.versions,
            "resources": self.rest.resources,
            "limits": self.rest.limits,
            "record_count": self.rest.record_count,
            "describe_global": self.rest.describe_global,
            "organization": self.rest.organization,
            "describe": self.rest.describe,
            "object_info": self.rest.object_info,
            "record": self.rest.record,
            "query": self.rest.query,
            "query_more": self.rest.query_more,
            "bulk_create": self.bulk.create,
            "bulk_list": self.bulk.listed,
            "bulk_status": self.bulk.status,
            "bulk_results": self.bulk.results,
            "bulk_abort": self.bulk.abort,
            "bulk_delete": self.bulk.delete,
            "deleted": self.replication.deleted,
            "updated": self.replication.updated,
            "composite": self.composite,
            "composite_batch": self.composite_batch,
        }

    # --- one call ------------------------------------------------------------------------

    def respond(self, request: Request) -> tuple[Answer | None, str]:
        number = self.ledger.next_number()
        found = route(request)
        soql = request.parameters.get("q", "") or _job_query(request)
        if request.path.startswith("/services/data"):
            for name in self.plan.behaviours_for_next_call():
                self.enact(name)
        fault = self.plan.fault_for(found.kind, request.path, text=soql)
        answer, mode = self._befallen(request, found, fault)
        if answer is not None and request.path.startswith("/services/data"):
            answer.headers.setdefault("Sforce-Limit-Info", self.rest.quota.header)
        if answer is not None:
            answer.headers.setdefault("Date", format_datetime(self.clock.now(), usegmt=True))
        self.ledger.add(
            Call(
                number,
                self.clock.now(),
                request.method,
                request.shown,
                found.kind,
                fingerprint(request.token),
                answer.status if answer and not mode.startswith("RST") else None,
                fault.id if fault else "",
                soql,
            )
        )
        return answer, mode

    def _befallen(
        self, request: Request, found: Route, fault: Fault | None
    ) -> tuple[Answer | None, str]:
        if fault is None:
            return self.answer(request, found), "normal"
        if fault.id in UPON_THE_ANSWER:
            return self._changed(fault, request, self.answer(request, found)), fault.wire_mode
        if fault.status is None:
            return None, fault.wire_mode
        self._meant(fault, request, found)
        answer = Answer(fault.status, fault.content, dict(fault.headers))
        if fault.id in JOB_STATES or fault.id == "bulk_job_stuck":
            answer.body = json.dumps({**fault.body, "id": found.parts["job"]}).encode()
        return answer, fault.wire_mode

    def _meant(self, fault: Fault, request: Request, found: Route) -> None:
        """What is said stays true afterwards."""
        if fault.id == "session_expired":
            self.sessions.expire(request.token)
        if fault.id == "tok_rtr_reuse_detected":
            self.sessions.revoke_everything()
        job = self.bulk.find(found.parts.get("job", ""))
        if job and fault.id in JOB_STATES:
            job.state = JOB_STATES[fault.id]
        if job and fault.id == "bulk_job_stuck":
            job.state, job.stuck = "InProgress", True

    def _changed(self, fault: Fault, request: Request, answer: Answer) -> Answer:
        if fault.id == "total_size_drift" and answer.status == 200:
            answer.body = re.sub(
                rb'"totalSize":(\d+)',
                lambda match: b'"totalSize":%d' % (int(match.group(1)) + 7),
                answer.body,
                count=1,
            )
        if fault.id == "short_page" and request.parameters.get("q"):
            return self.rest.short_page(request, answer)
        return answer

    # --- the answer when nothing goes wrong ----------------------------------------------

    def answer(self, request: Request, found: Route) -> Answer:
        if len(request.target) > LONGEST_URL:
            return Answer(414)
        if not found.allowed:
            return not_allowed(request.method, "GET,HEAD")
        if found.kind in {"token", "soap_login", "revoke"}:
            return self._signing(request, found)
        if found.kind not in OPEN and not self.sessions.valid(request.token):
            return refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if found.kind in {"identity", "userinfo"}:
            return json_answer(self.sign_in.identity())
        return self._data(request, found)

    def _signing(self, request: Request, found: Route) -> Answer:
        if found.kind == "soap_login":
            return self.sign_in.soap(request.body.decode(errors="replace"))
        if found.kind == "revoke":
            self.sessions.expire(request.form.get("token", ""))
            return Answer(200)
        answer = self.sign_in.answer(request.form, request.headers.get("authorization", ""))
        self.locators.drop_of(self.sessions.ended)
        return answer

    def _data(self, request: Request, found: Route) -> Answer:
        quota = self.rest.quota
        if found.kind != "versions":
            if quota.used >= quota.allowed:
                message = "TotalRequests Limit exceeded."
                return refused(403, "REQUEST_LIMIT_EXCEEDED", message)
            quota.used += 1
        return self.inner(request, found)

    def inner(self, request: Request, found: Route) -> Answer:
        version = float(found.parts.get("version", "v60.0").removeprefix("v"))
        if version < OLDEST:
            return refused(410, "UNSUPPORTED_API_VERSION", "API version unsupported")
        if version > NEWEST:
            return not_found()
        if found.kind == "write":
            message = "insufficient access rights: this org may only be read"
            return refused(403, "INSUFFICIENT_ACCESS_OR_READONLY", message)
        handler = self.handlers.get(found.kind)
        return handler(replace(request, parts=found.parts)) if handler else not_found()

    def composite(self, request: Request) -> Answer:
        return composite.composite(request, self._part)

    def composite_batch(self, request: Request) -> Answer:
        return composite.batch(request, self._part)

    def _part(self, request: Request) -> Answer:
        found = route(request)
        if found.kind in {"composite", "composite_batch", "unknown"} or not found.allowed:
            return not_found()
        return self.inner(request, found)


def _job_query(request: Request) -> str:
    if not request.path.endswith("/jobs/query"):
        return ""
    try:
        return str(json.loads(request.body).get("query", ""))
    except (ValueError, AttributeError):
        return ""
