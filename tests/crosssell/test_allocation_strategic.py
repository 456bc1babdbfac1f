"""Who is strategic by a rule: by what a customer is to bring, or by a fact about it."""

import pytest
from django.urls import reverse

from crosssell.allocation.limits import Limits
from crosssell.allocation.reading import asked_of
from crosssell.models import AllocationPlan
from tests.crosssell.team import Team
from tests.factories.selling import an_expansion

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    found = Team()
    for number in range(3):
        account = found.account("rep", name=f"rep {number}")
        an_expansion(account=account, value=10_000 - 1_000 * number)
    return found


def at(name: str) -> str:
    return reverse(f"crosssell:allocation-{name}", args=["acme"])


def test_strategic_by_value_and_by_kind_are_covered_besides_the_largest(team: Team) -> None:
    team.account("rep", name="a mine", industry="Mining")
    asked = asked_of(team.org, Limits(strategic=0, strategic_where="industry:Mining"))
    named = {asked.names[int(place)] for place in asked.problem.covered.nonzero()[0]}
    assert named == {"a mine"}
    asked = asked_of(team.org, Limits(strategic=0, strategic_above=9_000))
    covered = [asked.values[place] for place in asked.problem.covered.nonzero()[0]]
    assert covered
    assert min(covered) >= 9_000
    assert len(covered) == sum(value >= 9_000 for value in asked.values)


def test_a_kind_is_chosen_from_those_that_there_are_and_kept(team: Team) -> None:
    team.account("rep", name="a mine", industry="Mining")
    client = team.client("executive")
    form = client.get(at("list")).context["form"]
    said = {one.name: one.value() for one in form if one.value() not in (None, False)}
    asked = said | {"strategic_where": "industry:Mining", "strategic_above": "5000"}
    client.post(at("start"), asked)
    plan = AllocationPlan.objects.get()
    assert plan.limits["strategic_where"] == "industry:Mining"
    again = client.get(at("list"), {"from": plan.pk}).context["form"]
    assert (again["strategic_where"].value(), again["strategic_above"].value()) == (
        "industry:Mining",
        5_000,
    )
    wrong = client.post(at("start"), said | {"strategic_where": "industry:Nothing"})
    assert wrong.status_code == 422
