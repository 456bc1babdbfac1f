import multiprocessing
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from revenue.own_secrets import OwnSecrets


def test_a_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    made = OwnSecrets(folder=folder, may_make=True).value(name="SECRET_KEY")
    assert len(made) >= 40
    assert OwnSecrets(folder=folder, may_make=True).value(name="SECRET_KEY") == made
    files = list((folder / "secrets").iterdir())
    assert [(each.name, each.stat().st_mode & 0o777) for each in files] == [("secret-key", 0o600)]
    assert (folder / "secrets").stat().st_mode & 0o077 == 0


def make(folder: Path) -> str:
    return OwnSecrets(folder=folder, may_make=True).value(name="SECRET_KEY")


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert len(set(pool.map(make, [tmp_path] * 8))) == 1


def test_where_secrets_must_be_given_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"SECRET_KEY is not set\. Give it"):
        OwnSecrets(folder=tmp_path, may_make=False).value(name="SECRET_KEY")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(ImproperlyConfigured, match="set REVENUE_DATA_DIR to another folder"):
        make(tmp_path / "data")


def test_a_full_disk_is_told_and_leaves_no_empty_secret(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root: run the tests as root to see this one")
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a disk, such as in a plain container")
    try:
        (tmp_path / "secrets").mkdir()
        with (tmp_path / "filler").open("wb", buffering=0) as filler:
            while shutil.disk_usage(tmp_path).free:
                filler.write(bytes(4096))
        with pytest.raises(ImproperlyConfigured, match="some space left"):
            make(tmp_path)
        assert list((tmp_path / "secrets").iterdir()) == []
    finally:
        subprocess.run(["umount", tmp_path], check=True)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"REVENUE_DATA_DIR": "/dev/null/data"}, "set REVENUE_DATA_DIR to another folder"),
        ({"LOG_LEVEL": "LOUD"}, "give one of DEBUG"),
        ({"DATABASE_URL": "postgresql://db/x"}, "SECRET_KEY is not set"),
    ],
)
def test_a_wrong_setting_ends_a_command_with_its_sentence(
    tmp_path: Path, told: dict[str, str], sentence: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "REVENUE_DATA_DIR": str(tmp_path), **told},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert ended.stderr.count("\n") == 1
