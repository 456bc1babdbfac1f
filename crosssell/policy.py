"""How an org wants suggestions: the row of its own, or the usual where nobody changed anything."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest

from crosssell.models import CrosssellPolicy
from revenue.users import audit
from revenue.users.models import AuditEvent, Org, User

COLUMNS = ("held_out", "horizon_days", "expires_days", "an_account", "candidates")


def policy_of(org: Org) -> CrosssellPolicy:
    found: CrosssellPolicy | None = CrosssellPolicy.objects.filter(org=org).first()
    return found or CrosssellPolicy(org=org)


@transaction.atomic
def change_policy(
    *, org: Org, values: dict[str, Any], by: User, request: HttpRequest | None = None
) -> bool:
    """False where nothing is another than it was; else kept, and written in the audit trail."""
    # Two who save at once: the later one tells what the earlier one had made of it.
    Org.objects.select_for_update(no_key=True).get(pk=org.pk)
    before = policy_of(org)
    changed = {
        name: [getattr(before, name), values[name]]
        for name in COLUMNS
        if getattr(before, name) != values[name]
    }
    if not changed:
        return False
    CrosssellPolicy.objects.update_or_create(org=org, defaults={n: values[n] for n in COLUMNS})
    audit.record(
        AuditEvent.Action.ORG_CHANGED,
        by=by,
        org=org,
        subject="Cross-sell policy",
        detail={"crosssell_policy": changed},
        request=request,
    )
    return True
