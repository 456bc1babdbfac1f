"""A database with every migration behind it, made once for each state of them and copied after."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from revenue.embedded import Places, database_url, services

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("revenue", "accounts", "forecasting", "crosssell", "assistant")
NAME = "made_ready"
KEPT = 4
LEFT_ALONE_S = 3600  # somebody may be copying it


def lay_ready_database(folder: Path) -> None:
    """The cluster of a run, before it starts; whoever comes first makes it for all."""
    kept = shelf() / state_of_migrations()
    if not kept.exists():
        make(kept)
    os.utime(kept)
    subprocess.run(["cp", "-a", kept, Places(folder).postgres], check=True)


def shelf() -> Path:
    """Only our own: what somebody else laid there would be run."""
    found = Path(tempfile.gettempdir(), f"revenue-ready-{os.getuid()}")
    found.mkdir(mode=0o700, exist_ok=True)
    if found.stat().st_uid != os.getuid() or found.is_symlink():
        raise PermissionError(f"{found} belongs to somebody else: remove it.")
    return found


def state_of_migrations() -> str:
    """Of all that a migration reads, with the versions of what brings its own."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(read_by_migrations()):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:20]


def read_by_migrations() -> Iterator[Path]:
    yield ROOT / "requirements.txt"
    yield from (ROOT / "revenue" / "embedded").glob("*.py")
    yield from (ROOT / "revenue" / "users" / "database").rglob("*.py")
    for room in ROOMS:
        for folder in (ROOT / room).rglob("migrations"):
            yield from folder.glob("*.py")


def make(kept: Path) -> None:
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=kept.parent))
    try:
        with services(draft, broker=False, durable=False):
            url = database_url(data_dir=draft)
            with psycopg.connect(url.replace("/revenue?", "/postgres?"), autocommit=True) as server:
                server.execute(f"CREATE DATABASE {NAME} TEMPLATE revenue")
            migrate(url.replace("/revenue?", f"/{NAME}?"))
        Places(draft).postgres.rename(kept)
    except OSError:
        if not kept.exists():  # nobody else was faster
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    forget_old(kept.parent)


def migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        check=True,
    )


def forget_old(shelved: Path) -> None:
    by_age = sorted(shelved.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in by_age[KEPT:]:
        if time.time() - old.stat().st_mtime > LEFT_ALONE_S:
            shutil.rmtree(old, ignore_errors=True)
