"""Secrets of an embedded installation: made once, kept in its data folder, for its owner only."""

import base64
import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class OwnSecrets:
    folder: Path
    may_make: bool

    def value(self, *, name: str) -> str:
        if not self.may_make:
            raise ImproperlyConfigured(
                f"{name} is not set. Give it in the environment: with a DATABASE_URL of your own, "
                "secrets must be the same on every machine."
            )
        path = self.folder / "secrets" / name.lower().replace("_", "-")
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            pass
        except OSError as problem:
            raise _refused(name, folder=self.folder, problem=problem) from problem
        try:
            return _make(path)
        except OSError as problem:
            raise _refused(name, folder=self.folder, problem=problem) from problem


def _refused(name: str, *, folder: Path, problem: OSError) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{name} is neither given nor can it be kept in {folder} ({problem.strerror}): make that "
        "folder one that this user may write to, with some space left, or set REVENUE_DATA_DIR to "
        "another folder."
    )


def _make(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.touch(mode=0o600)
        with draft.open("w") as file:
            file.write(base64.urlsafe_b64encode(os.urandom(32)).decode())
            file.flush()
            # What is encrypted with it must not outlive it when the power goes.
            os.fsync(file.fileno())
        # A link fails where another process was first; a rename would replace its value.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    return path.read_text().strip()
