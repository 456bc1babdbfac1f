from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from revenue.api.base import ApiView, ListView
from revenue.api.permissions import ANY_MEMBER, SIGNED_IN, members_with
from revenue.api.serializers import (
    AuditEventSerializer,
    AuditFilters,
    MemberFilters,
    MemberSerializer,
    OwnOrgSerializer,
)
from revenue.users.models import ApiKey, AuditEvent, Membership
from revenue.users.roles import Role


class OrgList(ListView):
    access = SIGNED_IN
    row = OwnOrgSerializer
    orders = {"name": "org__name", "-name": "org__name"}

    @extend_schema(summary="The orgs of which I am a member")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[Membership]:
        mine = Membership.objects.active().filter(user=self.person).select_related("org")
        key = self.request.auth
        return mine.filter(org=key.org_id) if isinstance(key, ApiKey) and key.org_id else mine


class OrgShow(ApiView):
    access = ANY_MEMBER

    @extend_schema(operation_id="orgs_show", responses=OwnOrgSerializer, summary="One org")
    def get(self, _request: Request, org_slug: str) -> Response:  # noqa: ARG002
        return Response(OwnOrgSerializer(self.membership).data)


class MemberList(ListView):
    access = ANY_MEMBER
    row = MemberSerializer
    filters = MemberFilters
    orders = {
        "name": "user__full_name",
        "-name": "user__full_name",
        "joined_at": "created_at",
        "-joined_at": "created_at",
        "role": "role",
        "-role": "role",
    }

    @extend_schema(
        summary="The members whom I may see",
        description=(
            "A rep sees oneself, a manager those who report to them at any depth, an executive "
            "and an admin everybody."
        ),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[Membership]:
        rows = Membership.objects.visible_to(self.membership).select_related("user")
        if "role" in self.asked:
            rows = rows.filter(role=self.asked["role"])
        if "active" in self.asked:
            both = Q(is_active=True, user__is_active=True)
            rows = rows.filter(both if self.asked["active"] else ~both)
        if search := self.asked.get("search"):
            rows = rows.filter(
                Q(user__full_name__icontains=search) | Q(user__email__icontains=search)
            )
        return rows


class AuditEventList(ListView):
    access = members_with(Role.ADMIN)
    row = AuditEventSerializer
    filters = AuditFilters
    orders = {"-happened_at": "happened_at", "happened_at": "happened_at"}

    @extend_schema(summary="Who did what in an org")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[AuditEvent]:
        rows = AuditEvent.objects.of_org(self.org)
        if "action" in self.asked:
            rows = rows.filter(action=self.asked["action"])
        if "actor" in self.asked:
            rows = rows.filter(actor_email__iexact=self.asked["actor"])
        if "since" in self.asked:
            rows = rows.filter(happened_at__gte=self.asked["since"])
        if "until" in self.asked:
            rows = rows.filter(happened_at__lt=self.asked["until"])
        return rows
