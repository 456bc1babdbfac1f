"""Results that are read page by page."""

import re
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.salesforce.clock import VirtualClock
from tests.salesforce.soql import Result

LIVES = timedelta(days=2)


@dataclass
class Cursor:
    result: Result
    token: str
    made_at: datetime
    operation: str


class Locators:
    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.lock = threading.Lock()
        self._cursors: dict[str, Cursor] = {}

    def keep(self, result: Result, *, token: str, operation: str) -> str:
        name = "0r8" + secrets.token_hex(8).upper()
        with self.lock:
            self._cursors[name] = Cursor(result, token, self.clock.now(), operation)
        return name

    def find(self, locator: str) -> tuple[str, Cursor, int] | None:
        """The cursor and the row that the page begins with."""
        match = re.fullmatch(r"(\w+)-(\d+)", locator)
        if match is None:
            return None
        with self.lock:
            cursor = self._cursors.get(match.group(1))
        if cursor is None or self.clock.now() - cursor.made_at > LIVES:
            return None
        start = int(match.group(2))
        if not 0 < start < len(cursor.result.rows):
            return None
        return match.group(1), cursor, start

    def drop_of(self, tokens: list[str]) -> None:
        with self.lock:
            for name in [key for key, each in self._cursors.items() if each.token in tokens]:
                del self._cursors[name]

    def drop_all(self) -> None:
        with self.lock:
            self._cursors.clear()
