"""Describe is served from the recorded bodies; what has none is made of names that are real."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.salesforce import Simulator, changes, recordings
from tests.salesforce.plan import OWN
from tests.salesforce.schema import schema_of, synthesised
from tests.salesforce.soql.errors import no_such_object
from tests.salesforce.visitor import DATA, Visitor

RECORDED = [
    path.name.removeprefix("sobjects_").removesuffix("_describe.json")
    for path in sorted((recordings.SALESFORCE / "describe").glob("sobjects_*_describe.json"))
]
OBJECTS = [each for each in RECORDED if each != "Global"]
needs_describes = pytest.mark.skipif(not RECORDED, reason="the recorded describes are not here")
ENUMS = recordings.SALESFORCE / "wsdl_names" / "partner_v56_enums.json"
needs_names = pytest.mark.skipif(not ENUMS.is_file(), reason="the names of the WSDL are not here")
# The org of the WSDL had one currency, and no discounts on line items.
SWITCHED_OFF = {"CurrencyIsoCode", "Discount"}


@pytest.fixture(scope="module")
def org() -> Iterator[Simulator]:
    """Each object as recorded, without rows."""
    with Simulator(seed=1, rows=5) as found:
        for name in OBJECTS:
            if name != "Account_PersonAccount":
                found.store.load(name, [])
        yield found


@pytest.fixture(scope="module")
def client(org: Simulator) -> Iterator[Visitor]:
    with Visitor(org) as found:
        yield found.sign_in()


def without_urls(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "urls"}


@needs_describes
@pytest.mark.parametrize("name", [each for each in OBJECTS if "_Person" not in each])
def test_an_object_is_described_as_recorded(client: Visitor, name: str) -> None:
    answer = client.get(f"{DATA}/sobjects/{name}/describe")
    recorded = recordings.describe(name)
    assert recorded is not None
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert without_urls(answer.json()) == without_urls(recorded)
    assert list(answer.json()) == list(recorded)
    assert all(f"/{name}" in url and "/v60.0/" in url for url in answer.json()["urls"].values())
    own = {key for key, url in recorded["urls"].items() if url.startswith("/")}
    assert own <= answer.json()["urls"].keys()


@needs_describes
def test_person_accounts_have_their_own_recording() -> None:
    found = schema_of("Account", [], recording="Account_PersonAccount").describe("v60.0")
    recorded = recordings.describe("Account_PersonAccount")
    assert recorded is not None
    assert len(found["fields"]) == 250
    assert without_urls(found) == without_urls(recorded)


@needs_describes
def test_the_whole_org_is_described_as_recorded(client: Visitor) -> None:
    answer = client.get(f"{DATA}/sobjects")
    recorded = recordings.describe("Global")
    assert recorded is not None
    theirs = {each["name"]: each for each in recorded["sobjects"]}
    assert answer.json().keys() == recorded.keys()
    for mine in answer.json()["sobjects"]:
        known = theirs.get(mine["name"])
        assert list(mine) == list(next(iter(theirs.values())))
        assert {"sobject", "describe", "rowTemplate"} <= mine["urls"].keys()
        if known and mine["name"] not in OBJECTS:
            told = {key: value for key, value in without_urls(known).items() if value is not None}
            assert told.items() <= mine.items()


@needs_describes
def test_what_we_make_up_has_the_keys_of_what_is_recorded() -> None:
    made, recorded = synthesised("Task"), recordings.describe("Contact")
    assert recorded is not None
    body = made.describe("v60.0")
    assert body.keys() == recorded.keys()
    for field in body["fields"]:
        same_type = next(each for each in recorded["fields"] if each["type"] == field["type"])
        assert field.keys() == same_type.keys() | field.keys()
        assert {key: type(value) for key, value in field.items() if key in TYPED} == {
            key: type(same_type[key]) for key in field if key in TYPED
        }


TYPED = {"name", "label", "type", "soapType", "length", "nillable", "filterable", "referenceTo"}


class TestAge:
    def test_an_unchanged_description_is_not_sent_again(self, visitor: Visitor) -> None:
        for path in (f"{DATA}/sobjects", f"{DATA}/sobjects/Account/describe"):
            first = visitor.get(path)
            told = {"If-Modified-Since": first.headers["Last-Modified"]}
            again = visitor.call("GET", path, headers=told)
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["ETag"] == first.headers["ETag"]

    def test_a_change_within_the_same_second_is_told(self, visitor: Visitor) -> None:
        path = f"{DATA}/sobjects"
        first = visitor.get(path)
        changes.hide_field(visitor.simulator.store, "Account", "Phone")
        told = {"If-Modified-Since": first.headers["Last-Modified"]}
        assert visitor.call("GET", path, headers=told).status_code == 200

    def test_a_change_is_told_of_its_object_alone(self, visitor: Visitor) -> None:
        headers = {
            name: {
                "If-Modified-Since": visitor.get(f"{DATA}/sobjects/{name}/describe").headers[
                    "Last-Modified"
                ]
            }
            for name in ("Account", "Lead")
        }
        visitor.simulator.clock.advance(timedelta(minutes=1))
        changes.hide_field(visitor.simulator.store, "Account", "Phone")
        found = {
            name: visitor.call("GET", f"{DATA}/sobjects/{name}/describe", headers=told).status_code
            for name, told in headers.items()
        }
        assert found == {"Account": 200, "Lead": 304}


def test_an_object_that_is_none(client: Visitor) -> None:
    for path in ("Nothing__c/describe", "Nothing__c", "Nothing__c/001000000000001AAA"):
        answer = client.get(f"{DATA}/sobjects/{path}")
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "NOT_FOUND")


# --- names ----------------------------------------------------------------------------------

XML = {
    "tns:ID": {"id", "reference"},
    "xsd:string": {"string", "textarea", "picklist", "multipicklist", "email", "phone", "url"}
    | {"combobox", "anyType", "reference"},
    "xsd:double": {"double", "currency", "percent"},
    "xsd:int": {"int"},
    "xsd:boolean": {"boolean"},
    "xsd:date": {"date"},
    "xsd:dateTime": {"datetime"},
}


@needs_names
def test_objects_and_fields_are_named_as_in_the_wsdl(org: Simulator) -> None:
    strange = []
    for schema in org.store.schemas.values():
        known = recordings.wsdl_fields(schema.name)
        if not known or recordings.describe(schema.name):
            continue
        for field in schema.visible():
            if field["custom"] or field["name"] in SWITCHED_OFF | {"Id"}:
                continue
            if field["name"] not in known:
                strange.append(f"{schema.name}.{field['name']}")
            elif field["type"] not in XML.get(known[field["name"]], {field["type"]}):
                strange.append(f"{schema.name}.{field['name']} is {field['type']}")
    assert strange == [], strange


@needs_names
def test_stamps_are_where_the_wsdl_has_them(org: Simulator) -> None:
    stamps = ("IsDeleted", "CreatedDate", "LastModifiedDate", "SystemModstamp")
    for schema in org.store.schemas.values():
        known = recordings.wsdl_fields(schema.name)
        if known:
            assert {each for each in stamps if schema.has(each)} == {
                each for each in stamps if each in known
            }, schema.name


# Of the REST and Bulk 2.0 interfaces alone, so in no WSDL; the list of faults has them recorded.
ELSEWHERE = {"API_ERROR", "INVALIDJOB", "INVALIDJOBSTATE", "INVALIDENTITY"}


def refusals(client: Visitor) -> Iterator[requests.Response]:
    for soql in ("", "SELECT", "SELECT Id FROM Nope", "SELECT Nope FROM Account"):
        yield client.get(f"{DATA}/query", q=soql)
    yield client.get(f"{DATA}/query", q="SELECT Id FROM Account WHERE Id = 'x'")
    yield client.get(f"{DATA}/query", q="SELECT Id FROM Account LIMIT 1 OFFSET 3000")
    yield client.get(f"{DATA}/query/0r8nothing-200")
    yield client.get("/services/data/v20.0/limits")
    yield client.get(f"{DATA}/nothing")
    yield client.call("PUT", f"{DATA}/query")
    yield client.call("PATCH", f"{DATA}/sobjects/Account/001", json={})
    yield client.call("POST", f"{DATA}/composite", data="[")
    yield client.get(f"{DATA}/sobjects/Account/deleted/", start="x", end="y")
    long_ago = {"start": "2001-01-01T00:00:00Z", "end": "2001-01-02T00:00:00Z"}
    yield client.get(f"{DATA}/sobjects/Account/updated/", **long_ago)
    yield client.call("POST", f"{DATA}/jobs/query", json={"operation": "upsert", "query": ""})
    yield client.call("GET", f"{DATA}/limits", headers={"Authorization": "Bearer x"})


@needs_names
def test_refusals_carry_codes_that_salesforce_has(client: Visitor) -> None:
    enums = json.loads(ENUMS.read_text())["enums"]
    known = {*enums["ExceptionCode"], *enums["StatusCode"], *ELSEWHERE}
    codes = []
    for answer in refusals(client):
        assert 400 <= answer.status_code < 500, answer.url
        (problem,) = answer.json()
        assert problem.keys() == {"message", "errorCode"}
        codes.append(problem["errorCode"])
    assert set(codes) <= known
    assert len(set(codes)) >= 11
    assert {each["body"][0]["errorCode"] for each in OWN if each["body"]} <= known
    assert no_such_object("", 0, "x").code in known
