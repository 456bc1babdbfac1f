"""What a sync does with changes, deletions, merges and what no list of deletions tells."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.connectors.base import Row
from accounts.history import records
from accounts.models import Account, Contact, FieldChange, ObjectSync, Opportunity
from revenue.users.models import Org
from tests.accounts.sync.sources import NOON, Source, a_deal, at_second, sf_id, sync
from tests.factories.people import OrgFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def an_account(number: int, *, second: float = 0, **facts: Any) -> Row:
    return {
        "Id": sf_id("001", number),
        "CreatedDate": at_second(0),
        "SystemModstamp": at_second(second),
        "Name": f"Account {number}",
        "MasterRecordId": None,
        **facts,
    }


def a_contact(number: int, *, account: int, second: float = 0) -> Row:
    return {
        "Id": sf_id("003", number),
        "SystemModstamp": at_second(second),
        "LastName": f"Contact {number}",
        "AccountId": sf_id("001", account),
    }


def synced(*rows: Row, name: str = "Opportunity") -> tuple[Org, Source]:
    org, source = OrgFactory(), Source()
    source.put(name, *rows)
    assert sync(org, source).problem == ""
    return org, source


def an_asset(*, second: float, until: str, status: str) -> Row:
    return {
        "Id": sf_id("02i", 1),
        "CreatedDate": at_second(0),
        "SystemModstamp": at_second(second),
        "Quantity": 3,
        "Status": status,
        "UsageEndDate": until,
    }


def test_what_a_contract_ended_on_is_known_as_of_before_it_was_renewed_or_given_up() -> None:
    org, source = synced(an_asset(second=1, until="2026-03-31", status="Installed"), name="Asset")
    source.put("Asset", an_asset(second=9, until="2027-03-31", status="Installed"))
    sync(org, source, at=NOON + HOUR)
    source.put("Asset", an_asset(second=20, until="2026-05-04", status="Cancelled"))
    sync(org, source, at=NOON + 2 * HOUR)
    known = [
        next(records("purchase", org=org, as_of=at_second(second)).rows()) for second in (1, 9, 20)
    ]
    assert [(str(one["ends_date"]), one["status"]) for one in known] == [
        ("2026-03-31", "Installed"),
        ("2027-03-31", "Installed"),
        ("2026-05-04", "Cancelled"),
    ]


def test_an_update_changes_the_row_and_keeps_what_it_was() -> None:
    org, source = synced(a_deal(1, second=1, Amount=Decimal("100.50"), Region__c="North"))
    source.put(
        "Opportunity",
        a_deal(1, second=9, Amount=200, StageName="Negotiation", Region__c="South"),
    )

    run = sync(org, source, at=NOON + HOUR)

    deal = Opportunity.objects.get(org=org)
    assert (run.state, run.rows_written) == ("succeeded", 1)
    assert (deal.amount, deal.stage) == (Decimal(200), "Negotiation")
    assert deal.extra == {"Region__c": "South"}
    assert deal.synced_at == NOON + HOUR
    changes = FieldChange.objects.filter(org=org).order_by("field_name")
    assert [
        (each.record, each.record_ref, each.field_name, each.old_value, each.new_value)
        for each in changes
    ] == [
        ("opportunity", deal.external_id, "Region__c", "North", "South"),
        ("opportunity", deal.external_id, "amount", "100.5", "200"),
        ("opportunity", deal.external_id, "stage", "Qualification", "Negotiation"),
    ]
    assert {(each.origin, each.changed_at) for each in changes} == {("captured", at_second(9))}
    assert run.objects_done["Opportunity"]["captured"] == 3
    assert sync(org, source, at=NOON + 2 * HOUR).rows_written == 0
    assert changes.count() == 3


def test_a_value_that_is_emptied_is_empty_here() -> None:
    org, source = synced(a_deal(1, second=1, NextStep="Call", Region__c="North", Size__c="S"))
    source.put("Opportunity", a_deal(1, second=2, NextStep=None, Region__c=None, Amount=None))

    sync(org, source)

    deal = Opportunity.objects.get(org=org)
    assert (deal.next_step, deal.amount, deal.corporate_amount) == ("", None, None)
    assert deal.extra == {"Size__c": "S"}
    emptied = FieldChange.objects.get(org=org, field_name="amount")
    assert (emptied.old_value, emptied.new_value) == ("101", None)


def test_an_older_version_changes_nothing() -> None:
    org, source = synced(a_deal(1, second=50, StageName="Negotiation"))
    source.put("Opportunity", a_deal(1, second=20, StageName="Qualification"))

    run = sync(org, source, full=True)

    assert run.rows_written == 0
    assert Opportunity.objects.get(org=org).stage == "Negotiation"
    assert not FieldChange.objects.filter(org=org).exists()


def test_of_two_versions_in_a_page_the_newer_counts() -> None:
    org, source = OrgFactory(), Source()
    source.put("Opportunity", a_deal(1, second=5, StageName="Negotiation"))
    older = a_deal(1, second=2, StageName="Qualification")
    source.objects["Opportunity"]["again"] = older

    sync(org, source)

    assert Opportunity.objects.get(org=org).stage == "Negotiation"


def test_orgs_with_the_same_ids_do_not_meet() -> None:
    org, _source = synced(a_deal(1, StageName="Ours"))
    other, others = synced(a_deal(1, StageName="Theirs"))
    others.remove("Opportunity", sf_id("006", 1), at=at_second(90))

    sync(other, others)

    assert Opportunity.objects.get(org=org).stage == "Ours"
    assert Opportunity.objects.get(org=org).deleted_at is None
    assert Opportunity.objects.get(org=other).deleted_at == at_second(90)


def test_a_deleted_record_stays_with_its_end_and_comes_back_undeleted() -> None:
    org, source = synced(*(a_deal(number, second=number) for number in range(4)))
    key = sf_id("006", 2)
    row = source.objects["Opportunity"][key]
    source.remove("Opportunity", key, at=at_second(60))

    run = sync(org, source)

    assert (run.rows_deleted, run.rows_written) == (1, 0)
    assert Opportunity.objects.get(org=org, external_id=key).deleted_at == at_second(60)
    state = ObjectSync.objects.get(org=org, object_name="Opportunity")
    assert (state.source_count, state.local_count, state.deleted_count) == (3, 3, 1)
    assert sync(org, source).rows_deleted == 0

    source.put("Opportunity", {**row, "SystemModstamp": at_second(70)})
    sync(org, source)

    assert Opportunity.objects.get(org=org, external_id=key).deleted_at is None


def test_a_late_version_from_before_its_end_does_not_bring_a_record_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    org, source = synced(a_deal(1, second=1), a_deal(2, second=2))
    key = sf_id("006", 1)
    source.remove("Opportunity", key, at=at_second(60))
    sync(org, source)
    source.put("Opportunity", a_deal(1, second=40, StageName="Late"))
    monkeypatch.setattr(source, "there", lambda _name: [sf_id("006", 2)])

    sync(org, source, full=True)

    deal = Opportunity.objects.get(org=org, external_id=key)
    assert (deal.stage, deal.deleted_at) == ("Late", at_second(60))


def test_a_row_that_the_source_gives_as_deleted_is_deleted() -> None:
    org, source = synced(a_deal(1, second=1, IsDeleted=False))
    source.put("Opportunity", a_deal(1, second=30, IsDeleted=True))

    sync(org, source)

    assert Opportunity.objects.get(org=org).deleted_at == at_second(30)
    assert sync(org, source).rows_written == 0


def test_children_of_a_merged_account_move_to_the_winner_of_all() -> None:
    org, source = OrgFactory(), Source()
    source.put("Account", *(an_account(number, second=number) for number in range(3)))
    source.put("Contact", a_contact(1, account=0), a_contact(2, account=1))
    source.put("Opportunity", a_deal(1, AccountId=sf_id("001", 0)))
    sync(org, source)
    source.remove("Account", sf_id("001", 0), at=at_second(50), into=sf_id("001", 1)[:15])
    source.remove("Account", sf_id("001", 1), at=at_second(60), into=sf_id("001", 2))

    sync(org, source)

    last = sf_id("001", 2)
    assert set(Contact.objects.filter(org=org).values_list("account_ref", flat=True)) == {last}
    assert Opportunity.objects.get(org=org).account_ref == last
    assert Account.objects.present().get(org=org).external_id == last
    loser = Account.objects.get(org=org, external_id=sf_id("001", 0))
    assert (loser.merged_into_ref, loser.deleted_at) == (sf_id("001", 1), at_second(50))

    source.put("Contact", a_contact(3, account=0, second=5))
    sync(org, source)

    assert Contact.objects.get(org=org, external_id=sf_id("003", 3)).account_ref == last


def test_a_child_lost_with_its_parent_is_found_by_its_id() -> None:
    org, source = OrgFactory(), Source()
    source.put("Account", an_account(1), an_account(2))
    source.put("Contact", a_contact(1, account=1), a_contact(2, account=2))
    sync(org, source)
    source.remove("Account", sf_id("001", 1), at=at_second(50))
    del source.objects["Contact"][sf_id("003", 1)]

    sync(org, source, at=NOON + HOUR)

    gone = Contact.objects.get(org=org, external_id=sf_id("003", 1))
    assert gone.deleted_at == NOON + HOUR
    assert Contact.objects.present().get(org=org).external_id == sf_id("003", 2)


@pytest.mark.parametrize("reason", ["a day", "must", "full"])
def test_a_hard_deletion_is_found_by_comparing_ids(reason: str) -> None:
    org, source = synced(*(a_deal(number, second=number) for number in range(5)))
    key = sf_id("006", 1)
    del source.objects["Opportunity"][key]
    source.must_reconcile = reason == "must"
    at = NOON + (timedelta(days=1) if reason == "a day" else HOUR)

    run = sync(org, source, at=at, full=reason == "full")

    assert (run.state, run.rows_deleted) == ("succeeded", 1)
    assert Opportunity.objects.get(org=org, external_id=key).deleted_at == at
    state = ObjectSync.objects.get(org=org, object_name="Opportunity")
    assert (state.local_count, state.reconciled_at) == (4, at)


def test_a_record_that_came_with_an_old_stamp_is_read_after_all() -> None:
    org, source = synced(*(a_deal(number, second=number + 10) for number in range(5)))
    source.put("Opportunity", a_deal(9, second=0))

    run = sync(org, source, at=NOON + timedelta(days=1))

    assert run.rows_written == 1
    assert Opportunity.objects.filter(org=org).count() == 6


def test_a_record_that_was_out_of_sight_comes_back_with_the_stamp_that_it_had() -> None:
    org, source = synced(*(a_deal(number, second=number) for number in range(5)))
    key = sf_id("006", 1)
    row = source.objects["Opportunity"].pop(key)
    sync(org, source, at=NOON + timedelta(days=1))
    assert Opportunity.objects.get(org=org, external_id=key).deleted_at is not None
    source.put("Opportunity", {**row, "StageName": "Won meanwhile"})

    run = sync(org, source, at=NOON + timedelta(days=2))

    deal = Opportunity.objects.get(org=org, external_id=key)
    assert (deal.deleted_at, deal.stage) == (None, "Won meanwhile")
    assert (run.state, run.rows_written) == ("succeeded", 2)
    state = ObjectSync.objects.get(org=org, object_name="Opportunity")
    assert (state.local_count, state.problem) == (5, "")


def test_a_list_of_ids_cut_short_deletes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    org, source = synced(*(a_deal(number, second=number) for number in range(30)))
    monkeypatch.setattr(source, "ids", lambda _name: iter([[sf_id("006", 0)]]))

    sync(org, source, at=NOON + timedelta(days=1))

    assert Opportunity.objects.present().filter(org=org).count() == 30
    state = ObjectSync.objects.get(org=org, object_name="Opportunity")
    assert "cut short" in state.problem
