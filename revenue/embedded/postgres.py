"""PostgreSQL on a folder of its own, reached over a unix socket only."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from revenue.embedded import processes, servers
from revenue.embedded.binaries import can, postgres_major, postgres_runner, reachable_postgres_bin
from revenue.embedded.places import DATABASE, POSTGRES_SOCKET, ROLE, Places
from revenue.embedded.problems import OtherMajorError, UnusableError
from revenue.embedded.servers import Runner, Server

EXTENSIONS = ("vector", "pg_trgm", "unaccent")
OWN_FOLDER = Path("/proc/self/cwd")
ENOUGH_SHARED_MEMORY = 256 * 1024 * 1024
SETTINGS = {
    "listen_addresses": "",
    # Relative to the data folder, so it fits however deep that is, and needs no way to it.
    "unix_socket_directories": ".",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
    "logging_collector": "off",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def postgres_server(*, data_dir: Path, durable: bool = True) -> Server:
    """The server of that folder, which is made first where there is none; nothing runs yet."""
    places = Places(data_dir)
    places.make()
    runner = postgres_runner(places)
    binaries = reachable_postgres_bin(runner=runner)
    _check_major(places, binaries=binaries)
    _clear_drafts(places)
    if not places.postgres.exists():
        _make_cluster(places, binaries=binaries, runner=runner, durable=durable)
    _check_owner(places)
    return Server(
        name="database",
        command=_command(binaries, folder=places.postgres, runner=runner, durable=durable),
        folder=places.postgres,
        log=places.logs / "database.log",
        process_name="postgres",
        stop_signal=signal.SIGINT,
        is_ready=lambda: postgres_is_ready(places),
        runner=runner,
    )


def start_postgres(*, data_dir: Path, durable: bool = True) -> subprocess.Popen[bytes]:
    server = postgres_server(data_dir=data_dir, durable=durable)
    recover_postgres(Places(data_dir))
    return servers.start(server)


def postgres_is_ready(places: Places) -> bool:
    """The server writes its own state into its pid file, so no client is needed to ask it."""
    try:
        lines = (places.postgres / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    ready = len(lines) >= 8 and lines[7].strip() == "ready"
    return ready and int(lines[0]) in processes.servers_in(places.postgres, name="postgres")


def recover_postgres(places: Places) -> None:
    """End what an earlier start left behind; only for the one who holds the folder's lock."""
    left = processes.servers_in(places.postgres, name="postgres")
    head = _recorded_pid(places)
    if head in left:
        processes.send([head], signal.SIGINT)
        processes.wait_gone(left, seconds=20)
    processes.end(processes.alive(left), first=signal.SIGQUIT, seconds=5)
    if head is not None and processes.started_at(head) is not None:
        # The pid is another program's by now, which PostgreSQL would take for a living server.
        (places.postgres / "postmaster.pid").unlink(missing_ok=True)
    (places.postgres / f"{POSTGRES_SOCKET}.lock").unlink(missing_ok=True)


def _recorded_pid(places: Places) -> int | None:
    try:
        first = (places.postgres / "postmaster.pid").read_text().partition("\n")[0].strip()
    except OSError:
        return None
    return int(first) if first.isdigit() else None


def _check_major(places: Places, *, binaries: Path) -> None:
    try:
        made_by = (places.postgres / "PG_VERSION").read_text().strip()
    except OSError:
        return
    major = postgres_major(binaries)
    if made_by != major:
        raise OtherMajorError(
            f"The database in {places.postgres} was made by PostgreSQL {made_by}, and this is "
            f"PostgreSQL {major}: set REVENUE_POSTGRES_BIN to a PostgreSQL {made_by} (and move the "
            "data with its pg_dump), or move that folder away to begin anew."
        )


def _check_owner(places: Places) -> None:
    owner = places.postgres.stat().st_uid
    if os.geteuid() not in {0, owner}:
        raise UnusableError(
            f"{places.postgres} belongs to user id {owner}, who made it: start as that user, give "
            "the folder to yourself with chown -R, or set REVENUE_DATA_DIR to another folder."
        )


def _clear_drafts(places: Places) -> None:
    for draft in places.data_dir.glob("postgres.new-*"):
        for name in ("initdb", "postgres"):
            processes.end(processes.servers_in(draft, name=name), first=signal.SIGKILL, seconds=5)
        shutil.rmtree(draft)


def _make_cluster(places: Places, *, binaries: Path, runner: Runner | None, durable: bool) -> None:
    """A folder that bears its final name is a whole cluster, whenever the power goes."""
    draft = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=places.data_dir))
    try:
        if runner is not None:
            os.chown(draft, runner.uid, runner.gid)
        folder = _name_for(draft, binaries=binaries, runner=runner)
        major = int(postgres_major(binaries))
        options = [f"--username={ROLE}", "--encoding=UTF8", "--auth=trust", *_locale(major)]
        if not durable:
            options.append("--no-sync")
        _run(places, [binaries / "initdb", "-D", folder, *options], cwd=draft, runner=runner)
        single: list[Path | str] = [
            binaries / "postgres",
            "--single",
            "-D",
            folder,
            "-c",
            "log_checkpoints=off",
        ]
        _run(
            places,
            [*single, "postgres"],
            cwd=draft,
            runner=runner,
            told=f"CREATE DATABASE {DATABASE}\n",
        )
        _run(places, [*single, DATABASE], cwd=draft, runner=runner, told=_extension_commands())
        draft.rename(places.postgres)
        _sync_folder(places.data_dir)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _extension_commands() -> str:
    return "".join(
        f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_available_extensions WHERE name = '{name}') "
        f"THEN CREATE EXTENSION {name}; END IF; END $$\n"
        for name in EXTENSIONS
    )


def _locale(major: int) -> list[str]:
    """The same order of text on every machine."""
    if major >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8"]


def _name_for(folder: Path, *, binaries: Path, runner: Runner | None) -> Path:
    """What PostgreSQL's user can call the folder: below a closed one only 'here'."""
    if runner is None or can("-d", folder / ".", runner=runner):
        return folder
    # Before 16, a server leaves its folder for a moment to find itself, and could not come back.
    if not processes.HAS_PROC or int(postgres_major(binaries)) < 16:
        raise UnusableError(
            f"The user that root lends PostgreSQL cannot enter {folder.parent}: start as an "
            f"ordinary user, or open the way with `chmod o+x {folder.parent}` and the folders "
            "above it."
        )
    return OWN_FOLDER


def _run(
    places: Places,
    command: list[Path | str],
    *,
    cwd: Path,
    runner: Runner | None,
    told: str = "",
) -> None:
    answer = subprocess.run(
        servers.launched(
            tuple(str(word) for word in command),
            parent=os.getpid(),
            dies_by=signal.SIGKILL,
            runner=runner,
        ),
        cwd=cwd,
        input=told,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        check=False,
    )
    log = places.logs / "database.log"
    with log.open("a") as lines:
        lines.write(answer.stdout)
    if answer.returncode != 0 or "FATAL:" in answer.stdout or "ERROR:" in answer.stdout:
        raise servers.failure_of(what="The database could not be made", text=answer.stdout, log=log)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _command(
    binaries: Path, *, folder: Path, runner: Runner | None, durable: bool
) -> tuple[str, ...]:
    shared_memory = {"dynamic_shared_memory_type": "posix" if _roomy_shared_memory() else "mmap"}
    settings = {**SETTINGS, **shared_memory, **({} if durable else NOT_DURABLE)}
    flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return (
        str(binaries / "postgres"),
        "-D",
        str(_name_for(folder, binaries=binaries, runner=runner)),
        *flags,
    )


def _roomy_shared_memory() -> bool:
    """A container's /dev/shm often holds 64 MB, which one parallel query outgrows."""
    try:
        facts = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return True
    return facts.f_bavail * facts.f_frsize >= ENOUGH_SHARED_MEMORY
