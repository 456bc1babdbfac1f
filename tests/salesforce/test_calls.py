"""Queries page by page, limits, versions, several calls in one, the clock and the ledger."""

import gzip
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.salesforce import Simulator
from tests.salesforce.clock import START, VirtualClock
from tests.salesforce.ledger import fingerprint
from tests.salesforce.locators import LIVES
from tests.salesforce.visitor import DATA, Visitor

SOQL = "SELECT Id FROM Opportunity"


class TestPages:
    def test_rows_come_page_by_page(self, reader: Visitor) -> None:
        whole = reader.simulator.store.ids("Opportunity")
        first = reader.query(f"{SOQL} ORDER BY Id", **{"Sforce-Query-Options": "batchSize=200"})
        body = first.json()
        assert (body["totalSize"], len(body["records"]), body["done"]) == (450, 200, False)
        locator, start = body["nextRecordsUrl"].rsplit("/", 1)[1].split("-")
        assert locator.startswith("0r8")
        assert start == "200"
        assert reader.ids(f"{SOQL} ORDER BY Id") == whole
        rest = reader.get(body["nextRecordsUrl"]).json()
        assert [row["Id"] for row in rest["records"]] == whole[200:]
        assert rest["done"]
        assert "nextRecordsUrl" not in rest

    @pytest.mark.parametrize(("asked", "given"), [("1", 200), ("300", 300), ("9999", 450)])
    def test_a_batch_has_its_bounds(self, reader: Visitor, asked: str, given: int) -> None:
        headers = {"Sforce-Query-Options": f"batchSize={asked}"}
        assert len(reader.query(SOQL, **headers).json()["records"]) == given

    def test_a_page_is_of_the_moment_of_the_question(
        self, simulator: Simulator, visitor: Visitor
    ) -> None:
        simulator.pages.usual = simulator.pages.least = 10
        body = visitor.query("SELECT Id, NextStep FROM Opportunity ORDER BY Id").json()
        last = simulator.store.ids("Opportunity")[-1]
        simulator.store.update("Opportunity", last, {"NextStep": "changed"})
        while not body["done"]:
            body = visitor.get(body["nextRecordsUrl"]).json()
        assert body["records"][-1] | {"attributes": 0} == {
            "Id": last,
            "NextStep": None,
            "attributes": 0,
        }

    def test_a_place_to_go_on_from_dies(self, simulator: Simulator, visitor: Visitor) -> None:
        simulator.pages.usual = simulator.pages.least = 10
        more = visitor.query(SOQL).json()["nextRecordsUrl"]
        simulator.clock.advance(LIVES)
        visitor.sign_in()
        assert visitor.get(more).status_code == 200
        simulator.clock.advance(1)
        refused = [{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}]
        assert visitor.get(more).json() == refused

    @pytest.mark.parametrize("locator", ["0r8nothing-10", "x", "-", "0r8-x-1"])
    def test_a_place_that_is_none(self, reader: Visitor, locator: str) -> None:
        answer = reader.get(f"{DATA}/query/{locator}")
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")

    def test_an_address_has_a_greatest_length(self, reader: Visitor) -> None:
        among = ",".join(f"'{each}'" for each in reader.simulator.store.ids("Opportunity") * 2)
        answer = reader.query(f"{SOQL} WHERE Id IN ({among})")
        assert (answer.status_code, answer.content) == (414, b"")


class TestOrg:
    def test_versions_are_told_to_anybody(self, shared: Simulator) -> None:
        with Visitor(shared) as stranger:
            versions = stranger.get("/services/data").json()
            assert stranger.get(f"{DATA}/limits").status_code == 401
        assert versions[0].keys() == {"label", "url", "version"}
        assert versions[-1]["url"] == f"/services/data/v{versions[-1]['version']}"

    @pytest.mark.parametrize(
        ("version", "status"), [("v30.0", 410), ("v31.0", 200), ("v65.0", 200), ("v99.0", 404)]
    )
    def test_versions_begin_and_end(self, reader: Visitor, version: str, status: int) -> None:
        assert reader.get(f"/services/data/{version}/limits").status_code == status

    def test_calls_are_counted_and_end(self, simulator: Simulator, visitor: Visitor) -> None:
        simulator.quota.allowed = 3
        for used in (1, 2, 3):
            answer = visitor.get(f"{DATA}/limits")
            assert answer.headers["Sforce-Limit-Info"] == f"api-usage={used}/3"
            assert answer.json()["DailyApiRequests"] == {"Max": 3, "Remaining": 3 - used}
        refused = visitor.query(SOQL)
        assert (refused.status_code, refused.json()[0]["errorCode"]) == (
            403,
            "REQUEST_LIMIT_EXCEEDED",
        )
        assert refused.headers["Sforce-Limit-Info"] == "api-usage=3/3"
        assert visitor.sign_in().get("/services/data").status_code == 200

    def test_a_record_by_its_id(self, reader: Visitor) -> None:
        record = reader.simulator.store.ids("Account")[0]
        path = f"{DATA}/sobjects/Account/{record}"
        assert reader.get(path, fields="Id,Name").json().keys() == {"attributes", "Id", "Name"}
        assert reader.get(path, fields="Nope").json()[0]["errorCode"] == "INVALID_FIELD"
        head = reader.call("HEAD", path)
        assert (head.status_code, head.content) == (200, b"")

    def test_large_answers_are_compressed_for_who_can_read_them(self, reader: Visitor) -> None:
        packed = reader.query(SOQL)
        plain = reader.query(SOQL, **{"Accept-Encoding": "identity"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert packed.json() == plain.json()
        assert int(packed.headers["Content-Length"]) < len(gzip.compress(b"") + plain.content)

    def test_the_date_is_that_of_the_clock(self, simulator: Simulator, visitor: Visitor) -> None:
        simulator.clock.move_to(datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC))
        visitor.sign_in()
        assert visitor.get(f"{DATA}/limits").headers["Date"] == "Sat, 02 Jan 2027 03:04:05 GMT"


class TestSeveralInOne:
    def batch(self, reader: Visitor, *urls: str) -> Any:
        asked = {"batchRequests": [{"method": "GET", "url": each} for each in urls]}
        return reader.call("POST", f"{DATA}/composite/batch", json=asked).json()

    def test_a_batch(self, reader: Visitor) -> None:
        answer = self.batch(reader, f"{DATA}/limits", "v60.0/query?q=SELECT count() FROM Lead")
        assert not answer["hasErrors"]
        assert [each["statusCode"] for each in answer["results"]] == [200, 200]
        assert answer["results"][1]["result"]["totalSize"] == 150
        wrong = self.batch(reader, f"{DATA}/limits", f"{DATA}/nothing", f"{DATA}/composite")
        assert wrong["hasErrors"]
        assert [each["statusCode"] for each in wrong["results"]] == [200, 404, 404]

    @pytest.mark.parametrize(("count", "status"), [(25, 200), (26, 400)])
    def test_how_many_fit(self, reader: Visitor, count: int, status: int) -> None:
        each = {"method": "GET", "url": f"{DATA}/limits", "referenceId": "x"}
        asked = {"compositeRequest": [each] * count}
        assert reader.call("POST", f"{DATA}/composite", json=asked).status_code == status

    def test_it_costs_one_call(self, simulator: Simulator, visitor: Visitor) -> None:
        each = {"method": "GET", "url": f"{DATA}/limits", "referenceId": "x"}
        visitor.call("POST", f"{DATA}/composite", json={"compositeRequest": [each] * 5})
        assert simulator.quota.used == 1


class TestLedger:
    def test_it_knows_what_was_asked(self, simulator: Simulator, visitor: Visitor) -> None:
        visitor.query(SOQL)
        visitor.job(SOQL)
        visitor.call("PATCH", f"{DATA}/sobjects/Account/001", json={})
        simulator.plan.arm("session_expired")
        visitor.get(f"{DATA}/limits")
        ledger = simulator.ledger
        kinds = [call.kind for call in ledger.calls]
        assert kinds == ["token", "query", "bulk_create", "write", "limits"]
        assert [call.soql for call in ledger.calls[1:3]] == [SOQL, SOQL]
        assert ledger.api_calls == 4
        assert ledger.faults == {"session_expired": 1}
        assert [call.path for call in ledger.writes] == [f"{DATA}/sobjects/Account/001"]
        assert [call.status for call in ledger.calls] == [200, 200, 200, 403, 401]
        assert [call.number for call in ledger.calls] == [1, 2, 3, 4, 5]
        token = str(visitor.session.headers["Authorization"]).removeprefix("Bearer ")
        assert {call.token for call in ledger.calls[1:]} == {fingerprint(token)}
        ledger.clear()
        assert (ledger.count(), ledger.kinds) == (0, {})

    def test_it_keeps_no_token_of_an_address(self, simulator: Simulator, visitor: Visitor) -> None:
        visitor.get(f"{DATA}/limits", access_token="secret-of-the-address")
        assert "secret-of-the-address" not in repr(simulator.ledger)


class TestClock:
    def test_it_stands_until_it_is_moved(self) -> None:
        clock = VirtualClock()
        assert clock.now() == clock.now() == START
        assert clock.advance(1.5) == START + timedelta(seconds=1.5)
        assert clock.stamp() == START + timedelta(seconds=1)
        assert clock.move_to(START) == START

    def test_it_ticks_for_a_person(self) -> None:
        clock = VirtualClock(ticks=True)
        before = clock.now()
        time.sleep(0.02)
        assert timedelta(0) < clock.now() - before < timedelta(seconds=5)


def test_a_simulator_leaves_no_thread_and_no_file() -> None:
    with Simulator(seed=1, rows=1) as simulator, Visitor(simulator) as visitor:
        folder = simulator.ca_path.parent
        assert visitor.sign_in().query(SOQL).status_code == 200
        thread = simulator._thread
    assert not folder.exists()
    assert not thread.is_alive()
