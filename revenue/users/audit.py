"""Writing the audit trail. `record` is called by whoever does the deed, in the same transaction."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from revenue.users.models import AuditEvent, Org, User


def record(
    action: AuditEvent.Action,
    *,
    by: User | None,
    org: Org | None = None,
    subject: object = "",
    detail: dict[str, Any] | None = None,
    request: HttpRequest | None = None,
    email: str = "",
) -> AuditEvent:
    return AuditEvent.objects.create(
        happened_at=timezone.now(),
        action=action,
        actor=by,
        actor_email=by.email if by else email[:254],
        org=org,
        subject=str(subject)[:200],
        subject_id=str(getattr(subject, "pk", "") or ""),
        detail=detail or {},
        **_where(request),
    )


def _where(request: HttpRequest | None) -> dict[str, Any]:
    if request is None:
        return {}
    return {
        "ip": request.META.get("REMOTE_ADDR") or None,
        "user_agent": request.headers.get("User-Agent", "")[:300],
        "request_id": getattr(request, "request_id", "")[:64],
    }
