"""Clients that send what a program sends: a key or a token in the header, JSON in the body."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from revenue.api import tokens
from revenue.users.api_keys import make_key
from revenue.users.models import ApiKey, Org, User


def secret_of(user: User, *, scope: str = "write", org: Org | None = None) -> str:
    expires_at = timezone.now() + timedelta(days=1)
    return make_key(by=user, name="test", scope=scope, expires_at=expires_at, org=org)[1]


def access_of(user: User) -> str:
    return tokens.issue(user=user, at=timezone.now()).access


def with_key(user: User, *, scope: str = "write", org: Org | None = None) -> APIClient:
    return with_bearer(secret_of(user, scope=scope, org=org))


def with_token(user: User) -> APIClient:
    return with_bearer(access_of(user))


def with_bearer(secret: str) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def key_of(user: User, **fields: Any) -> ApiKey:
    return ApiKey.objects.filter(user=user, **fields).latest("id")
