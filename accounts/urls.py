from django.urls import path

from accounts import views

app_name = "accounts"

# /o/<org_slug>/…
urlpatterns = [
    path("deals/", views.deal_list, name="deal-list"),
    path("team/", views.team_show, name="team-show"),
    path("overview/", views.org_overview, name="org-overview"),
    path("operations/", views.operations_show, name="operations-show"),
]
