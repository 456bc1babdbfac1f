from dataclasses import asdict
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from revenue.api import tokens
from revenue.api.base import ApiView
from revenue.api.permissions import OPEN
from revenue.api.problems import MEDIA_TYPE, Problem
from revenue.api.schema import ProblemSerializer
from revenue.api.serializers import RefreshSerializer, SignInSerializer, TokenPairSerializer
from revenue.api.sign_in import WAY, person_of
from revenue.users import audit
from revenue.users.models import AuditEvent

REFUSED = OpenApiResponse(ProblemSerializer, description="Wrong, expired or revoked.")


def answer(pair: tokens.Pair) -> Response:
    return Response({"token_type": "Bearer", **asdict(pair)})


class TokenMake(ApiView):
    access = OPEN
    authentication_classes = ()

    @extend_schema(
        operation_id="tokens_make",
        request=SignInSerializer,
        responses={200: TokenPairSerializer, (401, MEDIA_TYPE): REFUSED},
        summary="Sign in: an access token and a refresh token",
        description=(
            "Where the person has a second factor, `code` is needed, too: without it the answer "
            "is a problem of the type `urn:problem:revenue:code-needed`."
        ),
        examples=[
            OpenApiExample(
                "With a second factor",
                value={"email": "rep@example.com", "password": "…", "code": "123456"},
                request_only=True,
            )
        ],
    )
    def post(self, _request: Request) -> Response:
        person = person_of(request=self.http_request, **self.body(SignInSerializer))
        pair = tokens.issue(user=person, at=timezone.now())
        audit.record(
            AuditEvent.Action.SIGNED_IN,
            by=person,
            detail={"way": WAY},
            request=self.http_request,
        )
        return answer(pair)


class TokenRefresh(ApiView):
    access = OPEN
    authentication_classes = ()

    @extend_schema(
        operation_id="tokens_refresh",
        request=RefreshSerializer,
        responses={200: TokenPairSerializer, (401, MEDIA_TYPE): REFUSED},
        summary="A new pair for a refresh token",
        description=(
            "A refresh token works once. Where one comes a second time, somebody has copied it: "
            "every token of that sign-in is then revoked."
        ),
    )
    def post(self, _request: Request) -> Response:
        asked: dict[str, Any] = self.body(RefreshSerializer)
        try:
            return answer(tokens.rotate(secret=asked["refresh"], at=timezone.now()))
        except tokens.ReusedError as error:
            audit.record(
                AuditEvent.Action.SIGN_IN_FAILED,
                by=error.user,
                detail={"way": WAY, "reason": "refresh token used twice; its sign-in is ended"},
                request=self.http_request,
            )
            raise refused() from error
        except tokens.RefusedError as error:
            raise refused() from error


def refused() -> Problem:
    return Problem(
        401,
        "refresh-refused",
        "This refresh token does not work",
        "It is wrong, expired, revoked or used before. Sign in again at /api/v1/tokens.",
    )


class TokenRevoke(ApiView):
    access = OPEN
    authentication_classes = ()

    @extend_schema(
        operation_id="tokens_revoke",
        request=RefreshSerializer,
        responses={204: None},
        summary="Sign out: revoke every token of a sign-in",
        description="Whoever holds the refresh token may. A token that is none is answered alike.",
    )
    def post(self, _request: Request) -> Response:
        asked: dict[str, Any] = self.body(RefreshSerializer)
        person = tokens.revoke(secret=asked["refresh"])
        if person is not None:
            audit.record(
                AuditEvent.Action.SIGNED_OUT,
                by=person,
                detail={"way": WAY},
                request=self.http_request,
            )
        return Response(status=204)
