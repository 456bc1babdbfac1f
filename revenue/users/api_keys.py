"""Personal API keys. A secret is 256 random bits, so a plain SHA-256 of it is enough."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from revenue.users import audit, wall
from revenue.users.models import ApiKey, AuditEvent, Membership, Org, User

MARK = "ri_"
PREFIX_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
PREFIX_LENGTH = len(MARK) + 9
MAX_LIVE_KEYS = 20
MAX_LIFETIME = timedelta(days=366)
LAST_USE_STEP = timedelta(minutes=1)
NO_HASH = hashlib.sha256(b"no key").hexdigest()


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def make_key(
    *,
    by: User,
    name: str,
    scope: str,
    expires_at: datetime,
    org: Org | None = None,
    request: HttpRequest | None = None,
) -> tuple[ApiKey, str]:
    """The secret is in the answer and nowhere else."""
    _refuse_what_cannot_be(by=by, name=name, scope=scope, expires_at=expires_at, org=org)
    prefix = MARK + "".join(secrets.choice(PREFIX_ALPHABET) for _ in range(9))
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        user=by,
        org=org,
        name=name.strip(),
        prefix=prefix,
        secret_hash=hash_of(secret),
        scope=scope,
        expires_at=expires_at,
    )
    detail = {"scope": scope, "expires_at": expires_at.isoformat()}
    audit.record(
        AuditEvent.Action.KEY_MADE, by=by, org=org, subject=key, detail=detail, request=request
    )
    return key, secret


def _refuse_what_cannot_be(
    *, by: User, name: str, scope: str, expires_at: datetime, org: Org | None
) -> None:
    now = timezone.now()
    if not name.strip():
        raise ValidationError({"name": "Give the key a name that says what uses it."})
    if scope not in ApiKey.Scope.values:
        raise ValidationError({"scope": "Choose read or write."})
    if not now < expires_at <= now + MAX_LIFETIME:
        raise ValidationError({"expires_at": "Choose a day within the next year."})
    if org and not Membership.objects.active().filter(user=by, org=org).exists():
        raise ValidationError({"org": "Choose an org of which you are a member."})
    # Two forms sent at once would each count the keys before the other's is there.
    User.objects.select_for_update().get(pk=by.pk)
    if ApiKey.objects.filter(user=by).live(at=now).count() >= MAX_LIVE_KEYS:
        raise ValidationError(
            f"You have {MAX_LIVE_KEYS} keys in use. Revoke one that nothing uses any more."
        )


@wall.lifted()
def find_key(*, secret: str, at: datetime, ip: str | None = None) -> ApiKey | None:
    """The usable key of a secret. Unknown, wrong and spent secrets cost the same work."""
    offered = hash_of(secret)
    prefix = secret[:PREFIX_LENGTH] if secret.isascii() and "\0" not in secret else ""
    key = ApiKey.objects.usable(at=at).select_related("user", "org").filter(prefix=prefix).first()
    if not hmac.compare_digest(offered, key.secret_hash if key else NO_HASH) or key is None:
        return None
    _note_use(key=key, at=at, ip=ip)
    return key


def _note_use(*, key: ApiKey, at: datetime, ip: str | None) -> None:
    """At most once a minute, and by one of many requests at once."""
    stale = at - LAST_USE_STEP
    if key.last_used_at is not None and key.last_used_at > stale:
        return
    due = ApiKey.objects.filter(pk=key.pk).filter(Q(last_used_at=None) | Q(last_used_at__lte=stale))
    if due.update(last_used_at=at, last_used_ip=ip):
        key.last_used_at, key.last_used_ip = at, ip


@transaction.atomic
def revoke_key(*, key: ApiKey, by: User, request: HttpRequest | None = None) -> bool:
    """False where it was revoked before: nothing is written twice."""
    now = timezone.now()
    if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        return False
    key.revoked_at = now
    audit.record(
        AuditEvent.Action.KEY_REVOKED,
        by=by,
        org=key.org,
        subject=key,
        person=key.user,
        request=request,
    )
    return True
