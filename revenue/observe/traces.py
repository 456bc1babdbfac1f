"""Traces by OpenTelemetry, where an endpoint is set; needs packages of requirements-extra.txt."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

# Addresses carry reset keys and search words; the route stands in the span's name.
ADDRESSES = ("http.url", "http.target", "url.full", "url.query", "url.path")


def start() -> None:
    endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip("/")
    provider = TracerProvider(
        resource=Resource.create(
            {
                "service.name": settings.OTEL_SERVICE_NAME,
                "service.version": settings.VERSION,
                "deployment.environment.name": settings.SITE_HOST,
            }
        )
    )
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces"))
    )
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument(request_hook=hide_address, response_hook=name_request)
    CeleryInstrumentor().instrument()
    PsycopgInstrumentor().instrument()


def hide_address(span: Any, _request: HttpRequest) -> None:
    for name in ADDRESSES:
        span.set_attribute(name, "")


def name_request(span: Any, request: HttpRequest, _response: HttpResponseBase) -> None:
    span.set_attribute("revenue.request_id", request.META.get("HTTP_X_REQUEST_ID", ""))
