"""Traces by OpenTelemetry, where an endpoint is set; needs packages of requirements-extra.txt."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Status

from revenue.observe.redaction import redact, redact_text

# Addresses carry reset keys and search words; the route stands in the span's name.
ADDRESSES = frozenset(["http.url", "http.target", "url.full", "url.query", "url.path"])


class RedactingExporter(OTLPSpanExporter):  # type: ignore[misc]
    """The last place before a span leaves this machine."""

    def export(self, spans: Sequence[ReadableSpan]) -> Any:
        return super().export([redacted(span) for span in spans])


def redacted(span: ReadableSpan) -> ReadableSpan:
    events = [Event(e.name, clean(e.attributes), e.timestamp) for e in span.events]
    told = span.status.description
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=clean(span.attributes),
        events=events,
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code, redact_text(told) if told else None),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def clean(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    kept = {name: v for name, v in (attributes or {}).items() if name not in ADDRESSES}
    found: dict[str, Any] = redact(kept)
    return found


def start() -> None:
    endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip("/")
    exporter: SpanExporter = RedactingExporter(endpoint=f"{endpoint}/v1/traces")
    provider = TracerProvider(
        resource=Resource.create(
            {
                "service.name": settings.OTEL_SERVICE_NAME,
                "service.version": settings.VERSION,
                "deployment.environment.name": settings.SITE_HOST,
            }
        )
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument(response_hook=name_request)
    CeleryInstrumentor().instrument()
    PsycopgInstrumentor().instrument()


def name_request(span: Any, request: HttpRequest, _response: HttpResponseBase) -> None:
    span.set_attribute("revenue.request_id", request.META.get("HTTP_X_REQUEST_ID", ""))
