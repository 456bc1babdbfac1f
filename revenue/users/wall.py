"""The second wall: whose rows the database hands out to a request, whatever the code asks it for.

A request works as the role revenue_web, which owns nothing, with the orgs of its person in settings
of the session; policies compare each row's org with them (docs/adr/0007). The settings are made by
`wall_enter` in the first statement's company, and anew in each request: `revenue.users.database`.
Before the person is known, and outside of every org, the request reads no org's rows at all.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.functional import SimpleLazyObject

Answer = Callable[[HttpRequest], HttpResponseBase]
ENTER = """
    SELECT wall_enter(%(person)s, %(org)s, %(every_org)s, %(is_local)s),
        set_config('role', 'revenue_web', %(is_local)s)
"""
LEAVE = """
    SELECT set_config('role', 'none', false), set_config('revenue.orgs', '', false),
        set_config('revenue.person', '', false), set_config('revenue.every_org', '', false)
"""


@dataclass(frozen=True)
class Reach:
    person_id: int | None = None
    only_org_id: int | None = None  # of a key for one org
    every_org: bool = False
    # Two requests of one person are two reaches: memberships may have ended in between.
    request: object = field(default_factory=object)


class Wall:
    def __init__(self, request: HttpRequest | None) -> None:
        self.request = request
        self.mark = object()
        self.is_lifted = False

    def reach(self) -> Reach:
        if self.is_lifted or self.request is None:
            return Reach(every_org=self.is_lifted, request=self.mark)
        key = getattr(self.request, "auth", None)
        return Reach(
            person_id=person_known_by(self.request),
            only_org_id=getattr(key, "org_id", None),
            request=self.mark,
        )


standing: ContextVar[Wall | None] = ContextVar("wall", default=None)


def person_known_by(request: HttpRequest) -> int | None:
    """Who is signed in; before that is asked, whom the session names, so that one step will do."""
    facts = vars(request)
    user = facts.get("user")
    if isinstance(user, SimpleLazyObject):
        if "_cached_user" not in facts:
            return person_named_by(facts.get("session"))
        user = facts["_cached_user"]
    return user.pk if user is not None and user.is_authenticated else None


def person_named_by(session: Any) -> int | None:
    """Of a session that was read already: reading it may take a query, for which this is asked."""
    data = vars(session).get("_session_cache") if session is not None else None
    named = str((data or {}).get(SESSION_KEY, ""))
    return int(named) if named.isdigit() else None


@contextmanager
def behind(wall: Wall) -> Iterator[None]:
    token = standing.set(wall)
    try:
        yield
    finally:
        standing.reset(token)


@contextmanager
def lifted() -> Iterator[None]:
    """For the few questions that must be answered before it is known who asks, or across orgs.

    Such as whose key this is; a check that finds no rows must not take that for an answer.
    """
    wall = standing.get()
    if wall is None or wall.is_lifted:
        yield
        return
    wall.is_lifted = True
    try:
        yield
    finally:
        wall.is_lifted = False


class WallMiddleware:
    """First of all that ask the database anything."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        wall = Wall(request)
        with behind(wall):
            response = self.get_response(request)
        # A file is read from the disk, and the server may hand it out without us.
        if isinstance(response, StreamingHttpResponse) and not getattr(
            response, "file_to_stream", None
        ):
            response.streaming_content = Stream(response.streaming_content, wall=wall)
        return response


class Stream:
    """What is still read while it is sent is read behind the same wall."""

    def __init__(self, chunks: Any, *, wall: Wall) -> None:
        self.chunks, self.wall = iter(chunks), wall

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> bytes:
        with behind(self.wall):
            chunk: bytes = next(self.chunks)
        return chunk

    def close(self) -> None:
        if close := getattr(self.chunks, "close", None):
            with behind(self.wall):
                close()
