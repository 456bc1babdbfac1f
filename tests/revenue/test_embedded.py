import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import environ
import psycopg
import pytest
import redis
from kombu import Connection

from revenue.embedded import (
    DiskFullError,
    OtherMajorError,
    Places,
    UnusableError,
    celery_broker_url,
    database_url,
    processes,
    redis_url,
    services,
    start_postgres,
    start_redis,
)
from revenue.embedded.binaries import can, postgres_bin, postgres_major
from revenue.embedded.places import SOCKET_PATH_LIMIT
from revenue.embedded.postgres import postgres_is_ready, postgres_server
from revenue.embedded.servers import Runner, is_running, stop

PROJECT = Path(__file__).resolve().parents[2]
INHERITED = ("PATH", "HOME", "TMPDIR", "LANG", "REVENUE_POSTGRES_BIN")
IS_ROOT = os.geteuid() == 0


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    data_dir = tmp_path / "data"
    yield data_dir
    assert living(data_dir) == []
    shutil.rmtree(Places(data_dir).short_folder, ignore_errors=True)


def living(data_dir: Path) -> list[int]:
    places = Places(data_dir)
    return [
        *processes.servers_in(places.postgres, name="postgres"),
        *processes.servers_in(places.redis, name="redis-server"),
    ]


def wait_for_end(data_dir: Path, *, seconds: float) -> list[int]:
    deadline = time.monotonic() + seconds
    while living(data_dir) and time.monotonic() < deadline:
        time.sleep(0.05)
    return living(data_dir)


def ask(data_dir: Path, query: str) -> object:
    with psycopg.connect(database_url(data_dir=data_dir)) as connection:
        cursor = connection.execute(query)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def test_addresses_are_read_by_the_libraries_that_use_them(tmp_path: Path) -> None:
    places = Places(tmp_path)
    options = environ.Env.db_url_config(database_url(data_dir=tmp_path))
    assert options["NAME"] == "revenue"
    assert options["OPTIONS"]["host"] == str(places.postgres_socket_folder)
    client = redis.Redis.from_url(redis_url(data_dir=tmp_path, db=3))
    assert client.connection_pool.connection_kwargs["path"] == str(places.redis_socket)
    assert client.connection_pool.connection_kwargs["db"] == 3


@pytest.mark.parametrize("name", ["x" * 150, "two, three", "größe", "100%25", "a&b=c?d"])
def test_addresses_stay_short_and_plain_in_any_folder(tmp_path: Path, name: str) -> None:
    places = Places(tmp_path / name)
    longest = places.postgres_socket_folder / ".s.PGSQL.5432.lock"
    assert len(os.fsencode(longest)) <= SOCKET_PATH_LIMIT
    assert str(longest).isascii()
    assert "%" not in database_url(data_dir=tmp_path / name)
    assert Places(tmp_path / "other").short_folder != places.short_folder


@pytest.mark.services
def test_a_second_start_keeps_the_data_and_leaves_nothing_running(folder: Path) -> None:
    with services(folder):
        ask(folder, "CREATE TABLE kept AS SELECT 42 AS answer")
        with redis.Redis.from_url(redis_url(data_dir=folder, db=1)) as client:
            client.set("kept", "yes")
    assert living(folder) == []
    with services(folder):
        assert ask(folder, "SELECT answer FROM kept") == 42
        with redis.Redis.from_url(redis_url(data_dir=folder, db=1)) as client:
            assert client.get("kept") == b"yes"


@pytest.mark.services
def test_servers_are_as_promised(folder: Path) -> None:
    with services(folder, durable=False):
        assert ask(folder, "SHOW listen_addresses") == ""
        assert ask(folder, "SHOW fsync") == "off"
        assert ask(folder, "SHOW server_encoding") == "UTF8"
        assert ask(
            folder, "SELECT string_agg(extname, ' ' ORDER BY extname) FROM pg_extension"
        ) == ("pg_trgm plpgsql unaccent vector")
        with redis.Redis.from_url(redis_url(data_dir=folder)) as client:
            assert client.config_get("port") == {"port": "0"}
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        with Connection(celery_broker_url(data_dir=folder, db=1)) as broker:
            queue = broker.SimpleQueue("parcel")
            queue.put({"a": 1})
            message = queue.get(timeout=5)
            assert message.payload == {"a": 1}
            message.ack()
            queue.close()
        for socket in (folder / "postgres/.s.PGSQL.5432", folder / "redis/redis.sock"):
            assert socket.stat().st_mode & 0o077 == 0


@pytest.mark.services
@pytest.mark.parametrize("name", ["deep" * 30, "with spaces, commas and 100 %"])
def test_odd_folders_work(tmp_path: Path, name: str) -> None:
    data_dir = tmp_path / name
    with services(data_dir, durable=False):
        assert ask(data_dir, "SELECT 1") == 1
        with redis.Redis.from_url(redis_url(data_dir=data_dir)) as client:
            assert client.ping()
    assert living(data_dir) == []
    shutil.rmtree(Places(data_dir).short_folder)


def test_a_short_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    places = Places(tmp_path / ("x" * 150))
    places.short_folder.mkdir(mode=0o755)
    try:
        with pytest.raises(UnusableError, match="belongs to somebody else"):
            places.make()
    finally:
        places.short_folder.rmdir()


@pytest.mark.services
def test_who_leaves_first_does_not_take_the_servers_along(folder: Path) -> None:
    first, second = services(folder, durable=False), services(folder, durable=False)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert ask(folder, "SELECT 1") == 1
    second.__exit__(None, None, None)
    assert wait_for_end(folder, seconds=10) == []


@pytest.mark.services
def test_servers_end_when_their_only_user_is_killed(folder: Path) -> None:
    with in_another_process(
        folder, "with services(folder): print('up', flush=True); time.sleep(60)"
    ):
        assert living(folder) != []
    assert wait_for_end(folder, seconds=10) == []


class in_another_process:  # noqa: N801  reads as what it is: a context
    def __init__(self, folder: Path, code: str, *, wait: bool = True) -> None:
        lines = "import sys, time; from pathlib import Path; from revenue.embedded import *"
        text = f"{lines}; folder = Path(sys.argv[1])\n{code}"
        self.process = subprocess.Popen(
            [sys.executable, "-c", text, str(folder)],
            cwd=PROJECT,
            env={name: os.environ[name] for name in INHERITED if name in os.environ},
            stdout=subprocess.PIPE,
        )
        self.wait = wait

    def __enter__(self) -> "subprocess.Popen[bytes]":
        if self.wait:
            assert self.process.stdout is not None
            assert self.process.stdout.readline() == b"up\n"
        return self.process

    def __exit__(self, *_reason: object) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.mark.services
def test_a_killed_database_starts_again_with_what_was_committed(folder: Path) -> None:
    process = start_postgres(data_dir=folder)
    ask(folder, "CREATE TABLE kept AS SELECT 42 AS answer")
    process.kill()
    process.wait()
    assert (folder / "postgres/postmaster.pid").exists()
    process = start_postgres(data_dir=folder)
    assert ask(folder, "SELECT answer FROM kept") == 42
    stop(process, server=postgres_server(data_dir=folder))


@pytest.mark.services
def test_a_killed_broker_starts_again_with_what_it_held(folder: Path) -> None:
    process = start_redis(data_dir=folder)
    with redis.Redis.from_url(redis_url(data_dir=folder)) as client:
        client.rpush("queue", "a task")
        time.sleep(1.2)  # The append-only file is synced every second.
    process.kill()
    process.wait()
    assert (folder / "redis/redis.sock").exists()
    process = start_redis(data_dir=folder)
    with redis.Redis.from_url(redis_url(data_dir=folder)) as client:
        assert client.lrange("queue", 0, -1) == [b"a task"]
    process.terminate()
    assert process.wait(10) == 0


@pytest.mark.services
def test_a_pid_that_another_program_has_by_now_does_not_block(folder: Path) -> None:
    server = postgres_server(data_dir=folder, durable=False)
    user = {} if server.runner is None else {"user": server.runner.uid, "group": server.runner.gid}
    with subprocess.Popen(["/bin/sleep", "60"], extra_groups=[] if user else None, **user) as other:  # type: ignore[call-overload]
        for name in ("postgres/postmaster.pid", "postgres/.s.PGSQL.5432.lock"):
            (folder / name).write_text(
                f"{other.pid}\n{folder}/postgres\n1\n5432\n.\n\n  1  1\nready\n"
            )
            if server.runner is not None:
                os.chown(folder / name, server.runner.uid, server.runner.gid)
        assert not postgres_is_ready(Places(folder))
        process = start_postgres(data_dir=folder, durable=False)
        assert ask(folder, "SELECT 1") == 1
        assert other.poll() is None
        other.kill()
    stop(process, server=server)
    assert not is_running(server)


@pytest.mark.services
def test_a_kill_while_the_cluster_is_made_does_not_block_the_next_start(folder: Path) -> None:
    with in_another_process(folder, "start_postgres(data_dir=folder)", wait=False):
        deadline = time.monotonic() + 20
        while not list(folder.glob("postgres.new-*/base")):
            assert time.monotonic() < deadline
            time.sleep(0.005)
    assert not (folder / "postgres").exists()
    with services(folder, broker=False, durable=False):
        assert ask(folder, "SELECT 1") == 1
    assert list(folder.glob("postgres.new-*")) == []


@pytest.mark.services
def test_a_folder_of_another_major_is_told_in_one_sentence(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres/PG_VERSION").write_text("13\n")
    major = postgres_major(postgres_bin())
    with pytest.raises(
        OtherMajorError, match=rf"made by PostgreSQL 13, .* PostgreSQL {major}: set"
    ):
        start_postgres(data_dir=folder)
    assert (folder / "postgres/PG_VERSION").read_text() == "13\n"


def test_programs_that_are_not_there_are_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVENUE_POSTGRES_BIN", "/nowhere")
    with pytest.raises(UnusableError, match="REVENUE_POSTGRES_BIN is /nowhere, which holds no"):
        postgres_server(data_dir=folder)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if not IS_ROOT:
        pytest.skip("mounting a small disk needs root: run the tests as root to see this one")
    where = tmp_path / "disk"
    where.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", where], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount a disk, such as in a plain container")
    yield where
    subprocess.run(["umount", where], check=True)


@pytest.mark.services
def test_a_full_disk_is_told_and_leaves_no_half_cluster(small_disk: Path) -> None:
    data_dir = small_disk / "data"
    with pytest.raises(DiskFullError, match=r"because the disk is full: free some space below"):
        start_postgres(data_dir=data_dir)
    assert [path.name for path in data_dir.glob("postgres*")] == []
    assert living(data_dir) == []


@pytest.mark.services
def test_root_lends_another_user_and_needs_no_open_folder(tmp_path: Path) -> None:
    if not IS_ROOT:
        pytest.skip("only root lends another user")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    data_dir = closed / "data"
    server = postgres_server(data_dir=data_dir, durable=False)
    assert server.runner is not None
    assert not can("-d", data_dir, runner=server.runner)
    process = start_postgres(data_dir=data_dir, durable=False)
    assert Path(f"/proc/{process.pid}").stat().st_uid == server.runner.uid
    assert closed.stat().st_mode & 0o777 == 0o700
    assert ask(data_dir, "SELECT 1") == 1
    stop(process, server=server)


@pytest.mark.services
def test_root_uses_the_user_who_owns_the_folder(tmp_path: Path) -> None:
    if not IS_ROOT:
        pytest.skip("only root lends another user")
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    os.chown(data_dir, 65534, 65534)
    assert postgres_server(data_dir=data_dir, durable=False).runner == Runner(uid=65534, gid=65534)
