"""Addresses below /o/<org_slug>/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
