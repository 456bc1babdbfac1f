from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.revenue.supervisor.scratch import Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path / "project", tmp_path / "data")
    yield made
    made.clear()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One system for the tests that leave it running; whatever they kill comes back."""
    folder = tmp_path_factory.mktemp("running")
    made = Project(folder / "project", folder / "data")
    made.up()
    yield made
    made.clear()
