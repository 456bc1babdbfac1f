"""All that data does over time, by the ordinary sync: afterwards the mirror is the world again."""

from collections.abc import Callable

import pytest

from tests.accounts.sync.behaviours_of_orgs import ORGS, owner_change_mass
from tests.accounts.sync.behaviours_of_rows import ROWS
from tests.accounts.sync.world import World
from tests.salesforce import recordings

pytestmark = pytest.mark.django_db

HELD: dict[str, Callable[[World], None]] = {each.__name__: each for each in (*ROWS, *ORGS)}


@pytest.mark.skipif(not recordings.behaviours(), reason="The list of behaviours is not here.")
def test_every_behaviour_of_the_list_is_tried() -> None:
    assert {each["id"] for each in recordings.behaviours()} == set(HELD)


@pytest.mark.parametrize("behaviour", HELD)
def test_behaviour(world: World, behaviour: str) -> None:
    HELD[behaviour](world)
    assert not world.sim.ledger.writes


@pytest.mark.slow
def test_ten_thousand_owners_change_in_a_second(world: World) -> None:
    owner_change_mass(world, count=10_000)
