"""What Salesforce's refusals mean for a sync; told by status and code, never by their wording."""

import re
from typing import Any

import requests

from accounts.connectors.base import (
    ConnectorError,
    ObjectUnavailableError,
    QuotaReachedError,
    SourceUnavailableError,
)

CODE = re.compile(r"[A-Za-z0-9_]{1,60}")
SESSION_CODES = {"INVALID_SESSION_ID", "INVALID_AUTH_HEADER", "INVALID_JWT_FORMAT"}
WAIT_CODES = {"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE"}
SLOW_CODES = {"QUERY_TIMEOUT", "OPERATION_TOO_LARGE"}
GONE_CODES = {"INVALID_QUERY_LOCATOR", "INVALID_LOCATOR", "NOT_FOUND"}
SETUP_CODES = {
    "API_DISABLED_FOR_ORG": "The REST API is switched off for this Salesforce organization. "
    "Switch it on there, or use an edition that has it.",
    "API_CURRENTLY_DISABLED": "The API is switched off for the user of this connection. "
    "Give it the permission “API Enabled” in Salesforce.",
    "TXN_SECURITY_METERING_ERROR": "A transaction security policy of Salesforce stopped the "
    "reading. Exempt the user of this connection from it.",
    "UNSUPPORTED_API_VERSION": "Salesforce does not answer this API version any more. Set a "
    "current one in the connection, 60.0 or later.",
}


class SetupError(ConnectorError):
    """Something that an admin puts right, in Salesforce or in the connection."""


class FaultError(ObjectUnavailableError):
    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class QueryTooSlowError(FaultError):
    """Asking for less at a time may help."""


class FieldGoneError(FaultError):
    """Describe says something else by now."""


class GoneError(FaultError):
    """A cursor, a job or an object that is there no more."""


class TransientError(Exception):
    def __init__(
        self,
        code: str,
        *,
        retry_after: str = "",
        tries: int = 5,
        ends_as: type[ConnectorError] = SourceUnavailableError,
    ) -> None:
        super().__init__(code)
        self.code, self.retry_after, self.tries, self.ends_as = code, retry_after, tries, ends_as

    def ended(self) -> ConnectorError:
        return self.ends_as(
            f"Salesforce did not answer properly after several tries ({self.code}). "
            "The next run goes on from here."
        )


class SessionRefusedError(Exception):
    """The access token is not taken, or not at this address."""


def fault_of(response: requests.Response) -> Exception | None:
    status = response.status_code
    if status < 300 or status == 304:
        return None
    if status < 400:
        return SetupError(
            "Salesforce answered with a redirect, which is never followed with a token. "
            "Set the login address of the connection to the org's current My Domain."
        )
    code, message = code_of(response)
    if status == 401 or code == "URL_NOT_RESET":
        # A 401 that is no list of errors comes from something in front of Salesforce.
        is_refusal = code in SESSION_CODES or code == "URL_NOT_RESET"
        return SessionRefusedError(code) if is_refusal else TransientError("HTTP 401")
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _over_limit(message)
    if code in WAIT_CODES or status in (406, 420, 429) or status >= 500:
        return _passing(response, code)
    return _lasting(status, code)


def code_of(response: requests.Response) -> tuple[str, str]:
    """The errorCode and the message of a refusal; both empty where the body is none of theirs."""
    try:
        body: Any = response.json()
    except ValueError:
        return "", ""
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, dict):
        return "", ""
    code = first.get("errorCode") or ""
    found = CODE.fullmatch(code) if isinstance(code, str) else None
    return (code if found else ""), str(first.get("message") or "")


def _over_limit(message: str) -> Exception:
    if "Concurrent" in message:
        return TransientError("REQUEST_LIMIT_EXCEEDED")
    return QuotaReachedError(
        "Salesforce has no calls left for today. The next run goes on when there are some again."
    )


def _passing(response: requests.Response, code: str) -> TransientError:
    # This one belongs to a query, not to the day: other objects may be read.
    ends_as = FaultError if code == "UNKNOWN_EXCEPTION" else SourceUnavailableError
    return TransientError(
        code or f"HTTP {response.status_code}",
        retry_after=response.headers.get("Retry-After", ""),
        ends_as=ends_as,
    )


def _lasting(status: int, code: str) -> ConnectorError:
    if code in SETUP_CODES or status == 410:
        return SetupError(SETUP_CODES.get(code) or SETUP_CODES["UNSUPPORTED_API_VERSION"])
    what = code or f"HTTP {status}"
    if code in SLOW_CODES:
        return QueryTooSlowError(
            f"Salesforce gave up a query ({what}), also over short spans of time. "
            "Give the user of this connection “View All Data”, or skip fields of this object.",
            code=code,
        )
    if code == "INVALID_FIELD":
        return FieldGoneError(
            "Salesforce refuses a field that it described. Check the user's field permissions.",
            code=code,
        )
    if status in (404, 409) or code in GONE_CODES:
        return GoneError(f"Salesforce does not have this any more ({what}).", code=code or what)
    if status == 403:
        return FaultError(
            f"Salesforce does not permit this ({what}). "
            "Give the user of this connection the right to read the object.",
            code=code,
        )
    return FaultError(
        f"Salesforce refused the question ({what}). Report this: it is a fault of the program.",
        code=code,
    )
