"""Trying a credential: whether the source answers to it, and putting a renewed one in its place.

A renewed secret becomes the secret while it is tried, since whoever signs in may have to write a
successor of it down; one that fails, or whose worker is killed, gives way to the former again.
"""

from datetime import datetime

import structlog
from django.db import transaction

from accounts.connectors.base import ConnectorError, NeedsSignInError, WrongOrgError
from accounts.connectors.opening import open_connector
from accounts.models import Connection
from accounts.sync.locks import SyncRunningError, org_lock
from revenue.users.models import Org

State = Connection.State
KEPT = "The credential that was there before stays in use."
BUSY = "A sync of this org is running. Wait for its end, then renew the credential again."

log = structlog.get_logger(__name__)


class TrialFailedError(Exception):
    """What the source, or the way to it, said; a sentence without secrets."""


def test_connection(*, org: Org, at: datetime) -> str:
    since = Connection.objects.filter(org=org).values_list("secrets_changed_at", flat=True).first()
    try:
        said = ask(org=org, at=at)
    except ConnectorError as error:
        note(org=org, since=since, state=state_after(error), problem=str(error), at=at)
        raise TrialFailedError(str(error)) from error
    note(org=org, since=since, state=State.WORKING, problem="", at=at)
    return said


def try_renewed(*, org: Org, at: datetime) -> str:
    """No sync reads meanwhile, so that none meets a secret that may not stay."""
    try:
        with org_lock(org_id=org.pk):
            before = swap_in(org=org)
            try:
                said = ask(org=org, at=at)
            except Exception as error:
                swap_back(org=org, before=before)
                if isinstance(error, ConnectorError):
                    raise TrialFailedError(f"{error} {KEPT}") from error
                raise
            settle(org=org, at=at)
            return said
    except SyncRunningError as error:
        Connection.objects.filter(org=org).update(candidate_secrets="")
        raise TrialFailedError(f"{BUSY} {KEPT}") from error


def ask(*, org: Org, at: datetime) -> str:
    connector = open_connector(Org.objects.get(pk=org.pk), at=at)
    try:
        return connector.check()
    finally:
        connector.close()


def state_after(error: ConnectorError) -> str:
    """Nothing where the credential itself was not judged."""
    if isinstance(error, NeedsSignInError):
        return State.NEEDS_SIGN_IN
    return State.STOPPED if isinstance(error, WrongOrgError) else ""


def note(*, org: Org, since: datetime | None, state: str, problem: str, at: datetime) -> None:
    """One line in the log when the state changes, none when it stays.

    Nothing of a credential that was cut or replaced while it was tried.
    """
    changes = {"problem": problem[:500]}
    tried = Connection.objects.filter(org=org, secrets_changed_at=since)
    turned = state and tried.exclude(state=state).exists()
    if turned:
        changes |= {"state": state, "state_changed_at": at}  # type: ignore[dict-item]
        say = log.info if state == State.WORKING else log.warning
        say("connection_state_changed", org=org.slug, state=str(state), reason=problem)
    tried.update(**changes)


@transaction.atomic
def swap_in(*, org: Org) -> tuple[str, str]:
    """The state before. A second attempt, after a killed one, finds it done."""
    row = Connection.objects.select_for_update().get(org=org)
    before = (row.state, row.problem)
    if row.candidate_secrets:
        # What a killed trial left in use was never taken by the source: the one before it was.
        row.former_secrets = row.former_secrets or row.secrets
        row.secrets = row.candidate_secrets
        row.candidate_secrets = ""
    # A state that halts would keep the connector from asking at all.
    row.state, row.problem = State.UNTESTED, ""
    row.save(update_fields=["secrets", "former_secrets", "candidate_secrets", "state", "problem"])
    return before


@transaction.atomic
def swap_back(*, org: Org, before: tuple[str, str]) -> None:
    row = Connection.objects.select_for_update().get(org=org)
    if row.former_secrets:
        row.secrets, row.former_secrets = row.former_secrets, ""
    row.state, row.problem = before
    row.save(update_fields=["secrets", "former_secrets", "state", "problem"])


def settle(*, org: Org, at: datetime) -> None:
    Connection.objects.filter(org=org).update(former_secrets="", secrets_changed_at=at)
    note(org=org, since=at, state=State.WORKING, problem="", at=at)
