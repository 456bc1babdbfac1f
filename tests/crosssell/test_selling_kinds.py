"""Which kinds of suggestions a list offers to be narrowed to."""

import pytest

from crosssell.listing.choices import MADE
from crosssell.models import Recommendation
from crosssell.selling.kind_of import OF_SOURCE, SPEAKS_FOR
from tests.crosssell.team import Team

pytestmark = pytest.mark.django_db
Kind = Recommendation.Kind


def offered(team: Team) -> list[str]:
    filters = team.page("rep").context["table"].table.filters
    (kinds,) = (one for one in filters if one.name == "kind")
    return [value for value, _ in kinds.choices]


def test_those_that_are_made_are_offered_and_no_others() -> None:
    assert set(MADE) == {Kind.FIRST, *SPEAKS_FOR, *OF_SOURCE.values()}
    team = Team()
    team.suggestion("tool", kind="next")
    assert offered(team) == list(MADE)


def test_what_there_is_all_the_same_is_offered_too() -> None:
    team = Team()
    team.suggestion("care", kind="upsell")
    assert offered(team) == [*MADE, Kind.UPSELL]
