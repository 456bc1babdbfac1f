"""Changing when an org locks its calls: kept, and written in the audit trail, or neither."""

from dataclasses import asdict

from django.db import transaction
from django.http import HttpRequest

from forecasting.calls.locking import Policy
from forecasting.models import ForecastPolicy
from revenue.users import audit
from revenue.users.models import AuditEvent, Org, User


@transaction.atomic
def change_policy(
    *, org: Org, policy: Policy, by: User, request: HttpRequest | None = None
) -> bool:
    """False where nothing is another than it was."""
    # Two who save at once: the later one tells what the earlier one had made of it.
    Org.objects.select_for_update(no_key=True).get(pk=org.pk)
    before, after = asdict(Policy.of(org)), asdict(policy)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not changed:
        return False
    ForecastPolicy.objects.update_or_create(
        org=org,
        defaults={
            "locks": policy.locks,
            "lock_weekday": policy.weekday,
            "lock_hour": policy.hour,
        },
    )
    audit.record(
        AuditEvent.Action.ORG_CHANGED,
        by=by,
        org=org,
        subject="Forecast policy",
        detail={"forecast_policy": changed},
        request=request,
    )
    return True
