from datetime import UTC, datetime

import pytest

from accounts.connectors.demo.setting import MARKETS
from accounts.connectors.demo.world import World

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def company() -> dict[str, World]:
    """All three orgs, of the size that `make demo` fills itself with."""
    return {slug: World(org_slug=slug, until=NOW) for slug in MARKETS}
