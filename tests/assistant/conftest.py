from collections.abc import Iterator
from typing import Any

import pytest

from tests.assistant.writer_server import WriterServer


@pytest.fixture(scope="session")
def standing_writer_server() -> Iterator[WriterServer]:
    server = WriterServer()
    yield server
    server.stop()


@pytest.fixture
def writer_server(standing_writer_server: WriterServer, settings: Any) -> Iterator[WriterServer]:
    """A provider on this machine: point a policy's base_url at `writer_server.url`."""
    settings.WRITER_LOCAL_HOSTS = ["127.0.0.1"]
    yield standing_writer_server
    standing_writer_server.again()
