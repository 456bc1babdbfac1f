"""What is posted to the token endpoint, and what its answers mean."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt
import requests

from accounts.connectors.base import NeedsSignInError, QuotaReachedError
from accounts.connectors.salesforce.faults import CODE, SetupError, TransientError, code_of
from accounts.connectors.salesforce.hosts import allowed_origin, is_production_login
from accounts.models import Connection
from accounts.salesforce_ids import long_id

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ORGANIZATION = re.compile(r"/id/(00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?)/")
PASSING = {"unknown_error", "server_error", "temporarily_unavailable", "rate_limit_exceeded"}


@dataclass(frozen=True)
class Answer:
    """What a sign-in gave; neither token shows in a traceback."""

    access_token: str = field(repr=False)
    instance_url: str
    organization_id: str = ""
    refresh_token: str = field(default="", repr=False)


def form_of(connection: Connection, secrets: dict[str, Any], *, now: datetime) -> dict[str, str]:
    method = connection.method
    if method == Connection.Method.JWT:
        return {"grant_type": JWT_GRANT, "assertion": _assertion(connection, secrets, now=now)}
    client = {"client_id": connection.client_id}
    if secrets.get("client_secret"):
        client["client_secret"] = _need(secrets, "client_secret", "client secret")
    if method == Connection.Method.CLIENT_CREDENTIALS:
        _need(secrets, "client_secret", "client secret")
        return {"grant_type": "client_credentials", **client}
    if method == Connection.Method.REFRESH_TOKEN:
        token = _need(secrets, "refresh_token", "refresh token")
        return {"grant_type": "refresh_token", **client, "refresh_token": token}
    if method == Connection.Method.PASSWORD:
        return {**_password_form(connection, secrets), **client}
    raise SetupError("Choose how the connection signs in to Salesforce.")


def read_answer(response: requests.Response) -> Answer:
    """The tokens; or what a refusal means, told by its code alone."""
    if 300 <= response.status_code < 400:
        raise SetupError(
            "The login address answers with a redirect, which is not followed with a credential. "
            "Set it to the org's current My Domain."
        )
    body = _body(response)
    if response.status_code == 200 and isinstance(body, dict):
        return _answer(body)
    code, message = code_of(response)
    if code == "REQUEST_LIMIT_EXCEEDED" and "Concurrent" not in message:
        raise QuotaReachedError(
            "Salesforce has no calls left for today. The next run goes on when there are some."
        )
    error = body.get("error") if isinstance(body, dict) else None
    status = response.status_code
    if error in PASSING or status >= 500 or status in (406, 420, 429) or not error:
        raise TransientError(
            f"sign-in, HTTP {status}", retry_after=response.headers.get("Retry-After", "")
        )
    raise NeedsSignInError(refusal(str(error)))


def refusal(error: str) -> str:
    code = error if CODE.fullmatch(error) else "refused"
    if code in ("invalid_client", "invalid_client_id"):
        return (
            f"Salesforce does not know this app ({code}). "
            "Correct the client id and secret of the connection, then test it."
        )
    return (
        f"Salesforce refused the sign-in ({code}): the credential has run out or was taken back, "
        "or the user is not approved for the app. Renew the credential, then test the connection."
    )


def _answer(body: dict[str, Any]) -> Answer:
    found = ORGANIZATION.search(str(body.get("id") or ""))
    return Answer(
        access_token=str(body.get("access_token") or ""),
        instance_url=str(body.get("instance_url") or ""),
        organization_id=long_id(found[1]) if found else "",
        refresh_token=str(body.get("refresh_token") or ""),
    )


def complete(answer: Answer) -> Answer:
    if not answer.access_token or not answer.instance_url:
        raise SetupError(
            "Salesforce's answer to the sign-in does not say where the org is, so nothing was "
            "read. Check the login address of the connection."
        )
    allowed_origin(answer.instance_url)
    return answer


def _assertion(connection: Connection, secrets: dict[str, Any], *, now: datetime) -> str:
    claims = {
        "iss": connection.client_id,
        "sub": connection.username,
        "aud": _audience(connection.login_url),
        "exp": int((now + timedelta(minutes=3)).timestamp()),
    }
    try:
        return jwt.encode(claims, _need(secrets, "private_key", "private key"), algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise NeedsSignInError(
            "The private key of the connection cannot be read. Paste the whole PEM text of an "
            "RSA key without a pass phrase."
        ) from None


def _audience(login_url: str) -> str:
    """A My Domain is no audience: the login server behind it is."""
    origin = allowed_origin(login_url)
    if not origin.endswith(".salesforce.com"):
        return origin
    kind = "login" if is_production_login(origin) else "test"
    return f"https://{kind}.salesforce.com"


def _password_form(connection: Connection, secrets: dict[str, Any]) -> dict[str, str]:
    if is_production_login(connection.login_url):
        raise SetupError(
            "User name and password are for sandboxes only. Use a sandbox's address, such as "
            "https://test.salesforce.com, or sign in with a certificate."
        )
    password = _need(secrets, "password", "password")
    return {
        "grant_type": "password",
        "username": connection.username,
        "password": password + str(secrets.get("security_token") or ""),
    }


def _need(secrets: dict[str, Any], name: str, words: str) -> str:
    if not secrets.get(name):
        raise NeedsSignInError(f"The {words} is missing. Enter it in the connection.")
    return str(secrets[name])


def _body(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
