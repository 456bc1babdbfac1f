from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.connectors.base import Row
from accounts.connectors.demo.setting import MARKETS
from accounts.connectors.demo.world import World
from accounts.records import OBJECTS

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
NAMES = World(org_slug="meridian-cloud", scale="tiny", until=NOW).names


def by_id(rows: Iterator[Row]) -> dict[str, Row]:
    return {row["Id"]: row for row in rows}


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    slug=st.sampled_from(sorted(MARKETS)),
    hours=st.integers(1, 24 * 400),
    more=st.integers(1, 24 * 300),
)
def test_what_an_earlier_day_showed_and_what_changed_since_is_the_later_day(
    seed: int, slug: str, hours: int, more: int
) -> None:
    earlier = NOW - timedelta(hours=hours)
    later = earlier + timedelta(hours=more)
    world = World(org_slug=slug, scale="tiny", seed=seed, until=earlier)
    at_last = world.at(later)
    for name in NAMES:
        kept = by_id(world.rows(name))
        kept |= by_id(at_last.changed(name, earlier, later))
        for gone in at_last.deleted(name, earlier, later):
            kept.pop(gone.external_id, None)
        assert kept == by_id(at_last.rows(name)), name


@pytest.fixture(scope="module")
def europe() -> World:
    return World(org_slug="meridian-europe", scale="tiny", until=NOW)


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_as_described_ascending_and_known_to_the_mirror(name: str, europe: World) -> None:
    rows = list(europe.rows(name))
    assert rows
    assert name in OBJECTS
    ids = [row["Id"] for row in rows]
    assert ids == sorted(set(ids))
    spec = europe.spec()[name]
    assert all(set(row) == set(spec.fields) for row in rows)
    assert all(row[spec.cursor] <= NOW for row in rows)


KEPT_IN_HISTORY = {
    "StageName": "StageName", "CloseDate": "CloseDate", "Owner": "OwnerId",
    "NextStep": "NextStep", "Champion__c": "Champion__c", "Competitor__c": "Competitor__c",
    "Discount__c": "Discount__c", "Amount": "Amount",
}  # fmt: skip


def test_a_history_leads_to_what_a_deal_is_now(europe: World) -> None:
    deals = by_id(europe.rows("Opportunity"))
    rows = list(europe.rows("OpportunityFieldHistory"))
    assert {row["Field"] for row in rows} == set(KEPT_IN_HISTORY)

    def of_what(row: Row) -> tuple[str, str]:
        return row["OpportunityId"], row["Field"]

    rows.sort(key=lambda row: (*of_what(row), row["CreatedDate"]))
    for (ref, name), changes in groupby(rows, of_what):
        before: Row | None = None
        for row in changes:
            assert row["OldValue"] != row["NewValue"]
            assert before is None or row["OldValue"] == before["NewValue"], (ref, name)
            before = row
        assert before is not None
        now = deals[ref][KEPT_IN_HISTORY[name]]
        assert before["NewValue"] == (None if now is None else str(now)), (ref, name)


def test_what_a_seller_enters_is_there_from_the_moment_that_history_gives(europe: World) -> None:
    entered = [
        row
        for row in europe.rows("OpportunityFieldHistory")
        if row["Field"] in ("Champion__c", "Competitor__c")
    ]
    assert len(entered) > 10
    for row in entered[:10]:
        name, at = row["Field"], row["CreatedDate"]
        just_before = by_id(europe.at(at - timedelta(seconds=1)).rows("Opportunity"))
        just_then = by_id(europe.at(at).rows("Opportunity"))
        assert just_before[row["OpportunityId"]][name] is None
        assert just_then[row["OpportunityId"]][name] == row["NewValue"]


def test_only_customers_speak_of_a_renewal(europe: World) -> None:
    customers = by_id(europe.rows("Account"))
    told = 0
    for name in ("Task", "Event"):
        for row in europe.rows(name):
            if "renewal" in (row["Description"] or "").lower():
                since = customers[row["AccountId"]]["Customer_Since__c"]
                assert since is not None
                assert since <= row["CreatedDate"].date()
                told += 1
    assert told
