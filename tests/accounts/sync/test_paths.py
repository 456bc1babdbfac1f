"""What stands in a sync's way: rows, fields and the source itself; the next run goes on."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.connectors.base import (
    ConnectorError,
    NeedsSignInError,
    ObjectUnavailableError,
    Quota,
    QuotaReachedError,
    Refusal,
    SourceUnavailableError,
    WrongOrgError,
)
from accounts.models import (
    Account,
    Connection,
    ObjectSync,
    Opportunity,
    RefusedRow,
    SourceField,
    SyncRun,
)
from accounts.sync.run import LEFT_BY_A_CRASH, SyncRefusedError
from tests.accounts.sync.sources import NOON, Source, a_deal, at_second, sf_id, sync
from tests.factories.people import OrgFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def failing_at(name: str, number: int, error: Exception) -> Callable[[str, int], None]:
    def before_page(object_name: str, page: int) -> None:
        if (object_name, page) == (name, number):
            raise error

    return before_page


def deals(count: int) -> Source:
    source = Source()
    source.put("Opportunity", *(a_deal(number, second=number) for number in range(count)))
    return source


def test_a_bad_row_is_refused_with_its_reason_until_it_comes_right() -> None:
    org, source = OrgFactory(), deals(5)
    key = sf_id("006", 2)
    source.put("Opportunity", a_deal(2, second=2, Amount="a lot"))

    run = sync(org, source)

    assert (run.state, run.rows_written, run.rows_refused) == ("succeeded", 4, 1)
    refused = RefusedRow.objects.get(org=org)
    assert (refused.object_name, refused.external_id) == ("Opportunity", key)
    assert (refused.field_name, refused.row["Amount"]) == ("Amount", "a lot")
    assert refused.reason == "Amount is 'a lot', which is no number."
    state = ObjectSync.objects.get(org=org, object_name="Opportunity")
    assert (state.source_count, state.local_count, state.refused_count) == (5, 4, 1)
    assert sync(org, source).rows_written == 0

    source.put("Opportunity", a_deal(2, second=20))
    sync(org, source)

    assert not RefusedRow.objects.filter(org=org).exists()
    assert Opportunity.objects.filter(org=org).count() == 5
    assert ObjectSync.objects.get(org=org, object_name="Opportunity").refused_count == 0


def test_what_the_connector_refuses_is_kept_once() -> None:
    org, source = OrgFactory(), deals(2)
    source.refusals["Opportunity"] = [Refusal("It has 3 values for 2 columns.", line=7, source="a")]

    for full in (False, True):
        sync(org, source, full=full)

    refused = RefusedRow.objects.get(org=org)
    assert (refused.line, refused.reason) == (7, "It has 3 values for 2 columns.")


@pytest.mark.parametrize(
    ("amount", "reason"),
    [("1E+20", "too large"), ("1E+9999999", "too large"), ("NaN", "no number")],
)
def test_a_number_beyond_all_bounds_is_refused(amount: str, reason: str) -> None:
    org, source = OrgFactory(), deals(3)
    source.put("Opportunity", a_deal(1, second=1, Amount=amount))

    run = sync(org, source)

    assert (run.state, run.rows_written, run.rows_refused) == ("succeeded", 2, 1)
    assert reason in RefusedRow.objects.get(org=org).reason


@pytest.mark.parametrize("factor", ["1E+10", "1E+15", "1E+17"])
def test_a_total_beyond_all_bounds_is_refused(factor: str) -> None:
    org, source = OrgFactory(), Source(page_size=10)
    for number in range(6):
        facts = {"Quantity": 2, "Price": 3, "SystemModstamp": at_second(number)}
        source.put("Asset", {"Id": sf_id("02i", number), **facts})
    source.put("Asset", {"Id": sf_id("02i", 3), "Quantity": factor, "Price": factor})

    run = sync(org, source)

    assert (run.state, run.rows_written, run.rows_refused) == ("succeeded", 5, 1)
    assert RefusedRow.objects.get(org=org).external_id == sf_id("02i", 3)


def test_a_field_that_went_or_turned_keeps_its_old_values() -> None:
    org, source = OrgFactory(), Source()
    source.put("Opportunity", a_deal(1, second=1, NextStep="Call", Score__c=5, Old__c="kept"))
    sync(org, source)
    told = source.fields["Opportunity"]
    del told["Old__c"]
    told["NextStep"] = "boolean"
    source.put("Opportunity", a_deal(1, second=5, NextStep=True, Name="Renamed"))

    assert sync(org, source).state == "succeeded"

    deal = Opportunity.objects.get(org=org)
    assert (deal.name, deal.next_step) == ("Renamed", "Call")
    assert deal.extra == {"NextStep": True, "Old__c": "kept", "Score__c": 5}
    states = dict(SourceField.objects.filter(org=org).values_list("name", "state"))
    assert (states["NextStep"], states["Old__c"]) == ("quarantined", "stale")

    told["NextStep"] = "string"
    source.put("Opportunity", a_deal(1, second=8, NextStep="Write", Name="Renamed"))
    sync(org, source)

    deal.refresh_from_db()
    assert deal.next_step == "Write"
    assert SourceField.objects.get(org=org, name="NextStep").state == "current"


def test_at_the_quota_a_run_ends_in_part_and_the_next_goes_on() -> None:
    org, source = OrgFactory(), deals(9)
    source.quota = Quota(80, 100)
    source.before_page = failing_at("Opportunity", 2, QuotaReachedError("80 of 100 calls."))

    run = sync(org, source)

    assert (run.state, run.problem, run.rows_written) == ("partial", "80 of 100 calls.", 6)
    assert (run.calls_used_today, run.calls_allowed_today) == (80, 100)
    state = ObjectSync.objects.get(org=org, object_name="Opportunity")
    assert state.position["id"] == sf_id("006", 5)

    source.before_page = None
    source.ledger.clear()
    second = sync(org, source)

    assert (second.state, second.rows_written) == ("succeeded", 3)
    assert source.ledger.count("page Opportunity") == 2
    assert Opportunity.objects.filter(org=org, corporate_amount__isnull=False).count() == 9


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (NeedsSignInError("The certificate is refused."), "needs_sign_in"),
        (WrongOrgError("Another organization answers."), "stopped"),
    ],
)
def test_a_refused_sign_in_stops_the_connection(error: ConnectorError, state: str) -> None:
    org, source = OrgFactory(), deals(2)
    Connection.objects.create(org=org, state="working")
    source.error_of_describe = error

    run = sync(org, source)

    assert (run.state, run.problem) == ("failed", str(error))
    connection = Connection.objects.get(org=org)
    assert (connection.state, connection.problem) == (state, str(error))
    assert connection.state_changed_at == NOON
    with pytest.raises(SyncRefusedError, match="An admin must renew it first"):
        sync(org, source)
    assert SyncRun.objects.filter(org=org).count() == 1


def test_a_first_run_marks_the_connection_as_working() -> None:
    org = OrgFactory()
    Connection.objects.create(org=org)

    sync(org, deals(1))

    assert Connection.objects.get(org=org).state == "working"


def test_an_org_that_is_switched_off_is_left_alone() -> None:
    with pytest.raises(SyncRefusedError, match="switch it on"):
        sync(OrgFactory(is_active=False), deals(1))


def test_a_run_that_crashed_is_closed_by_the_next() -> None:
    org = OrgFactory()
    crashed = SyncRun.objects.create(org=org, trigger="command", started_at=NOON)

    run = sync(org, deals(2), at=NOON + HOUR)

    crashed.refresh_from_db()
    assert (crashed.state, crashed.problem) == ("partial", LEFT_BY_A_CRASH)
    assert crashed.finished_at == NOON + HOUR
    assert run.state == "succeeded"


def test_what_nobody_expects_ends_the_run_and_is_raised() -> None:
    org, source = OrgFactory(), deals(5)
    source.before_page = failing_at("Opportunity", 1, ValueError("odd"))

    with pytest.raises(ValueError, match="odd"):
        sync(org, source)

    run = SyncRun.objects.get(org=org)
    assert (run.state, run.rows_written) == ("failed", 3)


@pytest.mark.parametrize(("page", "state"), [(0, "failed"), (1, "partial")])
def test_a_source_that_is_away_ends_the_run(page: int, state: str) -> None:
    org, source = OrgFactory(), deals(5)
    source.before_page = failing_at("Opportunity", page, SourceUnavailableError("No answer."))

    run = sync(org, source)

    assert (run.state, run.problem) == (state, "No answer.")


def test_an_object_that_cannot_be_read_does_not_stop_the_others() -> None:
    org, source = OrgFactory(), deals(2)
    source.put("Account", {"Id": sf_id("001", 1), "Name": "One", "SystemModstamp": at_second(1)})
    source.before_page = failing_at("Account", 0, ObjectUnavailableError("Not permitted."))

    run = sync(org, source)

    assert (run.state, run.problem) == ("partial", "Account: Not permitted.")
    assert Opportunity.objects.filter(org=org).count() == 2
    assert ObjectSync.objects.get(org=org, object_name="Account").problem == "Not permitted."

    source.before_page = None
    assert sync(org, source).state == "succeeded"
    assert Account.objects.filter(org=org).count() == 1
    assert ObjectSync.objects.get(org=org, object_name="Account").problem == ""
