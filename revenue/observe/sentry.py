"""Errors to Sentry, where SENTRY_DSN says so; needs packages of requirements-extra.txt."""

from typing import Any

import sentry_sdk
from django.conf import settings

from revenue.observe.redaction import redact


def scrubbed(event: Any, _hint: Any) -> Any:
    """Of a request, no more than what and where: neither headers nor queries."""
    request = event.get("request")
    if request:
        event["request"] = {
            "method": request.get("method"),
            "url": str(request.get("url", "")).partition("?")[0],
        }
    return redact(event)


def start() -> None:
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=settings.VERSION,
        environment=settings.SENTRY_ENVIRONMENT,
        traces_sample_rate=settings.SENTRY_TRACES_SAMPLE_RATE,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=scrubbed,
        before_send_transaction=scrubbed,
        before_breadcrumb=scrubbed,
    )
