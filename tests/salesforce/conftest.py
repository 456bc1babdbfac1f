from collections.abc import Iterator

import pytest

from tests.salesforce import Simulator
from tests.salesforce.visitor import Visitor


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(seed=1, rows=30) as found:
        yield found


@pytest.fixture
def visitor(simulator: Simulator) -> Iterator[Visitor]:
    with Visitor(simulator) as found:
        yield found.sign_in()


@pytest.fixture(scope="module")
def shared() -> Iterator[Simulator]:
    """For tests that change nothing."""
    with Simulator(seed=2, rows=150) as found:
        yield found


@pytest.fixture(scope="module")
def reader(shared: Simulator) -> Iterator[Visitor]:
    with Visitor(shared) as found:
        yield found.sign_in()
