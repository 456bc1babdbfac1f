from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from revenue.api.base import ApiView, ListView
from revenue.api.permissions import SIGNED_IN
from revenue.api.serializers import ApiKeySerializer, MadeKeySerializer, NewKeySerializer
from revenue.users.api_keys import make_key, revoke_key
from revenue.users.models import ApiKey, Org


class ApiKeyList(ListView):
    access = SIGNED_IN
    person_only = True
    row = ApiKeySerializer
    orders = {"-created_at": "created_at", "created_at": "created_at"}

    @extend_schema(summary="My API keys")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[ApiKey]:
        return ApiKey.objects.filter(user=self.person).select_related("org")

    @extend_schema(
        operation_id="api_keys_make",
        request=NewKeySerializer,
        responses={201: MadeKeySerializer},
        summary="Make an API key",
        description="The answer shows its secret, once. A key cannot make keys.",
    )
    def post(self, _request: Request) -> Response:
        asked = self.body(NewKeySerializer)
        key, secret = make_key(
            by=self.person,
            name=asked["name"],
            scope=asked["scope"],
            expires_at=timezone.now() + timedelta(days=asked["expires_in_days"]),
            org=self.own_org(asked["org"]),
            request=self.http_request,
        )
        return Response(MadeKeySerializer(key, context={"secret": secret}).data, status=201)

    def own_org(self, slug: str | None) -> Org | None:
        if slug is None:
            return None
        org = Org.objects.visible_to(self.person).filter(slug=slug).first()
        if org is None:
            told = ErrorDetail("Choose an org of which you are a member.", code="unknown")
            raise ValidationError({"org": [told]})
        return org


class ApiKeyShow(ApiView):
    access = SIGNED_IN
    person_only = True

    @extend_schema(
        operation_id="api_keys_revoke",
        responses={204: None},
        summary="Revoke an API key",
        description="It stops at once. To revoke a key again changes nothing.",
    )
    def delete(self, _request: Request, key_id: int) -> Response:
        key = get_object_or_404(ApiKey.objects.filter(user=self.person), pk=key_id)
        revoke_key(key=key, by=self.person, request=self.http_request)
        return Response(status=204)
