"""Writing the audit trail. `record` is called by whoever does the deed, in the same transaction."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from revenue.users.client import client_ip
from revenue.users.models import AuditEvent, Org, User
from revenue.users.models.user import UserManager


def record(
    action: AuditEvent.Action,
    *,
    by: User | None,
    org: Org | None = None,
    subject: object = "",
    person: User | None = None,
    detail: dict[str, Any] | None = None,
    request: HttpRequest | None = None,
    email: str = "",
) -> AuditEvent:
    """`email` is for an actor who is nobody yet: what was typed into the sign-in form."""
    if person is None:
        person = subject if isinstance(subject, User) else by
    return AuditEvent.objects.create(
        happened_at=timezone.now(),
        action=action,
        actor=by,
        actor_email=by.email if by else printable(email)[:254],
        person=person,
        org=org,
        subject=printable(str(subject))[:200],
        subject_id=str(getattr(subject, "pk", "") or "")[:64],
        detail=detail or {},
        **_where(request),
    )


def record_failed_sign_in(
    *, email: str, detail: dict[str, Any] | None = None, request: HttpRequest | None = None
) -> AuditEvent:
    """Stands with the person whose address was tried, where it is somebody's."""
    tried = UserManager.normalize_email(email)
    person = User.objects.filter(email=printable(tried)).first()
    return record(
        AuditEvent.Action.SIGN_IN_FAILED,
        by=None,
        email=tried,
        person=person,
        detail=detail,
        request=request,
    )


def printable(text: str) -> str:
    """PostgreSQL refuses NUL, and a sign-in form may bring anything."""
    return "".join(letter for letter in text if letter.isprintable())


def _where(request: HttpRequest | None) -> dict[str, Any]:
    if request is None:
        return {}
    return {
        "ip": client_ip(request),
        "user_agent": printable(request.headers.get("User-Agent", ""))[:300],
        "request_id": printable(request.META.get("HTTP_X_REQUEST_ID", ""))[:64],
    }
