"""Each cause that can be planted is seen where it was planted, and only there."""

import numpy as np
import pytest

from accounts.connectors.demo import effects as e
from accounts.connectors.demo.calendar import DAY, NEVER
from accounts.connectors.demo.chunk import Chunk
from accounts.connectors.demo.draws import Bools, Floats
from accounts.connectors.demo.setting import CAUSES, INDUSTRY_NAMES, Plant
from accounts.connectors.demo.world import World
from tests.accounts.connectors.demo.conftest import NOW

PUBLIC = INDUSTRY_NAMES.index("Public Sector")


def closed(chunk: Chunk) -> Bools:
    told = (chunk.story.outcome > 0) & (chunk.story.closed_at <= chunk.until)
    return np.asarray(told & (chunk.deals.deleted_at == NEVER))


def by_time(chunk: Chunk, values: Floats, where: Bools) -> tuple[float, float]:
    """The mean before and after the day on which something was planted."""
    after = chunk.story.closed_at // DAY >= chunk.setting.plant_day
    kept = closed(chunk) & where
    return float(values[kept & ~after].mean()), float(values[kept & after].mean())


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_is_seen_where_it_was_planted(cause: str) -> None:
    plant = Plant(cause=cause, industry="Public Sector" if cause == "mix_shift" else "Retail")
    world = World(org_slug="meridian-europe", scale="medium", until=NOW, plant=plant)
    chunk = world.scene(0).chunk
    deals, story = chunk.deals, chunk.story
    everywhere = np.ones(len(deals), dtype=bool)
    won = (story.outcome == e.WON).astype(float)
    in_segment = deals.industry == INDUSTRY_NAMES.index(plant.industry)
    in_group = chunk.sellers.group[deals.owner] == 0
    share = by_time(chunk, in_segment.astype(float), everywhere)
    segment = np.subtract(*by_time(chunk, won, in_segment)[::-1])
    others = np.subtract(*by_time(chunk, won, ~in_segment)[::-1])
    group = np.subtract(*by_time(chunk, won, in_group)[::-1])
    other_groups = np.subtract(*by_time(chunk, won, ~in_group)[::-1])
    whole = np.subtract(*by_time(chunk, won, everywhere)[::-1])
    if cause == "segment_rate":
        assert segment < -0.09
        assert abs(others) < 0.04
    elif cause == "seller_group":
        assert group < -0.09
        assert abs(other_groups) < 0.05
    elif cause == "stage_conversion":
        assert whole < -0.06
    elif cause == "mix_shift":
        assert share[1] > 2 * share[0]
        assert abs(segment) < 0.08
        assert whole < -0.005
    else:
        assert abs(whole) < 0.03
