"""Every address × method × kind of person: the answer is the declared one."""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.access.asking import Answer, Visitor
from tests.access.people import World, all_marks, may_read
from tests.access.rules import METHODS, SIGNED_OUT, Persona, Rule
from tests.access.shows import QUERIES, SHOWS
from tests.access.table import RULES, UNNAMED, rule_for
from tests.access.walk import addresses, every_pattern

pytestmark = pytest.mark.django_db
# A method beyond these is refused or taken before it is asked who calls, so one of all those who
# get the same answers speaks for them.
ASKED_BY_ALL = ("GET", "POST")


def methods_for(persona: Persona, *, name: str, rule: Rule) -> tuple[str, ...]:
    alike = defaultdict(list)
    for each in Persona:
        alike[tuple(rule.expected(persona=each, method=method) for method in METHODS)].append(each)
    for people in alike.values():
        if people[len(name) % len(people)] is persona:
            return METHODS
    # Django's admin turns everybody away at one door, whatever the page and the method.
    return ("GET",) if name.startswith("admin:") else ASKED_BY_ALL


def sent_elsewhere(answer: Answer, *, name: str, persona: Persona) -> bool:
    """Who is signed out is sent to sign in, and nowhere else."""
    rule = rule_for(name)
    if persona not in SIGNED_OUT or answer.status != 302 or (rule and persona in rule.passes):
        return False
    return "/account/login/" not in answer.location


def test_every_address_stands_in_the_table() -> None:
    names = {name for name, _, _ in every_pattern()} - UNNAMED
    missing = sorted(name for name in names if rule_for(name) is None)
    assert missing == [], "say in tests/access/table.py who may open these"
    unused = sorted(name for name in RULES if "*" not in name and name not in names)
    assert unused == [], "these addresses are gone: take them out of tests/access/table.py"


def asked(world: World, *, persona: Persona) -> Iterator[tuple[str, str, Answer, int | None]]:
    """Each address with a method, what came back, and which status was to come, where one is."""
    visitor = Visitor(world.person(persona))
    for name, path, rule in addresses(world.inside):
        for method in methods_for(persona, name=name, rule=rule):
            answer = visitor.ask(path, method=method)
            yield name, method, answer, rule.expected(persona=persona, method=method)
        if query := QUERIES.get(name):
            yield name, "GET", visitor.ask(f"{path}{query}"), None


@pytest.mark.parametrize("persona", list(Persona), ids=str)
def test_each_person_gets_the_declared_answer_and_nothing_of_others(
    world: World, persona: Persona
) -> None:
    not_for_them = all_marks(world) - may_read(persona, world=world)
    wrong, shown = [], set()
    for name, method, answer, status in asked(world, persona=persona):
        if status is not None and answer.status != status:
            wrong.append(f"{method} {name}: {answer.status}, not {status}")
        if sent_elsewhere(answer, name=name, persona=persona):
            wrong.append(f"{method} {name}: sent to {answer.location}")
        if seen := answer.words(not_for_them):
            wrong.append(f"{method} {name} shows {sorted(seen)}")
        if method == "GET" and answer.words({world.inside.marks.rep}):
            shown.add(name)
    assert wrong == [], "\n".join(wrong)
    declared = {name for name, people in SHOWS.items() if persona in people}
    undeclared = {name for name in shown if not name.startswith("admin:")} - declared
    assert undeclared == set(), "say in tests/access/shows.py whom these show the rep's rows"
    assert declared - shown == set(), "these show nothing of the rep's rows"


# Who asks for a token shows a password or a token of theirs: no cookie speaks for them.
WITHOUT_COOKIE = {"api:token-make", "api:token-refresh", "api:token-revoke"}


def test_nothing_is_changed_for_a_page_of_somebody_elses(world: World) -> None:
    visitor = Visitor(world.person(Persona.ADMIN))
    taken = []
    for name, path, rule in addresses(world.inside):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            usual = rule.expected(persona=Persona.ADMIN, method=method)
            if name in WITHOUT_COOKIE or usual == 405:
                continue
            answer = visitor.ask(path, method=method, checks_csrf=True)
            if answer.status not in (403, 404):
                taken.append(f"{method} {name}: {answer.status}")
    assert taken == []
