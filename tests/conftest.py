from typing import Any

import pytest
from django.core.cache import cache

from tests.sharing import SharingScheduling


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SharingScheduling | None:
    return SharingScheduling(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Rate limits and sessions of one test must not reach the next."""
    cache.clear()
