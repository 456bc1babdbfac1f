from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.revenue.supervisor.scratch import Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path / "project", tmp_path / "data")
    yield made
    made.clear()
