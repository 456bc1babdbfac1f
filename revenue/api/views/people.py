from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from revenue.api.base import ApiView
from revenue.api.permissions import SIGNED_IN
from revenue.api.serializers import MeSerializer, ProfileSerializer
from revenue.users.profile import save_profile


class Me(ApiView):
    """Who the key or token is, and what one may change about oneself."""

    access = SIGNED_IN

    @extend_schema(operation_id="me_show", responses=MeSerializer, summary="Who am I?")
    def get(self, _request: Request) -> Response:
        return Response(MeSerializer(self.person).data)

    @extend_schema(
        operation_id="me_change",
        request=ProfileSerializer,
        responses=MeSerializer,
        summary="Change my name, time zone or theme",
    )
    def patch(self, _request: Request) -> Response:
        changes: dict[str, Any] = self.body(ProfileSerializer, partial=True)
        person = self.person
        changed = [name for name, value in changes.items() if getattr(person, name) != value]
        for name in changed:
            setattr(person, name, changes[name])
        save_profile(user=person, changed=changed, request=self.http_request)
        return Response(MeSerializer(person).data)
