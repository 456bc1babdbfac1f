"""Where a request comes from, as the audit trail and the rate limits take it."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str | None:
    """The address that our own outermost proxy saw.

    What stands further left in X-Forwarded-For was written by whoever sent the request.
    """
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    proxies: int = settings.TRUSTED_PROXIES
    if proxies and len(seen) >= proxies and (found := address(seen[-proxies])):
        return found
    return address(request.META.get("REMOTE_ADDR") or "")


def address(text: str) -> str | None:
    """With or without a port; None for a unix socket and for anything that is no address."""
    for candidate in (text, text.rpartition(":")[0], text.partition("]")[0].removeprefix("[")):
        try:
            return str(ipaddress.ip_address(candidate))
        except ValueError:
            continue
    return None
