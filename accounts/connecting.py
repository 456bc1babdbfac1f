"""What an admin does to an org's connection; each deed stands in the audit trail, without a value.

A secret goes from the form into one encrypted column, and from there to the source alone.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from accounts import tasks
from accounts.models import Connection
from accounts.schedule import Schedule, drop_schedule, ensure_schedule, set_schedule
from revenue.jobs.models import Job
from revenue.jobs.running import start
from revenue.users import audit
from revenue.users.encryption import UndecryptableError, encrypt
from revenue.users.models import AuditEvent, Org, User

DISCONNECTED = "It was disconnected. What was read before stays here."
NOTHING_TO_RENEW = "There is no credential to renew. Connect the org first."
BEING_RENEWED = (
    "Another new credential is being tested. Wait for its end, then enter this one again."
)
UNTIL_IT_WORKS = "The new credential is being tested; until it works the old one stays."
RENEWAL = "renew-connection"
STAYING = ("client_secret",)
IN_CLEAR = ("method", "login_url", "client_id", "username", "options")


@dataclass(frozen=True)
class Wish:
    """How an org is to be reached."""

    method: str
    login_url: str = ""
    client_id: str = ""
    username: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


@transaction.atomic
def save_connection(
    *, org: Org, wish: Wish, by: User | None, at: datetime, request: HttpRequest | None = None
) -> Connection:
    """In place of the one that was there; it is untested until somebody, or a sync, has tried."""
    Connection.objects.get_or_create(org=org)
    found = Connection.objects.select_for_update().get(org=org)
    changed = [name for name in IN_CLEAR if getattr(found, name) != getattr(wish, name)]
    for name in changed:
        setattr(found, name, getattr(wish, name))
    found.write_secrets(wish.secrets)
    found.candidate_secrets = found.former_secrets = found.instance_url = ""
    found.secrets_changed_at, found.secrets_changed_by = at, by
    found.state, found.problem, found.state_changed_at = Connection.State.UNTESTED, "", at
    found.save()
    ensure_schedule(connection=found)
    record(found, "saved", by=by, fields=[*changed, *wish.secrets], request=request)
    return found


@transaction.atomic
def renew_credential(
    *, org: Org, secrets: dict[str, str], by: User, request: HttpRequest | None = None
) -> Job:
    """The job puts the new secret in the old one's place once the source has taken it."""
    found = locked(org)
    if not found.secrets:
        raise ValidationError(NOTHING_TO_RENEW)
    if Job.objects.unfinished().filter(org=org, dedupe_key=RENEWAL).exists():
        raise ValidationError(BEING_RENEWED)
    found.candidate_secrets = encrypt(json.dumps({**staying(found), **secrets}))
    found.secrets_changed_by = by
    found.save(update_fields=["candidate_secrets", "secrets_changed_by"])
    record(found, "renewal asked for", by=by, fields=list(secrets), request=request)
    return start(
        tasks.try_connection,
        org=org,
        by=by,
        title=f"New credential of {org.name}",
        arguments={"renewed": True},
        dedupe_key=RENEWAL,
        request=request,
    )


def staying(connection: Connection) -> dict[str, str]:
    """The app's own secret outlives a new password or token; under a lost key nothing does."""
    try:
        held = connection.read_secrets()
    except UndecryptableError:
        return {}
    return {name: held[name] for name in STAYING if name in held}


def start_test(*, org: Org, by: User, request: HttpRequest | None = None) -> Job:
    return start(
        tasks.try_connection,
        org=org,
        by=by,
        title=f"Test of the connection of {org.name}",
        arguments={"renewed": False},
        dedupe_key="test-connection",
        request=request,
    )


@transaction.atomic
def disconnect(*, org: Org, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """The secret is gone from here; whose organization it was stays known, so none is mixed in."""
    found = locked(org)
    found.secrets = found.candidate_secrets = found.former_secrets = ""
    found.secrets_changed_at, found.secrets_changed_by = None, None
    found.state, found.problem = Connection.State.STOPPED, DISCONNECTED
    found.state_changed_at = at
    found.save()
    drop_schedule(connection=found)
    record(found, "disconnected", by=by, fields=[], request=request)


@transaction.atomic
def set_pace(
    *,
    org: Org,
    schedule: Schedule,
    limits: dict[str, Any],
    by: User,
    request: HttpRequest | None = None,
) -> None:
    """When it is synced, and how much of the CRM's calls that may take."""
    found = locked(org)
    for name, value in limits.items():
        setattr(found, name, value)
    found.save(update_fields=list(limits))
    set_schedule(connection=found, schedule=schedule)
    audit.record(
        AuditEvent.Action.ORG_CHANGED,
        by=by,
        org=org,
        subject=org,
        detail={"sync": str(schedule), **limits},
        request=request,
    )


def why_not_synced(connection: Connection | None) -> str:
    """What has to be done before a sync can be started; nothing where one can."""
    if connection is None or not connection.is_there:
        return "This org is not connected yet. Connect it first."
    if connection.org.kind == Org.Kind.CSV:
        return "This org is fed by files: what they hold comes with each import."
    if connection.state in Connection.HALTED:
        problem = connection.problem or "Its last sign-in was refused."
        return f"{problem} Renew the credential on the page Connection first."
    return ""


def locked(org: Org) -> Connection:
    found = Connection.objects.select_for_update().filter(org=org).first()
    if found is None:
        raise ValidationError("This org has no connection yet. Connect it first.")
    return found


def record(
    connection: Connection,
    did: str,
    *,
    by: User | None,
    fields: list[str],
    request: HttpRequest | None,
) -> None:
    audit.record(
        AuditEvent.Action.CREDENTIAL_CHANGED,
        by=by,
        org=connection.org,
        subject=connection,
        detail={"did": did, "method": connection.method, "fields": sorted(fields)},
        request=request,
    )
