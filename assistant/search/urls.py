"""Addresses below /o/<org_slug>/."""

from django.urls import URLPattern, path

from assistant.search import views

# assistant:search-…
urlpatterns: list[URLPattern] = [
    path("search/texts/", views.search_texts, name="search-texts"),
    path("search/activities/<int:pk>/", views.activity_show, name="search-activity"),
    path("search/settings/", views.search_settings, name="search-settings"),
    path("search/settings/index/", views.search_again, name="search-again"),
]
