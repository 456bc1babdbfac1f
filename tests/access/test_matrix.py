"""Every address × method × kind of person: the answer is the declared one."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.access.people import World, make_world
from tests.access.rules import METHODS, SIGNED_OUT, Persona, Rule
from tests.access.table import RULES, rule_for
from tests.access.walk import every_pattern


def addresses(world: World) -> Iterator[tuple[str, str, Rule]]:
    for name, arguments, pattern in every_pattern():
        rule = rule_for(name)
        if rule is None or pattern.name is None:
            continue
        kwargs = {key: world.argument(name, key) for key in arguments}
        yield name, reverse(name, kwargs=kwargs), rule


def answer(world: World, *, persona: Persona, method: str, path: str) -> Any:
    client = Client(raise_request_exception=False)
    user = world.people.get(persona)
    if user is not None:
        client.force_login(user)
    with transaction.atomic():
        response = client.generic(method, path)
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    return response


def sent_elsewhere(response: Any, *, rule: Rule, persona: Persona) -> bool:
    """Who is signed out is sent to sign in, and nowhere else."""
    if persona not in SIGNED_OUT or persona in rule.passes or response.status_code != 302:
        return False
    return "/account/login/" not in response["Location"]


def test_every_address_stands_in_the_table() -> None:
    names = {name for name, _, _ in every_pattern()}
    missing = sorted(name for name in names if rule_for(name) is None)
    assert missing == [], "say in tests/access/table.py who may open these"
    unused = sorted(name for name in RULES if "*" not in name and name not in names)
    assert unused == [], "these addresses are gone: take them out of tests/access/table.py"


@pytest.mark.django_db
@pytest.mark.parametrize("persona", list(Persona), ids=str)
def test_each_person_gets_the_declared_answer(persona: Persona) -> None:
    world = make_world()
    wrong = []
    for name, path, rule in addresses(world):
        for method in METHODS:
            response = answer(world, persona=persona, method=method, path=path)
            expected = rule.expected(persona=persona, method=method)
            if response.status_code != expected:
                wrong.append(f"{method} {name} {path}: {response.status_code}, not {expected}")
            elif sent_elsewhere(response, rule=rule, persona=persona):
                wrong.append(f"{method} {name}: sent to {response['Location']}")
    assert wrong == [], "\n".join(wrong)
