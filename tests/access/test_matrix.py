"""Every address × method × kind of person: the answer is the declared one."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import reverse

from revenue.users.models import User
from tests.access.people import World, make_world
from tests.access.rules import METHODS, SIGNED_OUT, Persona, Rule
from tests.access.table import RULES, UNNAMED, rule_for
from tests.access.walk import every_pattern


def addresses(world: World) -> Iterator[tuple[str, str, Rule]]:
    for name, arguments, pattern in every_pattern():
        rule = rule_for(name)
        if rule is None or pattern.name is None:
            continue
        kwargs = {key: world.argument(name, key) for key in arguments}
        yield name, reverse(name, kwargs=kwargs), rule


def session_of(user: User | None) -> str:
    if user is None:
        return ""
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def answer(*, session: str, method: str, path: str, checks_csrf: bool = False) -> Any:
    cache.clear()  # a limit on tries is not what is asked here
    client = Client(raise_request_exception=False, enforce_csrf_checks=checks_csrf)
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    with transaction.atomic():
        response = client.generic(method, path)
        if isinstance(response, StreamingHttpResponse):
            response.getvalue()
        transaction.set_rollback(True)
    return response


def sent_elsewhere(response: Any, *, rule: Rule, persona: Persona) -> bool:
    """Who is signed out is sent to sign in, and nowhere else."""
    if persona not in SIGNED_OUT or persona in rule.passes or response.status_code != 302:
        return False
    return "/account/login/" not in response["Location"]


def test_every_address_stands_in_the_table() -> None:
    names = {name for name, _, _ in every_pattern()} - UNNAMED
    missing = sorted(name for name in names if rule_for(name) is None)
    assert missing == [], "say in tests/access/table.py who may open these"
    unused = sorted(name for name in RULES if "*" not in name and name not in names)
    assert unused == [], "these addresses are gone: take them out of tests/access/table.py"


@pytest.mark.django_db
@pytest.mark.parametrize("persona", list(Persona), ids=str)
def test_each_person_gets_the_declared_answer(persona: Persona) -> None:
    world = make_world()
    session = session_of(world.people.get(persona))
    wrong = []
    for name, path, rule in addresses(world):
        for method in METHODS:
            response = answer(session=session, method=method, path=path)
            expected = rule.expected(persona=persona, method=method)
            if response.status_code != expected:
                wrong.append(f"{method} {name} {path}: {response.status_code}, not {expected}")
            elif sent_elsewhere(response, rule=rule, persona=persona):
                wrong.append(f"{method} {name}: sent to {response['Location']}")
    assert wrong == [], "\n".join(wrong)


# Who asks for a token shows a password or a token of theirs: no cookie speaks for them.
WITHOUT_COOKIE = {"api:token-make", "api:token-refresh", "api:token-revoke"}


@pytest.mark.django_db
def test_nothing_is_changed_for_a_page_of_somebody_elses() -> None:
    world = make_world()
    session = session_of(world.people[Persona.ADMIN])
    taken = []
    for name, path, rule in addresses(world):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            usual = rule.expected(persona=Persona.ADMIN, method=method)
            if name in WITHOUT_COOKIE or usual == 405:
                continue
            response = answer(session=session, method=method, path=path, checks_csrf=True)
            if response.status_code not in (403, 404):
                taken.append(f"{method} {name}: {response.status_code}")
    assert taken == []
