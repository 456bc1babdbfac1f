from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.connectors.base import Row
from accounts.connectors.demo.setting import MARKETS
from accounts.connectors.demo.world import World
from accounts.records import OBJECTS

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
NAMES = World(org_slug="meridian-cloud", scale="tiny", until=NOW).names


def by_id(rows: Iterator[Row]) -> dict[str, Row]:
    return {row["Id"]: row for row in rows}


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    slug=st.sampled_from(sorted(MARKETS)),
    hours=st.integers(1, 24 * 400),
    more=st.integers(1, 24 * 300),
)
def test_what_an_earlier_day_showed_and_what_changed_since_is_the_later_day(
    seed: int, slug: str, hours: int, more: int
) -> None:
    earlier = NOW - timedelta(hours=hours)
    later = earlier + timedelta(hours=more)
    world = World(org_slug=slug, scale="tiny", seed=seed, until=earlier)
    at_last = world.at(later)
    for name in NAMES:
        kept = by_id(world.rows(name))
        kept |= by_id(at_last.changed(name, earlier, later))
        for gone in at_last.deleted(name, earlier, later):
            kept.pop(gone.external_id, None)
        assert kept == by_id(at_last.rows(name)), name


@pytest.fixture(scope="module")
def europe() -> World:
    return World(org_slug="meridian-europe", scale="tiny", until=NOW)


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_as_described_ascending_and_known_to_the_mirror(name: str, europe: World) -> None:
    rows = list(europe.rows(name))
    assert rows
    assert name in OBJECTS
    ids = [row["Id"] for row in rows]
    assert ids == sorted(set(ids))
    spec = europe.spec()[name]
    assert all(set(row) == set(spec.fields) for row in rows)
    assert all(row[spec.cursor] <= NOW for row in rows)
