from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("revenue.users.urls")),
    path("", include("revenue.web.urls")),
    path("", include("revenue.observe.urls")),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/orgs/<slug:org_slug>/", include("revenue.jobs.api_urls")),
    path("api/v1/orgs/<slug:org_slug>/", include("accounts.api_urls")),
    path("api/v1/orgs/<slug:org_slug>/", include("crosssell.api_urls")),
    # Last of the API: it answers whatever no other address took.
    path("api/", include("revenue.api.urls")),
    path("o/<slug:org_slug>/", include("accounts.urls")),
    path("o/<slug:org_slug>/", include("forecasting.urls")),
    path("o/<slug:org_slug>/", include("crosssell.urls")),
    path("o/<slug:org_slug>/", include("assistant.urls")),
    path("o/<slug:org_slug>/jobs/", include("revenue.jobs.urls")),
    path("o/<slug:org_slug>/models/", include("revenue.ml.urls")),
]

handler400 = "revenue.web.errors.bad_request"
handler403 = "revenue.web.errors.permission_denied"
handler404 = "revenue.web.errors.page_not_found"
handler500 = "revenue.web.errors.server_error"
handler429 = "revenue.users.rate_limits.refused"
