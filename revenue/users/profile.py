"""What people change about themselves, on their page and by the API."""

from collections.abc import Sequence

from django.db import transaction
from django.http import HttpRequest

from revenue.users import audit
from revenue.users.models import AuditEvent, User

# Light or dark is a matter of taste, not of record.
UNRECORDED = {"theme"}


@transaction.atomic
def save_profile(*, user: User, changed: Sequence[str], request: HttpRequest | None = None) -> None:
    user.save(update_fields=changed)
    if fields := [name for name in changed if name not in UNRECORDED]:
        audit.record(
            AuditEvent.Action.USER_CHANGED,
            by=user,
            subject=user,
            detail={"fields": fields},
            request=request,
        )
