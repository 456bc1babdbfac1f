"""The one way to Salesforce: every call is bounded in time, repeated with patience, and counted."""

import json
import re
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from accounts.connectors.base import (
    ConnectorError,
    Quota,
    QuotaReachedError,
    SourceUnavailableError,
)
from accounts.connectors.salesforce.faults import (
    GoneError,
    QueryTooSlowError,
    SessionRefusedError,
    SetupError,
    TransientError,
    fault_of,
)
from accounts.connectors.salesforce.hosts import allowed_origin

CONNECT_S, READ_S = 10.0, 60.0
LONGEST_WAIT_S = 120.0
TOKEN_PATH = "/services/oauth2/token"  # noqa: S105
JOBS = re.compile(r"/services/data/v\d+\.\d/jobs/query(/[A-Za-z0-9]{15,18})?")
USAGE = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")
# What requests says of a call that did, or may, never have reached the other side.
BROKEN = (
    requests.exceptions.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


class ReadOnlyError(ConnectorError):
    """Somebody tried to write to Salesforce; nothing was sent."""


class Transport(requests.Session):
    """The session that simple-salesforce is given: it has no time-outs and no patience itself."""

    def __init__(self, *, share: float, sleep: Callable[[float], None] = time.sleep) -> None:
        super().__init__()
        self.share, self.sleep = share, sleep
        self.timeout = (CONNECT_S, READ_S)
        self.calls = 0
        self.quota: Quota | None = None
        self.server_time: datetime | None = None
        self.origin = ""
        self.bearer = ""
        self.renew: Callable[[], None] | None = None
        self.is_renewed = False

    def sign(self, *, access_token: str, instance_url: str) -> None:
        self.origin = allowed_origin(instance_url)
        self.bearer = access_token

    def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override]
        """A data call. Raises what `accounts.connectors.base` has for whatever goes wrong."""
        tries = 0
        while True:
            tries += 1
            address = self._home(str(url))
            refuse_writes(method, address, options.get("data"))
            self._spare_quota(method)
            try:
                return self._attempt(method, address, **options)
            except SessionRefusedError:
                self._sign_in_again()
            except TransientError as fault:
                if tries >= fault.tries:
                    raise fault.ended() from None
                self.sleep(wait_s(fault.retry_after, tries))

    def post_token(self, origin: str, form: dict[str, str]) -> requests.Response:
        """One try, without a bearer; what the answer means is for who signs in."""
        url = allowed_origin(origin) + TOKEN_PATH
        refuse_writes("POST", url, None)
        return self._send("POST", url, data=form, auth=_unsigned)

    def _attempt(self, method: str, url: str, **options: Any) -> requests.Response:
        is_query = "/query" in urlsplit(url).path
        try:
            response = self._send(method, url, **{**options, "auth": self._signed})
        except requests.exceptions.SSLError:
            raise SetupError(
                "The certificate of Salesforce's address is not one that this machine trusts. "
                "Nothing was sent. Check the address, and the proxy between."
            ) from None
        except requests.exceptions.ReadTimeout:
            ends_as = QueryTooSlowError if is_query else SourceUnavailableError
            raise TransientError("no answer in time", tries=2, ends_as=ends_as) from None
        except BROKEN:
            raise TransientError("connection lost") from None
        fault = fault_of(response)
        if fault is not None:
            response.close()
            raise fault
        refuse_pages_of_html(response, is_streamed=bool(options.get("stream")))
        return response

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:
        self.calls += 1
        options.setdefault("timeout", self.timeout)
        options["allow_redirects"] = False
        response = super().request(method, url, **options)
        self._learn(response)
        return response

    def _learn(self, response: requests.Response) -> None:
        usage = USAGE.search(response.headers.get("Sforce-Limit-Info", ""))
        if usage:
            self.quota = Quota(used=int(usage[1]), allowed=int(usage[2]))
        stamp = server_date(response)
        if stamp:
            self.server_time = stamp

    def _home(self, url: str) -> str:
        """The same path at the instance of the day; a path from elsewhere is not followed."""
        parts = urlsplit(url)
        if parts.netloc and "@" in parts.netloc:
            raise SetupError("An address of Salesforce's answer leads elsewhere; it was not asked.")
        if "//" in parts.path or not parts.path.startswith("/services/data/"):
            raise GoneError("Salesforce's answer names an address that is none of its data.")
        return f"{self.origin}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    def _signed(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.headers["Authorization"] = f"Bearer {self.bearer}"
        return prepared

    def _sign_in_again(self) -> None:
        """simple-salesforce would sign in over and over; here it is once a run, then an admin's."""
        if self.renew is None:
            raise SetupError("Salesforce refused the session before anybody signed in.")
        self.renew()

    def _spare_quota(self, method: str) -> None:
        if self.quota is None or method in ("PATCH", "DELETE"):
            return
        if self.quota.used + 1 > self.share * self.quota.allowed:
            raise QuotaReachedError(
                f"{self.quota.used:,} of {self.quota.allowed:,} calls of Salesforce are used in "
                f"24 hours; a sync stops at {self.share:.0%}. The next run goes on from here."
            )


def refuse_writes(method: str, url: str, data: Any) -> None:
    """Read only: GET, the token, and jobs that query. Nothing else leaves this machine."""
    path = urlsplit(url).path
    if method == "GET" or (method == "POST" and path == TOKEN_PATH):
        return
    job = JOBS.fullmatch(path)
    body = json.loads(data) if data else {}
    if job and method == "POST" and not job[1] and body.get("operation") in ("query", "queryAll"):
        return
    if job and job[1] and (method == "DELETE" or (method == "PATCH" and body == ABORTED)):
        return
    raise ReadOnlyError("The program tried to write to Salesforce, which it never does.")


ABORTED = {"state": "Aborted"}


def refuse_pages_of_html(response: requests.Response, *, is_streamed: bool) -> None:
    """A page “down for maintenance” with status 200, or half a JSON body, is no answer."""
    if "html" in response.headers.get("Content-Type", ""):
        response.close()
        raise TransientError("a web page instead of data")
    if is_streamed or response.status_code in (204, 304) or "csv" in _kind(response):
        return
    body = response.content.strip()
    if body[:1] + body[-1:] not in (b"{}", b"[]"):
        raise TransientError("half an answer")


def server_date(response: requests.Response) -> datetime | None:
    try:
        stamp = parsedate_to_datetime(response.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return stamp.astimezone(UTC) if stamp.tzinfo else stamp.replace(tzinfo=UTC)


def wait_s(retry_after: str, tries: int) -> float:
    if retry_after.strip().isdigit():
        return min(float(retry_after), LONGEST_WAIT_S)
    jitter = 0.5 + secrets.randbelow(1000) / 1000
    return float(min(30.0, 2.0 ** (tries - 1)) * jitter)


def _kind(response: requests.Response) -> str:
    return str(response.headers.get("Content-Type", ""))


def _unsigned(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    """Names that nobody signs: requests would take a password from a .netrc file instead."""
    return prepared
