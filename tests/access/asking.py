"""Requests through every middleware, each undone again, and what came back of each."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.cached_db import SessionStore
from django.core.cache import cache
from django.core.handlers.base import BaseHandler
from django.core.signals import request_finished
from django.db import close_old_connections, transaction
from django.http import StreamingHttpResponse
from django.test import Client, RequestFactory

from revenue.users.models import User


@dataclass(frozen=True)
class Answer:
    status: int
    head: str
    body: str
    location: str

    def words(self, marks: set[str]) -> set[str]:
        everything = f"{self.head}\n{self.body}".lower()
        return {mark for mark in marks if mark in everything}


class Visitor:
    """Somebody's browser. Its session is read from the cache, as almost always."""

    handler: BaseHandler | None = None

    def __init__(self, user: User | None) -> None:
        self.factory = RequestFactory()
        self.session: dict[str, Any] = {}
        if user is not None:
            client = Client()
            client.force_login(user)
            key = client.cookies[settings.SESSION_COOKIE_NAME].value
            self.factory.cookies[settings.SESSION_COOKIE_NAME] = key
            store = SessionStore(key)
            self.session = {store.cache_key: store.load()}

    def ask(
        self, path: str, *, method: str = "GET", checks_csrf: bool = False, **headers: str
    ) -> Answer:
        cache.clear()  # a limit on tries is not what is asked here
        cache.set_many(self.session)
        request: Any = self.factory.generic(method, path, headers=headers)
        request._dont_enforce_csrf_checks = not checks_csrf
        with transaction.atomic():
            response: Any = handler().get_response(request)
            streams = isinstance(response, StreamingHttpResponse)
            body = response.getvalue() if streams else response.content
            close(response)
            transaction.set_rollback(True)
        return Answer(
            status=response.status_code,
            head=str(response.headers) + str(response.cookies),
            body=body.decode(errors="replace"),
            location=response.headers.get("Location", ""),
        )


def close(response: Any) -> None:
    """Its files, but not the connection, whose transaction holds the world."""
    request_finished.disconnect(close_old_connections)
    try:
        response.close()
    finally:
        request_finished.connect(close_old_connections)


def handler() -> BaseHandler:
    if Visitor.handler is None:
        Visitor.handler = BaseHandler()
        Visitor.handler.load_middleware()
    return Visitor.handler
