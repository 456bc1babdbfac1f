"""What was done stays done: a merge, a cascade, a stopped connection, a field in view."""

from datetime import timedelta

import pytest

from accounts.connectors.base import NeedsSignInError
from accounts.models import (
    Account,
    Activity,
    Connection,
    Contact,
    FieldChange,
    Opportunity,
    SyncRun,
)
from accounts.sync.run import LEFT_BY_A_CRASH, UNEXPECTED, SyncRefusedError
from revenue.users.models import AuditEvent, Org
from tests.accounts.sync.sources import NOON, Source, a_deal, at_second, sf_id, sync
from tests.factories.people import OrgFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def an_org_with_accounts(count: int) -> tuple[Org, Source]:
    org, source = OrgFactory(), Source()
    for number in range(1, count + 1):
        facts = {"Name": f"Account {number}", "SystemModstamp": at_second(number)}
        source.put("Account", {"Id": sf_id("001", number), "MasterRecordId": None, **facts})
        deal = a_deal(number, second=number, AccountId=sf_id("001", number))
        source.put("Opportunity", deal)
    assert sync(org, source).state == "succeeded"
    return org, source


def test_children_that_still_name_the_loser_are_written_once() -> None:
    """Read again with every run, and named anew: each of them is the winner's all the same."""
    org, source = an_org_with_accounts(3)
    for loser in (1, 2):
        into = sf_id("001", loser + 1)
        source.remove("Account", sf_id("001", loser), at=at_second(60), into=into)
    call = {"Id": sf_id("00T", 1), "SystemModstamp": at_second(70), "WhatId": sf_id("001", 1)}
    source.put("Task", call)

    sync(org, source, at=NOON + HOUR)

    for _ in range(2):
        again = sync(org, source, at=NOON + 2 * HOUR, full=True)
        assert (again.rows_written, again.rows_deleted) == (0, 0), again.objects_done
    winner = sf_id("001", 3)
    assert set(Opportunity.objects.filter(org=org).values_list("account_ref", flat=True)) == {
        winner
    }
    activity = Activity.objects.get(org=org)
    assert (activity.what_ref, activity.account_ref) == (winner, winner)
    assert not FieldChange.objects.filter(org=org).exists()

    source.put("Opportunity", a_deal(1, second=80, AccountId=sf_id("001", 1), Name="Renamed"))
    assert sync(org, source, at=NOON + 3 * HOUR).rows_written == 1
    deal = Opportunity.objects.get(org=org, name="Renamed")
    assert deal.account_ref == winner
    assert not FieldChange.objects.filter(org=org).exists()


def test_a_parent_that_went_leaves_word_of_its_children_to_the_next_run() -> None:
    org, source = an_org_with_accounts(3)
    source.remove("Account", sf_id("001", 1), at=at_second(60))
    del source.objects["Opportunity"][sf_id("006", 1)]

    def broken(object_name: str, _page: int) -> None:
        if object_name == "Opportunity":
            raise ValueError("token=4711")

    source.before_page = broken
    with pytest.raises(ValueError, match="4711"):
        sync(org, source, at=NOON + HOUR)
    assert Account.objects.get(org=org, external_id=sf_id("001", 1)).deleted_at is not None
    assert Opportunity.objects.present().filter(org=org).count() == 3
    run = SyncRun.objects.filter(org=org).latest("id")
    assert (run.state, run.problem) == ("failed", UNEXPECTED.format(kind="ValueError"))

    source.before_page = None
    sync(org, source, at=NOON + 2 * HOUR)

    assert Opportunity.objects.present().filter(org=org).count() == 2
    assert run.problem != LEFT_BY_A_CRASH


def test_a_connection_that_stops_is_told_once() -> None:
    org, source = an_org_with_accounts(1)
    Connection.objects.create(org=org, state="working")
    source.error_of_describe = NeedsSignInError("The certificate is refused.")

    sync(org, source)
    for _ in range(2):
        with pytest.raises(SyncRefusedError):
            sync(org, source)

    event = AuditEvent.objects.get(org=org, action=AuditEvent.Action.ORG_CHANGED)
    assert event.detail == {
        "connection": "needs_sign_in",
        "reason": "The certificate is refused.",
    }


def test_a_field_that_comes_into_view_is_read_of_rows_that_did_not_change() -> None:
    org, source = an_org_with_accounts(2)
    for number in (1, 2):
        source.put("Opportunity", {"Id": sf_id("006", number), "Region__c": "North"})
        source.put("Contact", {"Id": sf_id("003", number), "LastName": "New"})
    source.ledger.clear()

    run = sync(org, source, at=NOON + HOUR)

    assert (run.state, run.objects_done["Opportunity"]["written"]) == ("succeeded", 2)
    extras = Opportunity.objects.filter(org=org).values_list("extra", flat=True)
    assert list(extras) == [{"Region__c": "North"}] * 2
    assert Contact.objects.filter(org=org).count() == 2
    assert sync(org, source, at=NOON + 2 * HOUR).rows_written == 0
