import pytest

from tests.web.rows import make_table


@pytest.fixture
def samples(db: None) -> None:
    """The table lives and dies with the test's transaction."""
    make_table()
