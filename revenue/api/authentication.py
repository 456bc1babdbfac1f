"""Who asks: a personal key, a short-lived access token, or a signed-in browser of our own pages."""

from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as DjangoSession
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from revenue.api import tokens
from revenue.api.requests import django_request
from revenue.users.api_keys import MARK, find_key
from revenue.users.client import client_ip
from revenue.users.models import ApiKey, User

CHALLENGE = 'Bearer realm="api"'


def bearer_of(request: Request) -> str | None:
    scheme, _, secret = request.headers.get("Authorization", "").strip().partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer ri_…`, or `X-API-Key: ri_…`."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        bearer = bearer_of(request) or ""
        secret = bearer if bearer.startswith(MARK) else request.headers.get("X-API-Key")
        if secret is None:
            return None
        key = find_key(secret=secret, at=timezone.now(), ip=client_ip(django_request(request)))
        if key is None:
            raise AuthenticationFailed(
                "This key is unknown, expired or revoked, or its owner may not sign in. "
                "Make a new one on the page of your keys."
            )
        return key.user, key

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return CHALLENGE


class AccessTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token of /api/v1/tokens>`."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        secret = bearer_of(request)
        if secret is None or secret.startswith(MARK):
            return None
        found = tokens.find_access(secret=secret)
        if found is None:
            raise AuthenticationFailed(
                "This access token is wrong, expired or revoked. "
                "Get a new one from /api/v1/tokens/refresh."
            )
        return found

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return CHALLENGE


class SessionAuthentication(DjangoSession):
    """For the documentation's own page; changes need its CSRF token."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise PermissionDenied(
                "A change from a browser needs the page's CSRF token in X-CSRFToken. Reload the "
                "page, or use a key or an access token."
            ) from error
