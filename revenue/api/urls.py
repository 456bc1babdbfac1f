"""Addresses below /api/. The last answers all that is unknown: other rooms' come before."""

from django.urls import path, re_path

from revenue.api.views.api_keys import ApiKeyList, ApiKeyShow
from revenue.api.views.documents import Docs, NothingHere, Schema
from revenue.api.views.orgs import AuditEventList, MemberList, OrgList, OrgShow
from revenue.api.views.people import Me
from revenue.api.views.tokens import TokenMake, TokenRefresh, TokenRevoke

app_name = "api"

urlpatterns = [
    path("schema", Schema.as_view(), name="schema-show"),
    path("docs", Docs.as_view(), name="docs-show"),
    path("v1/me", Me.as_view(), name="me-show"),
    path("v1/tokens", TokenMake.as_view(), name="token-make"),
    path("v1/tokens/refresh", TokenRefresh.as_view(), name="token-refresh"),
    path("v1/tokens/revoke", TokenRevoke.as_view(), name="token-revoke"),
    path("v1/api-keys", ApiKeyList.as_view(), name="key-list"),
    path("v1/api-keys/<int:key_id>", ApiKeyShow.as_view(), name="key-show"),
    path("v1/orgs", OrgList.as_view(), name="org-list"),
    path("v1/orgs/<slug:org_slug>", OrgShow.as_view(), name="org-show"),
    path("v1/orgs/<slug:org_slug>/members", MemberList.as_view(), name="member-list"),
    path("v1/orgs/<slug:org_slug>/audit-events", AuditEventList.as_view(), name="audit-list"),
    re_path(r"^(?P<rest>[\s\S]*)$", NothingHere.as_view(), name="nothing-here"),
]
