"""Who writes for an org: its own row, or nobody where no admin has chosen."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest

from assistant.models import WriterPolicy
from revenue.users import audit
from revenue.users.models import AuditEvent, Org, User

SUBJECT = "Writing service"
COLUMNS = (
    "provider",
    "is_on",
    "model",
    "base_url",
    "api_version",
    "price_in",
    "price_out",
    "daily_tokens",
    "daily_cost",
    "quiet_s",
    "total_s",
)


def policy_of(org: Org) -> WriterPolicy:
    found: WriterPolicy | None = WriterPolicy.objects.filter(org=org).first()
    return found or WriterPolicy(org=org)


def resting_key(org: Org) -> str:
    """Under it stands, for a while, why a provider that failed is not asked."""
    return f"writers:resting:{org.pk}"


def goes_elsewhere(before: WriterPolicy, *, provider: str, base_url: str) -> bool:
    """Whether a key that was entered for one service would be sent to another."""
    return (before.provider, origin(before.base_url)) != (provider, origin(base_url))


def origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


@transaction.atomic
def change_policy(
    *,
    org: Org,
    values: dict[str, Any],
    by: User,
    at: datetime,
    key: str = "",
    drops_key: bool = False,
    request: HttpRequest | None = None,
) -> bool:
    """False where nothing is another than it was. The audit trail tells what, never the key."""
    # Two who save at once: the later one tells what the earlier one had made of it.
    Org.objects.select_for_update(no_key=True).get(pk=org.pk)
    policy = policy_of(org)
    elsewhere = goes_elsewhere(policy, provider=values["provider"], base_url=values["base_url"])
    loses_key = bool(policy.key) and not key and (drops_key or elsewhere)
    changed = {
        name: [shown(getattr(policy, name)), shown(values[name])]
        for name in COLUMNS
        if getattr(policy, name) != values[name]
    }
    if not (changed or key or loses_key):
        return False
    for name in COLUMNS:
        setattr(policy, name, values[name])
    if key or loses_key:
        policy.write_key(key)
        policy.key_changed_at = at
    policy.save()
    cache.delete(resting_key(org))
    detail: dict[str, Any] = {"writing_service": changed} if changed else {}
    if key or loses_key:
        detail["key"] = "replaced" if key else "removed"
    about_key = bool(key or loses_key)
    audit.record(
        AuditEvent.Action.CREDENTIAL_CHANGED if about_key else AuditEvent.Action.ORG_CHANGED,
        by=by,
        org=org,
        subject=SUBJECT,
        detail=detail,
        request=request,
    )
    return True


def shown(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int) else float(value)
