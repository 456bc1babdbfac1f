"""Every fault of the list: what it comes to, and that rows are whole where it passes."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.connectors.base import (
    ConnectorError,
    NeedsSignInError,
    ObjectUnavailableError,
    QuotaReachedError,
    SourceUnavailableError,
)
from accounts.connectors.salesforce.connector import SalesforceConnector
from accounts.connectors.salesforce.faults import SetupError
from tests.accounts.connectors.salesforce.connections import a_connection_to, opened, read
from tests.salesforce import Simulator, tiny
from tests.salesforce.clock import START
from tests.salesforce.worlds import Few

pytestmark = pytest.mark.django_db
FILE = Path(settings.BASE_DIR).parent / "shared" / "data" / "salesforce" / "faults.json"
FAULTS: list[dict[str, Any]] = json.loads(FILE.read_text())["faults"] if FILE.exists() else []
needs_file = pytest.mark.skipif(not FAULTS, reason="the list of faults is not on this machine")

SIGN_IN: dict[str, type[ConnectorError] | None] = {
    "tok_limit_array_body": QuotaReachedError,
    "tok_503_html": SourceUnavailableError,
    "tok_ok_no_instance_url": SetupError,
    "tok_rtr_rotated": None,
}
# What happens when it never ends.
LASTING: dict[str, type[ConnectorError]] = {
    "session_wrong_scope": NeedsSignInError,
    "invalid_auth_header": NeedsSignInError,
    "api_disabled": SetupError,
    "api_retired": SetupError,
    "insufficient_access": ObjectUnavailableError,
    "not_found": ObjectUnavailableError,
    "url_not_reset": NeedsSignInError,
    "method_not_allowed": ObjectUnavailableError,
    "unknown_500": ObjectUnavailableError,
    "tls_bad_cert": SetupError,
    "redirect_other_host": SetupError,
    "invalid_field_not_filterable": ObjectUnavailableError,
    "invalid_field_missing": ObjectUnavailableError,
    "malformed_query": ObjectUnavailableError,
    "query_timeout": ObjectUnavailableError,
    "operation_too_large": ObjectUnavailableError,
    "uri_too_long": ObjectUnavailableError,
    "ok_no_records_key": ObjectUnavailableError,
    "bulk_job_aborted": ObjectUnavailableError,
    "bulk_txn_security": SetupError,
}
# However often they come, the rows are there: these are no faults, or there is a way around them.
HARMLESS = {
    *("short_page", "total_size_drift", "unable_to_lock_row", "limits_forbidden"),
    *("bulk_compound", "bulk_entity_unsupported", "bulk_daily_limit", "bulk_job_failed"),
    *("bulk_job_stuck", "bulk_results_short", "bulk_results_no_count_header"),
    *("bulk_delete_not_terminal", "bulk_delete_ok", "bulk_results_double_slash_404"),
    *("bulk_results_not_ready_204", "bulk_version_mismatch", "bulk_job_gone_7_days"),
    *("deleted_ok", "deleted_window_too_old", "deleted_naive_datetime"),
    *("unsupported_object_deleted", "bulk_results_odd_csv"),
}
LASTS = [each["id"] for each in FAULTS if not each["id"].startswith("tok_")]
UNREPLAYABLE = {"stall_forever", "bulk_results_odd_csv"}


def is_met(name: str, *, bulk: bool) -> bool:
    """Whether a first reading asks anything that the fault is of."""
    fault = next(each for each in FAULTS if each["id"] == name)
    endpoint = fault["endpoint"]
    if "jobs/query" in endpoint:
        return bulk
    if "query|queryAll" in endpoint or "nextRecordsUrl" in endpoint:
        return not bulk
    return bool(endpoint == "any /services/data")


def cases(*, without: set[str]) -> list[Any]:
    """Each fault by the way that meets it; those of every call by Bulk too, at full size."""
    found = []
    for name in LASTS:
        ways = [bulk for bulk in (False, True) if is_met(name, bulk=bulk)] or [False]
        for number, bulk in enumerate(ways):
            marks = [pytest.mark.slow] if number else []
            way = "bulk" if bulk else "query"
            if name not in without:
                case = pytest.param(name, 1 if bulk else 10**6, id=f"{name}-{way}", marks=marks)
                found.append(case)
    return found


@pytest.fixture
def world() -> tiny.Source:
    """What these tests read of an org; the whole of it is described in test_reading."""
    whole = tiny.world(seed=3, rows=40, until=START)
    return Few(whole, "User", "Account", "Opportunity")


def rows_of(connector: SalesforceConnector) -> set[str]:
    return set(read(connector, "Opportunity")[0])


@needs_file
@pytest.mark.parametrize("name", [e["id"] for e in FAULTS if e["id"].startswith("tok_")])
def test_sign_in(sim: Simulator, name: str) -> None:
    method = "refresh" if name.startswith("tok_rtr") else "client_credentials"
    connection = a_connection_to(sim, method=method)
    expected = SIGN_IN.get(name, NeedsSignInError)
    sim.plan.arm(name, times=None)
    with opened(connection, at=sim.clock.now()) as connector:
        if expected is None:
            assert "Account" in connector.describe()
            return
        with pytest.raises(expected) as caught:
            connector.describe()
        secrets = connection.read_secrets()
        assert not any(secret in str(caught.value) for secret in secrets.values())
    tries = sim.ledger.count("token")
    assert tries == (5 if expected is SourceUnavailableError else 1)
    assert sim.ledger.api_calls == 0


@needs_file
@pytest.mark.parametrize(("name", "bulk_from"), cases(without=UNREPLAYABLE))
def test_a_fault_that_stays(sim: Simulator, name: str, bulk_from: int) -> None:
    """The object or the run ends with a sentence, or goes another way; never with half its rows."""
    with opened(a_connection_to(sim, bulk_from=bulk_from), at=sim.clock.now()) as connector:
        connector.describe()
        if name == "tls_bad_cert":
            connector.transport.close()
        sim.plan.arm(name, times=None)
        if not is_met(name, bulk=bulk_from == 1) or name in HARMLESS:
            assert rows_of(connector) == set(sim.store.ids("Opportunity"))
            return
        with pytest.raises(LASTING.get(name, SourceUnavailableError)) as caught:
            rows_of(connector)
        assert connector.transport.bearer not in str(caught.value)
        assert str(caught.value).endswith(".")


@needs_file
@pytest.mark.parametrize(("name", "bulk_from"), cases(without=UNREPLAYABLE | {"tls_bad_cert"}))
def test_a_fault_that_passes(sim: Simulator, name: str, bulk_from: int) -> None:
    """After it, at the latest in the next run, every row is there."""
    connection = a_connection_to(sim, bulk_from=bulk_from)
    position: dict[str, Any] = {}
    found: set[str] = set()
    with opened(connection, at=sim.clock.now()) as connector:
        connector.describe()
        sim.plan.arm(name)
        try:
            for page in connector.changed_since("Opportunity", position):
                found |= {row["Id"] for row in page.rows}
                position = page.position
        except ConnectorError:
            with opened(connection, at=sim.clock.now()) as later:
                rows, _, _ = read(later, "Opportunity", position)
                found |= set(rows)
    assert found == set(sim.store.ids("Opportunity"))


def test_a_stall_is_cut_off(sim: Simulator) -> None:
    """simple-salesforce has no time-out: it would wait for ever."""
    with opened(a_connection_to(sim), at=sim.clock.now()) as connector:
        connector.describe()
        assert max(connector.transport.timeout) <= 60
        connector.transport.timeout = (1.0, 0.5)
        sim.plan.arm("stall_forever")
        assert rows_of(connector) == set(sim.store.ids("Opportunity"))
        connector.transport.timeout = (1.0, 0.02)
        sim.plan.arm("stall_forever", times=None)
        with pytest.raises(ObjectUnavailableError, match="short spans"):
            rows_of(connector)
