"""`python -m tests.salesforce`, as a person starts and ends it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.salesforce.__main__ import main

ROOT = Path(__file__).resolve().parents[2]


def command(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.salesforce", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def told(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"seed": 7, "faults": {"session_expired": [2]}}))
    folder = tmp_path / "tmp"
    folder.mkdir()
    process = command(folder, "--port", "0", "--rows", "5", "--seed", "7", "--plan", str(plan))
    assert process.stdout is not None
    text = ""
    while "Ctrl-C" not in text:
        line = process.stdout.readline()
        assert line, process.communicate()
        text += line
    yield process, text
    process.kill()
    process.communicate()


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    assert match, text
    return match.group(1)


def test_it_says_how_to_reach_it_and_leaves_nothing(
    told: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    process, text = told
    url, ca = found(r"^Address: +(\S+)$", text), found(r"REQUESTS_CA_BUNDLE=(\S+)$", text)
    assert "Opportunity: 15" in text
    assert all(f"To sign in by {each}:" in text for each in ("jwt", "refresh", "password"))
    credentials = text.split("To sign in by client_credentials:")[1].split("\nTo sign in")[0]
    known = json.loads(credentials)
    form = {
        "grant_type": "client_credentials",
        "client_id": known["client_id"],
        "client_secret": known["secrets"]["client_secret"],
    }
    session = requests.Session()
    session.trust_env, session.verify = False, ca
    with session:
        answer = session.post(f"{url}/services/oauth2/token", data=form, timeout=5)
        session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        limits = f"{url}/services/data/v62.0/limits"
        statuses = [session.get(limits, timeout=5).status_code for _ in range(2)]
    assert statuses == [200, 401]
    if shutil.which("curl"):
        lines = text.split("To ask by hand:\n")[1].split("Rows:")[0]
        done = subprocess.run(
            ["bash", "-c", lines], capture_output=True, text=True, timeout=30, check=False
        )
        assert json.loads(done.stdout)["totalSize"] == 3, done.stderr
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 0
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.fixture(scope="module")
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


PLANS = {
    "no such file": (None, "cannot be read: No such file or directory."),
    "no json": ("{", "is not JSON"),
    "no object": ("[1]", "A plan is a JSON object of seed, faults, behaviours"),
    "another part": ('{"fault": {}}', "A plan is a JSON object"),
    "unknown fault": ('{"faults": {"gremlins": 1}}', "There is no fault 'gremlins'; there are:"),
    "no rate": ('{"faults": {"session_expired": 2}}', "neither a rate from 0 to 1 nor a list"),
}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "http"], "'http' is no port"),
        (["--port", "70000"], "'70000' is no port"),
        (["--rows", "-1"], "no number of accounts"),
        (["--scale", "huge"], "invalid choice: 'huge'"),
        (["--scale", "small", "--org", "acme"], "There is no org 'acme' in the demo"),
    ],
)
def test_nonsense_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    is_one_sentence(capsys, arguments, words)


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_that_is_none_is_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    text, words = PLANS[name]
    path = tmp_path / "plan.json"
    if text is not None:
        path.write_text(text)
    is_one_sentence(capsys, ["--port", "0", "--plan", str(path)], words)


def test_a_port_that_is_taken_is_one_sentence_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    taken: int,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    is_one_sentence(capsys, ["--port", str(taken), "--rows", "1"], f"Port {taken} is in use;")
    assert list(tmp_path.iterdir()) == []


def is_one_sentence(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    told = capsys.readouterr()
    text = ended.value.code if isinstance(ended.value.code, str) else told.err
    assert words in text
    assert "\n" not in text.rstrip("\n")
    assert ended.value.code not in {0, None}
    assert told.out == ""
