"""Addresses below /o/<org_slug>/."""

from django.urls import URLPattern, path

from assistant.knowledge import views

# assistant:knowledge-…, assistant:passage-…
urlpatterns: list[URLPattern] = [
    path("knowledge/", views.knowledge_list, name="knowledge-list"),
    path("knowledge/upload/", views.knowledge_upload, name="knowledge-upload"),
    path("knowledge/<int:pk>/", views.knowledge_show, name="knowledge-show"),
    path("knowledge/<int:pk>/version/", views.knowledge_version, name="knowledge-version"),
    path("knowledge/<int:pk>/change/", views.knowledge_change, name="knowledge-change"),
    path("knowledge/<int:pk>/remove/", views.knowledge_remove, name="knowledge-remove"),
    path("knowledge/<int:pk>/restore/", views.knowledge_restore, name="knowledge-restore"),
    path(
        "knowledge/<int:pk>/versions/<int:version_pk>/again/",
        views.knowledge_again,
        name="knowledge-again",
    ),
    path(
        "knowledge/<int:pk>/versions/<int:version_pk>/use/",
        views.knowledge_use,
        name="knowledge-use",
    ),
    path(
        "knowledge/<int:pk>/versions/<int:version_pk>/file/",
        views.knowledge_file,
        name="knowledge-file",
    ),
    path("knowledge/passages/<int:pk>/", views.passage_show, name="passage-show"),
]
