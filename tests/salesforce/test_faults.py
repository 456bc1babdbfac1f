"""Each fault of the list: switched on by a seeded plan, it is answered to the letter."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.salesforce import Plan, Simulator, recordings
from tests.salesforce.plan import KINDS, OWN, PlanError, catalogue
from tests.salesforce.visitor import DATA, Visitor

FAULTS = {each["id"]: each for each in recordings.faults()}
needs_file = pytest.mark.skipif(not FAULTS, reason="the list of faults is not on this machine")
SOQL = "SELECT Id, Name FROM Opportunity"
JOBS = f"{DATA}/jobs/query"
# No answer comes that could be held against the file: each has a test of its own.
ON_THE_WIRE = {
    "connection_reset",
    "connection_reset_mid_body",
    "stall_forever",
    "tls_bad_cert",
    *("tok_rtr_rotated", "short_page", "total_size_drift"),
}


@pytest.fixture(scope="module")
def served() -> Iterator[Simulator]:
    with Simulator(seed=5, rows=30) as found:
        found.pages.usual = found.pages.least = 10
        yield found


@pytest.fixture
def visitor(served: Simulator) -> Iterator[Visitor]:
    served.obey(Plan())
    with Visitor(served) as found:
        yield found.sign_in()


def token(visitor: Visitor) -> requests.Response:
    found = visitor.simulator.credentials("refresh")
    secrets = found["secrets"]
    return visitor.token(grant_type="refresh_token", client_id=found["client_id"], **secrets)


def page_two(visitor: Visitor) -> Callable[[], requests.Response]:
    address = visitor.query(SOQL).json()["nextRecordsUrl"]
    return lambda: visitor.get(address)


def of_job(visitor: Visitor, method: str, ending: str) -> Callable[[], requests.Response]:
    job = visitor.complete_job(SOQL)
    return lambda: visitor.call(method, f"{JOBS}/{job}{ending}")


def double_slash(visitor: Visitor) -> Callable[[], requests.Response]:
    job = visitor.complete_job(SOQL)
    return lambda: visitor.get(f"{JOBS}//{job}/results")


def deleted(visitor: Visitor, name: str) -> requests.Response:
    now = visitor.simulator.clock.now()
    span = {"start": (now - timedelta(hours=1)).isoformat(), "end": now.isoformat()}
    return visitor.get(f"{DATA}/sobjects/{name}/deleted/", **span)


# kind of call → made ready, the call itself
CALLS: dict[str, Callable[[Visitor], Callable[[], requests.Response]]] = {
    "token": lambda visitor: lambda: token(visitor),
    "query": lambda visitor: lambda: visitor.query(SOQL),
    "query_more": page_two,
    "bulk_create": lambda visitor: lambda: visitor.job(SOQL),
    "bulk_status": lambda visitor: of_job(visitor, "GET", ""),
    "bulk_results": lambda visitor: of_job(visitor, "GET", "/results"),
    "bulk_delete": lambda visitor: of_job(visitor, "DELETE", ""),
    "bulk_double_slash": double_slash,
    "deleted": lambda visitor: lambda: deleted(visitor, "OpportunityHistory"),
    "limits": lambda visitor: lambda: visitor.get(f"{DATA}/limits"),
    "write": lambda visitor: lambda: visitor.call("PATCH", f"{DATA}/sobjects/Account/001", json={}),
}
ANYWHERE = "any /services/data"


def meeting(visitor: Visitor, name: str) -> Callable[[], requests.Response]:
    """The call that the fault is of. An endpoint that is none of ours is a fault not supported."""
    endpoint = FAULTS[name]["endpoint"]
    assert endpoint == ANYWHERE or any(part in endpoint for part, _ in KINDS), endpoint
    return CALLS[(catalogue()[name].kinds or ("query",))[0]](visitor)


def planned(visitor: Visitor, name: str, when: Any = (1,)) -> None:
    visitor.simulator.obey(Plan(seed=1, faults={name: when}))


def without_id(body: Any) -> Any:
    return {**body, "id": ""} if isinstance(body, dict) else body


@needs_file
@pytest.mark.parametrize("name", [each for each in FAULTS if each not in ON_THE_WIRE])
def test_an_answer_is_the_one_of_the_file(visitor: Visitor, name: str) -> None:
    fault = FAULTS[name]
    ask = meeting(visitor, name)
    planned(visitor, name)
    answer = ask()
    assert answer.status_code == fault["http_status"]
    assert fault["wire_mode"] == "normal"
    assert fault["headers"].items() <= answer.headers.items()
    if isinstance(fault["body"], str):
        assert answer.content.decode() == fault["body"]
    elif name.startswith("bulk_job_"):
        assert without_id(answer.json()) == without_id(fault["body"])
    else:
        assert answer.json() == fault["body"]
    assert visitor.simulator.ledger.calls[-1].fault == name
    visitor.sign_in()
    assert visitor.query(SOQL).status_code == 200


@needs_file
@pytest.mark.parametrize("name", sorted(ON_THE_WIRE & FAULTS.keys()))
def test_each_fault_of_the_wire_has_a_test_of_its_own(name: str) -> None:
    assert f"test_{name}" in globals()


@needs_file
def test_connection_reset(visitor: Visitor) -> None:
    planned(visitor, "connection_reset")
    with pytest.raises(requests.exceptions.ConnectionError):
        visitor.query(SOQL)
    assert visitor.simulator.ledger.calls[-1].status is None
    assert visitor.query(SOQL).status_code == 200


@needs_file
def test_connection_reset_mid_body(visitor: Visitor) -> None:
    whole = visitor.query(SOQL)
    planned(visitor, "connection_reset_mid_body")
    answer = visitor.call("GET", f"{DATA}/query", params={"q": SOQL}, stream=True)
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) > len(whole.content)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        assert answer.content
    assert visitor.query(SOQL).json()["records"] == whole.json()["records"]


@needs_file
def test_stall_forever(visitor: Visitor) -> None:
    planned(visitor, "stall_forever")
    started = time.monotonic()
    with pytest.raises(requests.exceptions.ReadTimeout):
        visitor.call("GET", f"{DATA}/limits", timeout=0.2)
    assert time.monotonic() - started >= 0.2
    assert visitor.get(f"{DATA}/limits").status_code == 200


@needs_file
def test_tls_bad_cert(visitor: Visitor) -> None:
    planned(visitor, "tls_bad_cert")
    visitor.session.close()
    with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        visitor.query(SOQL)
    assert visitor.query(SOQL).status_code == 200


@needs_file
def test_tok_rtr_rotated(visitor: Visitor) -> None:
    planned(visitor, "tok_rtr_rotated")
    answer = token(visitor)
    told, expected = answer.json(), FAULTS["tok_rtr_rotated"]["body"]
    assert answer.status_code == 200
    assert told.keys() == expected.keys()
    assert (told["scope"], told["token_type"]) == (expected["scope"], expected["token_type"])
    assert visitor.come_with(told["access_token"]).query(SOQL).status_code == 200


@needs_file
def test_short_page(visitor: Visitor) -> None:
    planned(visitor, "short_page")
    ids = set(visitor.simulator.store.ids("Opportunity"))
    first = visitor.query(SOQL).json()
    assert (first["totalSize"], first["done"], len(first["records"])) == (len(ids), False, 2)
    rest, page = [], first
    while not page["done"]:
        page = visitor.get(page["nextRecordsUrl"]).json()
        rest += page["records"]
    found = [row["Id"] for row in first["records"] + rest]
    assert len(found) == len(ids)
    assert set(found) == ids


@needs_file
def test_total_size_drift(visitor: Visitor) -> None:
    ask = page_two(visitor)
    true_size = ask().json()["totalSize"]
    planned(visitor, "total_size_drift")
    assert ask().json()["totalSize"] == true_size + 7


@needs_file
@pytest.mark.parametrize(
    ("name", "state"), [("bulk_job_failed", "Failed"), ("bulk_job_aborted", "Aborted")]
)
def test_a_job_that_was_said_to_have_ended_stays_so(
    visitor: Visitor, name: str, state: str
) -> None:
    job = visitor.job(SOQL).json()["id"]
    planned(visitor, name)
    for _ in range(2):
        answer = visitor.get(f"{JOBS}/{job}").json()
        assert (answer["id"], answer["state"]) == (job, state)
    assert visitor.get(f"{JOBS}/{job}/results").status_code == 400


@needs_file
def test_a_job_that_is_stuck_ends_when_it_is_aborted(visitor: Visitor) -> None:
    job = visitor.job(SOQL).json()["id"]
    planned(visitor, "bulk_job_stuck")
    states = [visitor.get(f"{JOBS}/{job}").json()["state"] for _ in range(5)]
    assert states == ["InProgress"] * 5
    assert visitor.call("DELETE", f"{JOBS}/{job}").status_code == 400
    assert visitor.call("PATCH", f"{JOBS}/{job}", json={"state": "Aborted"}).status_code == 200
    assert visitor.call("DELETE", f"{JOBS}/{job}").status_code == 204


# --- of our own ------------------------------------------------------------------------------


def test_session_expired(visitor: Visitor) -> None:
    planned(visitor, "session_expired")
    for _ in range(2):
        assert visitor.query(SOQL).json()[0]["errorCode"] == "INVALID_SESSION_ID"
    assert visitor.sign_in().query(SOQL).status_code == 200


def test_a_slow_body_is_slow_and_whole(visitor: Visitor) -> None:
    planned(visitor, "slow_body", when=(2,))
    quick = visitor.get(f"{DATA}/limits")
    started = time.monotonic()
    slow = visitor.get(f"{DATA}/limits")
    assert time.monotonic() - started > 0.2
    assert slow.json().keys() == quick.json().keys()


def test_an_answer_that_is_lost_was_given(visitor: Visitor) -> None:
    before = sum(visitor.simulator.ledger.refresh_uses.values())
    planned(visitor, "answer_lost")
    with pytest.raises(requests.exceptions.ConnectionError):
        token(visitor)
    assert sum(visitor.simulator.ledger.refresh_uses.values()) == before + 1
    assert visitor.simulator.ledger.calls[-1].status is None


@pytest.mark.parametrize("fault", [each for each in OWN if each["http_status"] in (400, 403)])
def test_the_refusals_of_our_own(visitor: Visitor, fault: dict[str, Any]) -> None:
    ask = CALLS[(catalogue()[fault["id"]].kinds or ("query",))[0]](visitor)
    planned(visitor, fault["id"])
    answer = ask()
    assert (answer.status_code, answer.json()) == (fault["http_status"], fault["body"])


# --- plans -----------------------------------------------------------------------------------


def numbers_that_fail(plan: Plan, *, calls: int = 400) -> list[int]:
    found = [plan.fault_for("query", f"{DATA}/query") for _ in range(calls)]
    return [number for number, fault in enumerate(found) if fault]


def test_a_rate_is_the_same_for_the_same_seed() -> None:
    plans = [Plan(seed=seed, faults={"session_expired": 0.2}) for seed in (1, 1, 2)]
    first, again, other = map(numbers_that_fail, plans)
    assert first == again != other
    assert 40 < len(first) < 130


def test_numbers_are_the_calls_that_fail() -> None:
    assert numbers_that_fail(Plan(faults={"session_expired": [1, 3, 9]})) == [0, 2, 8]


def test_armed_for_the_next_calls_that_fit() -> None:
    plan = Plan()
    plan.arm("quota_exceeded", times=2, only="Account")
    paths = ["/services/data/Account", "/services/data/Lead", "/services/oauth2/token"]
    fired = [bool(plan.fault_for("query", path)) for path in paths * 3]
    assert fired == [True, False, False, True, False, False, False, False, False]
    plan.arm("quota_exceeded", times=None)
    plan.clear()
    assert numbers_that_fail(plan) == []


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(PlanError, match="no fault 'gremlins'"):
        Plan(faults={"gremlins": 1.0})
    with pytest.raises(PlanError, match="no fault 'gremlins'"):
        Plan().arm("gremlins")
    with pytest.raises(PlanError, match="no behaviour 'gremlins'"):
        Plan(behaviours={"gremlins": 1.0})


def test_a_plan_of_a_file(tmp_path: Any) -> None:
    written = {"seed": 4, "faults": {"session_expired": [2]}, "behaviours": {"soft_delete": [1]}}
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(written))
    plan = Plan.from_file(path)
    assert (plan.seed, plan.faults, plan.behaviours) == (4, *list(written.values())[1:])
    with Simulator(seed=1, rows=5, plan=plan) as simulator, Visitor(simulator) as visitor:
        visitor.sign_in()
        assert len(visitor.ids(SOQL)) == 14
        assert visitor.query(SOQL).status_code == 401
        assert [each.name for each in simulator.enacted] == ["soft_delete"]
