"""Access and refresh tokens. A refresh token works once; one that comes back ends its family.

A family is what one sign-in gave. It has a row in the table of outstanding tokens; once that row is
on the blacklist, every token of the family is refused at once, access tokens included.
"""

import hmac
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.crypto import salted_hmac
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, Token

from revenue.users.models import User

LONGEST_FAMILY = timedelta(days=30)
FAMILY, FINGERPRINT = "family", "fingerprint"


class RefreshToken(Token):  # type: ignore[misc]
    """Without simplejwt's blacklist mixin: it stores the secret, and does not tell of reuse."""

    token_type = "refresh"  # noqa: S105
    lifetime = api_settings.REFRESH_TOKEN_LIFETIME


class RefusedError(Exception):
    """The refresh token is wrong, expired or revoked."""


class ReusedError(RefusedError):
    def __init__(self, user: User) -> None:
        super().__init__()
        self.user = user


@dataclass(frozen=True)
class Pair:
    access: str
    refresh: str
    access_seconds: int
    refresh_seconds: int


def fingerprint(user: User) -> str:
    """Changes with the password, so that a new password ends all tokens."""
    return salted_hmac("revenue.api.tokens", user.password, algorithm="sha256").hexdigest()[:32]


@transaction.atomic
def issue(*, user: User, at: datetime) -> Pair:
    family = OutstandingToken.objects.create(
        user=user,
        jti=f"family-{uuid.uuid4().hex}",
        created_at=at,
        expires_at=at + api_settings.REFRESH_TOKEN_LIFETIME,
    )
    return _next_pair(family=family, user=user, at=at)


def _next_pair(*, family: OutstandingToken, user: User, at: datetime) -> Pair:
    refresh, access = RefreshToken(), AccessToken()
    for token in (refresh, access):
        token[api_settings.USER_ID_CLAIM] = str(user.pk)
        token[FAMILY] = family.jti
        token[FINGERPRINT] = fingerprint(user)
    last = family.created_at + LONGEST_FAMILY
    family.expires_at = min(at + api_settings.REFRESH_TOKEN_LIFETIME, last)
    family.save(update_fields=["expires_at"])
    refresh["exp"] = int(family.expires_at.timestamp())
    access["exp"] = min(access["exp"], refresh["exp"])
    OutstandingToken.objects.create(
        user=user, jti=refresh["jti"], created_at=at, expires_at=family.expires_at
    )
    now = int(at.timestamp())
    return Pair(str(access), str(refresh), access["exp"] - now, refresh["exp"] - now)


def rotate(*, secret: str, at: datetime) -> Pair:
    with transaction.atomic():
        found = _spend(secret=secret)
        if not isinstance(found, RefusedError):
            return _next_pair(family=found, user=found.user, at=at)
    # Raised outside of the transaction, which must keep the family's end.
    raise found


def _spend(*, secret: str) -> OutstandingToken | RefusedError:
    token = _read(RefreshToken, secret=secret)
    family = token and _family(token.get(FAMILY), lock=True)
    if not token or not family or not _still_stands(family=family, token=token):
        return RefusedError()
    row = OutstandingToken.objects.filter(jti=token["jti"], user=family.user).first()
    if row is None:
        return RefusedError()
    _, first_use = BlacklistedToken.objects.get_or_create(token=row)
    if not first_use:
        BlacklistedToken.objects.get_or_create(token=family)
        return ReusedError(family.user)
    return family


@transaction.atomic
def revoke(*, secret: str) -> User | None:
    """Ends the family of a refresh token; None where there is nothing to end."""
    token = _read(RefreshToken, secret=secret)
    family = token and _family(token.get(FAMILY), lock=True)
    if not family:
        return None
    BlacklistedToken.objects.get_or_create(token=family)
    user: User = family.user
    return user


def find_access(*, secret: str) -> tuple[User, Any] | None:
    token = _read(AccessToken, secret=secret)
    family = token and _family(token.get(FAMILY))
    if not token or not family or not _still_stands(family=family, token=token):
        return None
    return family.user, token


def _read(kind: type[Token], *, secret: str) -> Any:
    try:
        return kind(secret)
    except (TokenError, ValueError, OverflowError):
        return None


def _family(jti: Any, *, lock: bool = False) -> OutstandingToken | None:
    """The row of a family that nobody has ended."""
    if not isinstance(jti, str):
        return None
    rows = OutstandingToken.objects.select_related("user")
    if lock:
        rows = rows.select_for_update(of=("self",))
    family = rows.filter(jti=jti, user__isnull=False).first()
    ended = family and BlacklistedToken.objects.filter(token=family).exists()
    return None if ended else family


def _still_stands(*, family: OutstandingToken, token: Any) -> bool:
    user: User = family.user
    same_person = token.get(api_settings.USER_ID_CLAIM) == str(user.pk)
    same_password = hmac.compare_digest(str(token.get(FINGERPRINT, "")), fingerprint(user))
    return user.is_active and same_person and same_password
