"""Changing the policy of an org: kept, and written in the audit trail, or neither."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from forecasting.models import RiskPolicy
from forecasting.risk.policy import Policy
from revenue.users import audit
from revenue.users.models import AuditEvent, Org, User

TOLD_APART = 0.0001


@transaction.atomic
def change_policy(
    *, org: Org, policy: Policy, by: User, request: HttpRequest | None = None
) -> bool:
    """False where nothing is another than it was."""
    # Two who save at once: the later one tells what the earlier one had made of it.
    # Rows that a scoring writes of the org meanwhile are not waited for.
    Org.objects.select_for_update(no_key=True).get(pk=org.pk)
    before, after = Policy.of(org), policy
    changed = differences(before.as_row(), after.as_row())
    if not changed:
        return False
    if after.as_row() == Policy().as_row():
        RiskPolicy.objects.filter(org=org).delete()
    else:
        RiskPolicy.objects.update_or_create(org=org, defaults=after.as_row())
    audit.record(
        AuditEvent.Action.ORG_CHANGED,
        by=by,
        org=org,
        subject="Risk policy",
        detail={"risk_policy": changed},
        request=request,
    )
    return True


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """By group and name: what it was, and what it is."""
    found: dict[str, Any] = {}
    for group, values in after.items():
        for name, value in values.items():
            was = before[group].get(name)
            if not is_same(value, was):
                found[f"{group}.{name}"] = [was, value]
    return found


def is_same(one: Any, other: Any) -> bool:
    """A weight is shown in per cent with two digits; what a page sends back is no other weight."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < TOLD_APART
    return bool(one == other)
