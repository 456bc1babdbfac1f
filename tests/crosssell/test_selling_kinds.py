"""Every kind of suggestion is made by something, and a list can be narrowed to it."""

import pytest

from crosssell.models import Recommendation
from crosssell.selling.kind_of import OF_SOURCE, SPEAKS_FOR
from tests.crosssell.team import Team

pytestmark = pytest.mark.django_db
Kind = Recommendation.Kind
OF_WHAT_IS_OWNED = {Kind.RENEWAL, Kind.UPSELL}


def test_each_kind_is_made_and_offered() -> None:
    assert set(Kind) == {Kind.FIRST, *SPEAKS_FOR, *OF_SOURCE.values(), *OF_WHAT_IS_OWNED}
    filters = Team().page("rep").context["table"].table.filters
    (kinds,) = (one for one in filters if one.name == "kind")
    assert [value for value, _ in kinds.choices] == Kind.values
