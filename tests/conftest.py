from typing import Any

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, settings

from tests.sharing import SharingScheduling

# A machine that is busy with other tests is no fault of the one that draws.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SharingScheduling | None:
    return SharingScheduling(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Rate limits and sessions of one test must not reach the next."""
    cache.clear()
