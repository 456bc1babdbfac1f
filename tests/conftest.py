import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Rate limits and sessions of one test must not reach the next."""
    cache.clear()
