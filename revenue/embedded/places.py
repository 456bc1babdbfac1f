"""Where things lie in the data folder, and the addresses that follow from it."""

import hashlib
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from revenue.embedded.problems import UnusableError

DATABASE = "revenue"
ROLE = "revenue"
POSTGRES_SOCKET = ".s.PGSQL.5432"
REDIS_SOCKET = "redis.sock"

# macOS allows 103 bytes, Linux 107; one limit keeps the addresses the same on both.
SOCKET_PATH_LIMIT = 103
# Commas separate hosts in libpq, and every URL parser decodes the rest a little differently.
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/+-]+")


@dataclass(frozen=True)
class Places:
    data_dir: Path

    @property
    def postgres(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def redis(self) -> Path:
        return self.data_dir / "redis"

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def run(self) -> Path:
        return self.data_dir / "run"

    @property
    def short_folder(self) -> Path:
        digest = hashlib.sha256(os.fsencode(self.data_dir.absolute())).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"revenue-{digest}"

    @property
    def needs_short_folder(self) -> bool:
        longest = self.data_dir.absolute() / "postgres" / f"{POSTGRES_SOCKET}.lock"
        plain = PLAIN_PATH.fullmatch(str(longest)) is not None
        return not plain or len(os.fsencode(longest)) > SOCKET_PATH_LIMIT

    @property
    def address_folder(self) -> Path:
        """The data folder under a name that fits into a socket address."""
        return self.short_folder / "d" if self.needs_short_folder else self.data_dir.absolute()

    @property
    def postgres_socket_folder(self) -> Path:
        return self.address_folder / "postgres"

    @property
    def redis_socket(self) -> Path:
        return self.address_folder / "redis" / REDIS_SOCKET

    def make(self) -> None:
        try:
            for folder in (self.data_dir, self.redis, self.logs, self.run):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.needs_short_folder:
                self.make_short_folder()
        except PermissionError as error:
            raise UnusableError(
                f"The data folder {self.data_dir} cannot be written ({error.filename}): give this "
                "user the right to write there, or set REVENUE_DATA_DIR to another folder."
            ) from error
        except (NotADirectoryError, FileExistsError) as error:
            raise UnusableError(
                f"{error.filename} is a file where a folder is needed: move it away, or set "
                "REVENUE_DATA_DIR to another folder."
            ) from error

    def make_short_folder(self) -> None:
        self.short_folder.mkdir(mode=0o700, exist_ok=True)
        facts = self.short_folder.lstat()
        private = stat.S_ISDIR(facts.st_mode) and not facts.st_mode & 0o077
        if not private or facts.st_uid not in {os.geteuid(), self.data_dir.stat().st_uid}:
            raise UnusableError(
                f"{self.short_folder} belongs to somebody else, so sockets cannot be put there: "
                "remove it, or set REVENUE_DATA_DIR to a shorter path without special characters."
            )
        link = self.short_folder / "d"
        if not link.is_symlink() or link.readlink() != self.data_dir.absolute():
            link.unlink(missing_ok=True)
            link.symlink_to(self.data_dir.absolute())


def database_url(*, data_dir: Path) -> str:
    folder = quote(str(Places(data_dir).postgres_socket_folder), safe="/")
    return f"postgresql://{ROLE}@/{DATABASE}?host={folder}"


def redis_url(*, data_dir: Path, db: int = 0) -> str:
    return f"unix://{quote(str(Places(data_dir).redis_socket), safe='/')}?db={db}"


def celery_broker_url(*, data_dir: Path, db: int = 0) -> str:
    path = quote(str(Places(data_dir).redis_socket), safe="/")
    return f"redis+socket://{path}?virtual_host={db}"
