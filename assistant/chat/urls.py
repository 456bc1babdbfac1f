"""Addresses below /o/<org_slug>/."""

from django.urls import URLPattern, path

from assistant.chat import views
from assistant.chat.mail import views as mail

# assistant:chat-…, assistant:turn-…, assistant:mail-…
urlpatterns: list[URLPattern] = [
    path("ask/", views.chat_show, name="chat-show"),
    path("ask/question/", views.chat_ask, name="chat-ask"),
    path("ask/<int:pk>/", views.chat_open, name="chat-open"),
    path("ask/<int:pk>/rename/", views.chat_rename, name="chat-rename"),
    path("ask/<int:pk>/delete/", views.chat_delete, name="chat-delete"),
    path("ask/turns/<int:pk>/", views.turn_show, name="turn-show"),
    path("ask/turns/<int:pk>/change/", views.turn_change, name="turn-change"),
    path("mail/deals/<int:pk>/", mail.mail_show, name="mail-show"),
]
