"""The lock of a run may be lost in its middle, and a credential be replaced: nothing is mixed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.connectors.base import ConnectorError, NeedsSignInError, SourceObjectSpec
from accounts.models import Connection, ObjectSync, Opportunity, SyncRun
from accounts.sync.locks import SYNC, LockLostError, org_lock
from revenue.users.models import Org
from tests.accounts.sync.sources import NOON, Source, a_deal, sync
from tests.factories.people import OrgFactory

pytestmark = pytest.mark.django_db

State = Connection.State


def end_the_holder(org: Org) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
            " WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted",
            [SYNC, org.pk],
        )
        assert cursor.fetchall() == [(True,)]


def a_source() -> Source:
    source = Source()
    source.put("Opportunity", *(a_deal(number, second=number) for number in range(9)))
    return source


def test_a_lock_says_that_it_is_lost() -> None:
    org = OrgFactory()
    with org_lock(org_id=org.pk) as lock:
        lock.confirm()
        end_the_holder(org)
        with pytest.raises(LockLostError, match="goes on from there"):
            lock.confirm()


@pytest.mark.parametrize("somebody_else_begins", [False, True])
def test_a_run_that_lost_its_lock_commits_nothing_more(somebody_else_begins: bool) -> None:
    org, source = OrgFactory(), a_source()
    others: list[SyncRun] = []

    def break_off(_name: str, number: int) -> None:
        if number == 1 and not others:
            end_the_holder(org)
            if somebody_else_begins:
                others.append(SyncRun())
                others[0] = sync(org, a_source(), at=NOON + timedelta(minutes=5))

    source.before_page = break_off
    run = sync(org, source)

    assert run.state == SyncRun.State.PARTIAL
    assert run.problem.startswith("The connection that kept other syncs of this org away was lost")
    assert run.rows_written == 3
    state = ObjectSync.objects.get(org=org, object_name="Opportunity")
    if somebody_else_begins:
        assert (others[0].state, others[0].problem) == ("succeeded", "")
        assert Opportunity.objects.of(org).count() == 9
        assert state.position["id"] == a_deal(8)["Id"]
    else:
        assert Opportunity.objects.of(org).count() == 3
        assert state.position["id"] == a_deal(2)["Id"]
    source.before_page = None
    source.ledger.clear()
    resumed = sync(org, source, at=NOON + timedelta(minutes=9))
    assert (resumed.state, resumed.problem) == ("succeeded", "")
    assert Opportunity.objects.of(org).count() == 9
    assert resumed.rows_written == (0 if somebody_else_begins else 6)


class Signed(Source):
    """A source that knows the connection which it was opened with."""

    connection: Connection
    renewed: Any = None

    def describe(self) -> dict[str, SourceObjectSpec]:
        if self.renewed:
            Connection.objects.update(secrets_changed_at=self.renewed, state=State.UNTESTED)
        return super().describe()


def a_signed(org: Org, *, refused: ConnectorError | None, renewed: bool) -> Signed:
    Connection.objects.create(org=org, state=State.WORKING, secrets_changed_at=NOON)
    source = Signed(error_of_describe=refused)
    source.connection = Connection.objects.get(org=org)
    source.renewed = NOON + timedelta(seconds=1) if renewed else None
    source.put("Opportunity", a_deal(1))
    return source


@pytest.mark.parametrize("renewed", [False, True])
def test_a_refusal_stops_the_credential_that_was_refused_and_no_other(renewed: bool) -> None:
    org = OrgFactory()
    source = a_signed(org, refused=NeedsSignInError("Refused."), renewed=renewed)

    run = sync(org, source)

    assert (run.state, run.problem) == ("failed", "Refused.")
    state = Connection.objects.get(org=org).state
    assert state == (State.UNTESTED if renewed else State.NEEDS_SIGN_IN)


def test_a_run_says_nothing_good_of_a_credential_that_it_did_not_use() -> None:
    org = OrgFactory()
    source = a_signed(org, refused=None, renewed=True)

    assert sync(org, source).state == "succeeded"

    assert Connection.objects.get(org=org).state == State.UNTESTED
