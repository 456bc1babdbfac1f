"""Two orgs that are strangers: whatever is asked for, and by whom, nothing of the other comes."""

import re
from collections.abc import Collection, Sequence

import pytest
from django.db import transaction

from tests.access.asking import Visitor
from tests.access.people import Side, World, make_side
from tests.access.rules import METHODS, Persona
from tests.access.shows import QUERIES
from tests.access.walk import addresses
from tests.factories.everything import records_of
from tests.factories.facts import a_crm_user

P = Persona
pytestmark = pytest.mark.django_db
MEMBERS = [persona for persona in Persona if persona not in {P.ANONYMOUS, P.STRANGER, P.SUPERUSER}]
SELLING = (P.REP, P.MANAGER, P.EXECUTIVE)
FOR_EVERY_MEMBER = {
    *("accounts-api:product-list", "accounts-api:campaign-list"),
    # What may be sold: the whole catalogue, by name.
    *("crosssell:recommendation-list", "crosssell:suggested-accounts"),
    *("crosssell:account-panel", "crosssell:deal-panel"),
}
OF_ONES_OWN = ("admin:", "account_", "mfa_", "social", "openid", "observe:", "web:", "api:docs")
REFUSED = {302, 400, 401, 403, 404, 405}
# Drawn anew for each answer, or told by the clock.
PASSING = re.compile(
    r"\b\w{32}\b|\b\w{64}\b|nonce-[\w+/=-]+|nonce=\S+|expires(=|': ')[^;']+|'Content-Length': '\d+'"
    r"|just now|\b\d+ ?(s|m|min) ago",
    re.IGNORECASE,
)


@pytest.mark.parametrize("persona", MEMBERS, ids=str)
def test_a_stranger_of_any_role_is_shown_nothing_of_the_org(world: World, persona: Persona) -> None:
    visitor = Visitor(world.outside.people[persona])
    marks, shown = set(vars(world.inside.marks).values()), []
    for name, path, _ in addresses(world.inside):
        answer = visitor.ask(path + QUERIES.get(name, ""))
        if seen := answer.words(marks):
            shown.append(f"{name} shows {seen}")
        if "/o/inside/" in path or "/orgs/inside" in path:
            assert answer.status in REFUSED, (name, answer.status)
    assert shown == []


def methods_for(persona: Persona, *, name: str) -> Sequence[str]:
    """Who it is is asked before the method is: one speaks for all, another at each address."""
    return METHODS if MEMBERS[len(name) % len(MEMBERS)] is persona else ("GET", "POST")


@pytest.mark.parametrize("persona", MEMBERS, ids=str)
def test_no_thing_of_a_stranger_is_found_at_an_address_of_ones_own_org(
    world: World, persona: Persona
) -> None:
    visitor = Visitor(world.inside.people[persona])
    marks, wrong, asked = set(vars(world.outside.marks).values()), [], 0
    for name, path, _ in addresses(world.inside, things_of=world.outside):
        for method in methods_for(persona, name=name):
            answer = visitor.ask(path, method=method)
            asked += 1
            if answer.words(marks) or answer.status not in REFUSED:
                wrong.append(f"{method} {name}: {answer.status}")
    assert asked > 100
    assert wrong == []


def pages(side: Side, *, persona: Persona, among: Collection[str] | None = None) -> dict[str, str]:
    """What there is to read, word for word; asked again of those that had something."""
    visitor, found = Visitor(side.people[persona]), {}
    for name, path, _ in addresses(side):
        if name.startswith(OF_ONES_OWN) or (among is not None and name not in among):
            continue
        answer = visitor.ask(path + QUERIES.get(name, ""))
        if answer.status == 200 or among is not None:
            found[name] = PASSING.sub("", f"{answer.status}\n{answer.head}\n{answer.body}")
    return found


def changed(side: Side, *, persona: Persona, since: dict[str, str]) -> set[str]:
    now = pages(side, persona=persona, among=since)
    return {name for name in since if since[name] != now[name]}


def test_what_others_have_changes_no_word_and_no_count(world: World) -> None:
    """Told by the whole of each answer: it is as it was before the others came."""
    with transaction.atomic():
        side = make_side("here")
        newcomer = a_crm_user(org=side.org)
        before = {persona: pages(side, persona=persona) for persona in SELLING}
        assert all(len(each) > 40 for each in before.values())
        make_side("there")
        for persona in SELLING:
            assert changed(side, persona=persona, since=before[persona]) == set(), persona
        records_of(newcomer, mark="xqnew")
        for persona in (P.REP, P.MANAGER):
            found = changed(side, persona=persona, since=before[persona])
            assert found <= FOR_EVERY_MEMBER, persona
        deals = {name: before[P.EXECUTIVE][name] for name in ("accounts:deal-list",)}
        assert changed(side, persona=P.EXECUTIVE, since=deals) == set(deals)
        transaction.set_rollback(True)
