"""The token endpoint: four ways to sign in, each checked as Salesforce checks it."""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import jwt

from tests.salesforce.answers import Answer, json_answer
from tests.salesforce.clock import VirtualClock
from tests.salesforce.ids import record_id
from tests.salesforce.sessions import Client, Sessions
from tests.salesforce.store import Store

JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES = {"https://login.salesforce.com", "https://test.salesforce.com"}
# An assertion may live three minutes; clocks may differ by a little more.
LONGEST_S = 3 * 60 + 300


def refusal(error: str, description: str, status: int = 400) -> Answer:
    return json_answer({"error": error, "error_description": description}, status)


class SignIn:
    def __init__(self, *, store: Store, clock: VirtualClock, sessions: Sessions) -> None:
        self.store = store
        self.clock = clock
        self.sessions = sessions
        self.client = Client()
        self.user_id = record_id("005", 999_999)
        self.url = ""

    def answer(self, form: Mapping[str, str], authorization: str) -> Answer:
        ways = {
            JWT: self.jwt_bearer,
            "refresh_token": self.refresh,
            "client_credentials": self.client_credentials,
            "password": self.password,
        }
        way = ways.get(form.get("grant_type", ""))
        if way is None:
            return refusal("unsupported_grant_type", "grant type not supported")
        return way(with_basic(form, authorization))

    # --- the ways ------------------------------------------------------------------------

    def jwt_bearer(self, form: Mapping[str, str]) -> Answer:
        try:
            claims = jwt.decode(
                form.get("assertion", ""),
                self.client.private_key.public_key(),
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_aud": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            return refusal("invalid_grant", "invalid assertion")
        if claims.get("iss") != self.client.client_id:
            return refusal("invalid_client_id", "client identifier invalid")
        if not self.known_audience(claims.get("aud")):
            return refusal("invalid_grant", "audience is invalid")
        if not self.in_time(claims.get("exp")):
            return refusal("invalid_grant", "expired authorization code")
        if claims.get("sub") != self.client.username:
            return refusal("invalid_grant", "user hasn't approved this consumer")
        return self.welcome()

    def refresh(self, form: Mapping[str, str]) -> Answer:
        problem = self.unknown_client(form)
        if problem:
            return problem
        rotated = self.sessions.rotate(form.get("refresh_token", ""))
        if rotated is None:
            return refusal("invalid_grant", "expired access/refresh token")
        family, token = rotated
        return self.welcome(family=family, refresh_token=token)

    def client_credentials(self, form: Mapping[str, str]) -> Answer:
        return self.unknown_client(form) or self.welcome()

    def password(self, form: Mapping[str, str]) -> Answer:
        problem = self.unknown_client(form)
        if problem:
            return problem
        if not self.knows(form.get("username", ""), form.get("password", "")):
            return refusal("invalid_grant", "authentication failure")
        return self.welcome()

    def soap(self, envelope: str) -> Answer:
        """The old way, which needs no connected app; simple-salesforce goes it with a token."""
        found = {
            name: unescape(match.group(1))
            for name in ("username", "password")
            if (match := re.search(rf"<(?:\w+:)?{name}>(.*?)</", envelope, re.DOTALL))
        }
        start = '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv='
        start += '"http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="urn:fault.partner.soap.'
        start += 'sforce.com"><soapenv:Body>'
        end = "</soapenv:Body></soapenv:Envelope>"
        xml = {"Content-Type": "text/xml;charset=UTF-8"}
        if not self.knows(found.get("username", ""), found.get("password", "")):
            message = (
                "INVALID_LOGIN: Invalid username, password, security token; or user locked out."
            )
            fault = (
                f"<soapenv:Fault><faultcode>sf:INVALID_LOGIN</faultcode><faultstring>{message}"
                "</faultstring><detail><sf:LoginFault><sf:exceptionCode>INVALID_LOGIN"
                f"</sf:exceptionCode><sf:exceptionMessage>{message}</sf:exceptionMessage>"
                "</sf:LoginFault></detail></soapenv:Fault>"
            )
            return Answer(500, f"{start}{fault}{end}".encode(), xml)
        session = self.sessions.open(self.store.organization_id)
        result = (
            f"<loginResponse><result><serverUrl>{self.url}/services/Soap/u/60.0</serverUrl>"
            f"<sessionId>{session.token}</sessionId><userId>{self.user_id}</userId></result>"
            "</loginResponse>"
        )
        return Answer(200, f"{start}{result}{end}".encode(), xml)

    # --- the checks ----------------------------------------------------------------------

    def knows(self, username: str, password: str) -> bool:
        client = self.client
        passwords = {client.password, client.password + client.security_token}
        return username == client.username and password in passwords

    def unknown_client(self, form: Mapping[str, str]) -> Answer | None:
        if form.get("client_id") != self.client.client_id:
            return refusal("invalid_client_id", "client identifier invalid")
        secret = form.get("client_secret", "")
        if not hmac.compare_digest(secret.encode(), self.client.client_secret.encode()):
            return refusal("invalid_client", "invalid client credentials")
        return None

    def known_audience(self, audience: object) -> bool:
        given = audience if isinstance(audience, str) else ""
        if given.rstrip("/") in AUDIENCES:
            return True
        ours, theirs = urlsplit(self.url), urlsplit(given)
        return theirs.scheme == "https" and theirs.port == ours.port

    def in_time(self, expires: object) -> bool:
        """A client lives by the wall's clock or by the test's; either is right."""
        try:
            at = float(str(expires))
        except ValueError:
            return False
        clocks = (time.time(), self.clock.now().timestamp())
        return any(-60 < at - now < LONGEST_S for now in clocks)

    # --- the answer ----------------------------------------------------------------------

    def welcome(self, *, family: str = "", refresh_token: str = "") -> Answer:
        session = self.sessions.open(self.store.organization_id, family=family)
        issued = str(int(self.clock.now().timestamp() * 1000))
        identity = f"{self.url}/id/{self.store.organization_id}/{self.user_id}"
        secret = self.client.client_secret.encode()
        signed = hmac.new(secret, (identity + issued).encode(), hashlib.sha256)
        body = {
            "access_token": session.token,
            "instance_url": self.url,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued,
            "signature": base64.b64encode(signed.digest()).decode(),
            "scope": "api refresh_token" if refresh_token else "api",
        }
        if refresh_token:
            body["refresh_token"] = refresh_token
        return json_answer(body)

    def identity(self) -> dict[str, Any]:
        organization = self.store.organization_id
        return {
            "id": f"{self.url}/id/{organization}/{self.user_id}",
            "asserted_user": True,
            "user_id": self.user_id,
            "organization_id": organization,
            "username": self.client.username,
            "nick_name": "integration",
            "display_name": "Integration User",
            "email": self.client.username,
            "active": True,
            "user_type": "STANDARD",
            "language": "en_US",
            "locale": "en_GB",
            "utcOffset": 0,
            "is_app_installed": True,
            "urls": {
                "rest": f"{self.url}/services/data/v{{version}}/",
                "sobjects": f"{self.url}/services/data/v{{version}}/sobjects/",
                "query": f"{self.url}/services/data/v{{version}}/query/",
                "custom_domain": self.url,
            },
        }


def with_basic(form: Mapping[str, str], authorization: str) -> dict[str, str]:
    if not authorization.startswith("Basic "):
        return dict(form)
    pair = base64.b64decode(authorization[6:] + "==").decode(errors="replace")
    client_id, _, secret = pair.partition(":")
    return {**form, "client_id": client_id, "client_secret": secret}
