"""Who may sign in, and what of it is still good."""

import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.salesforce.clock import VirtualClock
from tests.salesforce.ledger import Ledger

SESSION_LASTS = timedelta(hours=2)


@cache
def generated_key() -> rsa.RSAPrivateKey:
    """One for the whole process: to make it takes longer than all the rest."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Client:
    """The connected app, with what each way to sign in needs."""

    client_id: str = "3MVG9simulator.consumer.key"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(32))
    username: str = "integration@simulator.example"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    security_token: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    private_key: rsa.RSAPrivateKey = field(default_factory=generated_key)

    @property
    def private_pem(self) -> str:
        return self.private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()


@dataclass
class Session:
    token: str
    expires_at: datetime
    family: str = ""  # the chain of refresh tokens that it comes from


class Sessions:
    """Access tokens, and refresh tokens that serve once."""

    def __init__(self, clock: VirtualClock, ledger: Ledger) -> None:
        self.clock = clock
        self.ledger = ledger
        self.lock = threading.Lock()
        self._live: dict[str, Session] = {}
        self._refresh: dict[str, str] = {}  # live token → family
        self._spent: dict[str, str] = {}
        self.ended: list[str] = []  # access tokens that rotation killed, with their locators

    def open(self, organization_id: str, *, family: str = "") -> Session:
        token = f"{organization_id[:15]}!AQ{secrets.token_urlsafe(48)}"
        session = Session(token, self.clock.now() + SESSION_LASTS, family)
        with self.lock:
            self._live[token] = session
        return session

    def valid(self, token: str) -> bool:
        with self.lock:
            session = self._live.get(token)
            return session is not None and session.expires_at > self.clock.now()

    def expire(self, token: str) -> None:
        with self.lock:
            self._live.pop(token, None)

    def expire_all(self) -> None:
        with self.lock:
            self._live.clear()

    def new_refresh_token(self, family: str = "") -> str:
        token = "5Aep861" + secrets.token_urlsafe(48)
        with self.lock:
            self._refresh[token] = family or token[:16]
        return token

    def revoke_refresh_tokens(self) -> None:
        with self.lock:
            for token in list(self._refresh):
                self._spent[token] = self._refresh.pop(token)

    def rotate(self, token: str) -> tuple[str, str] | None:
        """The family and the next token; nothing for a token that is spent or unknown."""
        with self.lock:
            family = self._refresh.pop(token, "")
            again = not family and token in self._spent
            if family:
                self._spent[token] = family
            self._end(family or self._spent.get(token, ""))
        self.ledger.refresh_used(token, again=again)
        if again:
            self.revoke_family(self._spent[token])
        return (family, self.new_refresh_token(family)) if family else None

    def revoke_family(self, family: str) -> None:
        with self.lock:
            for token in [each for each, of in self._refresh.items() if of == family]:
                self._spent[token] = self._refresh.pop(token)
            self._end(family)

    def revoke_everything(self) -> None:
        self.revoke_refresh_tokens()
        self.expire_all()

    def _end(self, family: str) -> None:
        if not family:
            return
        for token in [each.token for each in self._live.values() if each.family == family]:
            del self._live[token]
            self.ended.append(token)
