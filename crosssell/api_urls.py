"""Addresses below /api/v1/orgs/<org_slug>/."""

from django.urls import path

from crosssell import api

app_name = "crosssell-api"

urlpatterns = [
    path("recommendations", api.RecommendationList.as_view(), name="recommendation-list"),
    path("recommendations/<int:pk>", api.RecommendationShow.as_view(), name="recommendation-show"),
    path(
        "recommendations/<int:pk>/accept",
        api.RecommendationAccept.as_view(),
        name="recommendation-accept",
    ),
    path(
        "recommendations/<int:pk>/dismiss",
        api.RecommendationDismiss.as_view(),
        name="recommendation-dismiss",
    ),
    path(
        "recommendations/<int:pk>/undo",
        api.RecommendationUndo.as_view(),
        name="recommendation-undo",
    ),
]
