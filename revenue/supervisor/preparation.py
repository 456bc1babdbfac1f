"""Between a database that answers and pages that work: tables, static files, demo data."""

import hashlib
import json
import os
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from revenue.embedded.problems import UnusableError

SIGN_IN = ("role", "email", "password")


def migrations_pending() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "no reason given"
        raise UnusableError(
            f"The database does not answer as it should ({reason}): check DATABASE_URL, and that "
            "its server runs."
        ) from error
    finally:
        connection.close()


def static_fingerprint() -> str:
    """Changes whenever a static file is added, removed or written, or is to go elsewhere."""
    digest = hashlib.sha256(f"{settings.STORAGES['staticfiles']} {settings.STATIC_ROOT}".encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            digest.update(f"{name}:{facts.st_size}:{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def static_is_fresh(*, marker: Path, fingerprint: str) -> bool:
    try:
        return marker.read_text() == f"{fingerprint} {count_collected()}"
    except OSError:
        return False


def mark_static(*, marker: Path, fingerprint: str) -> None:
    marker.write_text(f"{fingerprint} {count_collected()}")


def count_collected() -> int:
    """A file that somebody took away is collected again."""
    return sum(len(names) for _, _, names in os.walk(settings.STATIC_ROOT))


def demo_sign_ins(data_dir: Path) -> list[dict[str, str]]:
    try:
        rows = json.loads((data_dir / "demo-sign-ins.json").read_text())
    except (OSError, ValueError):
        return []
    known = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [
        {name: str(row[name]) for name in SIGN_IN}
        for row in known
        if all(name in row for name in SIGN_IN)
    ]
