"""How long to wait for a provider, and when to try again."""

import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from assistant.writers.faults import TOO_SLOW, ProviderError

TRIES = 3
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 15.0
CONNECT_S = 6.0
Answer = TypeVar("Answer")


@dataclass
class Patience:
    """One answer's time: `quiet_s` without a sign, `total_s` over all tries and rounds."""

    quiet_s: float
    total_s: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    since: float = field(init=False)

    def __post_init__(self) -> None:
        self.since = self.clock()

    @property
    def left_s(self) -> float:
        return self.total_s - (self.clock() - self.since)

    @property
    def read_s(self) -> float:
        return max(0.05, min(self.quiet_s, self.left_s))

    @property
    def connect_s(self) -> float:
        return max(0.05, min(CONNECT_S, self.left_s))

    def check(self) -> None:
        if self.left_s <= 0:
            raise ProviderError(TOO_SLOW, f"no end within {self.total_s:g} s")

    def tried(self, call: Callable[[], Answer], *, may_repeat: Callable[[], bool]) -> Answer:
        """Again after what passes, but never once a reader has seen the beginning of an answer."""
        for attempt in range(TRIES):
            self.check()
            try:
                return call()
            except ProviderError as fault:
                wait = wait_s(fault.retry_after, attempt)
                is_last = attempt == TRIES - 1
                if is_last or not fault.is_passing or not may_repeat():
                    raise
                if wait > min(LONGEST_WAIT_S, self.left_s):
                    raise
                self.sleep(wait)
        raise AssertionError("the last try returns or raises")


def wait_s(retry_after: str, attempt: int) -> float:
    asked = seconds_in(retry_after)
    if asked is not None:
        return asked
    jitter = 0.5 + secrets.randbelow(1000) / 1000
    return float(FIRST_WAIT_S * 2**attempt * jitter)


def seconds_in(retry_after: str) -> float | None:
    """A number of seconds, or a moment, as HTTP has it."""
    text = retry_after.strip()
    if not text:
        return None
    try:
        seconds = float(text)
        return max(0.0, seconds) if math.isfinite(seconds) else LONGEST_WAIT_S + 1
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
