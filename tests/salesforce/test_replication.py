"""getDeleted and getUpdated: spans of whole minutes, and how far an answer can be trusted."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.salesforce import Simulator
from tests.salesforce.visitor import DATA, Visitor


def span(
    visitor: Visitor, which: str, start: datetime, end: datetime, *, name: str = "Opportunity"
) -> requests.Response:
    path = f"{DATA}/sobjects/{name}/{which}/"
    return visitor.get(path, start=start.isoformat(), end=end.isoformat())


def minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M}:00.000+0000"


def test_what_was_deleted_in_a_span(simulator: Simulator, visitor: Visitor) -> None:
    clock = simulator.clock
    start = clock.now()
    ids = []
    for _ in range(3):
        ids.append(simulator.enact("soft_delete").ids[0])
        clock.advance(timedelta(minutes=2))
    body = span(visitor, "deleted", start, clock.now()).json()
    assert body.keys() == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}
    assert [each["id"] for each in body["deletedRecords"]] == ids
    assert body["deletedRecords"][1]["deletedDate"] == minute(start + timedelta(minutes=2))
    middle = span(visitor, "deleted", start + timedelta(minutes=2), start + timedelta(minutes=4))
    assert [each["id"] for each in middle.json()["deletedRecords"]] == ids[1:2]


def test_what_changed_in_a_span(simulator: Simulator, visitor: Visitor) -> None:
    clock = simulator.clock
    clock.advance(timedelta(minutes=1))
    start = clock.now()
    moved = simulator.enact("modified_while_paging").ids[0]
    made = simulator.store.create("Opportunity", {"Name": "New"})
    clock.advance(timedelta(minutes=1))
    body = span(visitor, "updated", start, clock.now()).json()
    assert body == {"ids": sorted({moved, made}), "latestDateCovered": minute(clock.now())}
    later = span(visitor, "updated", clock.now(), clock.now() + timedelta(minutes=1))
    assert later.json()["ids"] == []


@pytest.mark.parametrize("which", ["deleted", "updated"])
def test_nothing_is_covered_that_a_running_transaction_may_still_change(
    simulator: Simulator, visitor: Visitor, which: str
) -> None:
    clock = simulator.clock
    begun = clock.now()
    simulator.enact("late_visible_commit", delay_s=600)
    clock.advance(timedelta(minutes=5))
    start, end = begun - timedelta(hours=1), clock.now()
    assert span(visitor, which, start, end).json()["latestDateCovered"] == minute(begun)
    clock.advance(timedelta(minutes=5))
    after = span(visitor, which, start, end).json()["latestDateCovered"]
    assert after == minute(end)


@pytest.mark.parametrize("which", ["deleted", "updated"])
def test_the_future_is_not_covered(simulator: Simulator, visitor: Visitor, which: str) -> None:
    now = simulator.clock.now()
    body = span(visitor, which, now - timedelta(hours=1), now + timedelta(hours=1)).json()
    assert body["latestDateCovered"] == minute(now)


@pytest.mark.parametrize(("which", "days"), [("deleted", 15), ("updated", 30)])
def test_how_far_back_an_answer_reaches(
    simulator: Simulator, visitor: Visitor, which: str, days: int
) -> None:
    now = simulator.clock.now()
    assert span(visitor, which, now - timedelta(days=days), now).status_code == 200
    too_old = span(visitor, which, now - timedelta(days=days, minutes=1), now)
    assert too_old.status_code == 400
    assert too_old.json()[0]["errorCode"] == "INVALID_REPLICATION_DATE"


def test_what_the_recycle_bin_has_lost_is_still_told_within_the_days(
    simulator: Simulator, visitor: Visitor
) -> None:
    gone = simulator.enact("soft_delete").ids[0]
    simulator.store.hard_delete("Opportunity", gone, logged=True)
    simulator.clock.advance(timedelta(minutes=1))
    now = simulator.clock.now()
    body = span(visitor, "deleted", now - timedelta(hours=1), now).json()
    assert [each["id"] for each in body["deletedRecords"]] == [gone]


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2026-06-30T11:00:00", "2026-06-30T12:00:00", "MALFORMED_ID"),
        ("yesterday", "2026-06-30T12:00:00Z", "MALFORMED_ID"),
        ("", "", "MALFORMED_ID"),
        ("2026-06-30T11:00:10Z", "2026-06-30T11:00:50Z", "INVALID_REPLICATION_DATE"),
        ("2026-06-30T12:00:00Z", "2026-06-30T11:00:00Z", "INVALID_REPLICATION_DATE"),
        ("2026-07-30T12:00:00Z", "2026-07-30T13:00:00Z", "INVALID_REPLICATION_DATE"),
    ],
)
def test_a_span_that_is_none(visitor: Visitor, start: str, end: str, code: str) -> None:
    for which in ("deleted", "updated"):
        answer = visitor.get(f"{DATA}/sobjects/Account/{which}/", start=start, end=end)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_an_object_that_is_not_replicated_has_no_spans(
    simulator: Simulator, visitor: Visitor
) -> None:
    now = simulator.clock.now()
    for name in ("OpportunityHistory", "Nothing__c"):
        for which in ("deleted", "updated"):
            answer = span(visitor, which, now - timedelta(hours=1), now, name=name)
            assert answer.status_code == 404


def test_a_zone_is_understood_in_either_writing(simulator: Simulator, visitor: Visitor) -> None:
    now = simulator.clock.now()
    for start in ("2026-06-30T11:00:00Z", "2026-06-30T13:00:00+02:00", "2026-06-30T11:00:00.000Z"):
        path = f"{DATA}/sobjects/Account/deleted/"
        answer = visitor.get(path, start=start, end=now.isoformat())
        assert answer.status_code == 200
