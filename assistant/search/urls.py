"""Addresses below /o/<org_slug>/."""

from django.urls import URLPattern, path

from assistant.search import views

# assistant:search-…
urlpatterns: list[URLPattern] = [
    path("search/activities/<int:pk>/", views.activity_show, name="search-activity"),
]
