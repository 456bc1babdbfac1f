import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from revenue.supervisor.preparation import (
    demo_sign_ins,
    mark_static,
    static_fingerprint,
    static_is_fresh,
)

FINDER = "django.contrib.staticfiles.finders.FileSystemFinder"
PLAIN = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "page.css").write_text("body {}")
    with override_settings(
        STATICFILES_DIRS=[folder],
        STATICFILES_FINDERS=[FINDER],
        STATIC_ROOT=tmp_path / "built",
        STORAGES={"staticfiles": PLAIN},
    ):
        yield folder


def is_fresh(marker: Path) -> bool:
    return static_is_fresh(marker=marker, fingerprint=static_fingerprint())


def collected(marker: Path) -> None:
    call_command("collectstatic", interactive=False, verbosity=0)
    mark_static(marker=marker, fingerprint=static_fingerprint())
    assert is_fresh(marker)


def test_files_are_collected_once_and_again_after_each_change(source: Path) -> None:
    marker = source.parent / "marker"
    assert not is_fresh(marker)
    collected(marker)
    (source / "page.css").write_text("html {}")
    os.utime(source / "page.css", ns=(1, 1))
    assert not is_fresh(marker)
    collected(marker)
    (source / "other.css").touch()
    assert not is_fresh(marker)
    collected(marker)
    (source / "other.css").unlink()
    assert not is_fresh(marker)


def test_a_built_file_that_was_taken_away_is_noticed(source: Path) -> None:
    marker = source.parent / "marker"
    collected(marker)
    (source.parent / "built/page.css").unlink()
    assert not is_fresh(marker)


def test_another_way_or_place_to_build_is_noticed(source: Path) -> None:
    marker = source.parent / "marker"
    collected(marker)
    manifest = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    with override_settings(STORAGES={"staticfiles": manifest}):
        assert not is_fresh(marker)
    with override_settings(STATIC_ROOT=source):
        assert not is_fresh(marker)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"role": "Rep"}]', "[{"])
def test_sign_ins_that_cannot_be_read_are_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "demo-sign-ins.json").write_text(text)
    assert demo_sign_ins(tmp_path) == []


def test_sign_ins_are_read(tmp_path: Path) -> None:
    row = {"role": "Rep", "email": "rep@example.com", "password": "x"}
    (tmp_path / "demo-sign-ins.json").write_text(json.dumps([{**row, "more": 1}]))
    assert demo_sign_ins(tmp_path) == [row]
