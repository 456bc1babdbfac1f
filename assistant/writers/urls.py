"""Addresses below /o/<org_slug>/."""

from django.urls import URLPattern, path

from assistant.writers import views

urlpatterns: list[URLPattern] = [
    # writer-
    path("assistant/writing/", views.writer_policy, name="writer-policy"),
    path("assistant/writing/try/", views.writer_try, name="writer-try"),
    path("assistant/spend/", views.writer_spend, name="writer-spend"),
]
