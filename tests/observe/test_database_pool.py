"""The pool of the web server, as settings build it, while the database goes and comes."""

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.db.utils import ConnectionHandler

POOL = {"min_size": 1, "max_size": 2, "timeout": 10}


@pytest.fixture
def pooled(db: None) -> Iterator[ConnectionHandler]:
    """Like that of a web process, over the database of this test run."""
    config = {**connection.settings_dict, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
    config["OPTIONS"] = {**config["OPTIONS"], "pool": POOL, "application_name": "pooled"}
    handler = ConnectionHandler({"default": config})
    yield handler
    handler["default"].close()
    handler["default"].close_pool()  # type: ignore[attr-defined]


def ask(handler: ConnectionHandler) -> int:
    """One request: Django opens, asks and gives back."""
    try:
        with handler["default"].cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])
    finally:
        handler["default"].close()


def close_all_from_the_server() -> int:
    params: dict[str, Any] = connection.get_connection_params()
    params.pop("cursor_factory", None)
    with psycopg.connect(**{**params, "application_name": "closer"}) as closer:
        rows = closer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'pooled' AND datname = current_database()"
        ).fetchall()
    return len(rows)


def test_connections_are_used_again(pooled: ConnectionHandler) -> None:
    assert len({ask(pooled) for _ in range(10)}) <= POOL["max_size"]


def test_requests_do_not_notice_that_the_server_closed_the_connections(
    pooled: ConnectionHandler,
) -> None:
    before = ask(pooled)
    for _ in range(3):
        assert close_all_from_the_server() >= 1
        after = ask(pooled)
        assert after != before
        before = after


def test_a_full_pool_ends_in_an_error_after_its_time_and_recovers(
    pooled: ConnectionHandler,
) -> None:
    release = threading.Event()
    holding = threading.Barrier(POOL["max_size"] + 1)

    def hold() -> None:
        with pooled["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
            holding.wait(10)
            release.wait(10)
        pooled["default"].close()

    # Connections belong to threads, so each of these takes one of its own out of the same pool.
    threads = [threading.Thread(target=hold) for _ in range(POOL["max_size"])]
    for thread in threads:
        thread.start()
    holding.wait(10)
    pool = pooled["default"].pool  # type: ignore[attr-defined]
    pool.timeout = 0.5
    with pytest.raises(OperationalError, match=r"couldn't get a connection after 0\.5"):
        ask(pooled)
    pool.timeout = 10
    release.set()
    for thread in threads:
        thread.join(10)
    assert ask(pooled) > 0
