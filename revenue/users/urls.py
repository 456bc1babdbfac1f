from django.urls import include, path

from revenue.users.views import (
    api_keys,
    audit,
    developers,
    home,
    me,
    members,
    saved_views,
    single_sign_on,
)

app_name = "users"

# Prefix: /me/
me_urls = [
    path("", me.profile_show, name="profile-show"),
    path("security/", me.security_show, name="security-show"),
    path("api-keys/", api_keys.key_list, name="api-key-list"),
    path("api-keys/new/", api_keys.key_create, name="api-key-create"),
    path("api-keys/<int:pk>/revoke/", api_keys.key_revoke, name="api-key-revoke"),
]

# Prefix: /o/<org_slug>/
org_urls = [
    path("", home.org_home, name="org-home"),
    path("members/", members.member_list, name="member-list"),
    path("members/invite/", members.member_invite, name="member-invite"),
    path("members/<int:pk>/", members.member_change, name="member-change"),
    path("members/<int:pk>/invitation/", members.member_reinvite, name="member-reinvite"),
    path("audit/", audit.audit_list, name="audit-list"),
    path("audit/<int:pk>/", audit.audit_show, name="audit-show"),
    path("developers/", developers.developer_show, name="developer-show"),
    path("views/", saved_views.view_list, name="view-list"),
    path("views/save/", saved_views.view_save, name="view-save"),
    path("views/<int:pk>/", saved_views.view_change, name="view-change"),
    path("views/<int:pk>/delete/", saved_views.view_delete, name="view-delete"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("me/", include(me_urls)),
    path("o/<slug:org_slug>/", include(org_urls)),
    # Stand before allauth's own patterns of the same addresses.
    path("account/2fa/", me.second_factors, name="second-factor-list"),
    path("account/oidc/<str:provider_id>/login/", single_sign_on.start, name="sign-on-start"),
    path(
        "account/oidc/<str:provider_id>/login/callback/",
        single_sign_on.finish,
        name="sign-on-finish",
    ),
]
