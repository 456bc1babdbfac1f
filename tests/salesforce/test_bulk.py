"""Bulk 2.0 query jobs, from their making to their end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.salesforce import Simulator, changes
from tests.salesforce.visitor import DATA, Visitor, rows_of

JOBS = f"{DATA}/jobs/query"
SOQL = "SELECT Id, Name FROM Opportunity"


def problem(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


def state(visitor: Visitor, job: str) -> str:
    return str(visitor.get(f"{JOBS}/{job}").json()["state"])


def results(visitor: Visitor, job: str, **options: str) -> requests.Response:
    return visitor.get(f"{JOBS}/{job}/results", **options)


def test_a_job_goes_from_state_to_state(simulator: Simulator, visitor: Visitor) -> None:
    simulator.bulk.polls = 2
    made = visitor.job(SOQL)
    body = made.json()
    assert (made.status_code, body["state"]) == (200, "UploadComplete")
    assert body["id"].startswith("750")
    assert len(body["id"]) == 18
    asked = {key: body[key] for key in ("operation", "object", "contentType", "lineEnding")}
    assert asked == {
        "operation": "query",
        "object": "Opportunity",
        "contentType": "CSV",
        "lineEnding": "LF",
    }
    assert body["apiVersion"] == 60.0
    states = [state(visitor, body["id"]) for _ in range(4)]
    assert states == ["InProgress", "InProgress", "JobComplete", "JobComplete"]
    done = visitor.get(f"{JOBS}/{body['id']}").json()
    assert done["numberRecordsProcessed"] == len(simulator.store.ids("Opportunity"))
    assert (done["jobType"], done["retries"]) == ("V2Query", 0)


def test_before_it_is_complete_there_is_nothing_to_read(
    simulator: Simulator, visitor: Visitor
) -> None:
    simulator.bulk.polls = 1
    job = visitor.job(SOQL).json()["id"]
    answer = results(visitor, job)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Sforce-NumberOfRecords" not in answer.headers


def test_pieces_are_led_by_locators_to_the_last_whose_locator_is_null(
    simulator: Simulator, visitor: Visitor
) -> None:
    job = visitor.complete_job(SOQL)
    ids, locator, sizes, locators = list[str](), "", list[int](), list[str]()
    while locator != "null":
        more = {"locator": locator} if locator else {}
        answer = results(visitor, job, maxRecords="40", **more)
        rows = rows_of(answer)
        assert answer.headers["Sforce-NumberOfRecords"] == str(len(rows))
        assert answer.text.startswith('"Id","Name"\n')
        ids += [row["Id"] for row in rows]
        sizes.append(len(rows))
        locator = answer.headers["Sforce-Locator"]
        locators.append(locator)
    assert sizes == [40, 40, 10]
    assert len(set(locators)) == 3
    assert sorted(ids) == simulator.store.ids("Opportunity")
    again = results(visitor, job, maxRecords="40", locator=locators[0])
    assert [row["Id"] for row in rows_of(again)] == ids[40:80]


def test_a_piece_may_be_shorter_than_was_asked_for(simulator: Simulator, visitor: Visitor) -> None:
    simulator.bulk.piece_rows = 25
    answer = results(visitor, visitor.complete_job(SOQL), maxRecords="1000")
    assert answer.headers["Sforce-NumberOfRecords"] == "25"
    assert answer.headers["Sforce-Locator"] != "null"


def test_an_empty_result_is_a_header_and_the_count_of_none(visitor: Visitor) -> None:
    answer = results(visitor, visitor.complete_job(f"{SOQL} WHERE Name = 'nobody'"))
    assert answer.text == '"Id","Name"\n'
    told = answer.headers["Sforce-NumberOfRecords"], answer.headers["Sforce-Locator"]
    assert told == ("0", "null")
    assert answer.headers["Content-Type"] == "text/csv"


@pytest.mark.parametrize("options", [{"locator": "?"}, {"maxRecords": "0"}, {"maxRecords": "many"}])
def test_a_piece_that_cannot_be_is_refused(visitor: Visitor, options: dict[str, str]) -> None:
    assert problem(results(visitor, visitor.complete_job(SOQL), **options)) == (400, "API_ERROR")


def test_rows_are_those_of_when_the_job_was_made(simulator: Simulator, visitor: Visitor) -> None:
    job = visitor.complete_job(SOQL)
    before = simulator.store.ids("Opportunity")
    simulator.enact("soft_delete")
    changes.burst(simulator.store, "Opportunity", 5)
    assert sorted(row["Id"] for row in rows_of(results(visitor, job))) == before


def test_deleted_rows_are_in_query_all_alone(simulator: Simulator, visitor: Visitor) -> None:
    gone = simulator.enact("soft_delete").ids[0]
    for operation, is_there in (("query", False), ("queryAll", True)):
        found = {row["Id"] for row in visitor.bulk(SOQL, operation=operation)}
        assert (gone in found) is is_there


def test_values_are_written_as_salesforce_writes_csv(
    simulator: Simulator, visitor: Visitor
) -> None:
    simulator.store.create(
        "Opportunity",
        {"Name": 'say "hi",\nthen', "Amount": 12345678, "IsWon": True, "NextStep": ""},
    )
    asked = "SELECT Name, Amount, IsWon, NextStep FROM Opportunity WHERE Name LIKE 'say%'"
    answer = results(visitor, visitor.complete_job(asked))
    line = '"say ""hi"",\nthen","1.2345678E7","true",""\n'
    assert answer.text == '"Name","Amount","IsWon","NextStep"\n' + line


# --- the end of a job ------------------------------------------------------------------------


def test_an_aborted_job_has_no_results(simulator: Simulator, visitor: Visitor) -> None:
    simulator.bulk.polls = 5
    job = visitor.job(SOQL).json()["id"]
    answer = visitor.call("PATCH", f"{JOBS}/{job}", json={"state": "Aborted"})
    assert (answer.status_code, answer.json()["state"]) == (200, "Aborted")
    assert state(visitor, job) == "Aborted"
    assert problem(results(visitor, job)) == (400, "INVALIDJOBSTATE")
    again = visitor.call("PATCH", f"{JOBS}/{job}", json={"state": "Aborted"})
    assert problem(again) == (400, "INVALIDJOBSTATE")


def test_only_abortion_may_be_asked_for(visitor: Visitor) -> None:
    job = visitor.job(SOQL).json()["id"]
    for body in ('{"state": "UploadComplete"}', "{}", "nonsense"):
        answer = visitor.call("PATCH", f"{JOBS}/{job}", data=body)
        assert problem(answer) == (400, "INVALIDJOBSTATE")


def test_a_job_is_deleted_once_it_has_ended(simulator: Simulator, visitor: Visitor) -> None:
    simulator.bulk.polls = 1
    job = visitor.job(SOQL).json()["id"]
    assert problem(visitor.call("DELETE", f"{JOBS}/{job}")) == (400, "API_ERROR")
    assert [state(visitor, job) for _ in range(2)] == ["InProgress", "JobComplete"]
    answer = visitor.call("DELETE", f"{JOBS}/{job}")
    assert (answer.status_code, answer.content) == (204, b"")
    for path in (f"{JOBS}/{job}", f"{JOBS}/{job}/results"):
        assert problem(visitor.get(path)) == (404, "NOT_FOUND")
    assert problem(visitor.call("DELETE", f"{JOBS}/{job}")) == (404, "NOT_FOUND")


def test_a_job_is_gone_after_seven_days(simulator: Simulator, visitor: Visitor) -> None:
    job = visitor.complete_job(SOQL)
    simulator.clock.advance(timedelta(days=7) - timedelta(seconds=1))
    visitor.sign_in()
    assert results(visitor, job).status_code == 200
    simulator.clock.advance(1)
    assert problem(results(visitor, job)) == (404, "NOT_FOUND")
    assert visitor.get(JOBS).json()["records"] == []


def test_jobs_are_listed(visitor: Visitor) -> None:
    made = [visitor.job(SOQL).json()["id"] for _ in range(3)]
    listed = visitor.get(JOBS).json()
    assert ([each["id"] for each in listed["records"]], listed["done"]) == (made, True)


def test_another_version_has_no_part_in_a_job(visitor: Visitor) -> None:
    job = visitor.complete_job(SOQL)
    answer = visitor.get(f"/services/data/v61.0/jobs/query/{job}/results")
    assert (answer.status_code, answer.json()[0]["message"]) == (409, "version mismatch")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"operation": "insert", "query": SOQL}, "INVALIDJOB"),
        ({"query": SOQL}, "INVALIDJOB"),
        ([], "INVALIDJOB"),
        ({"operation": "query", "query": SOQL, "columnDelimiter": "TAB"}, "INVALIDJOB"),
        ({"operation": "query", "query": "SELECT Id FROM"}, "MALFORMED_QUERY"),
        ({"operation": "query", "query": "SELECT Nope FROM Account"}, "INVALID_FIELD"),
        ({"operation": "query", "query": "SELECT count() FROM Account"}, "API_ERROR"),
        ({"operation": "query", "query": "SELECT MAX(Name) FROM Account"}, "API_ERROR"),
        ({"operation": "query", "query": "SELECT Id FROM Task"}, "INVALIDENTITY"),
    ],
)
def test_what_is_no_job_is_refused(
    simulator: Simulator, visitor: Visitor, asked: Any, code: str
) -> None:
    simulator.bulk.unsupported = {"Task"}
    assert problem(visitor.call("POST", JOBS, json=asked)) == (400, code)
    assert simulator.bulk.jobs == {}


def test_many_jobs_at_once_each_with_its_own_rows(simulator: Simulator, visitor: Visitor) -> None:
    names = ["Account", "Contact", "Lead", "Opportunity", "Task", "Case"] * 2
    token = str(visitor.session.headers["Authorization"]).removeprefix("Bearer ")

    def read(name: str) -> tuple[str, list[str]]:
        with Visitor(simulator) as own:
            own.come_with(token)
            return name, sorted(row["Id"] for row in own.bulk(f"SELECT Id FROM {name}"))  # noqa: S608

    with ThreadPoolExecutor(8) as pool:
        for name, ids in pool.map(read, names):
            assert ids == simulator.store.ids(name)
    assert len(simulator.bulk.jobs) == len(names)
