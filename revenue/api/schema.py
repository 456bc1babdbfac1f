"""The OpenAPI document says exactly what the kit does: parameters, error answers, headers."""

from inspect import cleandoc
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    inline_serializer,
)
from rest_framework import serializers

from revenue.api.base import ApiView, ListView
from revenue.api.problems import KINDS, MEDIA_TYPE, TYPE_PREFIX
from revenue.users.access import Kind

BODY_METHODS = ("POST", "PUT", "PATCH")
CHANGING_METHODS = (*BODY_METHODS, "DELETE")


class FieldErrorSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(
        allow_blank=True, help_text="Where: a.b[0]; empty where it is the whole."
    )
    code = serializers.CharField()
    detail = serializers.CharField(help_text="What to do.")


class ProblemSerializer(serializers.Serializer[Any]):
    """A problem document (RFC 9457)."""

    type = serializers.CharField(help_text="A URN that programs may compare.")
    title = serializers.CharField()
    status = serializers.IntegerField(min_value=400, max_value=599)
    detail = serializers.CharField(help_text="What to do about it.")
    instance = serializers.CharField(help_text="The path of the request.")
    request_id = serializers.CharField(allow_blank=True, help_text="Name it when you ask for help.")
    errors = FieldErrorSerializer(many=True, required=False)  # type: ignore[assignment]


def error_answer(status: int) -> OpenApiResponse:
    kind = KINDS[status]
    example = {
        "type": TYPE_PREFIX + kind.slug,
        "title": kind.title,
        "status": status,
        "detail": kind.detail,
        "instance": "/api/v1/me",
        "request_id": "0b0f7b2e-5a7e-4a43-9a5e-5f2c8f1f6a11",
    }
    return OpenApiResponse(
        ProblemSerializer,
        description=kind.title,
        examples=[OpenApiExample(kind.slug, value=example, response_only=True)],
    )


class ExactSchema(AutoSchema):
    view: Any

    def get_operation_id(self) -> str:
        name: str = super().get_operation_id()
        return name.removesuffix("retrieve") + "list" if self.lists() else name

    def get_description(self) -> str:  # type: ignore[override]
        """Of the method: what a class says of itself is for who reads the code."""
        return cleandoc(getattr(self.view, self.method.lower()).__doc__ or "")

    def lists(self) -> bool:
        return isinstance(self.view, ListView) and self.method == "GET"

    def get_response_serializers(self) -> Any:
        return self.page() if self.lists() else super().get_response_serializers()

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        """Below `extend_schema`, which replaces what stands above it."""
        bodies = super()._get_response_bodies(direction)
        for status in map(str, self.error_statuses()):
            if status not in bodies:
                told = error_answer(int(status))
                answer: Any = self._get_response_for_code
                bodies[status] = answer(told, status, (MEDIA_TYPE,), direction)
        return dict(sorted(bodies.items()))

    def page(self) -> Any:
        row = self.view.row
        return inline_serializer(
            name=f"{row.__name__.removesuffix('Serializer')}Page",
            fields={
                "next": serializers.URLField(allow_null=True),
                "previous": serializers.URLField(allow_null=True),
                "results": row(many=True),
            },
        )

    def error_statuses(self) -> list[int]:
        if not isinstance(self.view, ApiView):
            return [429]
        statuses = {400, 429}
        asks_who = self.view.access.kind is Kind.API
        if asks_who:
            statuses |= {401}
        if asks_who and (
            self.view.access.roles or self.view.person_only or self.method in CHANGING_METHODS
        ):
            statuses |= {403}
        if "{" in self.path:
            statuses |= {404}
        if self.method in BODY_METHODS:
            statuses |= {413, 415}
        return sorted(statuses)

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = [
            *(
                OpenApiParameter(
                    name, int, OpenApiParameter.HEADER, response=True, description=told
                )
                for name, told in (
                    ("RateLimit-Limit", "Requests allowed in the window."),
                    ("RateLimit-Remaining", "Requests left now."),
                    ("RateLimit-Reset", "Seconds until one more is allowed."),
                )
            ),
            OpenApiParameter(
                "X-Request-ID",
                str,
                OpenApiParameter.HEADER,
                response=True,
                description="As sent, or one of ours.",
            ),
            OpenApiParameter(
                "Retry-After",
                int,
                OpenApiParameter.HEADER,
                response=[429],
                description="Seconds to wait.",
            ),
        ]
        if isinstance(self.view, ApiView) and (self.lists() or not isinstance(self.view, ListView)):
            asked = self.view.query_class()
            if asked().fields:
                parameters.append(asked)
        return parameters


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "revenue.api.authentication.ApiKeyAuthentication"
    name = ["apiKeyBearer", "apiKeyHeader"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:  # noqa: ARG002
        """Either of the two; one dict would mean both."""
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:  # noqa: ARG002
        told = "A personal API key, `ri_…`, made on the page of your keys."
        return [
            {"type": "http", "scheme": "bearer", "description": told},
            {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": told},
        ]


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "revenue.api.authentication.AccessTokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token of `/api/v1/tokens`; it lives 15 minutes.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "revenue.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The session of our own pages; changes need the header X-CSRFToken.",
        }


def refuse_unknown_fields(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """`StrictSerializer` refuses what it does not know, and so says the document."""
    for name, schema in result.get("components", {}).get("schemas", {}).items():
        if name.endswith("Request") and schema.get("type") == "object":
            schema["additionalProperties"] = False
    return result
