"""Between a database that answers and pages that work: tables, static files, demo data."""

import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from revenue.embedded.problems import UnusableError


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
    """Changes whenever a static file is added, removed or written."""
    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            digest.update(f"{name}:{facts.st_size}:{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def static_is_fresh(*, marker: Path, fingerprint: str) -> bool:
    try:
        return Path(settings.STATIC_ROOT).is_dir() and marker.read_text() == fingerprint
    except OSError:
        return False


def demo_sign_ins(data_dir: Path) -> list[dict[str, Any]]:
    try:
        rows = json.loads((data_dir / "demo-sign-ins.json").read_text())
    except (OSError, ValueError):
        return []
    return [row for row in rows if isinstance(row, dict)]
