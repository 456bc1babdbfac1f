"""Recorded answers of real orgs, read by our connector: each value is the one on record."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests

from accounts.connectors.salesforce.bulk import Jobs
from accounts.connectors.salesforce.connector import SalesforceConnector
from accounts.connectors.salesforce.faults import FaultError, TransientError, fault_of
from accounts.connectors.salesforce.rest import Reader
from accounts.connectors.salesforce.values import Reader as ValueReader
from accounts.connectors.salesforce.values import moment
from accounts.records import OBJECTS
from tests.accounts.connectors.salesforce.connections import a_connection_to, opened, read
from tests.salesforce import Simulator
from tests.salesforce.recorded import DAY, MOMENT, Exchange, exchanges, id_of
from tests.salesforce.schema import Row
from tests.salesforce.tiny import World

ALL = exchanges()
QUERIES = [
    each
    for each in ALL
    if each.route.kind == "query"
    and each.entity in OBJECTS
    and f'"type" : "{each.entity}"' in each.told
]
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not ALL, reason="the recorded exchanges are not on this machine"),
]


class Recorded(requests.adapters.BaseAdapter):
    """Answers with what is on record, whatever is asked."""

    def __init__(
        self, body: str, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__()
        self.body, self.status = body, status
        self.headers = headers or {"Content-Type": "application/json;charset=UTF-8"}

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = self.status, request, str(request.url)
        answer.headers.update(self.headers)
        answer.raw = io.BytesIO(self.body.encode())
        return answer

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def connector(sim: Simulator) -> Iterator[SalesforceConnector]:
    """Signed in, and with the objects described as they are on record."""
    with opened(a_connection_to(sim), at=sim.clock.now()) as found:
        found.describe()
        yield found


def expected(value: Any) -> Any:
    """What a person reads in the recording."""
    if isinstance(value, str) and MOMENT.fullmatch(value):
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%f%z")
    if isinstance(value, str) and DAY.fullmatch(value):
        return date.fromisoformat(value)
    return Decimal(str(value)) if isinstance(value, int) and not isinstance(value, bool) else value


def plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """Without what only joined questions have: parents and children."""
    return {key: value for key, value in record.items() if not isinstance(value, dict)}


def answer_with(connector: SalesforceConnector, adapter: Recorded, path: str) -> None:
    connector.transport.mount(connector.transport.origin + path, adapter)


def test_recorded_pages_of_queries(connector: SalesforceConnector) -> None:
    assert len(QUERIES) > 30
    for exchange in QUERIES:
        a_page_is_read_as_recorded(connector, exchange)


def a_page_is_read_as_recorded(connector: SalesforceConnector, exchange: Exchange) -> None:
    version = connector.connection.api_version
    answer_with(connector, Recorded(exchange.told), f"/services/data/v{version}/queryAll")
    described = connector.catalogue.get(exchange.entity)
    reader = Reader(connector.salesforce, connector.transport, described, fields=[])
    (page,) = reader.pages("SELECT Id FROM Anything")
    values = ValueReader(described.spec)
    recorded = json.loads(exchange.told)["records"]
    assert len(page) == len(recorded) > 0
    for raw, record in zip(page, recorded, strict=True):
        row = values.row(raw)
        assert isinstance(row, dict)
        told = {key: value for key, value in plain(record).items() if key in described.spec.fields}
        assert row == {key: expected(value) for key, value in told.items()}, exchange.name


def recorded_rows() -> dict[str, list[Row]]:
    """Of each object, all rows on record, with the stamps that no recording asked for."""
    merged: dict[str, dict[str, Row]] = defaultdict(dict)
    for exchange in QUERIES:
        for record, row in zip(exchange.records(), exchange.rows(), strict=True):
            merged[exchange.entity].setdefault(id_of(record), {}).update(plain(row))
    stamp = datetime(2026, 1, 1, tzinfo=UTC)
    return {
        name: [{**row, "SystemModstamp": stamp, "CreatedDate": stamp} for row in rows.values()]
        for name, rows in merged.items()
    }


class OnRecord(World):
    """The tiny world's objects, with the rows on record in the place of its own."""

    def __init__(self) -> None:
        super().__init__(seed=1, rows=1, until=datetime(2026, 6, 30, tzinfo=UTC))
        self._rows |= recorded_rows()

    def types(self, object_name: str) -> Mapping[str, str]:
        return {} if object_name in recorded_rows() else super().types(object_name)


@pytest.mark.parametrize("bulk_from", [1, 10**6], ids=["bulk", "query"])
def test_recorded_rows_through_a_whole_reading(sim: Simulator, bulk_from: int) -> None:
    sim.follow(OnRecord())
    with opened(a_connection_to(sim, bulk_from=bulk_from), at=sim.clock.now()) as connector:
        specs = connector.describe()
        for name, rows in recorded_rows().items():
            found = read(connector, name)[0]
            assert found.keys() == {row["Id"] for row in rows}
            for row in rows:
                known = {key: value for key, value in row.items() if key in specs[name].fields}
                mine = found[row["Id"]]
                assert {key: mine[key] for key in known} == {
                    key: None if value == "" else value for key, value in known.items()
                }
    assert bool(sim.ledger.kinds["bulk_create"]) is (bulk_from == 1)


def test_what_is_on_record_is_not_little() -> None:
    rows = recorded_rows()
    assert rows.keys() >= {"Account", "Contact", "Event"}
    assert sum(map(len, rows.values())) > 100


# --- Bulk ------------------------------------------------------------------------------------

CSV = [each for each in ALL if each.content_type == "text/csv"]


def test_recorded_files_of_bulk(connector: SalesforceConnector) -> None:
    version = connector.connection.api_version
    jobs = Jobs(connector.transport, base_url=connector.salesforce.base_url)
    assert len(CSV) > 5
    for exchange in CSV:
        lines = list(csv.DictReader(io.StringIO(exchange.told)))
        headers = {
            "Content-Type": exchange.content_type,
            "Sforce-NumberOfRecords": str(len(lines)),
            "Sforce-Locator": "null",
        }
        file = Recorded(exchange.told, headers=headers)
        answer_with(connector, file, f"/services/data/v{version}/jobs/query")
        pieces = list(jobs.pieces("750000000000001", locator="", skip=0))
        assert [record for piece in pieces for record in piece.records] == lines
        assert [piece.is_last for piece in pieces] == [True]


def test_bulk_and_query_were_recorded_with_the_same_values() -> None:
    """Bulk 1 wrote moments as milliseconds; the moments are those of the query of the same rows."""
    bulk = next(each for each in ALL if "?format=json" in each.target)
    query = next(each for each in QUERIES if "TYPEOF" in each.soql and len(each.records()) == 3)
    by_query = {id_of(row): row for row in query.records()}
    rows = json.loads(bulk.told)
    assert {id_of(row) for row in rows} == by_query.keys()
    for row in rows:
        theirs = by_query[id_of(row)]
        milliseconds = row.pop("ActivityDateTime")
        assert moment(theirs["ActivityDateTime"]).timestamp() * 1000 == milliseconds
        assert row == {key: theirs[key] for key in row}


# --- what else is on record ------------------------------------------------------------------


@pytest.mark.parametrize(("index", "status"), [(0, 200), (1, 400)])
def test_recorded_refusals(index: int, status: int) -> None:
    exchange = next(each for each in ALL if "sobjects__errors" in each.name)
    part = json.loads(exchange.told)["compositeResponse"][index]
    assert part["httpStatusCode"] == status
    fault = fault_of(answered(json.dumps(part["body"]), status))
    assert (fault is None) is (status == 200)
    if fault is not None:
        assert isinstance(fault, FaultError)
        assert fault.code == "INVALID_TYPE"
        assert "XYZZY" not in str(fault)


def test_a_recorded_outage_passes() -> None:
    exchange = next(each for each in ALL if each.status == 500)
    assert isinstance(fault_of(answered(exchange.told, 500)), TransientError)


def answered(body: str, status: int) -> requests.Response:
    request = requests.Request("GET", "https://127.0.0.1/").prepare()
    return Recorded(body, status=status).send(request)


def test_recorded_estimates(sim: Simulator) -> None:
    told = {each.told for each in ALL if '"count" : ' in each.told and "sObjects" in each.told}
    assert len(told) > 2
    connection = a_connection_to(sim)
    path = f"/services/data/v{connection.api_version}/limits/"
    for body in told:
        with opened(connection, at=sim.clock.now()) as connector:
            connector.describe()
            answer_with(connector, Recorded(body), path)
            for each in json.loads(body)["sObjects"]:
                assert connector.count(each["name"]) == each["count"]
