"""The time of the simulated world: it stands still until a test moves it, or it ticks."""

import threading
import time
from datetime import UTC, datetime, timedelta

START = datetime(2026, 6, 30, 12, 0, 0, tzinfo=UTC)


class VirtualClock:
    def __init__(self, at: datetime = START, *, ticks: bool = False, skew: timedelta | None = None):
        self._at = at.astimezone(UTC)
        self._ticks = ticks
        self._begun = time.monotonic()
        self._lock = threading.Lock()
        # How far the client's idea of now is ahead of the server's.
        self.skew = skew or timedelta(0)

    def now(self) -> datetime:
        with self._lock:
            passed = time.monotonic() - self._begun if self._ticks else 0.0
            return self._at + timedelta(seconds=passed)

    def stamp(self) -> datetime:
        """Salesforce keeps stamps by the second."""
        return self.now().replace(microsecond=0)

    def advance(self, by: timedelta | float) -> datetime:
        with self._lock:
            self._at += by if isinstance(by, timedelta) else timedelta(seconds=by)
        return self.now()

    def move_to(self, at: datetime) -> datetime:
        return self.advance(at - self.now())

    def client_now(self) -> datetime:
        """What a client with a wrong clock believes."""
        return self.now() + self.skew
