import io
import signal
import sys
from pathlib import Path

import pytest

from revenue.embedded.places import Places
from revenue.supervisor.child import Child, end_together
from revenue.supervisor.display import Display
from revenue.supervisor.parts import Part
from revenue.supervisor.run import Options, Supervisor, columns


def options(folder: Path, *, host: str = "127.0.0.1", port: int = 8000) -> Options:
    return Options(
        base_dir=folder,
        data_dir=folder,
        host=host,
        port=port,
        demo=True,
        embedded_database=True,
        embedded_redis=True,
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::", "::1", ""])  # noqa: S104
def test_this_machine_is_told_by_name_for_passkeys_know_no_numbers(
    tmp_path: Path, host: str
) -> None:
    assert options(tmp_path, host=host, port=8791).url == "http://localhost:8791"


def test_another_address_is_told_as_it_is(tmp_path: Path) -> None:
    assert options(tmp_path, host="192.0.2.7").url == "http://192.0.2.7:8000"
    assert options(tmp_path, host="fd00::7").url == "http://[fd00::7]:8000"


def test_links_lead_to_the_port_unless_an_address_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SITE_URL", raising=False)
    assert options(tmp_path, port=8791).environment["SITE_URL"] == "http://localhost:8791"
    monkeypatch.setenv("SITE_URL", "https://revenue.example")
    assert "SITE_URL" not in options(tmp_path, port=8791).environment
    monkeypatch.setenv("SITE_URL", "")
    monkeypatch.setenv("SITE_URL_FILE", "/run/secrets/site")
    assert "SITE_URL" not in options(tmp_path, port=8791).environment


def test_the_longest_role_does_not_touch_its_address() -> None:
    rows = [("Rep", "rosa@x.example", "a b"), ("System owner", "system.owner@x.example", "a b")]
    assert columns(rows) == [
        "Rep           rosa@x.example          a b",
        "System owner  system.owner@x.example  a b",
    ]


def test_a_part_that_could_not_be_written_down_is_not_started_twice(tmp_path: Path) -> None:
    """As on a full disk: it runs, and another beside it would take its port or its work."""
    places = Places(tmp_path)
    places.make()
    (places.run / "state.new").mkdir()
    out = io.StringIO()
    supervisor = Supervisor(options=options(tmp_path), display=Display(out=out))
    child = Child(
        Part(
            name="part",
            command=(sys.executable, "-c", "import time; time.sleep(60)"),
            folder=tmp_path,
            log=tmp_path / "part.log",
            is_ready=lambda: True,
            ladder=((signal.SIGTERM, 5.0),),
            dies_by=signal.SIGKILL,
            floor=0,
        )
    )
    try:
        supervisor._begin_again(child)
        assert child.exit_code() is None
        assert child.start_again_at is None
        assert "could not be written down" in out.getvalue()
    finally:
        end_together([child])
