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


class RefreshToken(Token):
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


@dataclass(frozen=True)
class Family:
    row: OutstandingToken
    user: User

    def end(self) -> None:
        BlacklistedToken.objects.get_or_create(token=self.row)


@transaction.atomic
def issue(*, user: User, at: datetime) -> Pair:
    row = OutstandingToken.objects.create(
        user=user,
        jti=f"family-{uuid.uuid4().hex}",
        created_at=at,
        expires_at=at + api_settings.REFRESH_TOKEN_LIFETIME,
    )
    return _next_pair(family=Family(row, user), at=at)


def _next_pair(*, family: Family, at: datetime) -> Pair:
    row, user = family.row, family.user
    refresh, access = RefreshToken(), AccessToken()
    for token in (refresh, access):
        token[api_settings.USER_ID_CLAIM] = str(user.pk)
        token[FAMILY] = row.jti
        token[FINGERPRINT] = fingerprint(user)
    last = (row.created_at or at) + LONGEST_FAMILY
    row.expires_at = min(at + api_settings.REFRESH_TOKEN_LIFETIME, last)
    row.save(update_fields=["expires_at"])
    refresh["exp"] = int(row.expires_at.timestamp())
    access["exp"] = min(access["exp"], refresh["exp"])
    # Its row keeps no secret: whoever reads the table can use nothing of it.
    OutstandingToken.objects.create(
        user=user, jti=refresh["jti"], created_at=at, expires_at=row.expires_at
    )
    now = int(at.timestamp())
    return Pair(str(access), str(refresh), access["exp"] - now, refresh["exp"] - now)


def rotate(*, secret: str, at: datetime) -> Pair:
    with transaction.atomic():
        found = _spend(secret=secret)
        if isinstance(found, Family):
            return _next_pair(family=found, at=at)
    # Raised outside of the transaction, which must keep the family's end.
    raise found


def _spend(*, secret: str) -> Family | RefusedError:
    token = _read(RefreshToken, secret=secret)
    family = _standing_family(token, lock=True)
    if family is None:
        return RefusedError()
    row = OutstandingToken.objects.filter(jti=token["jti"], user=family.user).first()
    if row is None:
        return RefusedError()
    _, first_use = BlacklistedToken.objects.get_or_create(token=row)
    if not first_use:
        family.end()
        return ReusedError(family.user)
    return family


@transaction.atomic
def revoke(*, secret: str) -> User | None:
    """Ends the family of a refresh token; None where there is nothing to end."""
    family = _standing_family(_read(RefreshToken, secret=secret), lock=True)
    if family is None:
        return None
    family.end()
    return family.user


def find_access(*, secret: str) -> tuple[User, Any] | None:
    token = _read(AccessToken, secret=secret)
    family = _standing_family(token)
    return (family.user, token) if family else None


def _read(kind: Any, *, secret: str) -> Any:
    try:
        return kind(secret)
    except (TokenError, ValueError, OverflowError):
        return None


def _standing_family(token: Any, *, lock: bool = False) -> Family | None:
    """Of a genuine token: nobody has ended it, and its person may sign in as then."""
    if token is None or not isinstance(token.get(FAMILY), str):
        return None
    rows = OutstandingToken.objects.select_related("user")
    if lock:
        rows = rows.select_for_update(of=("self",))
    row = rows.filter(jti=token[FAMILY]).first()
    # Asked after the lock is held, so that of two uses at once the second sees the first.
    if row is None or BlacklistedToken.objects.filter(token=row).exists():
        return None
    user = row.user
    if user is None or not user.is_active:
        return None
    same_person = token.get(api_settings.USER_ID_CLAIM) == str(user.pk)
    same_password = hmac.compare_digest(str(token.get(FINGERPRINT, "")), fingerprint(user))
    return Family(row, user) if same_person and same_password else None
