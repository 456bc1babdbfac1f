"""The simulator against recorded exchanges: asked the same of the same rows, it answers alike."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.salesforce import Simulator
from tests.salesforce.ids import PREFIXES, record_id
from tests.salesforce.recorded import Exchange, exchanges, id_of, ordered
from tests.salesforce.visitor import Visitor

ALL = exchanges()
pytestmark = pytest.mark.skipif(not ALL, reason="the recorded exchanges are not on this machine")
# What a reader of records never asks: tools for code, communities, Bulk 1, and queries of parents
# and children in one. It is refused and never half answered.
UNSPOKEN = ("/tooling/", "/connect/", "/services/async/")
UNSPOKEN_SOQL = ("TYPEOF", "(select")


def is_unspoken(exchange: Exchange) -> bool:
    asks_more = any(word in exchange.soql for word in UNSPOKEN_SOQL)
    return asks_more or any(part in exchange.target for part in UNSPOKEN)


def of_kind(*kinds: str) -> list[Any]:
    """Each question once, however often it was recorded with the same answer."""
    seen, found = set(), []
    for each in ALL:
        key = (each.target, each.asked, each.told)
        if each.route.kind in kinds and not is_unspoken(each) and key not in seen:
            seen.add(key)
            found.append(pytest.param(each, id=each.name))
    return found


@pytest.fixture(scope="module")
def org() -> Iterator[Simulator]:
    with Simulator(seed=1, rows=0) as found:
        yield found


@pytest.fixture(scope="module")
def client(org: Simulator) -> Iterator[Visitor]:
    with Visitor(org) as found:
        yield found.sign_in()


@pytest.fixture(autouse=True)
def empty(org: Simulator) -> None:
    org.store.made_at = org.clock.now()
    for name in ("Account", "Contact", "Opportunity", "Event"):
        org.store.load(name, [])


def rows_without_values(object_name: str, count: int) -> list[dict[str, Any]]:
    return [{"Id": record_id(PREFIXES[object_name], number + 1)} for number in range(count)]


def ask(client: Visitor, exchange: Exchange) -> requests.Response:
    body = {"data": exchange.asked} if exchange.asked else {}
    headers = {"Content-Type": "application/json"} if exchange.asked else {}
    return client.call(exchange.method, exchange.target, headers=headers, **body)


def alike(answer: requests.Response, exchange: Exchange) -> None:
    assert answer.status_code == exchange.status
    if exchange.content_type:
        assert answer.headers["Content-Type"] == exchange.content_type


@pytest.mark.parametrize("exchange", of_kind("query"))
def test_a_query(org: Simulator, client: Visitor, exchange: Exchange) -> None:
    rows, told = exchange.rows, json.loads(exchange.told)
    if told["records"] and told["records"][0]["attributes"]["type"] == "AggregateResult":
        count = told["records"][0]["expr0"]
        org.store.load(exchange.entity, rows_without_values(exchange.entity, count))
    else:
        org.store.load(exchange.entity, rows())
    answer = ask(client, exchange)
    alike(answer, exchange)
    ours, theirs = ordered(answer.text), ordered(json.dumps({**told, "records": []}))
    assert ours[:-1] == theirs[:-1]
    assert [key for key, _ in ours] == [key for key, _ in theirs]
    if "expr0" in exchange.told:
        assert answer.json()["records"] == told["records"]
        return
    mine = {id_of(row): ordered(json.dumps(row)) for row in answer.json()["records"]}
    recorded = {id_of(row): ordered(json.dumps(row)) for row in exchange.records()}
    assert mine == recorded


@pytest.mark.parametrize("exchange", of_kind("record"))
def test_a_record(org: Simulator, client: Visitor, exchange: Exchange) -> None:
    told = json.loads(exchange.told)
    row = exchange_row(told)
    org.store.load("Organization", [row])
    answer = ask(client, exchange)
    alike(answer, exchange)
    assert answer.json().keys() >= told.keys()
    assert {key: answer.json()[key] for key in told} == told
    own = answer.json().keys() - told.keys()
    assert not any(answer.json()[name] for name in own)


def exchange_row(told: dict[str, Any]) -> dict[str, Any]:
    whole = Exchange("", "GET", "", "", 200, "", json.dumps({"records": [told]}))
    return whole.rows()[0]


@pytest.mark.parametrize("exchange", of_kind("record_count"))
def test_estimates_of_how_many_there_are(
    org: Simulator, client: Visitor, exchange: Exchange
) -> None:
    """An object without rows is told as 0 or left out: both are on record, and ours is left out."""
    told = json.loads(exchange.told)
    for each in told["sObjects"]:
        org.store.load(each["name"], rows_without_values(each["name"], each["count"]))
    answer = ask(client, exchange)
    alike(answer, exchange)
    assert answer.json() == {"sObjects": [each for each in told["sObjects"] if each["count"]]}


def is_json(text: str) -> bool:
    try:
        return bool(json.loads(text))
    except ValueError:
        return False


# One was written as an outage, one with a question that is no JSON.
COMPOSITES = [
    each
    for each in of_kind("composite")
    if is_json(each.values[0].asked) and is_json(each.values[0].told)
]


@pytest.mark.parametrize("exchange", COMPOSITES)
def test_several_in_one(org: Simulator, client: Visitor, exchange: Exchange) -> None:
    told = json.loads(exchange.told)["compositeResponse"]
    fill(org, exchange, told)
    if told[0]["httpStatusCode"] == 304:
        org.store.made_at = datetime(2020, 8, 14, tzinfo=UTC)
    answer = ask(client, exchange)
    alike(answer, exchange)
    assert answer.json().keys() == {"compositeResponse"}
    for mine, theirs in zip(answer.json()["compositeResponse"], told, strict=True):
        assert mine.keys() == theirs.keys()
        assert mine["httpStatusCode"] == theirs["httpStatusCode"]
        assert mine["referenceId"] == theirs["referenceId"]
        assert mine["httpHeaders"].keys() == theirs["httpHeaders"].keys()
        if "fields" in (theirs["body"] or {}):
            assert mine["body"].keys() >= theirs["body"].keys() - {"urls"}
        else:
            assert mine["body"] == theirs["body"]


def fill(org: Simulator, exchange: Exchange, told: list[dict[str, Any]]) -> None:
    """Of each object of the questions, the rows that the answers show or count."""
    for asked, answer in zip(json.loads(exchange.asked)["compositeRequest"], told, strict=True):
        inner = Exchange("", "GET", asked["url"], "", 200, "", json.dumps(answer["body"]))
        if answer["httpStatusCode"] != 200 or not inner.soql:
            continue
        body = answer["body"]
        if not body["records"]:
            rows = rows_without_values(inner.entity, body["totalSize"])
            org.store.load(inner.entity, rows)
        for row in inner.rows():
            known = {each["Id"]: each for each in org.store.rows(inner.entity)}
            org.store.load(inner.entity, [{**known.get(row["Id"], {}), **row}])


@pytest.mark.parametrize("exchange", [each for each in ALL if is_unspoken(each)][:20])
def test_what_is_not_spoken_is_refused(client: Visitor, exchange: Exchange) -> None:
    assert ask(client, exchange).status_code in {400, 403, 404, 405}


@pytest.mark.parametrize("exchange", of_kind("write"))
def test_nothing_is_written(client: Visitor, exchange: Exchange) -> None:
    answer = ask(client, exchange)
    assert answer.status_code == 403
    assert client.simulator.ledger.writes


def test_every_exchange_is_held_against_ours_or_known_not_to_be() -> None:
    spoken = {"query", "record", "record_count", "composite", "write"}
    left = [each.name for each in ALL if each.route.kind not in spoken and not is_unspoken(each)]
    assert left == []
    assert len(of_kind("query")) > 20
    assert len(COMPOSITES) == len(of_kind("composite")) - 2


# --- the CSV of Bulk -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "exchange",
    [pytest.param(each, id=each.name) for each in ALL if each.content_type == "text/csv"][:3],
)
def test_csv_is_written_as_theirs_is(org: Simulator, client: Visitor, exchange: Exchange) -> None:
    """Bulk 1 and 2 write it alike: every value in quotes, the header too, and plain line feeds."""
    header, *lines = exchange.told.rstrip("\n").split("\n")
    ids = [line.split(",")[0].strip('"') for line in lines]
    rows = [{"Id": each, "Success": True, "Created": True, "Error": None} for each in ids]
    org.store.load("Contact", rows)
    job = client.complete_job("SELECT Id, Success, Created, Error FROM Contact")
    answer = client.get(f"/services/data/v60.0/jobs/query/{job}/results")
    mine = answer.text.rstrip("\n").split("\n")
    assert answer.headers["Content-Type"] == exchange.content_type
    assert mine[0] == header
    assert sorted(mine[1:]) == sorted(line.replace('"false"', '"true"') for line in lines)
