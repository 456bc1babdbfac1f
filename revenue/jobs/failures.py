"""What may be tried again, and how a failure is told: in a sentence, and apart from it in full."""

import re
import traceback
from typing import NamedTuple
from urllib.parse import urlsplit

import redis.exceptions
from django.conf import settings
from django.db import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerError

HIDDEN = "•••"
SENTENCE_LENGTH = 500
TRACE_LENGTH = 20_000
SHORTEST_SECRET = 6

SECRET_PATTERNS = (
    (re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[a-z0-9._~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"(?i)\b([\w-]*(?:password|passwd|pwd|secret|token|api[_-]?key|authorization|cookie)"
            r"[\w-]*['\"]?\s*[=:]\s*)(?:'[^']*'|\"[^\"]*\"|[^\s,;&)}\]]+)"
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), HIDDEN),
)


class RetryableError(Exception):
    """Raise it, with a sentence for people, where trying again later may help."""


class JobError(Exception):
    """Raise it, with a sentence that says what to do, where trying again would not help."""


TRANSIENT: tuple[type[Exception], ...] = (
    RetryableError,
    OperationalError,
    InterfaceError,
    BrokerError,
    ConnectionError,
    TimeoutError,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
)


class Failure(NamedTuple):
    sentence: str
    trace: str


def failure_of(error: BaseException) -> Failure:
    trace = "".join(traceback.format_exception(error))
    return Failure(
        sentence=scrubbed(sentence_of(error))[:SENTENCE_LENGTH],
        trace=scrubbed(trace).replace("\x00", "")[-TRACE_LENGTH:],
    )


def sentence_of(error: BaseException) -> str:
    said = " ".join(str(error).replace("\x00", "").split())
    if isinstance(error, JobError | RetryableError) and said:
        return said
    if isinstance(error, OperationalError | InterfaceError):
        return f"The database could not be used: {said}"
    if isinstance(error, TRANSIENT):
        return f"Another service could not be reached: {said or type(error).__name__}"
    kind = type(error).__name__
    return f"An unexpected error stopped it: {kind}: {said}" if said else f"Unexpected: {kind}"


def scrubbed(text: str) -> str:
    """Secrets of the settings and whatever looks like one are blotted out."""
    for secret in known_secrets():
        text = text.replace(secret, HIDDEN)
    for pattern, replacement in SECRET_PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def known_secrets() -> list[str]:
    addresses = [settings.REDIS_URL, settings.CELERY_BROKER_URL]
    found = [
        settings.SECRET_KEY,
        *settings.SECRET_KEY_FALLBACKS,
        *settings.SECRET_ENCRYPTION_KEYS,
        settings.METRICS_TOKEN,
        settings.SENTRY_DSN,
        settings.DATABASES["default"].get("PASSWORD") or "",
        *(urlsplit(address).password or "" for address in addresses),
    ]
    long_enough = {str(each) for each in found if len(str(each)) >= SHORTEST_SECRET}
    return sorted(long_enough, key=len, reverse=True)
