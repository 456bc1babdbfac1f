"""What was asked of the simulator, in order: how tests know what a client did and did not do."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256


def fingerprint(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()[:12] if secret else ""


@dataclass(frozen=True)
class Call:
    number: int
    at: datetime
    method: str
    path: str
    kind: str
    token: str = ""  # a fingerprint, never the token
    status: int | None = None  # None: no answer was given
    fault: str = ""
    soql: str = ""


@dataclass
class Ledger:
    calls: list[Call] = field(default_factory=list)
    # Refresh tokens by fingerprint: how often each was presented.
    refresh_uses: Counter[str] = field(default_factory=Counter)
    reused: list[str] = field(default_factory=list)
    unknown_paths: list[str] = field(default_factory=list)
    _numbers: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next_number(self) -> int:
        with self._lock:
            self._numbers += 1
            return self._numbers

    def add(self, call: Call) -> None:
        with self._lock:
            self.calls.append(call)

    def refresh_used(self, token: str, *, again: bool) -> None:
        with self._lock:
            self.refresh_uses[fingerprint(token)] += 1
            if again:
                self.reused.append(fingerprint(token))

    def count(self, kind: str = "") -> int:
        with self._lock:
            return sum(not kind or call.kind == kind for call in self.calls)

    @property
    def kinds(self) -> Counter[str]:
        with self._lock:
            return Counter(call.kind for call in self.calls)

    @property
    def api_calls(self) -> int:
        """What Salesforce counts against the day's quota."""
        with self._lock:
            return sum(call.path.startswith("/services/data") for call in self.calls)

    @property
    def writes(self) -> list[Call]:
        """Empty after whatever a product that only reads did."""
        with self._lock:
            return [call for call in self.calls if call.kind == "write"]

    @property
    def faults(self) -> Counter[str]:
        with self._lock:
            return Counter(call.fault for call in self.calls if call.fault)

    @property
    def access_tokens(self) -> list[str]:
        """Fingerprints of the tokens that calls came with, in order of their first use."""
        with self._lock:
            return list(dict.fromkeys(call.token for call in self.calls if call.token))

    def clear(self) -> None:
        with self._lock:
            self.calls.clear()
