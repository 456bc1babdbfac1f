"""Changes of an org's own fields: captured as sets, bounded, and turned back as of a moment."""

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.history import opportunities, record_as_of, records
from accounts.models import FieldChange, ObjectSync, Opportunity
from accounts.sync.captured import own_fields, restless, unrest_after
from revenue.users.models import Org
from tests.accounts.sync.sources import NOON, Source, a_deal, at_second, sf_id, sync
from tests.factories.people import OrgFactory

HOUR = timedelta(hours=1)


def changes(org: Org) -> list[tuple[str, str, str | None, str | None, datetime]]:
    rows = FieldChange.objects.filter(org=org, origin="captured").order_by("changed_at", "id")
    return [
        (each.field_name, str(each.record_ref), each.old_value, each.new_value, each.changed_at)
        for each in rows
    ]


def synced(*rows: Any, **fields: str) -> tuple[Org, Source]:
    org, source = OrgFactory(), Source()
    source.put("Opportunity", *rows)
    source.fields["Opportunity"] |= fields
    assert sync(org, source).problem == ""
    return org, source


@pytest.mark.django_db
def test_a_change_of_an_own_field_is_kept_once_and_turned_back() -> None:
    first = {"Region__c": "North", "Score__c": 7, "Is_Key__c": True, "Gone__c": "x"}
    types = {"Score__c": "double", "Is_Key__c": "boolean"}
    org, source = synced(a_deal(1, second=10, **first), a_deal(2, second=10, **first), **types)
    assert changes(org) == []
    second = {"Region__c": "South", "Score__c": "7.5", "Is_Key__c": False, "Gone__c": None}
    source.put("Opportunity", a_deal(1, second=60, **second, New__c="y"))
    del source.objects["Opportunity"][sf_id("006", 1)]["New__c"]

    run = sync(org, source, at=NOON + HOUR)

    key = sf_id("006", 1)
    at = at_second(60)
    assert sorted(changes(org)) == [
        ("Gone__c", key, "x", None, at),
        ("Is_Key__c", key, "true", "false", at),
        ("Region__c", key, "North", "South", at),
        ("Score__c", key, "7", "7.5", at),
    ]
    assert run.objects_done["Opportunity"]["captured"] == 4
    then, now = at_second(59), at_second(61)
    before = record_as_of("opportunity", org=org, external_id=key, as_of=then)
    after = record_as_of("opportunity", org=org, external_id=key, as_of=now)
    assert before is not None
    assert after is not None
    assert read(before["extra"]) == first
    assert read(after["extra"]) == {"Region__c": "South", "Score__c": 7.5, "Is_Key__c": False}
    for known in (opportunities(org=org, as_of=then), records("opportunity", org=org, as_of=then)):
        assert [read(row["extra"]) for row in known.rows()] == [first, first]
    # The same page once more says nothing new.
    assert sync(org, source, at=NOON + 2 * HOUR, full=True).rows_written == 0
    assert len(changes(org)) == 4


def read(extra: Any) -> dict[str, Any]:
    found: dict[str, Any] = extra if isinstance(extra, dict) else json.loads(extra)
    return found


@pytest.mark.django_db
def test_a_field_that_comes_into_view_did_not_change() -> None:
    org, source = synced(a_deal(1, second=10), a_deal(2, second=10))
    for number, second in ((1, 10), (2, 60)):
        source.put("Opportunity", a_deal(number, second=second, Region__c="North"))

    sync(org, source, at=NOON + HOUR)

    extras = Opportunity.objects.of(org).values_list("extra", flat=True)
    assert list(extras) == [{"Region__c": "North"}] * 2
    assert changes(org) == []
    source.put("Opportunity", a_deal(2, second=90, Region__c="South"))
    sync(org, source, at=NOON + 2 * HOUR)
    assert [each[:4] for each in changes(org)] == [("Region__c", sf_id("006", 2), "North", "South")]


@pytest.mark.django_db
def test_formulas_stamps_and_long_texts_are_not_kept() -> None:
    facts = {"Score_f__c": "1", "Story__c": "a", "LastModifiedById": "005000000000001AAA"}
    org, source = synced(a_deal(1, second=10, **facts), Story__c="text")
    later = {"Score_f__c": "2", "Story__c": "b", "LastModifiedById": "005000000000002AAA"}
    source.put("Opportunity", a_deal(1, second=60, **later))

    assert sync(org, source, at=NOON + HOUR).rows_written == 1

    assert changes(org) == []


@pytest.mark.django_db
def test_a_field_that_changes_in_every_sync_is_kept_no_more_until_it_rests() -> None:
    numbers = range(60)
    org, source = synced(*(a_deal(each, Ping__c="0", Tier__c="A") for each in numbers))
    source.page_size = 20

    def again(run: int, *, ping: str) -> Counter[str]:
        before = len(changes(org))
        rows = [
            a_deal(each, second=100 * run, Ping__c=ping, Tier__c="AB"[run % 2] if each < 5 else "A")
            for each in numbers
        ]
        source.put("Opportunity", *rows)
        assert sync(org, source, at=NOON + run * HOUR).rows_written == 60
        return Counter(each[0] for each in changes(org)[before:])

    for run in (1, 2, 3):
        assert again(run, ping=str(run)) == {"Ping__c": 60, "Tier__c": 5}
    assert again(4, ping="4") == {"Tier__c": 5}
    state = ObjectSync.objects.get(org=org, object_name="Opportunity")
    assert state.marks["unrest"] == {"Ping__c": 4}
    assert again(5, ping="4") == {"Tier__c": 5}  # it rests
    assert again(6, ping="6") == {"Ping__c": 60, "Tier__c": 5}


@pytest.mark.django_db
def test_what_did_not_change_is_not_asked_after() -> None:
    org, source = synced(*(a_deal(each, Region__c="North") for each in range(9)))
    with CaptureQueriesContext(connection) as asked:
        assert sync(org, source, at=NOON + HOUR, full=True).rows_written == 0
    assert not [each for each in asked if "accounts_fieldchange" in each["sql"]]


def test_which_fields_are_watched() -> None:
    extra = {
        "Region__c": "picklist",
        "Score__c": "double",
        "Story__c": "text",
        "Shape__c": "json",
        "Sum__c": "currency",
        "LastModifiedDate": "datetime",
        "n" * 121: "string",
    }
    assert own_fields(extra, formulas=frozenset({"Sum__c"})) == {"Region__c", "Score__c"}


def test_unrest_is_most_rows_of_run_after_run() -> None:
    once = unrest_after({}, turned={"a": 51, "b": 50}, rows=100)
    assert once == {"a": 1}
    assert unrest_after(once, turned={"a": 49}, rows=49) == once  # too few to say
    assert unrest_after(once, turned={"b": 99}, rows=100) == {"b": 1}
    assert restless({"a": 2, "b": 3, "c": 4}) == {"b", "c"}
