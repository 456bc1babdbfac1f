"""Changing the policy of health: kept, and written in the audit trail, or neither."""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from forecasting.health.plays import plays_of
from forecasting.health.policy import Policy, policy_of
from forecasting.models import HealthPolicy
from forecasting.risk.changing import differences
from revenue.users import audit
from revenue.users.models import AuditEvent, Org, User


@transaction.atomic
def change_policy(
    *, org: Org, policy: Policy, by: User, request: HttpRequest | None = None
) -> dict[str, Any]:
    """What is another than it was: where nothing is, nothing is written."""
    # Two who save at once: the later one tells what the earlier one had made of it.
    Org.objects.select_for_update(no_key=True).get(pk=org.pk)
    changed = differences(told(policy_of(org)), told(policy))
    if not changed:
        return {}
    if told(policy) == told(Policy()):
        HealthPolicy.objects.filter(org=org).delete()
    else:
        HealthPolicy.objects.update_or_create(org=org, defaults=policy.as_row())
    audit.record(
        AuditEvent.Action.ORG_CHANGED,
        by=by,
        org=org,
        subject="Health policy",
        detail={"health_policy": changed},
        request=request,
    )
    return changed


def told(policy: Policy) -> dict[str, dict[str, Any]]:
    """By group and name, whatever is as usual too."""
    return {
        "bands": dict(policy.bands),
        "weights": dict(policy.weights),
        "left": {
            "field": policy.left_field,
            "value": policy.left_value,
            "contraction": policy.contraction,
        },
        "plays": {key: asdict(play) for key, play in plays_of(policy).items()},
    }
