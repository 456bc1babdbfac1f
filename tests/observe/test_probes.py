import socket
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from revenue.observe import probes
from revenue.observe.probes import look, migrations_on_disk, unapplied

MOST_SECONDS = 3.0


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Accepts connections, as a hung server's kernel does, and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield listener.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        return int(once.getsockname()[1])


def test_hung_dependencies_do_not_hang_the_probe(
    silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", str(silent_port))
    cache = {**settings.CACHES["default"], "LOCATION": f"redis://127.0.0.1:{silent_port}/0"}
    begun = time.monotonic()
    with override_settings(CACHES={"default": cache}):
        found = look(names=["database", "store"])
    assert time.monotonic() - begun < MOST_SECONDS
    assert [each.up for each in found] == [False, False]
    # Those who hang give up by themselves, so that the next probe finds them free.
    time.sleep(max(0.0, MOST_SECONDS - (time.monotonic() - begun)))
    monkeypatch.undo()
    assert look(names=["store"])[0].up


def test_a_dead_database_is_down_without_its_password(
    closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", str(closed_port))
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "hunter2")
    found = look(names=["database"])[0]
    assert not found.up
    assert "refused" in found.detail
    assert "hunter2" not in found.detail
    assert "\n" not in found.detail


def test_everything_on_disk_applied_is_nothing_to_do() -> None:
    assert unapplied(set(migrations_on_disk())) == set()


def test_a_migration_that_is_not_applied_is_named() -> None:
    every = set(migrations_on_disk())
    missing = ("users", min(name for app, name in every if app == "users"))
    assert unapplied(every - {missing}) == {missing}


def test_what_a_newer_release_has_applied_does_no_harm() -> None:
    assert unapplied({*migrations_on_disk(), ("users", "9999_later")}) == set()


def test_a_squashed_migration_counts_by_either_name(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, squashed = ("a", "0001"), ("a", "0002"), ("a", "0001_squashed_0002")
    on_disk = {first: (), second: (), squashed: (first, second)}
    monkeypatch.setattr(probes, "migrations_on_disk", lambda: on_disk)
    assert unapplied({first, second}) == set()
    assert unapplied({squashed}) == set()
    assert unapplied({first}) == {squashed}
