"""Rate limits per key, person and anonymous address, counted in Redis for all processes."""

import ipaddress
import logging
import math
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from prometheus_client import Counter
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from revenue.api.requests import django_request
from revenue.users.client import client_ip
from revenue.users.models import ApiKey

STORE_TIMEOUT_SECONDS = 0.5
STORE_PAUSE_SECONDS = 5.0
REFUSED = Counter(
    "revenue_api_rate_limited", "Requests refused by a rate limit.", ["bucket"], registry=None
)
UNCOUNTED = Counter(
    "revenue_api_rate_limit_uncounted",
    "Requests let through while the store was away.",
    ["bucket"],
    registry=None,
)
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bucket:
    name: str  # of a setting in API_RATE_LIMITS
    holder: str


@dataclass(frozen=True)
class State:
    limit: int
    remaining: int
    reset_seconds: int
    allowed: bool


class Store:
    """One pool a process; after a failure it pauses, so that an outage costs no waiting."""

    def __init__(self, url: str) -> None:
        # limits has its own name for redis-py's unix://.
        uri = url.replace("unix://", "redis+unix://", 1) if url.startswith("unix://") else url
        self.limiter = MovingWindowRateLimiter(
            storage_from_string(
                uri,
                key_prefix="revenue:rate",
                wrap_exceptions=True,
                socket_timeout=STORE_TIMEOUT_SECONDS,
                socket_connect_timeout=STORE_TIMEOUT_SECONDS,
            )
        )
        self.paused_until = 0.0

    def count(self, *, buckets: list[Bucket]) -> State | None:
        """None where the store is away: see docs/api.md for why the request then passes."""
        if time.monotonic() < self.paused_until:
            UNCOUNTED.labels(bucket=buckets[0].name).inc()
            return None
        try:
            return self._count(buckets=buckets)
        except StorageError as error:
            self.paused_until = time.monotonic() + STORE_PAUSE_SECONDS
            UNCOUNTED.labels(bucket=buckets[0].name).inc()
            logger.warning("Rate limits are not counted: their store is away. %s", error)
            return None

    def _count(self, *, buckets: list[Bucket]) -> State:
        states = []
        for bucket in buckets:
            for item in limits_named(settings.API_RATE_LIMITS[bucket.name]):
                allowed = self.limiter.hit(item, bucket.name, bucket.holder)
                states.append(self._state(item, bucket=bucket, allowed=allowed))
                if not allowed:
                    REFUSED.labels(bucket=bucket.name).inc()
                    return states[-1]
        return min(states, key=lambda state: state.remaining)

    def _state(self, item: RateLimitItem, *, bucket: Bucket, allowed: bool) -> State:
        window = self.limiter.get_window_stats(item, bucket.name, bucket.holder)
        return State(
            limit=item.amount,
            remaining=max(0, window.remaining) if allowed else 0,
            reset_seconds=max(1, math.ceil(window.reset_time - time.time())),
            allowed=allowed,
        )


@lru_cache(maxsize=64)
def limits_named(text: str) -> list[RateLimitItem]:
    return parse_many(text)


@lru_cache(maxsize=4)
def store_at(url: str) -> Store:
    return Store(url)


def buckets_of(request: Request) -> list[Bucket]:
    """A key counts for itself and for its person: more keys do not buy more requests."""
    if not request.user.is_authenticated:
        return [Bucket("anonymous", network_of(client_ip(django_request(request))))]
    person = Bucket("user", str(request.user.pk))
    if isinstance(request.auth, ApiKey):
        return [Bucket("key", str(request.auth.pk)), person]
    return [person]


def network_of(ip: str | None) -> str:
    """One customer of IPv6 has a whole /64."""
    if not ip:
        return "unknown"
    address = ipaddress.ip_address(ip)
    if address.version == 6 and address.ipv4_mapped is None:
        return str(ipaddress.ip_network(f"{ip}/64", strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)


class SharedRateThrottle(BaseThrottle):
    state: State | None = None

    def allow_request(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        self.state = store_at(settings.REDIS_URL).count(buckets=buckets_of(request))
        django_request(request).rate_limit = self.state  # type: ignore[attr-defined]
        return self.state is None or self.state.allowed

    def wait(self) -> float | None:
        return self.state.reset_seconds if self.state else None


def rate_limit_headers(state: State | None) -> dict[str, str]:
    if state is None:
        return {}
    return {
        "RateLimit-Limit": str(state.limit),
        "RateLimit-Remaining": str(state.remaining),
        "RateLimit-Reset": str(state.reset_seconds),
    }
